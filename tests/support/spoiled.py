"""Ways to spoil a filled workbook: by another program, or in the XML inside it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl

from tests.support.uploads import cover_cell, edited

SHEET_XML = "xl/worksheets/sheet3.xml"
Spoil = Callable[[Path], object]


def by_program(edit: Callable[[Any], object]) -> Spoil:
    """Somebody opens the workbook, changes it and saves it."""
    return lambda path: edited(path, edit)


def cell(address: str, value: Any, sheet: str = "Maßnahmen") -> Spoil:
    """Somebody types something into a cell."""

    def edit(book: Any) -> None:
        book[sheet][address] = value

    return by_program(edit)


def cover(label: str, value: Any) -> Spoil:
    """Somebody changes what the cover says."""

    def edit(book: Any) -> None:
        cover_cell(book, label).value = value

    return by_program(edit)


def on(sheet: str, edit: Callable[[Any], object]) -> Spoil:
    """Somebody changes one sheet."""
    return by_program(lambda book: edit(book[sheet]))


def part(name: str, content: str | bytes = "<x/>") -> Spoil:
    """The workbook has one more part."""

    def spoil(path: Path) -> None:
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr(name, content)

    return spoil


def text(member: str, old: str, new: str) -> Spoil:
    """A text in the XML of one part is another one."""

    def spoil(path: Path) -> None:
        with zipfile.ZipFile(path) as packed:
            parts = {name: packed.read(name) for name in packed.namelist()}
        before = parts[member].decode()
        assert old in before, f"{member} has no {old}"
        parts[member] = before.replace(old, new, 1).encode()
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, content in parts.items():
                packed.writestr(name, content)

    return spoil


def bytes_of(content: bytes) -> Spoil:
    """The file is another one."""
    return lambda path: path.write_bytes(content)


def zip_of(**members: str) -> Spoil:
    """The file is another zip archive."""

    def spoil(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, content in members.items():
                packed.writestr(name.replace("__", "/").replace("_", "."), content)

    return spoil


def cut(path: Path) -> None:
    """Only the first half of the file arrived."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def encrypted_member(path: Path) -> None:
    """Every part says that it is encrypted."""
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(signature, at + 4)
    path.write_bytes(data)


def with_dde(path: Path) -> None:
    """A cell on a sheet of the sender's own asks a program for its value."""

    def edit(book: Any) -> None:
        book.create_sheet("Notizen")["A1"] = "=cmd|'/C calc'!A0"

    edited(path, edit)


def with_hidden_sheet(state: str) -> Spoil:
    """A sheet is hidden, and holds something."""

    def edit(book: Any) -> None:
        sheet = book.create_sheet("Rechnung")
        sheet["A1"], sheet.sheet_state = 1, state

    return by_program(edit)


def array_formula(path: Path) -> None:
    """A cell holds an array formula."""

    def edit(book: Any) -> None:
        book["Maßnahmen"]["D7"] = openpyxl.worksheet.formula.ArrayFormula("D7:D7", "=SUM(D6:D6)")

    edited(path, edit)


def without_rows(path: Path) -> None:
    """Somebody sends the empty template."""

    def edit(book: Any) -> None:
        for name in ("Maßnahmen", "Orte"):
            book[name].delete_rows(6, 100)

    edited(path, edit)
