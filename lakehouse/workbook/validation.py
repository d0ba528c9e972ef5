"""What a spreadsheet program lets a clerk type into the cells of a column, and the lists to choose from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_range_abs

from lakehouse.spec.column import Column
from lakehouse.workbook import layout
from lakehouse.workbook.formats import Formats

LAST_ROW = 1_048_575
# what Excel takes for a list inside of a rule
INLINE = 255
TITLE = "Bitte prüfen"
WHOLE = {"int": 2**31 - 1, "bigint": 10**layout.EXACT_DIGITS - 1}
LAST_DAY = dt.date(9999, 12, 31)


class Lists:
    """The lists that do not fit into a rule; they stand on a sheet of their own, the last one, for all to see."""

    def __init__(self, formats: Formats) -> None:
        """Begins without a list."""
        self.formats = formats
        self.columns: list[tuple[str, Sequence[str]]] = []

    def add(self, title: str, words: Sequence[str]) -> str:
        """Takes up a list, and gives the formula that names its cells."""
        if (title, words) not in self.columns:
            self.columns.append((title, words))
        column = self.columns.index((title, words))
        return f"={layout.LISTS}!{xl_range_abs(1, column, len(words), column)}"

    def write(self, book: xlsxwriter.Workbook) -> None:
        """Adds the sheet, if there is a list."""
        if not self.columns:
            return
        sheet = book.add_worksheet(layout.LISTS)
        for column, (title, words) in enumerate(self.columns):
            sheet.set_column(column, column, max(len(word) for word in (title, *words)) + 2)
            sheet.write_string(0, column, title, self.formats.header)
            for row, word in enumerate(words, 1):
                sheet.write_string(row, column, word, self.formats.plain)


def choice(words: Sequence[str], source: str | None = None) -> dict[str, Any]:
    """A rule that lets one of some words be chosen; `source` is the formula that names them, else they stand in it."""
    return {
        "validate": "list",
        "source": source or list(words),
        "error_title": TITLE,
        "error_message": "Bitte wählen Sie einen Wert aus der Liste.",
    }


NIL_RETURN = {
    **choice([layout.NOTHING_TO_REPORT]),
    "input_title": layout.NIL_RETURN,
    "input_message": f"{layout.NIL_RETURN_HELP}.",
}


def rule(column: Column, lists: Lists) -> dict[str, Any] | None:
    """The rule of a column's cells; None if anything may be typed."""
    words = _words(column)
    if words:
        fits = len(",".join(words)) <= INLINE and not any("," in word for word in words)
        return choice(words, None if fits else lists.add(str(column.source), words))
    match column.type:
        case "string" | "timestamp":
            return None
        case "date":
            first, last = column.minimum or layout.FIRST_DAY, column.maximum or LAST_DAY
            asked = "Bitte tragen Sie ein Datum in der Form TT.MM.JJJJ ein"
            return _between("date", first, last, asked + _limits_shown(column))
        case "int" | "bigint":
            first, last = map(int, _limits(column, WHOLE[column.type]))
            asked = "Bitte tragen Sie eine ganze Zahl ohne weitere Zeichen ein"
            return _between("integer", first, last, asked + _limits_shown(column))
        case _:
            first, last = _limits(column, WHOLE["bigint"])
            asked = "Bitte tragen Sie eine Zahl ohne weitere Zeichen ein"
            return _between("decimal", first, last, asked + _limits_shown(column))


def _words(column: Column) -> list[str]:
    # a program that offers a list lets no second value be typed
    if column.many:
        return []
    if column.type == "boolean":
        return [column.booleans.true[0], column.booleans.false[0]]
    return list(column.codes.values()) or list(column.values or [])


def _limits_shown(column: Column) -> str:
    words = [
        f"{word} {layout.limit(bound)}"
        for word, bound in (("mindestens", column.minimum), ("höchstens", column.maximum))
        if bound is not None
    ]
    return f" ({', '.join(words)})" if words else ""


def _limits(column: Column, most: int) -> tuple[Any, Any]:
    first = -most if column.minimum is None else column.minimum
    return first, most if column.maximum is None else column.maximum


def _between(kind: str, first: Any, last: Any, asked: str) -> dict[str, Any]:
    return {
        "validate": kind,
        "criteria": "between",
        "minimum": first,
        "maximum": last,
        "error_title": TITLE,
        "error_message": f"{asked}.",
    }
