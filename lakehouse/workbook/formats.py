"""How the cells of a template look."""

from __future__ import annotations

from typing import Any

import xlsxwriter

from lakehouse.spec.column import Column
from lakehouse.workbook import layout

BLUE, LIGHT, YELLOW, GREY = "#1F4E79", "#DDEBF7", "#FFF2CC", "#595959"
FONT = {"font_name": "Calibri", "font_size": 11}
WRAPPED = {"text_wrap": True, "valign": "top"}


class Formats:
    """The formats of one workbook, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        """Adds what every sheet needs."""
        self.book = book
        self.plain = self._add()
        self.wrapped = self._add(**WRAPPED, num_format="@")
        self.label = self._add(**WRAPPED, bold=True)
        self.to_fill = self._add(**WRAPPED, num_format="@", bg_color=YELLOW, border=1)
        self.may_fill = self._add(**WRAPPED, num_format="@", border=1)
        self.heading = self._add(bold=True, font_size=14, font_color=BLUE)
        self.help = self._add(**WRAPPED, font_color=GREY, font_size=9)
        self.example = self._add(italic=True, font_color=GREY, num_format="@")
        self.header = self._add(**WRAPPED, bold=True, bg_color=LIGHT, border=1)
        self.required = self._add(**WRAPPED, bold=True, bg_color=YELLOW, border=1)
        self._of_numbers: dict[str, Any] = {}

    def of(self, column: Column) -> Any:
        """Format of the cells of a column; a text stays a text, so that keys keep their leading zeros."""
        written = _number_format(column)
        if written not in self._of_numbers:
            self._of_numbers[written] = self._add(num_format=written, valign="top", text_wrap=written == "@")
        return self._of_numbers[written]

    def _add(self, **properties: Any) -> Any:
        return self.book.add_format({**FONT, **properties})


def _number_format(column: Column) -> str:
    match column.type:
        case "string" | "boolean" | "timestamp":
            return "@"
        case "date":
            return "dd.mm.yyyy"
        case "int" | "bigint":
            return "0"
        case "double":
            return "General"
        case _:
            scale = layout.scale(column)
            return "#,##0." + "0" * scale if scale else "#,##0"
