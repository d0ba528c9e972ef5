"""CSV in the house dialect: UTF-8 without BOM, `;`, decimal point, ISO dates, times with Z, quotes only if needed."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from opendata.report import PublishRefused

DELIMITER = ";"
DIALECT: dict[str, Any] = {
    "encoding": "utf-8",
    "delimiter": DELIMITER,
    "quoteChar": '"',
    "doubleQuote": True,
    "lineTerminators": ["\n"],
    "header": True,
    "headerRowCount": 1,
    "commentPrefix": None,
    "skipBlankRows": False,
    "skipInitialSpace": False,
    "trim": False,
}
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def write(dataset: str, table: pa.Table) -> bytes:
    """Writes a normalised table. A missing value is an empty field; text is never empty.

    Args:
        dataset: slug, for messages.
        table: result of `tables.normalise`.

    Raises:
        PublishRefused: a text could run as a formula in a spreadsheet, is empty or has control characters, or a
            number is not finite; the message names row and column.
    """
    columns = [
        [None if value is None else _cell(dataset, name, row, value) for row, value in enumerate(column.to_pylist(), 1)]
        for name, column in zip(table.column_names, table.columns, strict=True)
    ]
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=DELIMITER, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow(table.column_names)
    writer.writerows(zip(*columns, strict=True))
    return out.getvalue().encode("utf-8")


def _cell(dataset: str, column: str, row: int, value: Any) -> str:
    try:
        return _WRITERS[type(value).__name__](value)
    except ValueError as error:
        raise PublishRefused([f"{dataset}: row {row}, column {column}: {error}"]) from None


def _text(value: str) -> str:
    if value.startswith(FORMULA):
        raise ValueError(f"the text begins with {value[0]!r} and could run as a formula in a spreadsheet")
    if not value.strip():
        raise ValueError("the text is empty; a missing value must be NULL")
    if CONTROL.search(value):
        raise ValueError("the text has control characters")
    return value


def _float(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a finite number")
    return repr(value)


_WRITERS: dict[str, Callable[[Any], str]] = {
    "str": _text,
    "bool": lambda value: "true" if value else "false",
    "int": str,
    "float": _float,
    "Decimal": lambda value: format(value, "f"),
    "date": lambda value: value.isoformat(),
    "datetime": lambda value: value.replace(tzinfo=None).isoformat() + "Z",
}
