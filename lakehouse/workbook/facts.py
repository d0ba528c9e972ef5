"""What the XML of one sheet says of it that its values do not: formulas, what is hidden, merged cells."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lakehouse.ingest.parse.markup import local
from lakehouse.ingest.parse.sheet_xml import Extent, XlsxSheet, cell_place

# a program that is asked for a value, as in `cmd|'/C calc'!A0`
DDE = re.compile(r"\|\s*'?[^|]*'?\s*!|\bDDE\s*\(|\bWEBSERVICE\s*\(", re.IGNORECASE)
# of those that every program knows by their number
PERCENT_FORMATS = ("9", "10")
# in a number format: texts, single characters, blanks as wide as a character, characters that fill the cell
LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.')


class _Filled(Extent):
    """An extent that also knows which rows and columns hold something."""

    def __init__(self) -> None:
        super().__init__()
        self.filled_rows: set[int] = set()
        self.filled_columns: set[int] = set()

    def reach(self, row: int, column: int) -> None:
        super().reach(row, column)
        self.filled_rows.add(row)
        self.filled_columns.add(column)


class Styles:
    """Which styles of a workbook show a number as percent: such a cell holds 0.125 where people see 12.5 %."""

    def __init__(self) -> None:
        """Before the first style."""
        self.percent: set[int] = set()
        self._formats = set(PERCENT_FORMATS)
        self._count: int | None = None

    def start(self, tag: str, attributes: Mapping[str, str], namespaces: Mapping[str | None, str]) -> None:
        """An element begins."""
        match local(tag):
            case "numFmt" if "%" in LITERAL.sub("", attributes.get("formatCode", "")):
                self._formats.add(attributes.get("numFmtId", ""))
            case "cellXfs":
                self._count = 0
            case "xf" if self._count is not None:
                if attributes.get("numFmtId") in self._formats:
                    self.percent.add(self._count)
                self._count += 1

    def end(self, tag: str) -> None:
        """An element ends."""
        if local(tag) == "cellXfs":
            self._count = None

    def data(self, text: str) -> None:
        """A text, or a piece of one."""


class Facts(XlsxSheet):
    """What stands in the XML of one sheet; rows and columns count from 0.

    `hidden_rows` and `hidden_columns` hold something, `merged` are first and last row and column of merged cells,
    `percentages` numbers that are shown as percent.
    """

    def __init__(self, lengths: list[int], limit: int, percent: set[int]) -> None:
        """Arguments as of `XlsxSheet`, and the styles of percentages."""
        super().__init__(lengths, limit)
        self.percent = percent
        self.percentages: list[tuple[int, int]] = []
        self._style = 0
        self._in_cell = False
        self.extent: _Filled = _Filled()
        self.formulas: list[tuple[int, int]] = []
        self.asks_programs = False
        self.merged: list[tuple[tuple[int, int], tuple[int, int]]] = []
        self._hidden: set[int] = set()
        self._columns: list[range] = []
        self._formula: list[str] | None = None

    def start(self, tag: str, attributes: Mapping[str, str], namespaces: Mapping[str | None, str]) -> None:
        """An element begins."""
        super().start(tag, attributes, namespaces)
        match local(tag):
            case "c":
                self._style = int(attributes.get("s", "0"))
                self._in_cell = True
            case "row" if _is_hidden(attributes, "ht"):
                self._hidden.add(self.row)
            case "col" if _is_hidden(attributes, "width"):
                self._columns.append(range(int(attributes["min"]) - 1, int(attributes["max"])))
            case "mergeCell":
                self.merged.append(_area(attributes.get("ref", "")))
            case "f":
                # those of rules, bars and sparklines stand behind the cells
                if self._in_cell:
                    self.formulas.append((self.row, self.column))
                self._formula = []

    def end(self, tag: str) -> None:
        """An element ends."""
        if self.value and local(tag) == "v" and self._style in self.percent and self.kind in (None, "n"):
            self.percentages.append((self.row, self.column))
        super().end(tag)
        if local(tag) == "c":
            self._in_cell = False
        if self._formula is not None and local(tag) == "f":
            self.asks_programs = self.asks_programs or bool(DDE.search("".join(self._formula)))
            self._formula = None

    def data(self, text: str) -> None:
        """A text, or a piece of one."""
        super().data(text)
        if self._formula is not None:
            self._formula.append(text)

    @property
    def hidden_rows(self) -> list[int]:
        """Hidden rows with content."""
        return sorted(self._hidden & self.extent.filled_rows)

    @property
    def hidden_columns(self) -> list[int]:
        """Hidden columns with content."""
        return sorted(c for c in self.extent.filled_columns if any(c in span for span in self._columns))


def _is_hidden(attributes: Mapping[str, str], size: str) -> bool:
    return attributes.get("hidden") in ("1", "true") or attributes.get(size) in ("0", "0.0")


def _area(written: str) -> tuple[tuple[int, int], tuple[int, int]]:
    first, _, last = written.upper().partition(":")
    return cell_place(first), cell_place(last or first)
