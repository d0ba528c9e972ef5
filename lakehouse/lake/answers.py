"""Answers to a query as files, by the ending of their name."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb

from lakehouse.errors import LakehouseError

# of a sheet, without the header
MOST_ROWS = 1_048_575
_AT_ONCE = 10_000


def save(answer: duckdb.DuckDBPyRelation, path: Path) -> None:
    """Writes an answer; a file of that name is replaced once all of it is there.

    Args:
        answer: what `Release.sql` gave.
        path: ends in .csv (UTF-8, commas, times in UTC), .parquet, .arrow (IPC file) or .xlsx.

    Raises:
        LakehouseError: the name has another ending, the folder is not there, or a sheet cannot hold so many rows.
    """
    write = FORMATS.get(path.suffix.lower())
    if write is None:
        raise LakehouseError(f"{path.name} has no ending of {', '.join(FORMATS)}")
    if not path.absolute().parent.is_dir():
        raise LakehouseError(f"there is no folder {path.absolute().parent}")
    with tempfile.TemporaryDirectory(dir=path.absolute().parent, prefix=".smartvest-") as folder:
        made = Path(folder) / f"answer{path.suffix.lower()}"
        write(answer, made)
        made.replace(path)


def _csv(answer: duckdb.DuckDBPyRelation, path: Path) -> None:
    answer.to_csv(str(path))


def _parquet(answer: duckdb.DuckDBPyRelation, path: Path) -> None:
    answer.to_parquet(str(path))


def _arrow(answer: duckdb.DuckDBPyRelation, path: Path) -> None:
    import pyarrow as pa

    batches = answer.to_arrow_reader(_AT_ONCE)
    with pa.ipc.new_file(path, batches.schema) as file:
        for batch in batches:
            file.write_batch(batch)


def _xlsx(answer: duckdb.DuckDBPyRelation, path: Path) -> None:
    import xlsxwriter

    # a text that begins with = is a text, and rows are written as they come
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "nan_inf_to_errors": True,
    }
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet("Daten")
        formats = {dt.date: book.add_format({"num_format": "yyyy-mm-dd"})}
        formats[dt.datetime] = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, answer.columns, book.add_format({"bold": True}))
        number = 0
        while rows := answer.fetchmany(_AT_ONCE):
            for row in rows:
                number += 1
                if number > MOST_ROWS:
                    raise LakehouseError(
                        f"a sheet holds {MOST_ROWS:,} rows, and the answer has more; take .csv or .parquet"
                    )
                for column, value in enumerate(row):
                    told = _told(value)
                    sheet.write(number, column, told, formats.get(type(told)))


def _told(value: Any) -> Any:
    """What a sheet can hold: times without a zone (they are UTC), lists and structs as JSON."""
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, bytes):
        return value.hex()
    return value


FORMATS: MappingProxyType[str, Callable[[duckdb.DuckDBPyRelation, Path], None]] = MappingProxyType(
    {".csv": _csv, ".parquet": _parquet, ".arrow": _arrow, ".xlsx": _xlsx}
)
