"""The CSV twin of a workbook, as spreadsheet programs save it, and what is wrong with one."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from lakehouse.spec.source import Source
from lakehouse.workbook import opening, template, twins
from lakehouse.workbook.check import NO_ROWS, check
from lakehouse.workbook.rows import places
from tests.support.uploads import CITY, PERIOD, PLACE, ROWS, TRAINING, by_id, one_table, parsed, tables

IN_FILE = "in der Datei „Maßnahmen.csv“"
HEADER = "Nr.;Zielgruppe;Handlungsfelder;Plätze;Kosten;Beginn;Online;Bemerkung\n"
LINE = "M1;Verwaltung;;120;1.234,56;1.2.2025;ja;\n"


def packed(folder: Path, every: list[Source], change: Callable[[dict[str, bytes]], Mapping[str, bytes]]) -> Path:
    """The twin of a filled workbook, with some of its files changed."""
    path = folder / "twin.zip"
    template.write_csv(path, every, CITY, PERIOD, ROWS)
    with zipfile.ZipFile(path) as old:
        files = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in change(files).items():
            new.writestr(name, content)
    return path


def replaced(name: str, old: str, new: str) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return lambda files: {**files, name: files[name].replace(old.encode(), new.encode())}


def without(name: str) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return lambda files: {key: content for key, content in files.items() if key != name}


def only_headers(files: dict[str, bytes]) -> dict[str, bytes]:
    return {n: c if n == "Deckblatt.csv" else c.splitlines(keepends=True)[0] for n, c in files.items()}


def doubled(files: dict[str, bytes]) -> dict[str, bytes]:
    return {**files, "alt/Orte.csv": files["Orte.csv"]}


REFUSED = [
    (without("Deckblatt.csv"),
     "Die Datei „Deckblatt.csv“ fehlt. Bitte verwenden Sie die Vorlage mit ihrem Deckblatt.", ""),
    (without("Orte.csv"), "Die Datei „Orte.csv“ fehlt. Bitte fügen Sie sie wieder ein, auch wenn sie leer bleibt.", ""),
    (replaced("Deckblatt.csv", "05562024", "05562020"),
     "Das Deckblatt nennt Herten (AGS 05562020), hochgeladen wurde die Mappe aber für Marl (AGS 05562024). "
     "Bitte verwenden Sie die Vorlage Ihrer Verwaltung.", "B5"),
    (doubled, "„Orte.csv“ ist zweimal im Archiv. Bitte lassen Sie nur eine davon stehen.", ""),
    (replaced("Maßnahmen.csv", "Kosten", "Preis"),
     f"Die Spalte „Kosten“ fehlt {IN_FILE}. Bitte stellen Sie die Kopfzeile der Vorlage wieder her.", "A1"),
    (replaced("Maßnahmen.csv", "120", "=100+20"),
     f"In Zelle D2 steht {IN_FILE} eine Formel. Bitte tragen Sie dort den Wert selbst ein.", "D2"),
    (replaced("Maßnahmen.csv", ";ja;", ';"ja;'),
     "In Zeile 2 der Datei „Maßnahmen.csv“ endet ein Anführungszeichen nicht. Bitte ergänzen Sie das schließende.", ""),
    (lambda files: {**files, "Orte.csv": b""},
     "Die Kopfzeile fehlt in der Datei „Orte.csv“. Bitte verwenden Sie die Vorlage mit ihrer Kopfzeile.", ""),
    (lambda files: {**files, "Orte.csv": "Ort;Fläche\nMarl;1\n".encode("utf-16")},
     "Die Zeichen in „Orte.csv“ können nicht gelesen werden. "
     "Bitte speichern Sie die Datei als „CSV UTF-8 (durch Trennzeichen getrennt)“.", ""),
    (lambda files: {**files, "Orte.csv": bytes(3_000_000)}, opening.BOMB, ""),
    (only_headers, NO_ROWS, ""),
]  # fmt: skip


@pytest.mark.parametrize(("change", "sentence", "cell"), REFUSED)
def test_a_spoiled_archive_is_refused_with_its_sentence(
    change: Callable[[dict[str, bytes]], Mapping[str, bytes]], sentence: str, cell: str, tmp_path: Path
) -> None:
    every = tables(tmp_path)
    path = packed(tmp_path, every, change)
    with pytest.raises(opening.Refused) as refused:
        check(path, every, CITY, PERIOD)
    assert (refused.value.sentence, refused.value.cell) == (sentence, cell)


def test_an_archive_in_a_folder_and_saved_by_excel_is_read(tmp_path: Path) -> None:
    every = tables(tmp_path)
    saved = "Ort;Fläche;Kürzel\r\nGroßes Haus;1.234,5;GH\r\n;;\r\nKeller\r\n".encode("cp1252")
    path = packed(
        tmp_path,
        every,
        lambda files: {
            **{f"Kurse/{name}": content for name, content in files.items()},
            "Kurse/Notizen.csv": b"x",
            "Kurse/Orte.csv": saved,
            "__MACOSX/Kurse/._Orte.csv": b"\0",
        },
    )
    checked = check(path, every, CITY, PERIOD)
    assert checked.rows == {TRAINING: 2, PLACE: 2}
    assert checked.notices == [
        "Die Datei „Notizen.csv“ gehört nicht zur Vorlage und wurde nicht übernommen.",
        "Die Spalte „Kürzel“ in der Datei „Orte.csv“ gehört nicht zur Vorlage und wurde nicht übernommen.",
    ]
    place = by_id(every, PLACE)
    records = parsed(checked.source(place), path, tmp_path / "p")
    assert [(row["place"], row["area"]) for row in records] == [("Großes Haus", "1.234,5"), ("Keller", None)]
    # the blank line counts as a row, as a spreadsheet program shows it
    assert list(places(path, place, checked).rows) == [2, 4]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_single_file_is_enough_for_a_single_table(encoding: str, tmp_path: Path) -> None:
    every = one_table(tmp_path)
    path = tmp_path / "kurse.csv"
    path.write_bytes((HEADER + LINE).encode(encoding))
    checked = check(path, every, CITY, PERIOD)
    (record,) = parsed(checked.source(every[0]), path, tmp_path / "p")
    assert (checked.rows, record["places"], record["cost"]) == ({TRAINING: 1}, "120", "1.234,56")


def test_a_single_file_is_refused_where_it_cannot_be_the_table(tmp_path: Path) -> None:
    path = tmp_path / "kurse.csv"
    path.write_text(HEADER + LINE, "utf-8")
    with pytest.raises(opening.Refused, match="^Diese Datei ist keine Excel-Arbeitsmappe"):
        check(path, tables(tmp_path / "two"), CITY, PERIOD)
    path.write_text(HEADER.replace(";", ","), "utf-8")
    with pytest.raises(opening.Refused) as refused:
        check(path, one_table(tmp_path / "one"), CITY, PERIOD)
    assert refused.value.sentence == twins.COMMAS
