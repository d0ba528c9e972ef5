"""What `source.yml` declares of a JSON text."""

from __future__ import annotations

import re
from typing import Literal, Self

import jsonpath
from jsonpath.filter import FloatLiteral, IntegerLiteral
from jsonpath.selectors import Filter
from pydantic import model_validator

from lakehouse.spec.archive import Archive
from lakehouse.spec.model import StrictModel
from lakehouse.spec.text_format import JsonEncoding

RELATIVE_POINTER = re.compile(r"(0|[1-9]\d*)(#|(?:/.*)?)", re.DOTALL)


class Json(StrictModel):
    """Records of a JSON text: an RFC 9535 query.

    A column's `from` is a JSON Pointer below the record (`/properties/name`, empty: the record itself) or a Relative
    JSON Pointer from it (`0#`: its own key or index, `1#`: its parent's, `1/name`: a member of its parent).
    """

    type: Literal["json"]
    encoding: JsonEncoding = "utf-8"
    records: str
    archive: Archive | None = None

    @model_validator(mode="after")
    def _records_is_a_query(self) -> Self:
        try:
            query = json_query(self.records)
        except jsonpath.JSONPathError as error:
            raise ValueError(f"records is not a JSONPath: {error}") from None
        filters = [s for segment in query.segments for s in segment.selectors if isinstance(s, Filter)]
        open_ = [expression for selector in filters for expression in selector.expression.children()]
        for expression in open_:
            # numbers are read as their text and would equal nothing
            if isinstance(expression, IntegerLiteral | FloatLiteral):
                raise ValueError("a filter in records compares with a number; filter such rows with `scope` or `drop`")
            open_.extend(expression.children())
        return self

    def check_from(self, source: str) -> None:
        """Raises ValueError if a column's `from` cannot be a column of this format."""
        if source and not source.startswith("/") and not RELATIVE_POINTER.fullmatch(source):
            raise ValueError(f"{source!r} is neither a JSON Pointer nor a Relative JSON Pointer")
        if re.search(r"~(?![01])", source):
            raise ValueError(f"{source!r}: a ~ in a JSON Pointer is written ~0")


def json_query(records: str) -> jsonpath.JSONPath:
    """The compiled query of `records`. Raises JSONPathError."""
    query = jsonpath.JSONPathEnvironment(strict=True).compile(records)
    assert isinstance(query, jsonpath.JSONPath)  # strict: without the extension that joins queries
    return query
