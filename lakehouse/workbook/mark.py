"""The uploaded workbook again: cells to be mended are coloured and commented, and a list of them stands in front."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.hyperlink import Hyperlink

from lakehouse.spec.normal_form import declared
from lakehouse.workbook import layout
from lakehouse.workbook.answers import Finding

log = logging.getLogger("smartvest.workbook")
AUTHOR = "SmartVest"
MARKED = PatternFill("solid", fgColor="FFF8CBAD")
HEADING = PatternFill("solid", fgColor="FFDDEBF7")
WIDTHS = {"A": 22, "B": 10, "C": 34, "D": 90}
COLUMNS = ("Blatt", "Zelle", "Gefunden", "Was zu tun ist")
NOTHING = "Es ist nichts zu ändern."
COMMENT_SIZE = (320, 120)
# what a cell can hold
MAX_TEXT = 32_767
ADDRESS = re.compile(r"[A-Z]{1,3}[1-9]\d{0,6}")


def marked(path: Path | None, into: Path, findings: Sequence[Finding], notices: Sequence[str], outcome: str) -> None:
    """Writes the answer as a workbook, with the sheet „Antwort“ in front.

    Args:
        path: the uploaded workbook, if `check` took it. None if it was refused as a whole, or came as CSV: then
            nothing of it is kept. Nor if openpyxl cannot read it, or cannot write what it read.
        into: file to write.
        findings: what has to be mended.
        notices: sentences on what was passed over.
        outcome: what became of the upload, in one sentence.
    """
    if path is not None:
        try:
            _write(openpyxl.load_workbook(path, keep_links=False), into, findings, notices, outcome)
            return
        # styles, drawings or properties that it does not know can fail anywhere in it; its message may quote a name
        except Exception as error:
            log.warning("an upload cannot be written again, its answer is the list alone: %s", type(error).__name__)
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    _write(book, into, findings, notices, outcome)


def _write(book: Any, into: Path, findings: Sequence[Finding], notices: Sequence[str], outcome: str) -> None:
    sheets: dict[str, Any] = {declared(sheet.title): sheet for sheet in book.worksheets}
    if previous := sheets.pop(layout.ANSWER, None):
        book.remove(previous)
    for sheet in sheets.values():
        _unmark(sheet)
    for finding in findings:
        there = sheets.get(declared(finding.sheet))
        if there is not None and ADDRESS.fullmatch(finding.cell):
            _mark(there[finding.cell], finding.sentence)
    _answer(book, sheets, findings, notices, outcome)
    book.active = 0
    for sheet in book.worksheets[1:]:
        sheet.sheet_view.tabSelected = False
    book.save(into)


def _unmark(sheet: Any) -> None:
    """Takes away what an earlier answer marked: the sender goes on with the workbook that came back."""
    # rows and columns up to the last cell are made by asking for them, and one coloured cell may lie in row 1,048,576
    for cell in list(sheet._cells.values()):
        if cell.comment is not None and cell.comment.author == AUTHOR:
            cell.comment = None
            cell.fill = PatternFill()


def _mark(cell: Any, sentence: str) -> None:
    before = f"{cell.comment.text}\n" if cell.comment is not None else ""
    cell.comment = Comment(_text(before + sentence), AUTHOR, *reversed(COMMENT_SIZE))
    cell.fill = copy(MARKED)


def _answer(
    book: Any, sheets: dict[str, Any], findings: Sequence[Finding], notices: Sequence[str], outcome: str
) -> None:
    sheet = book.create_sheet(layout.ANSWER, 0)
    for letter, width in WIDTHS.items():
        sheet.column_dimensions[letter].width = width
    _put(sheet.cell(1, 1), "Antwort auf Ihre Lieferung").font = Font(bold=True, size=14)
    _put(sheet.cell(2, 1), outcome)
    for row, notice in enumerate(notices, 3):
        _put(sheet.cell(row, 1), notice)
    top = len(notices) + 4
    if not findings:
        _put(sheet.cell(top, 1), NOTHING)
        return
    for column, title in enumerate(COLUMNS, 1):
        cell = _put(sheet.cell(top, column), title)
        cell.font, cell.fill = Font(bold=True), copy(HEADING)
    for row, finding in enumerate(findings, top + 1):
        for column, text in enumerate((finding.sheet, finding.cell, finding.found, finding.sentence), 1):
            _put(sheet.cell(row, column), text).alignment = Alignment(wrap_text=True, vertical="top")
        if there := sheets.get(declared(finding.sheet)):
            _link(sheet.cell(row, 2), there.title, finding.cell)
    sheet.freeze_panes = sheet.cell(top + 1, 1)


def _link(cell: Any, title: str, address: str) -> None:
    if ADDRESS.fullmatch(address):
        quoted = title.replace("'", "''")
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{quoted}'!{address}", display=address)
        cell.font = Font(underline="single", color="FF0563C1")


def _put(cell: Any, text: str) -> Any:
    """Writes a text that stays one, whatever it begins with."""
    cell.value = _text(text)
    cell.data_type = "s"
    return cell


def _text(text: str) -> str:
    return ILLEGAL_CHARACTERS_RE.sub("", text)[:MAX_TEXT]
