"""Records of a sheet: one row each below the header, its cells as the text that their columns declare."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse import cells, header
from lakehouse.ingest.parse.cells import Cell
from lakehouse.ingest.parse.records import Findings, Part, Record, json_text, unreadable
from lakehouse.ingest.parse.workbook import Table, table
from lakehouse.spec.column import Column
from lakehouse.spec.sheet_format import Sheet
from lakehouse.spec.source import Source


def records(source: Source, format_: Sheet, part: Part, findings: Findings) -> Iterator[Record]:
    """Records of the declared sheet; rows without content are none.

    Raises:
        DeliveryRejected: no such workbook or sheet, no header with the declared columns, or no declared footer.
    """
    yield from Reading(source, format_, part, table(source, format_, part)).records(findings)


class Reading:
    """A sheet on its way through the parser; its rows and columns are counted from 0.

    After `find_header`, `top` is the first row of the header, `names` are its texts; after `match_header`, `positions`
    are the columns in which the delivered ones stand (None: absent), and `extra` the undeclared ones.
    """

    def __init__(self, source: Source, format_: Sheet, part: Part, found: Table) -> None:
        """Before the first row of the sheet `found`."""
        self.source, self.format, self.table = source, format_, found
        self.part = Part(part.path, f"{part.where}, sheet {found.name}")
        self.rows: Iterator[tuple[int, list[Cell]]] = enumerate(found.rows)
        self.top = 0
        self.header: list[list[Cell]] = []
        self.names: list[str] = []
        self.positions: list[int | None] = []
        self.extra: list[int] = []
        # measures are written as the column is that they become
        measure = next((c for c in source.columns if c.made_by == "unpivot"), None)
        self.columns = [measure if measure and c.name in source.measured else c for c in source.delivered]

    def records(self, findings: Findings) -> Iterator[Record]:
        """What stands below the header, up to the footer."""
        self.find_header()
        self.match_header()
        for i in self.extra:
            if self.names[i] != header.place(i):
                findings.note_extra(self.names[i])
        for number, row in self.filled():
            yield self._record(number, row, self.table.errors.get(number, {}), findings)

    def filled(self) -> Iterator[tuple[int, list[Cell]]]:
        """Rows with content that are left, up to the footer: each is one record, with its number in the sheet.

        Raises:
            DeliveryRejected: there is no declared footer.
        """
        footer = None if self.format.footer_begins is None else re.compile(self.format.footer_begins)
        for number, row in self.rows:
            first = next((cell for cell in row if cell != "" and str(cell).strip()), None)
            if first is None and not self.table.errors.get(number):
                continue
            if footer is not None and first is not None and footer.search(cells.plain(first)):
                return
            yield number, row
        if footer is not None:
            raise self._refused("was cut off: the declared footer is missing")

    def find_header(self) -> bool:
        """Finds the header, or else the rows that come next to it; whether they name every declared column.

        Raises:
            DeliveryRejected: the sheet is empty, or ends before its header.
        """
        lines = self.format.header_lines
        above = list(islice(self.rows, (self.format.header_row or header.SEARCHED) - 1 + lines))
        starts = range(len(above) - lines + 1)
        if self.format.header_row is not None:
            starts = starts[self.format.header_row - 1 :]
        if not starts:
            raise self._refused("ends before its header" if above else "is empty")
        heads = {start: self._names([row for _, row in above[start : start + lines]], start) for start in starts}
        found = [start for start in starts if header.fits(self.source, heads[start])]
        # without a header the row is told that comes next to it: titles above a table fill few cells
        self.top = found[0] if found else max(starts, key=lambda start: self._likeness(heads[start]))
        self.names = heads[self.top]
        self.header = [row for _, row in above[self.top : self.top + lines]]
        self.rows = chain(above[self.top + lines :], self.rows)
        return bool(found)

    def match_header(self) -> None:
        """Tells the columns of the header apart. Raises DeliveryRejected if they are not the declared ones."""
        self.positions, self.extra = header.match(self.source, self.names, self.part.where)
        header.check_order(self.source, self.names, self.positions, self.part.where)

    def _likeness(self, names: list[str]) -> tuple[int, int]:
        return header.held(self.source, names), sum(name != header.place(i) for i, name in enumerate(names))

    def _names(self, rows: list[list[Cell]], start: int) -> list[str]:
        texts = [[" ".join(cells.plain(cell).split()) for cell in row] for row in rows]
        spread = set()
        for (first, left), (_, right) in self.table.merged or []:
            if right > left and 0 <= first - start < len(rows) - 1:
                spread.add(first - start)
                row = texts[first - start]
                row[left : right + 1] = [row[left] for _ in row[left : right + 1]]
        return header.named(texts, spread)

    def _record(self, number: int, row: list[Cell], errors: dict[int, str], findings: Findings) -> Record:
        if row in self.header and not errors:
            return unreadable(f"{self.table.name}, row {number + 1}, repeats the header", list(map(cells.plain, row)))
        values: list[str | None] = []
        problems = []
        for i, column in zip(self.positions, self.columns, strict=True):
            try:
                values.append(None if i is None else self._text(column, row, i, errors.get(i)))
            except ValueError as error:
                problems.append(f"{self.table.name}!{letters(i or 0)}{number + 1} {error}")
        if problems:
            shown = {name: errors.get(i, cells.plain(row[i])) for i, name in enumerate(self.names)}
            return unreadable("; ".join(problems), shown)
        more = {}
        for i in self.extra:
            text = errors.get(i, cells.plain(row[i]))
            if text or self.names[i] != header.place(i):
                findings.note_extra(self.names[i])
                more[self.names[i]] = text
        return Record(values, extra=json_text(more) if more else None)

    def _text(self, column: Column, row: list[Cell], i: int, error: str | None) -> str:
        if error is None:
            return cells.text(column, row[i])
        if error in column.nulls:
            return error
        raise ValueError(f"holds the error {error}")

    def _refused(self, reason: str) -> DeliveryRejected:
        return DeliveryRejected(self.source.id, self.part.where, reason)


def letters(column: int) -> str:
    """The letters of a column that counts from 0."""
    before, last = divmod(column, 26)
    return (letters(before - 1) if before else "") + chr(ord("A") + last)
