"""Workbooks of a few cells, as Excel and LibreOffice write them."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter


class Error(str):
    """A cell with an error, as the value of a formula."""


class Serial(float):
    """A date as the number that Excel holds."""


FORMATS: dict[type, str] = {
    Serial: "dd.mm.yyyy",
    dt.date: "dd.mm.yyyy",
    dt.datetime: "dd.mm.yyyy hh:mm:ss",
    dt.time: "hh:mm",
    dt.timedelta: "[h]:mm",
}
NAMESPACES = " ".join(
    [
        *(
            f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
            for name in ("office", "table", "text", "manifest")
        ),
        'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"',
    ]
)


def xlsx(
    *rows: Sequence[Any], name: str = "Tabelle1", merged: Sequence[str] = (), before: Sequence[str] = (), **options: Any
) -> bytes:
    """A workbook with one sheet, or with others before it; merged cells are written into the first of them."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, **options}) as book:
        for other in before:
            book.add_worksheet(other)
        sheet = book.add_worksheet(name)
        formats = {kind: book.add_format({"num_format": written}) for kind, written in FORMATS.items()}
        for area in merged:
            sheet.merge_range(area, "")
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, Error):
                    sheet.write_formula(number, column, "=1/0", None, cell)
                elif isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                elif isinstance(cell, Serial):
                    sheet.write_number(number, column, cell, formats[Serial])
                elif cell is not None:
                    sheet.write(number, column, cell, formats.get(type(cell)))
    return out.getvalue()


def ods(*rows: str, name: str = "Tabelle1", mimetype: str = "application/vnd.oasis.opendocument.spreadsheet") -> bytes:
    """A workbook of OpenDocument with one sheet; rows are made by `row`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("mimetype", mimetype, zipfile.ZIP_STORED)
        packed.writestr("META-INF/manifest.xml", f"<manifest:manifest {NAMESPACES}/>")
        packed.writestr(
            "content.xml",
            f"<office:document-content {NAMESPACES}><office:body><office:spreadsheet>"
            f'<table:table table:name="{escape(name)}">{"".join(rows)}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return out.getvalue()


def row(*cells: Any, repeated: int = 1) -> str:
    """A row of OpenDocument."""
    return f'<table:table-row table:number-rows-repeated="{repeated}">{"".join(map(cell, cells))}</table:table-row>'


def cell(value: Any, repeated: int = 1) -> str:
    """A cell of OpenDocument."""
    shown = "" if value is None else f"<text:p>{escape(str(value))}</text:p>"
    attributes = f'table:number-columns-repeated="{repeated}"'
    match value:
        case None:
            pass
        case Error():
            attributes += (
                ' table:formula="of:=1/0" office:value-type="float" office:value="0" calcext:value-type="error"'
            )
        case str():
            attributes += ' office:value-type="string"'
        case bool():
            attributes += f' office:value-type="boolean" office:boolean-value="{str(value).lower()}"'
        case dt.date():
            attributes += f' office:value-type="date" office:date-value="{value.isoformat()}"'
        case _:
            attributes += f' office:value-type="float" office:value="{value!r}"'
    return f"<table:table-cell {attributes}>{shown}</table:table-cell>"


def changed(workbook: bytes, member: str, change: Callable[[str], str]) -> bytes:
    """The same workbook with another text in one of its members."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for name in old.namelist():
            content = old.read(name)
            packed.writestr(name, change(content.decode()) if name == member else content)
    return out.getvalue()


def sheet_data(body: str) -> bytes:
    """An xlsx workbook whose sheet has these rows as they stand in its XML."""
    return changed(
        xlsx(["Baum"]),
        "xl/worksheets/sheet1.xml",
        lambda text: re.sub(r"<sheetData>.*</sheetData>", f"<sheetData>{body}</sheetData>", text, flags=re.DOTALL),
    )
