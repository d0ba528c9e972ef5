"""Fehlanzeige: an administration says that there is nothing to report, and says nothing else."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Protocol

import pytest

from lakehouse.workbook import opening, template
from lakehouse.workbook.check import check
from tests.support import spoiled
from tests.support.uploads import CITY, PERIOD, PLACE, ROWS, TRAINING, one_table, tables

ROWS_TOO = (
    "Das Deckblatt meldet Fehlanzeige, in der Datei stehen aber ausgefüllte Zeilen. "
    "Bitte löschen Sie entweder das „ja“ bei „Fehlanzeige“ oder die Zeilen."
)
NO_ROWS = (
    "In der Datei steht keine einzige ausgefüllte Zeile. Bitte tragen Sie Ihre Angaben unter der Kopfzeile ein oder, "
    "wenn es in diesem Zeitraum nichts zu melden gibt, auf dem Deckblatt bei „Fehlanzeige“ ein „ja“."
)
UNCLEAR = (
    "Auf dem Deckblatt steht bei „Fehlanzeige“ „vielleicht“. Bitte tragen Sie dort „ja“ ein, wenn es in diesem "
    "Zeitraum nichts zu melden gibt, und lassen Sie das Feld sonst leer."
)
SAID = "Fehlanzeige: Sie teilen mit, dass es in diesem Zeitraum nichts zu melden gibt."


class Write(Protocol):
    def __call__(self, path: Path, said: str | None, *, with_rows: bool) -> None: ...


def workbook(path: Path, said: str | None, *, with_rows: bool) -> None:
    template.write(path, tables(path.parent), CITY, PERIOD, ROWS if with_rows else None)
    spoiled.cover("Fehlanzeige", said)(path)


def twin(path: Path, said: str | None, *, with_rows: bool) -> None:
    template.write_csv(path, tables(path.parent), CITY, PERIOD, ROWS if with_rows else None)
    with zipfile.ZipFile(path) as packed:
        files = {name: packed.read(name).decode("utf-8-sig") for name in packed.namelist()}
    assert "\r\nFehlanzeige;\r\n" in files["Deckblatt.csv"]
    files["Deckblatt.csv"] = files["Deckblatt.csv"].replace("\nFehlanzeige;", f"\nFehlanzeige;{said or ''}")
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)


BOTH = pytest.mark.parametrize("write", [workbook, twin])


@BOTH
@pytest.mark.parametrize("said", ["ja", " JA\u00a0"])
def test_a_file_without_rows_passes_if_it_says_so(write: Write, said: str, tmp_path: Path) -> None:
    write(tmp_path / "t.xlsx", said, with_rows=False)
    checked = check(tmp_path / "t.xlsx", tables(tmp_path), CITY, PERIOD)
    assert (checked.rows, checked.notices) == ({TRAINING: 0, PLACE: 0}, [SAID])


@BOTH
@pytest.mark.parametrize(
    ("said", "with_rows", "sentence", "sheet", "cell"),
    [
        ("ja", True, ROWS_TOO, "Deckblatt", "B8"),
        (None, False, NO_ROWS, "Orte", ""),
        ("nein", False, NO_ROWS, "Orte", ""),
        ("vielleicht", True, UNCLEAR, "Deckblatt", "B8"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(
    write: Write, said: str | None, with_rows: bool, sentence: str, sheet: str, cell: str, tmp_path: Path
) -> None:
    write(tmp_path / "t.xlsx", said, with_rows=with_rows)
    with pytest.raises(opening.Refused) as refused:
        check(tmp_path / "t.xlsx", tables(tmp_path), CITY, PERIOD)
    assert (refused.value.sentence, refused.value.sheet, refused.value.cell) == (sentence, sheet, cell)


@BOTH
@pytest.mark.parametrize("said", [None, "nein"])
def test_rows_without_it_need_no_word(write: Write, said: str | None, tmp_path: Path) -> None:
    write(tmp_path / "t.xlsx", said, with_rows=True)
    checked = check(tmp_path / "t.xlsx", tables(tmp_path), CITY, PERIOD)
    assert (checked.rows, checked.notices) == ({TRAINING: 2, PLACE: 1}, [])


def test_a_template_from_before_the_field_is_still_taken(tmp_path: Path) -> None:
    workbook(tmp_path / "t.xlsx", None, with_rows=True)
    spoiled.on("Deckblatt", lambda sheet: sheet.delete_rows(8))(tmp_path / "t.xlsx")
    assert check(tmp_path / "t.xlsx", tables(tmp_path), CITY, PERIOD).rows == {TRAINING: 2, PLACE: 1}


def test_a_single_file_has_no_cover_and_is_told_of_the_one_that_has(tmp_path: Path) -> None:
    path = tmp_path / "kurse.csv"
    path.write_text("Nr.;Zielgruppe;Handlungsfelder;Plätze;Kosten;Beginn;Online;Bemerkung\n", "utf-8")
    with pytest.raises(opening.Refused) as refused:
        check(path, one_table(tmp_path), CITY, PERIOD)
    assert refused.value.sentence == NO_ROWS
