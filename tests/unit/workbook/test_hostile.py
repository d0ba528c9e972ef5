"""Uploads that nobody means well with, or that no program of today writes: each gets its sentence."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lakehouse.workbook import layout, opening
from lakehouse.workbook.check import check
from tests.support.uploads import CITY, PERIOD, PLACE, TRAINING, by_id, edited, filled, one_table, parsed, tables

HEADER = "Nr.;Zielgruppe;Handlungsfelder;Plätze;Kosten;Beginn;Online;Bemerkung"
LINE = "M1;Verwaltung;;120;1.234,56;1.2.2025;ja;"
LOCAL, END_OF_ZIP = b"PK\3\4", b"PK\5\6"


def name_of_no_text(content: bytes) -> bytes:
    """The last member calls itself by bytes that are no text; the list of members does not."""
    changed, at = bytearray(content), content.rindex(LOCAL)
    changed[at + 7] |= 0x08
    changed[at + 30] = 0xFF
    return bytes(changed)


def members_before_the_file(content: bytes) -> bytes:
    """By the list of members they lie in front of the file's first byte."""
    at = content.rindex(END_OF_ZIP) + 16
    (offset,) = struct.unpack_from("<I", content, at)
    return content[:at] + struct.pack("<I", offset + 7) + content[at + 4 :]


@pytest.mark.parametrize("spoil", [name_of_no_text, members_before_the_file])
def test_an_archive_that_contradicts_itself_is_broken(spoil: Callable[[bytes], bytes], tmp_path: Path) -> None:
    every = tables(tmp_path)
    path = filled(tmp_path, every)
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    types = "[Content_Types].xml"
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in {types: parts.pop(types), **parts, "xl/media/image1.png": b"x"}.items():
            packed.writestr(name, content)
    assert check(path, every, CITY, PERIOD).rows[TRAINING] == 2
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(opening.Refused) as refused:
        check(path, every, CITY, PERIOD)
    assert str(refused.value) == opening.BROKEN


def test_a_csv_file_with_the_line_ends_of_old_macs_is_read(tmp_path: Path) -> None:
    every = one_table(tmp_path)
    path = tmp_path / "table.csv"
    path.write_bytes(f"{HEADER}\r{LINE}\r".encode())
    checked = check(path, every, CITY, PERIOD)
    assert checked.rows == {TRAINING: 1}
    (row,) = parsed(checked.source(every[0]), path, tmp_path / "rows")
    assert (row["number"], row["places"], row["begins_on"]) == ("M1", "120", "1.2.2025")


def test_a_csv_file_in_an_unknown_encoding_is_not_called_by_a_name_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "delivered"
    path.write_bytes(HEADER.encode("utf-16"))
    with pytest.raises(opening.Refused, match="^Die Zeichen in dieser CSV-Datei können nicht gelesen werden"):
        check(path, one_table(tmp_path), CITY, PERIOD)


def test_blank_lines_above_the_header_of_a_csv_file_have_a_sentence(tmp_path: Path) -> None:
    every = one_table(tmp_path)
    path = tmp_path / "twin.zip"
    with zipfile.ZipFile(path, "w") as packed:
        cover = "".join(f"{label};{value}\n" for label, value in layout.cover(every, CITY, PERIOD))
        packed.writestr("Deckblatt.csv", cover.encode("utf-8-sig"))
        packed.writestr("Maßnahmen.csv", f";;\n\n{HEADER}\n{LINE}\n".encode("utf-8-sig"))
    with pytest.raises(opening.Refused) as refused:
        check(path, every, CITY, PERIOD)
    assert str(refused.value) == (
        "Die Kopfzeile steht nicht in der ersten Zeile in der Datei „Maßnahmen.csv“. "
        "Bitte löschen Sie die leeren Zeilen darüber."
    )
    assert (refused.value.sheet, refused.value.cell) == ("Maßnahmen", "A3")


@pytest.mark.parametrize("shown", ['0" %"', "0\\%", '#,##0.0" % der Plätze"'])
def test_a_number_with_a_percent_sign_behind_it_is_what_it_looks_like(shown: str, tmp_path: Path) -> None:
    every = tables(tmp_path)

    def show(book: Any) -> None:
        book["Maßnahmen"]["D6"].number_format = shown

    path = edited(filled(tmp_path, every), show)
    assert check(path, every, CITY, PERIOD).rows[TRAINING] == 2
    assert parsed(by_id(every, TRAINING), path, tmp_path / "rows")[0]["places"] == "120"


def test_a_note_in_the_last_column_that_there_is_does_not_make_every_row_slow(tmp_path: Path) -> None:
    every = tables(tmp_path)

    def note(book: Any) -> None:
        book["Orte"]["XFD6"], book["Orte"]["A250"] = "Rückfrage", "Bürgerhaus"

    path = edited(filled(tmp_path, every), note)
    checked = check(path, every, CITY, PERIOD)
    # comparing the columns of each row with each other would take minutes
    assert checked.rows == {TRAINING: 2, PLACE: 2}
    assert checked.notices == [
        "Die Angaben in Spalte XFD auf dem Blatt „Orte“ haben keine Überschrift und wurden nicht übernommen."
    ]


def test_what_is_larger_than_the_upload_page_takes_is_refused_wherever_it_came_from(tmp_path: Path) -> None:
    every = tables(tmp_path)
    path = filled(tmp_path, every)
    most = every[0].fetch.max_bytes  # type: ignore[union-attr]
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr("xl/media/image1.png", bytes(most))
    with pytest.raises(opening.Refused, match="^Die Datei ist zu groß: Angenommen werden höchstens 10 MB.$"):
        check(path, every, CITY, PERIOD)
