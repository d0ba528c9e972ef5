"""The German sentence for each reason for which a row waits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lakehouse.spec.source import Source
from lakehouse.workbook import template
from lakehouse.workbook.check import check
from lakehouse.workbook.rows import places
from lakehouse.workbook.sentences import FALLBACK, FIELDS, REPEATED, Explained, explain
from tests.support.spoiled import text
from tests.support.uploads import CITY, HEADER_ROW, PERIOD, TRAINING, by_id, edited, filled, parsed, tables

INT, MONEY = "is not a number written 1.234 that fits int", "is not a number written 1.234,5 that fits decimal(14,2)"
DAY, YES = "is not a date written d.M.yyyy", "is not one of ja, Ja, JA, nein, Nein, NEIN"
WHOLE = "Bitte tragen Sie eine ganze Zahl ein, zum Beispiel 120."
AMOUNT = "Bitte tragen Sie eine Zahl mit höchstens 2 Nachkommastellen ein, zum Beispiel 1234,50."
DATE = "Bitte tragen Sie ein Datum in der Form TT.MM.JJJJ ein, zum Beispiel 01.02.2025."
ABOUT = "Zusätze wie „ca.“ können nicht gelesen werden."
EMPTY = "Wenn Sie es nicht wissen, lassen Sie die Zelle bitte leer."
AUDIENCES = "aus der Liste („Verwaltung“, „Unternehmen“, „Bürgerinnen, Bürger“) ein."
LONG = "x" * 200
# reason, found, sentence; the column is the reason's
OF_COLUMNS = [
    (f"places: 'ca. 500' {INT}", "ca. 500", f"In „Plätze“ steht „ca. 500“. {ABOUT} {WHOLE}"),
    (f"places: '> 100' {INT}", "> 100", f"In „Plätze“ steht „> 100“. {ABOUT} {WHOLE}"),
    (f"places: 'k. A.' {INT}", "k. A.", f"In „Plätze“ steht „k. A.“. {EMPTY} {WHOLE}"),
    (f"places: '?' {INT}", "?", f"In „Plätze“ steht „?“. {EMPTY} {WHOLE}"),
    (f"places: '-' {INT}", "-", f"In „Plätze“ steht „-“. {EMPTY} {WHOLE}"),
    (f"places: 'unbekannt' {INT}", "unbekannt", f"In „Plätze“ steht „unbekannt“. {EMPTY} {WHOLE}"),
    (f"places: 'siehe Anlage 3' {INT}", "siehe Anlage 3",
     f"In „Plätze“ steht „siehe Anlage 3“. Anlagen werden nicht gelesen. {WHOLE}"),
    (f"places: 's. Anlage' {INT}", "s. Anlage",
     f"In „Plätze“ steht „s. Anlage“. Anlagen werden nicht gelesen. {WHOLE}"),
    (f"places: '12,5' {INT}", "12,5", f"In „Plätze“ steht „12,5“. {WHOLE}"),
    (f"places: 'it's ' is above 5' {INT}", "it's ' is above 5", f"In „Plätze“ steht „it's ' is above 5“. {WHOLE}"),
    (f"places: '{LONG}' {INT}", LONG, f"In „Plätze“ steht „{'x' * 59}…“. {WHOLE}"),
    ("places: '-5' is below 0", "-5", "In „Plätze“ steht „-5“. Zulässig ist mindestens 0. Bitte prüfen Sie den Wert."),
    ("places: '9999' is above 5000", "9999",
     "In „Plätze“ steht „9999“. Zulässig ist höchstens 5000. Bitte prüfen Sie den Wert."),
    (f"cost: '12.5' {MONEY}", "12.5", f"In „Kosten“ steht „12.5“. {AMOUNT}"),
    (f"cost: '500 €' {MONEY}", "500 €",
     f"In „Kosten“ steht „500 €“. Das Währungszeichen lassen Sie bitte weg. {AMOUNT}"),
    (f"begins_on: '31.2.2025' {DAY}", "31.2.2025", f"In „Beginn“ steht „31.2.2025“. {DATE}"),
    (f"begins_on: 'offen' {DAY}", "offen", f"In „Beginn“ steht „offen“. Dieses Feld muss ausgefüllt sein. {DATE}"),
    ("begins_on: is missing", "", f"„Beginn“ ist leer, das Feld muss aber ausgefüllt sein. {DATE}"),
    ("begins_on: '-' is missing", "-", f"In „Beginn“ steht „-“, das Feld muss aber ausgefüllt sein. {DATE}"),
    ("begins_on: '1.1.2099' is later than its delivery", "1.1.2099",
     "In „Beginn“ steht „1.1.2099“. Dieser Tag liegt in der Zukunft. Bitte prüfen Sie das Datum."),
    (f"online: 'vielleicht' {YES}", "vielleicht",
     "In „Online“ steht „vielleicht“. Bitte tragen Sie „ja“ oder „nein“ ein."),
    ("audience: 'Alle' is none of Verwaltung, Unternehmen", "Alle",
     f"In „Zielgruppe“ steht „Alle“. Bitte tragen Sie einen Wert {AUDIENCES}"),
    ("audience: is missing", "",
     f"„Zielgruppe“ ist leer, das Feld muss aber ausgefüllt sein. Bitte tragen Sie einen Wert {AUDIENCES}"),
    ("fields: 'Luft; Wasser' is none of x", "Luft; Wasser",
     "In „Handlungsfelder“ steht „Luft; Wasser“. Bitte tragen Sie einen oder mehrere Werte, getrennt durch Semikolon, "
     "aus der Liste („Nachhaltigkeit und Klimaschutz“, „Intelligente Mobilität“) ein."),
    (r"number: 'X' does not match M\d+", "X",
     "In „Nr.“ steht „X“. Bitte tragen Sie den Wert in der vorgegebenen Schreibweise ein, zum Beispiel M1."),
    ("place: 'Turm' does not stand in town__venue.place", "Turm",
     "In „Ort“ steht „Turm“, das es auf dem Blatt „Orte“ in der Spalte „Ort“ nicht gibt oder dort selbst "
     "zurückgestellt wurde. Bitte tragen Sie einen vorhandenen Wert ein oder ergänzen Sie die fehlende Zeile."),
    ("cost: costs much without a place", "", "Bitte prüfen Sie Kosten und Plätze."),
    ("cost: '900000' costs much without a place", "", "Bitte prüfen Sie Kosten und Plätze."),
]  # fmt: skip


@pytest.fixture
def every(tmp_path: Path) -> list[Source]:
    return tables(tmp_path)


@pytest.mark.parametrize(("reason", "found", "sentence"), OF_COLUMNS)
def test_a_reason_on_a_value_says_how_to_mend_it(reason: str, found: str, sentence: str, every: list[Source]) -> None:
    column = reason.partition(":")[0]
    assert explain(by_id(every, TRAINING), reason, every) == [Explained(column, found, sentence)]


def test_a_key_that_comes_twice_is_told_by_the_labels_of_its_columns(every: list[Source]) -> None:
    reason = "the key (05562024, 2025, M1) comes twice in this delivery with different content"
    says = "mehrmals mit unterschiedlichen Angaben. Bitte lassen Sie nur die richtige Zeile stehen."
    training = by_id(every, TRAINING)
    assert explain(training, reason) == [Explained("number", "M1", f"Diesen Eintrag (Nr.: M1) gibt es {says}")]
    # a comma inside of a value: nobody knows where one ends
    reason = reason.replace("M1", "M1, alt")
    assert explain(training, reason) == [Explained("number", "M1, alt", f"Diesen Eintrag („M1, alt“) gibt es {says}")]


def test_an_unknown_reason_is_answered_in_german_all_the_same(every: list[Source]) -> None:
    training = by_id(every, TRAINING)
    for reason in ("nobody knows", "other: 'x' is missing", "the record fell off a lorry", "places: 'x' is odd\n"):
        (explained,) = explain(training, reason)
        assert explained.sentence and "is " not in explained.sentence.replace("ist ", "")
    assert explain(training, "nobody knows") == [Explained("", "", FALLBACK)]


def reasons(table: Source, path: Path, every: list[Source], into: Path) -> dict[str, str]:
    """The sentence at each cell of the records that the parser cannot read."""
    checked = check(path, every, CITY, PERIOD)
    where = places(path, table, checked)
    return {
        finding.cell: finding.sentence
        for number, record in enumerate(parsed(checked.source(table), path, into), 1)
        if record["_record_error"]
        for explained in explain(table, f"the record {record['_record_error']}", every)
        for finding in [where.finding(number, explained)]
    }


def test_what_the_parser_cannot_read_is_told_at_its_cell(every: list[Source], tmp_path: Path) -> None:
    def spoil(book: Any) -> None:
        sheet = book["Maßnahmen"]
        sheet["D6"], sheet["E6"] = "#REF!", "#N/A"
        sheet["D6"].data_type = sheet["E6"].data_type = "e"
        sheet["D7"] = 9007199254740994
        for column, cell in enumerate(sheet[HEADER_ROW], 1):
            sheet.cell(8, column).value = cell.value
        sheet["A10"], sheet["I10"] = "M4", "StraÃŸe"

    training = by_id(every, TRAINING)
    assert reasons(training, edited(filled(tmp_path, every), spoil), every, tmp_path / "p") == {
        "D6": "In der Zelle steht der Fehler „#REF!“. Bitte tragen Sie dort den Wert selbst ein.",
        "E6": "In der Zelle steht der Fehler „#N/A“. Bitte tragen Sie dort den Wert selbst ein.",
        "D7": "Die Zahl „9007199254740994“ hat mehr Stellen, als eine Arbeitsmappe behält. "
        "Bitte schreiben Sie sie als Text.",
        "A8": REPEATED,
        "I10": "In „Bemerkung“ sind Zeichen beschädigt. Bitte tippen Sie den Text neu ein, statt ihn hineinzukopieren.",
    }


def test_a_line_of_csv_with_other_fields_is_told_at_its_row(every: list[Source], tmp_path: Path) -> None:
    path, training = tmp_path / "t.zip", by_id(every, TRAINING)
    rows = [{"number": "M1"}, {"number": "M2"}]
    template.write_csv(path, every, CITY, PERIOD, {TRAINING: rows})
    text("Maßnahmen.csv", "M2;;;;;;;;", "M2;;;;;;;;;zu viel")(path)
    assert reasons(training, path, every, tmp_path / "p") == {"A3": FIELDS}


@pytest.mark.parametrize(
    ("says", "sentence"),
    [
        ("has a quote that does not end", "In dieser Zeile stimmen die Anführungszeichen nicht."),
        ("has text behind a closing quote", "In dieser Zeile stimmen die Anführungszeichen nicht."),
        ("has a field of more than 1048576 characters", "Ein Text in dieser Zeile ist zu lang."),
        ("repeats the header", REPEATED),
        ("has 3 fields, the header has 4", FIELDS),
        ("holds a NUL character in remark", "In „Bemerkung“ sind Zeichen beschädigt."),
        ("holds half of a surrogate pair in remark", "In „Bemerkung“ sind Zeichen beschädigt."),
        ("holds U+FFFD, the sign for a lost character, in remark", "In „Bemerkung“ sind Zeichen beschädigt."),
        ("holds UTF-8 encoded twice ('Ã¤' for 'ä') in remark", "In „Bemerkung“ sind Zeichen beschädigt."),
        ("holds more than 1048576 characters in remark", "In „Bemerkung“ steht zu viel Text."),
        ("Maßnahmen!D7 holds the number 0.5 without the declared %, and 0.5 may be 0.5 % or 50 %",
         "In der Zelle steht „0.5“ ohne Prozentzeichen."),
    ],
)  # fmt: skip
def test_every_other_reason_of_the_parser_has_its_sentence(says: str, sentence: str, every: list[Source]) -> None:
    (explained,) = explain(by_id(every, TRAINING), f"the record {says}")
    assert explained.sentence.startswith(sentence)
