"""What `source.yml` declares of a JSON text."""

from __future__ import annotations

import re
from typing import Literal, Self

import jsonpath
from jsonpath.filter import FloatLiteral, IntegerLiteral
from jsonpath.selectors import Filter
from pydantic import model_validator

from lakehouse.spec.archive import Archive
from lakehouse.spec.coordinates import Coordinates
from lakehouse.spec.model import StrictModel
from lakehouse.spec.text_format import JsonEncoding

RELATIVE_POINTER = re.compile(r"(0|[1-9]\d*)(#|(?:/.*)?)", re.DOTALL)


class Json(StrictModel):
    """Records of a JSON text: what an RFC 9535 query finds in it.

    A column's `from` is a JSON Pointer below the record (`/properties/name`, empty: the record itself) or a Relative
    JSON Pointer from it (`0#`: its own key or index, `1#`: its parent's, `1/name`: a member of its parent). Numbers
    keep the text in which they are written.

    Where `records` is names and one wildcard at the end (`$[*]`, `$.features[*]`, `$.result.results[*]`), the file is
    read record by record, so it may be much larger than memory. Any other query, and any column that reads beside or
    above its record (`1/name`), needs the whole document at once.

    With `lines` each line is a JSON text of its own (JSON Lines, NDJSON), and `records`, by default `$`, is applied to
    each. Lines end with LF or CRLF, blank ones are skipped. A line that cannot be read is quarantined with its number
    and text; but a last line without its end that is not valid JSON was cut off, and the file is refused.

    Some servers write `NaN` where a value is missing, which is no JSON and refuses the file. With `nan_is_null` it is
    null. `Infinity` and `-Infinity` are never read: they are no missing values, but errors of a calculation.

    `coordinates` declares the coordinate reference system of GeoJSON that is not in WGS 84. Columns then read longitude
    and latitude: `/geometry/coordinates/0` and `/1` of a point, or `/geometry` as a whole.
    """

    type: Literal["json"]
    encoding: JsonEncoding = "utf-8"
    lines: bool = False
    records: str = "$"
    nan_is_null: bool = False
    coordinates: Coordinates | None = None
    archive: Archive | None = None

    @model_validator(mode="after")
    def _records_is_a_query(self) -> Self:
        if not self.lines and "records" not in self.model_fields_set:
            raise ValueError("records says where the records stand in the document; only lines are records themselves")
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
        if self.coordinates and (re.match(r"[1-9]\d*/", source) or re.search(r"/bbox(/|$)", source)):
            raise ValueError(f"{source!r}: coordinates are transformed in the record's own geometry only")


def json_query(records: str) -> jsonpath.JSONPath:
    """The compiled query of `records`. Raises JSONPathError."""
    query = jsonpath.JSONPathEnvironment(strict=True).compile(records)
    assert isinstance(query, jsonpath.JSONPath)  # strict: without the extension that joins queries
    return query
