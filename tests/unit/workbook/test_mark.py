"""The answer as a workbook: bad cells are marked, nothing else of the upload changes, and nothing dangerous is kept."""

from __future__ import annotations

import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from lakehouse.workbook.answers import Finding
from lakehouse.workbook.check import check
from lakehouse.workbook.mark import AUTHOR, MARKED, NOTHING, marked
from tests.support.spoiled import SHEET_XML, text
from tests.support.uploads import CITY, PERIOD, PLACE, TRAINING, by_id, edited, filled, parsed, tables

BAD = Finding(sheet="Maßnahmen", cell="D6", found="=cmd|'/C calc'!A0", sentence="Bitte tragen Sie eine Zahl ein.")
WHOLE_SHEET = Finding(sheet="Orte", cell="", found="\x07", sentence="Bitte prüfen Sie das Blatt.")
COLOUR = MARKED.fgColor.rgb


def rows(sheet: Any) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_bad_cells_are_marked_and_listed_in_front(tmp_path: Path) -> None:
    every = tables(tmp_path)
    path, into = filled(tmp_path, every), tmp_path / "answer.xlsx"
    before = parsed(by_id(every, TRAINING), path, tmp_path / "before")
    marked(path, into, [BAD, WHOLE_SHEET], ["Ein Blatt wurde nicht übernommen."], "Eine Zeile wartet.")
    book = openpyxl.load_workbook(into)
    assert book.sheetnames == ["Antwort", "Deckblatt", "Orte", "Maßnahmen", "Listen"]
    cell = book["Maßnahmen"]["D6"]
    assert (cell.fill.fgColor.rgb, cell.comment.text, cell.comment.author) == (COLOUR, BAD.sentence, AUTHOR)
    assert cell.value == 120
    coloured = {c.coordinate for row in book["Maßnahmen"].iter_rows(min_row=6) for c in row if c.fill.fill_type}
    assert coloured == {"D6"}
    answer = book["Antwort"]
    assert rows(answer) == [
        ["Antwort auf Ihre Lieferung", None, None, None],
        ["Eine Zeile wartet.", None, None, None],
        ["Ein Blatt wurde nicht übernommen.", None, None, None],
        [None, None, None, None],
        ["Blatt", "Zelle", "Gefunden", "Was zu tun ist"],
        ["Maßnahmen", "D6", BAD.found, BAD.sentence],
        ["Orte", None, None, WHOLE_SHEET.sentence],
    ]
    # a text that looks like a formula is none
    assert answer["C6"].data_type == "s"
    assert (answer["B6"].hyperlink.location, answer["B7"].hyperlink) == ("'Maßnahmen'!D6", None)
    # it can be mended and sent again
    assert check(into, every, CITY, PERIOD).rows == {TRAINING: 2, PLACE: 1}
    assert parsed(by_id(every, TRAINING), into, tmp_path / "after") == before
    assert len(book["Maßnahmen"].data_validations.dataValidation) == 5


def test_a_corrected_workbook_loses_the_marks_of_the_answer_before(tmp_path: Path) -> None:
    every = tables(tmp_path)
    path = filled(tmp_path, every)

    def note(book: Any) -> None:
        book["Maßnahmen"]["A6"].comment = openpyxl.comments.Comment("Rückfrage", "Sachbearbeitung")

    edited(path, note)
    marked(path, tmp_path / "first.xlsx", [BAD], [], "Eine Zeile wartet.")
    other = BAD.model_copy(update={"cell": "E7"})
    marked(tmp_path / "first.xlsx", tmp_path / "second.xlsx", [other], [], "Eine Zeile wartet.")
    book = openpyxl.load_workbook(tmp_path / "second.xlsx")
    sheet = book["Maßnahmen"]
    assert (book.sheetnames.count("Antwort"), book.sheetnames[0]) == (1, "Antwort")
    assert (sheet["D6"].comment, sheet["D6"].fill.fill_type) == (None, None)
    assert (sheet["E7"].fill.fgColor.rgb, sheet["A6"].comment.text) == (COLOUR, "Rückfrage")


def test_an_accepted_workbook_says_that_nothing_is_to_be_done(tmp_path: Path) -> None:
    every = tables(tmp_path)
    marked(filled(tmp_path, every), tmp_path / "a.xlsx", [], [], "Alle Zeilen zählen.")
    answer = openpyxl.load_workbook(tmp_path / "a.xlsx")["Antwort"]
    assert [answer["A2"].value, answer["A4"].value] == ["Alle Zeilen zählen.", NOTHING]


def test_of_a_refused_file_nothing_is_kept(tmp_path: Path) -> None:
    marked(None, tmp_path / "a.xlsx", [BAD], [], "Diese Mappe enthält Makros.")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["Antwort"]
    assert (book["Antwort"]["A2"].value, book["Antwort"]["B5"].hyperlink) == ("Diese Mappe enthält Makros.", None)
    with zipfile.ZipFile(tmp_path / "a.xlsx") as packed:
        assert [name for name in packed.namelist() if "sheet" in name] == ["xl/worksheets/sheet1.xml"]


@pytest.mark.parametrize(
    ("member", "old", "new"),
    [
        ("xl/styles.xml", 'rgb="', 'rgb="blue '),
        (SHEET_XML, 't="inlineStr"', 't="d"'),
        (SHEET_XML, 'ySplit="5"', 'ySplit="five"'),
    ],
)
def test_a_workbook_that_cannot_be_written_again_is_answered_with_the_list_alone(
    member: str, old: str, new: str, tmp_path: Path
) -> None:
    every = tables(tmp_path)
    path = filled(tmp_path, every)
    text(member, old, new)(path)
    assert check(path, every, CITY, PERIOD).rows == {TRAINING: 2, PLACE: 1}
    marked(path, tmp_path / "a.xlsx", [BAD], [], "Eine Zeile wartet.")
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").sheetnames == ["Antwort"]


def test_a_csv_file_is_answered_with_the_list_alone(tmp_path: Path) -> None:
    path = tmp_path / "upload.xlsx"
    path.write_text("Nr.;Plätze\nM1;ca. 500\n", "utf-8")
    marked(path, tmp_path / "a.xlsx", [BAD], [], "Eine Zeile wartet.")
    answer = openpyxl.load_workbook(tmp_path / "a.xlsx")["Antwort"]
    assert [cell.value for cell in answer[5]] == ["Maßnahmen", "D6", BAD.found, BAD.sentence]


def test_a_coloured_cell_far_away_takes_no_memory(tmp_path: Path) -> None:
    every = tables(tmp_path)
    path = filled(tmp_path, every)
    text(SHEET_XML, "</sheetData>", '<row r="20000"><c r="Z20000" s="1"/></row></sheetData>')(path)
    tracemalloc.start()
    marked(path, tmp_path / "a.xlsx", [BAD], [], "Eine Zeile wartet.")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # half a million cells would be 60 MB
    assert peak < 20_000_000
