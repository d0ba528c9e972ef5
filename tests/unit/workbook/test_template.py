"""Templates: what stands in them, and that what is filled in comes out again as the same values."""

from __future__ import annotations

import datetime as dt
import string
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakehouse.administrations import ADMINISTRATIONS
from lakehouse.errors import LakehouseError
from lakehouse.spec.normal_form import spelled_out
from lakehouse.spec.source import Source
from lakehouse.workbook import layout, template
from lakehouse.workbook.check import check
from lakehouse.workbook.rows import places
from tests.support.uploads import (
    CITY,
    DELIVERY,
    HEADER_ROW,
    PERIOD,
    PLACE,
    ROWS,
    TRAINING,
    TRAININGS,
    by_id,
    edited,
    filled,
    parsed,
    tables,
)

AS_TEXT = [
    {"number": "M1", "audience": "Verwaltung", "fields": "Nachhaltigkeit und Klimaschutz; Intelligente Mobilität",
     "places": "120", "cost": "1234,56", "begins_on": "1.2.2025", "online": "ja", "place": "Rathaus", "remark": "=1+1"},
    {"number": "M2", "audience": "Bürgerinnen, Bürger", "fields": "", "places": "", "cost": "0,1",
     "begins_on": "31.12.2025", "online": "nein", "place": "", "remark": ""},
]  # fmt: skip


@pytest.fixture
def every(tmp_path: Path) -> list[Source]:
    return tables(tmp_path)


def values(records: list[dict[str, Any]], table: Source) -> list[dict[str, Any]]:
    return [{column.name: record[column.name] for column in table.delivered} for record in records]


def test_the_workbook_says_what_it_is_and_how_each_column_is_filled(tmp_path: Path, every: list[Source]) -> None:
    template.write(tmp_path / "t.xlsx", every, CITY, PERIOD)
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert book.sheetnames == ["Deckblatt", "Orte", "Maßnahmen", "Listen"]
    cover = {row[0].value: row[1].value for row in book["Deckblatt"].iter_rows() if row[0].value}
    assert cover["Vorlage"] == "Kurse" and cover["Kennung"] == DELIVERY
    assert (cover["AGS"], cover["Verwaltung"], cover["Zeitraum"]) == ("05562024", "Marl", "2025")
    assert cover["Version der Vorlage"] == layout.version(every) and cover["Fehlanzeige"] is None
    sheet = book["Maßnahmen"]
    assert (sheet["A1"].value, sheet["A2"].value) == ("Schulungen", "Eine Zeile ist ein Angebot.")
    assert (sheet["A3"].value, sheet["A4"].value) == ("Pflichtfeld. Kennung.", "z. B. M1")
    assert (sheet["D3"].value, sheet["D4"].value) == ("Einheit: Plätze.", "z. B. 120")
    assert [cell.value for cell in sheet[HEADER_ROW]] == [column["from"] for column in TRAININGS["columns"]]
    assert (sheet.freeze_panes, sheet.page_setup.orientation, sheet.merged_cells.ranges) == ("A6", "landscape", set())
    assert sheet.column_dimensions["A"].number_format == "@"


def test_cells_of_the_template_let_only_the_declared_be_typed(tmp_path: Path, every: list[Source]) -> None:
    template.write(tmp_path / "t.xlsx", every, CITY, PERIOD)
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    rules = {str(rule.sqref): rule for rule in book["Maßnahmen"].data_validations.dataValidation}
    # a label with a comma cannot stand inside of a rule
    assert (rules["B6:B1048576"].type, rules["B6:B1048576"].formula1) == ("list", "Listen!$A$2:$A$4")
    assert [cell.value for cell in book["Listen"]["A"]] == [
        "Zielgruppe", "Verwaltung", "Unternehmen", "Bürgerinnen, Bürger"
    ]  # fmt: skip
    places_rule = rules["D6:D1048576"]
    assert (places_rule.type, places_rule.formula1, places_rule.formula2) == ("whole", "0", "5000")
    assert places_rule.error == (
        "Bitte tragen Sie eine ganze Zahl ohne weitere Zeichen ein (mindestens 0, höchstens 5000)."
    )
    assert (rules["E6:E1048576"].type, rules["F6:F1048576"].type) == ("decimal", "date")
    assert rules["G6:G1048576"].formula1 == '"ja,nein"'
    # several values in one cell fit no list
    assert "C6:C1048576" not in rules


def test_the_same_template_has_the_same_bytes(tmp_path: Path, every: list[Source]) -> None:
    for write, suffix in ((template.write, "xlsx"), (template.write_csv, "zip")):
        for name in "ab":
            write(tmp_path / f"{name}.{suffix}", every, CITY, PERIOD, ROWS)
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
    # nor does the day tell one from another
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").properties.created == dt.datetime(2022, 5, 30)
    for name in ("a.xlsx", "a.zip"):
        with zipfile.ZipFile(tmp_path / name) as packed:
            assert {info.date_time[0] for info in packed.infolist()} <= {1980, 2022}


def test_only_what_decides_whether_a_file_fits_changes_the_version(tmp_path: Path, every: list[Source]) -> None:
    first, *others = TRAININGS["columns"]
    explained = {**TRAININGS, "title": "Kurse", "columns": [{**first, "help": "Neu.", "example": "M7"}, *others]}
    assert layout.version(tables(tmp_path / "explained", explained)) == layout.version(every)
    for name, columns in {
        "type": [*others[:3], {"from": "Kosten", "name": "cost", "type": "int"}, *others[4:], first],
        "required": [{**first, "required": False}, *others],
        "codes": [first, {**others[0], "codes": {"staff": "Verwaltung"}}, *others[1:]],
    }.items():
        changed = layout.version(tables(tmp_path / name, {**TRAININGS, "columns": columns, "rules": []}))
        assert changed != layout.version(every) and len(changed) == 9


def test_a_filled_workbook_is_read_as_its_values(tmp_path: Path, every: list[Source]) -> None:
    path = filled(tmp_path, every)
    checked = check(path, every, CITY, PERIOD)
    assert (checked.rows, checked.notices, checked.twins) == ({TRAINING: 2, PLACE: 1}, [], {})
    training = by_id(every, TRAINING)
    records = parsed(training, path, tmp_path / "p")
    assert values(records, training) == AS_TEXT
    assert {(record["ags"], record["period"]) for record in records} == {(CITY, PERIOD)}
    found = places(path, training, checked)
    assert (found.sheet, list(found.rows), found.cell(2, "cost")) == ("Maßnahmen", [6, 7], "E7")


def test_the_csv_twin_is_read_as_its_values(tmp_path: Path, every: list[Source]) -> None:
    path = tmp_path / "twin.zip"
    template.write_csv(path, every, CITY, PERIOD, ROWS)
    with zipfile.ZipFile(path) as packed:
        assert packed.namelist() == ["Deckblatt.csv", "Orte.csv", "Maßnahmen.csv"]
        lines = packed.read("Maßnahmen.csv").decode("utf-8-sig").splitlines()
    first = 'M1;Verwaltung;"Nachhaltigkeit und Klimaschutz; Intelligente Mobilität";120;1234,56;01.02.2025;ja;Rathaus;'
    assert lines[1] == first + '"=""=1+1"""'
    checked = check(path, every, CITY, PERIOD)
    assert (checked.rows, checked.notices) == ({TRAINING: 2, PLACE: 1}, [])
    training = by_id(every, TRAINING)
    read = values(parsed(checked.source(training), path, tmp_path / "p"), training)
    first, second = AS_TEXT
    assert read == [{**first, "begins_on": "01.02.2025"}, {**second, "cost": "0,10"}]
    found = places(path, training, checked)
    assert (list(found.rows), found.cell(2, "cost")) == ([2, 3], "E3")


def test_a_template_without_city_and_period_asks_for_them(tmp_path: Path, every: list[Source]) -> None:
    template.write(tmp_path / "t.xlsx", every, "", "")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    texts = [row[1].value for row in book["Deckblatt"].iter_rows()]
    assert "Bitte tragen Sie oben bei „Zeitraum“ den Zeitraum ein, zum Beispiel 2025." in texts
    city, nil_return = book["Deckblatt"].data_validations.dataValidation
    assert (str(city.sqref), city.formula1) == ("B5", f'"{",".join(ADMINISTRATIONS)}"')
    assert (str(nil_return.sqref), nil_return.formula1) == ("B8", '"ja"')
    assert nil_return.prompt == "ja, wenn es in diesem Zeitraum nichts zu melden gibt."


def test_a_template_is_saved_under_a_name_that_tells_it(
    tmp_path: Path, every: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    saved = template.save(tmp_path, DELIVERY, CITY, PERIOD, csv=True, into=None)
    assert saved.name == "town__course-05562024-2025.zip" and zipfile.is_zipfile(saved)
    for city, period, says in (("1", PERIOD, "1 is none of"), (CITY, "2025-H1", "2025-H1 is no year from 2022 on")):
        with pytest.raises(LakehouseError, match=says):
            template.save(tmp_path, DELIVERY, city, period, csv=False, into=None)
    with pytest.raises(LakehouseError, match="town__other is not declared"):
        template.save(tmp_path, "town__other", CITY, PERIOD, csv=False, into=None)


TEXT = st.text(string.digits + string.ascii_letters + string.punctuation + "äöüßÖÜéł€", min_size=1, max_size=20)
ROW = st.fixed_dictionaries(
    {
        "number": st.integers(1, 10**6).map("M{}".format),
        "audience": st.sampled_from(["staff", "firms", "all"]),
        "fields": st.lists(st.sampled_from(["climate", "mobility"]), unique=True),
        "places": st.none() | st.integers(0, 5000),
        "cost": st.none() | st.decimals(0, 999_999_999_999, places=2),
        "begins_on": st.dates(dt.date(1850, 1, 1)),
        "online": st.none() | st.booleans(),
        "remark": st.none() | TEXT,
    }
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=1, max_size=5), as_csv=st.booleans())
def test_every_value_comes_back(rows: list[dict[str, Any]], as_csv: bool, tmp_path: Path) -> None:
    every = tables(tmp_path)
    path, training = tmp_path / "x", by_id(every, TRAINING)
    (template.write_csv if as_csv else template.write)(path, every, CITY, PERIOD, {TRAINING: rows})
    table = check(path, every, CITY, PERIOD).source(training)
    records = parsed(table, path, tmp_path / "p")
    for row, record in zip(rows, records, strict=True):
        labels = {code: label for column in training.delivered for code, label in column.codes.items()}
        assert record["audience"] == labels[row["audience"]]
        assert [text for text in record["fields"].split("; ") if text] == [labels[code] for code in row["fields"]]
        assert record["places"] == ("" if row["places"] is None else str(row["places"]))
        cost = record["cost"].replace(",", ".")
        assert (Decimal(cost) if cost else None) == row["cost"]
        assert dt.datetime.strptime(record["begins_on"], "%d.%m.%Y").date() == row["begins_on"]
        assert record["online"] == {None: "", True: "ja", False: "nein"}[row["online"]]
        assert record["remark"] == spelled_out(row["remark"] or "")


def test_what_clerks_type_reaches_the_parser_as_the_german_dialect_reads_it(
    tmp_path: Path, every: list[Source]
) -> None:
    def typed(book: Any) -> None:
        sheet = book["Maßnahmen"]
        sheet["D6"], sheet["E6"], sheet["F6"], sheet["A6"] = "1.200", "1.234,56", "3.4.2025", " M1\u00a0"
        sheet["D7"], sheet["E7"], sheet["F7"], sheet["A7"] = 7.0, "1234.5", "04/13/2025", "M2\u200b"

    path = edited(filled(tmp_path, every), typed)
    assert check(path, every, CITY, PERIOD).rows[TRAINING] == 2
    # one cell in another dialect is asked back by itself and does not stop the others
    first, second = parsed(by_id(every, TRAINING), path, tmp_path / "p")
    read = [(row["number"].strip(), row["places"], row["cost"], row["begins_on"]) for row in (first, second)]
    assert read == [("M1", "1.200", "1.234,56", "3.4.2025"), ("M2", "7", "1234.5", "04/13/2025")]


def test_a_cell_of_a_number_with_too_many_digits_is_a_text(every: list[Source]) -> None:
    cost = next(column for column in by_id(every, TRAINING).columns if column.name == "cost")
    assert layout.cell(cost, Decimal("99999999999999.99")) == "99999999999999,99"
    assert layout.cell(cost, Decimal("9999999999999.99")) == Decimal("9999999999999.99")
