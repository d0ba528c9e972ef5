"""Writes the workbook that an administration fills, and its twin of CSV files."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from lakehouse.administrations import ADMINISTRATIONS
from lakehouse.errors import LakehouseError
from lakehouse.spec import discovery
from lakehouse.spec.column import Column
from lakehouse.spec.inbox import Inbox
from lakehouse.spec.source import Source
from lakehouse.workbook import layout, validation
from lakehouse.workbook.formats import Formats

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
# the same template has the same bytes, whenever it is written
CREATED = dt.datetime(2022, 5, 30)
ZIP_DATE = (2022, 5, 30, 0, 0, 0)
COVER_WIDTHS = (28, 100)
WIDTHS = {"string": 28, "boolean": 12, "date": 14, "timestamp": 22}
NUMBER_WIDTH = 16
HELP_CHARACTERS_PER_LINE, HELP_LINE_HEIGHT = 22, 15
A4 = 9
# what a text must not begin with, or a spreadsheet program calculates it
CALCULATED = ("=", "+", "-", "@", "\t")


def save(sources_dir: Path, delivery: str, ags: str, period: str, *, csv: bool, into: Path | None) -> Path:
    """Writes the template of a delivery.

    Args:
        sources_dir: where deliveries are declared.
        delivery: its id.
        ags: the administration; empty if it is to be filled in.
        period: such as 2025 or 2025-H1; empty if it is to be filled in.
        csv: the twin of CSV files.
        into: the file to write; by default one in the working folder that is named after all these.

    Returns:
        The written file.

    Raises:
        LakehouseError: there is no such delivery, administration or period.
    """
    if delivery not in discovery.delivery_ids(sources_dir):
        raise LakehouseError(f"{delivery} is not declared in {sources_dir}")
    tables = discovery.load_delivery(sources_dir, delivery)
    fetch = tables[0].fetch
    if not isinstance(fetch, Inbox):
        raise LakehouseError(f"{delivery} is fetched from its publisher: nobody fills a template of it")
    if ags and ags not in ADMINISTRATIONS:
        raise LakehouseError(f"{ags} is none of {', '.join(ADMINISTRATIONS)}")
    if period and not fetch.is_period(period):
        raise LakehouseError(f"{period} is no {fetch.period} from {fetch.since} on")
    path = into or Path("-".join(filter(None, (delivery, ags, period))) + (".zip" if csv else ".xlsx"))
    (write_csv if csv else write)(path, tables, ags, period)
    return path


def write(path: Path, tables: Sequence[Source], ags: str, period: str, rows: Rows | None = None) -> None:
    """Writes the workbook of a delivery; the same arguments give the same bytes.

    Args:
        path: file to write.
        tables: all tables of the delivery.
        ags: the administration; empty if it is to be filled in.
        period: such as 2025 or 2025-H1; empty if it is to be filled in.
        rows: what stands in it already, typed as in silver, by id of the table and name of the column.
    """
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": discovery.about(tables[0])[0], "created": CREATED})
        formats = Formats(book)
        _cover(book, formats, tables, ags, period)
        lists = validation.Lists(formats)
        for table in tables:
            _sheet(book, formats, lists, table, (rows or {}).get(table.id, []))
        lists.write(book)


def _cover(book: xlsxwriter.Workbook, formats: Formats, tables: Sequence[Source], ags: str, period: str) -> None:
    sheet = book.add_worksheet(layout.COVER)
    _page(sheet)
    for column, width in enumerate(COVER_WIDTHS):
        sheet.set_column(column, column, width)
    for row, (label, value) in enumerate(layout.cover(tables, ags, period)):
        sheet.write_string(row, 0, label, formats.label)
        to_fill = label in (layout.AGS, layout.PERIOD) and not value
        sheet.write_string(row, 1, value, formats.to_fill if to_fill else formats.wrapped)
        if label == layout.AGS:
            sheet.data_validation(row, 1, row, 1, validation.choice(list(ADMINISTRATIONS)))
        if label == layout.NIL_RETURN:
            sheet.write_blank(row, 1, None, formats.may_fill)
            sheet.data_validation(row, 1, row, 1, validation.NIL_RETURN)


def _sheet(
    book: xlsxwriter.Workbook,
    formats: Formats,
    lists: validation.Lists,
    table: Source,
    rows: Sequence[Mapping[str, Any]],
) -> None:
    sheet = book.add_worksheet(layout.sheet(table))
    _page(sheet)
    above = layout.introduction(table)
    for row, text in enumerate(above):
        sheet.write_string(row, 0, text, formats.heading if row == 0 else formats.plain)
    top = len(above) + 2
    for i, column in enumerate(table.delivered):
        sheet.set_column(i, i, _width(column), formats.of(column))
        sheet.write_string(top - 2, i, layout.explanation(column), formats.help)
        shown = layout.example(column)
        sheet.write_string(top - 1, i, f"z. B. {shown}" if shown else "", formats.example)
        sheet.write_string(top, i, str(column.source), formats.required if column.required else formats.header)
        if rule := validation.rule(column, lists):
            sheet.data_validation(top + 1, i, validation.LAST_ROW, i, rule)
    longest = max(len(layout.explanation(column)) for column in table.delivered)
    sheet.set_row(top - 2, HELP_LINE_HEIGHT * (longest // HELP_CHARACTERS_PER_LINE + 1))
    sheet.freeze_panes(top + 1, 0)
    sheet.repeat_rows(top)
    for number, values in enumerate(rows, top + 1):
        for i, column in enumerate(table.delivered):
            _put(sheet, number, i, layout.cell(column, values.get(column.name)), formats.of(column))


def _page(sheet: Any) -> None:
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)


def _width(column: Column) -> int:
    return max(WIDTHS.get(column.type, NUMBER_WIDTH), len(str(column.source)) + 2)


def _put(sheet: Any, row: int, column: int, value: Any, format_: Any) -> None:
    match value:
        case None:
            pass
        case str():
            sheet.write_string(row, column, value, format_)
        case dt.date():
            sheet.write_datetime(row, column, value, format_)
        case int() | float() | Decimal():
            sheet.write_number(row, column, value, format_)


def write_csv(path: Path, tables: Sequence[Source], ags: str, period: str, rows: Rows | None = None) -> None:
    """Writes the CSV twin: a zip archive with `Deckblatt.csv` and one file per table, whose header is its first line.

    In UTF-8 with a byte order mark, separated by semicolons, as Excel opens them. Arguments as of `write`.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, lines in _twins(tables, ags, period, rows or {}):
            text = io.StringIO(newline="")
            csv.writer(text, delimiter=";").writerows(lines)
            info = zipfile.ZipInfo(f"{name}.csv", ZIP_DATE)
            packed.writestr(info, text.getvalue().encode("utf-8-sig"), zipfile.ZIP_DEFLATED)


def _twins(
    tables: Sequence[Source], ags: str, period: str, rows: Rows
) -> Iterator[tuple[str, list[tuple[str, str]] | list[list[str]]]]:
    yield layout.COVER, layout.cover(tables, ags, period)
    for table in tables:
        header = [str(column.source) for column in table.delivered]
        cells = [
            [_protected(layout.german(layout.cell(column, row.get(column.name))), column) for column in table.delivered]
            for row in rows.get(table.id, [])
        ]
        yield layout.sheet(table), [header, *cells]


def _protected(text: str, column: Column) -> str:
    """A text such that a spreadsheet program takes it for one; the parser reads the same text."""
    if column.type != "string" or not text.startswith(CALCULATED):
        return text
    doubled = text.replace('"', '""')
    return f'="{doubled}"'
