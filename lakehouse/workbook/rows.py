"""Where each record of an upload stands in it, so that what is wrong gets a cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lakehouse.ingest.parse import header
from lakehouse.ingest.parse.records import Part
from lakehouse.ingest.parse.sheet import Reading, letters
from lakehouse.ingest.parse.workbook import table as read_sheet
from lakehouse.spec.sheet_format import Sheet
from lakehouse.spec.source import Source
from lakehouse.workbook import layout, twins
from lakehouse.workbook.answers import Finding
from lakehouse.workbook.check import Checked
from lakehouse.workbook.sentences import Explained


@dataclass(frozen=True)
class Places:
    """Rows of the records and letters of the columns of one table, as a spreadsheet program shows them.

    `rows` holds the row of record n of bronze at n - 1, `columns` the letters by the names of columns that are there.
    """

    sheet: str
    rows: Sequence[int]
    columns: dict[str, str]

    def cell(self, record: int, column: str = "") -> str:
        """Address such as `C7` of a record's column; without a column (or one that is absent) of its first cell."""
        return f"{self.columns.get(column, letters(0))}{self.rows[record - 1]}"

    def finding(self, record: int, explained: Explained) -> Finding:
        """What the sender is told about one reason for which a record waits."""
        cell = explained.cell or self.cell(record, explained.column)
        return Finding(sheet=self.sheet, cell=cell, found=explained.found, sentence=explained.sentence)


def places(path: Path, table: Source, checked: Checked) -> Places:
    """Where the records of a table stand in an upload.

    Args:
        path: the upload.
        table: its declaration.
        checked: what `check` said of the upload.
    """
    source = checked.source(table)
    if isinstance(source.format, Sheet):
        part = Part(path, path.name)
        reading = Reading(source, source.format, part, read_sheet(source, source.format, part))
        reading.find_header()
        reading.match_header()
        rows, positions = [number + 1 for number, _ in reading.filled()], reading.positions
    else:
        (_, first), *filled = twins.table_rows(source, path)
        rows = [number for number, _ in filled]
        positions, _ = header.match(table, header.named([first]), path.name)
    columns = {c.name: letters(i) for c, i in zip(table.delivered, positions, strict=True) if i is not None}
    return Places(layout.sheet(table), rows, columns)
