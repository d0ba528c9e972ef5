"""Spoiled workbooks: each is refused with the sentence that says what is wrong and how to mend it, at its cell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lakehouse.workbook import layout, opening, template
from lakehouse.workbook.check import NO_ROWS, check
from tests.support import spoiled
from tests.support.spoiled import SHEET_XML, by_program, cell, cover, on, part, text
from tests.support.uploads import CITY, PERIOD, PLACE, TRAINING, edited, filled, tables

SHEET = "Maßnahmen"
BOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
XLSX_TYPE = "vnd.openxmlformats-officedocument.spreadsheetml.sheet.main"
SECOND_WORKBOOK = f'<Override PartName="/xl/other.xml" ContentType="application/{XLSX_TYPE}+xml"/></Types>'
LINKED = '<Relationship Id="x" Type="attachedTemplate" Target="http://x/" TargetMode="External"/></Relationships>'
FAR_CELL = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
NO_CITY = "Auf dem Deckblatt fehlt der AGS. Bitte tragen Sie 05562024 (Marl) ein."
NO_PERIOD = "Auf dem Deckblatt fehlt der Zeitraum. Bitte tragen Sie 2025 ein."
DOCTYPE = '<!DOCTYPE x [<!ENTITY e "e">]>'
OTHER_CITY = (
    "Das Deckblatt nennt Herten (AGS 05562020), hochgeladen wurde die Mappe aber für Marl (AGS 05562024). "
    "Bitte verwenden Sie die Vorlage Ihrer Verwaltung."
)
OTHER_PERIOD = (
    "Das Deckblatt nennt den Zeitraum 2024, hochgeladen wurde die Mappe aber für 2025. "
    "Bitte wählen Sie beim Hochladen den richtigen Zeitraum oder verwenden Sie dessen Vorlage."
)
OTHER_TEMPLATE = (
    "Diese Mappe ist eine andere Vorlage (town__tree), erwartet wird „Kurse“. "
    "Bitte laden Sie die Mappe dort hoch, wo sie hingehört, oder verwenden Sie die richtige Vorlage."
)
NO_COVER = "Das Blatt „Deckblatt“ fehlt. Bitte verwenden Sie die Vorlage mit ihrem Deckblatt."
NO_LINE = "Auf dem Deckblatt fehlt die Zeile „AGS“. Bitte verwenden Sie das Deckblatt der Vorlage unverändert."
MISSING_SHEET = "Das Blatt „Orte“ fehlt. Bitte fügen Sie es wieder ein, auch wenn es leer bleibt."
RENAMED_SHEET = "Das Blatt „Maßnahmen“ heißt jetzt „Massnahme“. Bitte geben Sie ihm wieder seinen Namen „Maßnahmen“."
DOUBLE_SHEET = "Das Blatt „Maßnahmen“ gibt es zweimal. Bitte lassen Sie nur eines davon stehen."
EMPTY_SHEET = "Das Blatt „Orte“ ist leer. Bitte verwenden Sie die Vorlage mit ihrer Kopfzeile."
NO_HEADER = "Die Kopfzeile fehlt auf dem Blatt „Maßnahmen“. Bitte stellen Sie die Kopfzeile der Vorlage wieder her."
MISSING = "Die Spalte „Kosten“ fehlt auf dem Blatt „Maßnahmen“. Bitte stellen Sie die Kopfzeile der Vorlage wieder her."
RENAMED = (
    "Die Spalte „Plätze“ heißt auf dem Blatt „Maßnahmen“ jetzt „Platz“. "
    "Bitte geben Sie ihr wieder die Überschrift „Plätze“."
)
PERCENT = (
    "Auf dem Blatt „Maßnahmen“ ist Zelle E6 als Prozent formatiert, sodass aus 12,5 % die Zahl 0,125 wird. "
    "Bitte stellen Sie das Zahlenformat „Zahl“ ein und tragen Sie die Zahl ohne Prozentzeichen ein."
)
TWICE = "Die Spalte „Plätze“ steht zweimal auf dem Blatt „Maßnahmen“. Bitte lassen Sie nur eine davon stehen."


def hidden_sheet(name: str) -> str:
    return f"Das Blatt „{name}“ ist ausgeblendet und enthält Daten. Bitte blenden Sie es ein oder löschen Sie es."


def hidden(what: str) -> str:
    filtered = " (bei einem Filter: zeigen Sie alle Zeilen an)" if what.startswith("Zeile") else ""
    return (
        f"Auf dem Blatt „Maßnahmen“ ist {what} ausgeblendet und enthält Daten. "
        f"Bitte blenden Sie sie ein{filtered} oder löschen Sie sie."
    )


def merged(area: str) -> str:
    return (
        f"Auf dem Blatt „Maßnahmen“ sind die Zellen {area} verbunden. Bitte heben Sie die Verbindung auf "
        "und füllen Sie jede Zelle einzeln aus."
    )


def formula(at: str) -> str:
    return (
        f"Auf dem Blatt „Maßnahmen“ steht in Zelle {at} eine Formel. Bitte tragen Sie dort den Wert selbst ein, "
        "und lassen Sie Summenzeilen weg."
    )


def hide_row(sheet: Any) -> None:
    sheet.row_dimensions[7].hidden = True


def hide_column(sheet: Any) -> None:
    sheet.column_dimensions["D"].hidden = True


def show_as_percent(sheet: Any) -> None:
    sheet["E6"], sheet["I6"] = 0.125, 0.5
    sheet["E6"].number_format = sheet["I6"].number_format = "0.0%"


def delete_cover_line(book: Any) -> None:
    book["Deckblatt"].delete_rows(5)


def rename(book: Any) -> None:
    book["Maßnahmen"].title = "Massnahme"


def double(book: Any) -> None:
    book.copy_worksheet(book["Maßnahmen"]).title = "Maßnahmen "


def empty(book: Any) -> None:
    del book["Orte"]
    book.create_sheet("Orte")


def hide(book: Any) -> None:
    book["Orte"].sheet_state = "hidden"


Case = tuple[str, spoiled.Spoil, str, str, str]
UNSAFE: list[Case] = [
    ("empty file", spoiled.bytes_of(b""), opening.EMPTY, "", ""),
    ("a picture", spoiled.bytes_of(b"\x89PNG\r\n\x1a\n\0\0"), opening.NO_WORKBOOK, "", ""),
    ("a letter", spoiled.bytes_of(b"Sehr geehrte Damen und Herren,\n"), opening.NO_WORKBOOK, "", ""),
    ("a Word document", spoiled.zip_of(word__document_xml="<x/>"), opening.NO_WORKBOOK, "", ""),
    ("old xls", spoiled.bytes_of(opening.OLE + bytes(600)), opening.OLD, "", ""),
    ("a password", spoiled.bytes_of(opening.OLE + bytes(600) + opening.ENCRYPTED), opening.PASSWORD, "", ""),
    ("parts with a password", spoiled.encrypted_member, opening.PASSWORD, "", ""),
    ("xlsb", spoiled.zip_of(xl__workbook_bin="x"), opening.BINARY, "", ""),
    ("ods", spoiled.zip_of(mimetype=opening.ODS), opening.OPEN_DOCUMENT, "", ""),
    ("cut off", spoiled.cut, opening.BROKEN, "", ""),
    ("no content types", spoiled.zip_of(xl__workbook_xml="<workbook/>"), opening.BROKEN, "", ""),
    ("XML that is none", text(BOOK, "</workbook>", "</work>"), opening.BROKEN, "", ""),
    ("a sheet without its part", text(RELATIONS, "sheet3.xml", "sheet9.xml"), opening.BROKEN, "", ""),
    ("two parts of one name", part("XL/workbook.xml"), opening.BROKEN, "", ""),
    ("two workbooks", text("[Content_Types].xml", "</Types>", SECOND_WORKBOOK), opening.BROKEN, "", ""),
    ("a part that is no XML", part("xl/comments.txt", "x"), opening.BROKEN, "", ""),
    ("macros", part("xl/vbaProject.bin"), opening.MACROS, "", ""),
    ("xlsm", text("[Content_Types].xml", XLSX_TYPE, "vnd.ms-excel.sheet.macroEnabled.main"), opening.MACROS, "", ""),
    ("Excel 4 macros", part("xl/macrosheets/sheet1.xml"), opening.MACROS, "", ""),
    ("an external link", part("xl/externalLinks/externalLink1.xml"), opening.EXTERNAL, "", ""),
    ("a data connection", part("xl/connections.xml"), opening.EXTERNAL, "", ""),
    ("a linked template", text(RELATIONS, "</Relationships>", LINKED), opening.EXTERNAL, "", ""),
    ("DDE", spoiled.with_dde, opening.EXTERNAL, "", ""),
    ("an embedded object", part("xl/embeddings/oleObject1.bin"), opening.EMBEDDED, "", ""),
    ("ActiveX", part("xl/activeX/activeX1.xml"), opening.EMBEDDED, "", ""),
    ("entities in a sheet", text(SHEET_XML, "<worksheet", f"{DOCTYPE}<worksheet"), opening.ENTITIES, "", ""),
    ("entities in another part", part("docProps/custom.xml", f"{DOCTYPE}<x>&e;</x>"), opening.ENTITIES, "", ""),
    ("entities in a drawing", part("xl/drawings/v.vml", f"{DOCTYPE}<x/>"), opening.ENTITIES, "", ""),
    ("a bomb", part("xl/media/a.bin", bytes(3_000_000)), opening.BOMB, "", ""),
    ("a far cell", text(SHEET_XML, "</sheetData>", FAR_CELL), opening.BOMB, "", ""),
]  # fmt: skip
WRONG: list[Case] = [
    ("no cover", by_program(lambda book: book.remove(book["Deckblatt"])), NO_COVER, "", ""),
    ("no line on the cover", by_program(delete_cover_line), NO_LINE, "Deckblatt", ""),
    ("another template", cover("Kennung", "town__tree"), OTHER_TEMPLATE, "Deckblatt", "B3"),
    ("another city", cover("AGS", "05562020"), OTHER_CITY, "Deckblatt", "B5"),
    ("another city as a number", cover("AGS", 5562020), OTHER_CITY, "Deckblatt", "B5"),
    ("no city", cover("AGS", None), NO_CITY, "Deckblatt", "B5"),
    ("another period", cover("Zeitraum", 2024), OTHER_PERIOD, "Deckblatt", "B7"),
    ("no period", cover("Zeitraum", None), NO_PERIOD, "Deckblatt", "B7"),
    ("a sheet is missing", by_program(lambda book: book.remove(book["Orte"])), MISSING_SHEET, "Orte", ""),
    ("a sheet was renamed", by_program(rename), RENAMED_SHEET, "Massnahme", ""),
    ("a sheet is there twice", by_program(double), DOUBLE_SHEET, SHEET, ""),
    ("a sheet is empty", by_program(empty), EMPTY_SHEET, "Orte", ""),
    ("a hidden sheet", spoiled.with_hidden_sheet("hidden"), hidden_sheet("Rechnung"), "Rechnung", ""),
    ("a very hidden sheet", spoiled.with_hidden_sheet("veryHidden"), hidden_sheet("Rechnung"), "Rechnung", ""),
    ("a declared sheet is hidden", by_program(hide), hidden_sheet("Orte"), "Orte", ""),
    ("a hidden row", on(SHEET, hide_row), hidden("Zeile 7"), SHEET, "A7"),
    ("a row without height", text(SHEET_XML, '<row r="7"', '<row r="7" ht="0"'), hidden("Zeile 7"), SHEET, "A7"),
    ("a hidden column", on(SHEET, hide_column), hidden("Spalte D"), SHEET, "D5"),
    ("merged data", on(SHEET, lambda sheet: sheet.merge_cells("A6:A7")), merged("A6:A7"), SHEET, "A6"),
    ("a merged header", on(SHEET, lambda sheet: sheet.merge_cells("I5:K5")), merged("I5:K5"), SHEET, "I5"),
    ("a formula", cell("D6", "=100+20"), formula("D6"), SHEET, "D6"),
    ("an array formula", spoiled.array_formula, formula("D7"), SHEET, "D7"),
    ("a pasted sum", cell("E8", "=SUM(E6:E7)"), formula("E8"), SHEET, "E8"),
    ("a formula as header", cell("E5", '="Kosten"'), MISSING, SHEET, "A5"),
    ("a percentage", on(SHEET, show_as_percent), PERCENT, SHEET, "E6"),
    ("a deleted header", on(SHEET, lambda sheet: sheet.delete_rows(5)), NO_HEADER, SHEET, ""),
    ("a header is missing", on(SHEET, lambda sheet: sheet.delete_cols(5)), MISSING, SHEET, "A5"),
    ("a header was renamed", cell("D5", "Platz"), RENAMED, SHEET, "D5"),
    ("a header is there twice", cell("J5", "Plätze"), TWICE, SHEET, "J5"),
    ("a header is there again with blanks", cell("J5", " Plätze\u00a0"), TWICE, SHEET, "J5"),
    ("no row", spoiled.without_rows, NO_ROWS, "Orte", ""),
]  # fmt: skip


def test_there_are_as_many_spoiled_workbooks_as_were_promised() -> None:
    assert len(UNSAFE) + len(WRONG) >= 40


@pytest.mark.parametrize(
    ("spoil", "sentence", "sheet", "at"),
    [case[1:] for case in UNSAFE + WRONG],
    ids=[case[0] for case in UNSAFE + WRONG],
)
def test_a_spoiled_workbook_is_refused_with_its_sentence(
    spoil: Callable[[Path], object], sentence: str, sheet: str, at: str, tmp_path: Path
) -> None:
    every = tables(tmp_path)
    path = filled(tmp_path, every)
    assert check(path, every, CITY, PERIOD).rows == {TRAINING: 2, PLACE: 1}
    spoil(path)
    with pytest.raises(opening.Refused) as refused:
        check(path, every, CITY, PERIOD)
    assert (str(refused.value), refused.value.sheet, refused.value.cell) == (sentence, sheet, at)


def test_a_workbook_of_an_older_template_is_refused(tmp_path: Path) -> None:
    every = tables(tmp_path)
    path = edited(filled(tmp_path, every), lambda book: book["Deckblatt"].__setitem__("B4", "v00000000"))
    with pytest.raises(opening.Refused) as refused:
        check(path, every, CITY, PERIOD)
    assert str(refused.value) == (
        f"Diese Mappe hat die Vorlagenversion v00000000, gültig ist {layout.version(every)}. "
        "Bitte laden Sie die aktuelle Vorlage herunter und übertragen Sie Ihre Angaben."
    )
    assert refused.value.cell == "B4"


def test_what_is_harmless_is_passed_over_with_a_notice(tmp_path: Path) -> None:
    every = tables(tmp_path)

    def add(book: Any) -> None:
        book.create_sheet("Notizen")["A1"] = "=1+1"
        book.create_sheet("Leer").sheet_state = "hidden"
        book.create_sheet("Antwort", 0)["A1"] = "Die Antwort auf die vorige Lieferung."
        sheet = book[SHEET]
        sheet.insert_cols(3)
        sheet["C5"], sheet["C6"], sheet["K6"] = "Bearbeitet von", "=1+1", "Rückfrage"
        sheet["A6"].hyperlink = "file:///C:/x.xlsx"
        cover = book["Deckblatt"]
        cover["B5"] = 5562024
        cover["B7"] = 2025

    assert check(edited(filled(tmp_path, every), add), every, CITY, PERIOD).notices == [
        "Das Blatt „Notizen“ gehört nicht zur Vorlage und wurde nicht übernommen.",
        "Das Blatt „Leer“ gehört nicht zur Vorlage und wurde nicht übernommen.",
        "Die Spalte „Bearbeitet von“ auf dem Blatt „Maßnahmen“ gehört nicht zur Vorlage und wurde nicht übernommen.",
        "Die Angaben in Spalte K auf dem Blatt „Maßnahmen“ haben keine Überschrift und wurden nicht übernommen.",
    ]


def test_an_empty_table_beside_a_filled_one_is_no_reason_to_refuse(tmp_path: Path) -> None:
    every = tables(tmp_path)
    template.write(tmp_path / "t.xlsx", every, CITY, PERIOD, {PLACE: [{"place": "Rathaus"}]})
    assert check(tmp_path / "t.xlsx", every, CITY, PERIOD).rows == {PLACE: 1, TRAINING: 0}
