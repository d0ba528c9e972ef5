"""Sheets of workbooks: cells as the text that their column declares, headers, errors, and what is no workbook."""

from __future__ import annotations

import datetime as dt
import json
import string
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakehouse.errors import DeliveryRejected, SpecError
from lakehouse.ingest.parse import Parsed, cells, parse_to_parquet
from lakehouse.spec.column import Column
from tests.support import example
from tests.support.hostile import packed
from tests.support.sheets import Error, Serial, ods, row, sheet_data, xlsx

XLSX: dict[str, Any] = {"type": "xlsx", "sheet": 1}
ODS: dict[str, Any] = {"type": "ods", "sheet": "Tabelle1"}


def declared(*sources: str, **more: Any) -> list[dict[str, Any]]:
    return [{"from": source, "name": f"c{n}", **more} for n, source in enumerate(sources)]


def parsed(
    folder: Path, content: bytes, columns: list[dict[str, Any]], format_: dict[str, Any] = XLSX, **more: Any
) -> tuple[Parsed, list[dict[str, Any]]]:
    feed = example.source(folder, format=format_, columns=columns, key=[columns[0]["name"]], **more)
    delivered, into = folder / "delivered", folder / "parsed.parquet"
    delivered.write_bytes(content)
    found = parse_to_parquet(feed, delivered, "all", into)
    return found, pq.read_table(into).to_pylist()


def values(rows: list[dict[str, Any]]) -> list[list[str | None]]:
    return [[value for name, value in row.items() if not name.startswith("_")] for row in rows]


DAY, NOON = dt.date(2023, 3, 15), dt.datetime(2023, 3, 15, 12, 30)
GERMAN = {"decimal": ",", "thousands": "."}
TEXTS: list[tuple[dict[str, Any], cells.Cell, str]] = [
    ({}, "00123", "00123"), ({}, 5562004.0, "5562004"), ({}, 1.5, "1.5"), ({}, -0.0, "0"), ({}, True, "true"),
    ({}, 0.1 + 0.2, "0.3"), ({}, 1234.5600000000002, "1234.56"),
    ({}, 1e-7, "0.0000001"), ({}, 100.0, "100"),
    ({}, DAY, "2023-03-15"), ({}, NOON, "2023-03-15T12:30:00"), ({}, dt.time(8), "08:00:00"),
    ({}, dt.timedelta(hours=36, minutes=5), "36:05:00"), ({}, dt.timedelta(hours=-1, milliseconds=-500), "-1:00:00.5"),
    ({"type": "decimal(9,2)", "numbers": GERMAN}, 1234.5, "1234,5"),
    ({"type": "decimal(9,2)", "numbers": GERMAN}, "1.234,56", "1.234,56"),
    ({"type": "decimal(9,2)", "numbers": {"decimal": "."}}, 1234.5, "1234.5"),
    # 1.234 would be read as 1234
    ({"type": "int", "numbers": {"thousands": "."}}, 1.234, "1,234"),
    ({"type": "int", "numbers": {"thousands": ","}}, 1.234, "1.234"),
    ({"type": "double"}, 1.5, "1.5"),
    ({"type": "decimal(9,2)", "numbers": {**GERMAN, "suffix": " €"}}, 12.5, "12,5 €"),
    ({"type": "decimal(9,2)", "numbers": {**GERMAN, "suffix": "€", "affixes": "optional"}}, 12.5, "12,5"),
    ({"type": "int", "numbers": {"negative": "trailing", "prefix": "EUR"}}, -5.0, "EUR5-"),
    ({"type": "int", "numbers": {"negative": "brackets"}}, -5.0, "(5)"),
    ({"type": "int", "numbers": {"suffix": "%"}, "nulls": ["-1"]}, -1.0, "-1"),
    ({"type": "int"}, DAY, "2023-03-15"), ({"type": "int"}, True, "true"),
    ({"type": "boolean", "booleans": {"true": ["ja", "x"], "false": ["nein"]}}, True, "ja"),
    ({"type": "boolean", "booleans": {"true": ["ja"], "false": ["nein"]}}, False, "nein"),
    ({"type": "boolean"}, 1.0, "1"),
    ({"type": "date"}, DAY, "2023-03-15"), ({"type": "date"}, NOON, "2023-03-15T12:30:00"),
    ({"type": "date", "format": "dd.MM.yyyy"}, DAY, "15.03.2023"),
    ({"type": "date", "format": "d.M.y"}, DAY, "15.3.2023"),
    ({"type": "date", "format": "d. MMMM yyyy", "months": "de"}, DAY, "15. märz 2023"),
    ({"type": "timestamp", "format": "dd.MM.yyyy HH:mm:ss.SSS"}, NOON, "15.03.2023 12:30:00.000"),
    ({"type": "timestamp", "format": "dd.MM.yyyy HH:mmXXX"}, NOON, "2023-03-15T12:30:00"),
    ({"type": "timestamp", "format": "epoch", "minimum": DAY}, NOON, "2023-03-15T12:30:00"),
    ({"type": "timestamp", "format": "epoch", "minimum": DAY}, 1718893200.0, "1718893200"),
    ({"type": "date", "format": "dd.MM.yyyy"}, NOON, "2023-03-15T12:30:00"),
    ({"type": "date", "format": "MM.yyyy"}, DAY, "2023-03-15"),
    ({"type": "date", "format": "MM.yyyy"}, DAY.replace(day=1), "03.2023"),
    ({"type": "date", "format": "yyyyMMdd"}, 20230315.0, "20230315"), ({"type": "date"}, 45000.0, "45000"),
    ({"type": "date", "format": "dd.MM.yy", "pivot": 2030}, DAY, "15.03.23"),
    ({"type": "date", "format": "dd.MM.yy", "pivot": 2030}, dt.date(1930, 1, 2), "1930-01-02"),
    ({"type": "date", "format": "dd.MM.yyyy"}, dt.time(0), "00:00:00"),
    ({"type": "timestamp"}, DAY, "2023-03-15T00:00:00Z"), ({"type": "timestamp"}, NOON, "2023-03-15T12:30:00Z"),
    ({"type": "timestamp", "format": "dd.MM.yyyy HH:mm", "zone": "Europe/Berlin"}, NOON, "15.03.2023 12:30"),
    ({"type": "timestamp", "format": "dd.MM.yyyy HH:mm"}, DAY, "15.03.2023 00:00"),
    ({"type": "timestamp", "format": "dd.MM.yyyy HH:mm"}, NOON.replace(second=1), "2023-03-15T12:30:01"),
    ({"type": "timestamp", "format": "yyyy-MM-ddTHH:mm:ss"}, NOON, "2023-03-15T12:30:00"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "value", "expected"), TEXTS)
def test_a_cell_is_written_as_its_column_declares(column: dict[str, Any], value: cells.Cell, expected: str) -> None:
    assert cells.text(Column(**{"from": "a", "name": "a", **column}), value) == expected


def test_a_number_with_more_digits_than_a_workbook_keeps_is_none() -> None:
    column = Column(**{"from": "a", "name": "a"})
    assert cells.text(column, float(2**53)) == str(2**53)
    with pytest.raises(ValueError, match="holds the number 1234567890123456800, of which a workbook keeps only"):
        cells.text(column, 1234567890123456789.0)


def test_nobody_can_tell_what_a_number_means_where_percent_is_declared() -> None:
    column = Column(**{"from": "a", "name": "a", "type": "double", "numbers": {"suffix": " %", "affixes": "optional"}})
    with pytest.raises(ValueError, match=r"holds the number 0\.125 without the declared %"):
        cells.text(column, 0.125)
    assert cells.text(column, "12.5 %") == "12.5 %"


DAYS = [[Serial(day)] for day in (1, 59, 61, 45000)]


@pytest.mark.parametrize(
    ("epoch", "expected"),
    [(False, ["1900-01-01", "1900-02-28", "1900-03-01", "2023-03-15"]),
     (True, ["1904-01-02", "1904-02-29", "1904-03-02", "2027-03-16"])],
)  # fmt: skip
def test_dates_count_from_the_epoch_of_the_workbook(epoch: bool, expected: list[str], tmp_path: Path) -> None:
    content = xlsx(["Tag"], *DAYS, date_1904=epoch)
    assert values(parsed(tmp_path, content, declared("Tag", type="date"))[1]) == [[day] for day in expected]


@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_both_forms_say_the_same(form: str, tmp_path: Path) -> None:
    table: list[list[Any]] = [
        ["Kreis Recklinghausen"], [], ["Nr", "Wert", "Tag", "offen", "Notiz"],
        ["007", 1.5, DAY, True, None], [None] * 5, [8, "1.234,5", "01.02.2024", "nein", "x"],
        ["9", None, NOON, False, 2],
    ]  # fmt: skip
    content = xlsx(*table) if form == "xlsx" else ods(*(row(*cells) for cells in table))
    columns = [
        {"from": "offen", "name": "open", "type": "boolean", "booleans": {"true": ["ja"], "false": ["nein"]}},
        {"from": "Nr", "name": "nr"},
        {"from": "Tag", "name": "day", "type": "date", "format": "dd.MM.yyyy"},
        {"from": "Stand", "name": "state", "optional": True},
        {"from": "Value", "name": "value", "type": "decimal(9,2)", "numbers": GERMAN, "aliases": ["Wert"]},
    ]
    found, rows = parsed(tmp_path, content, columns, {"type": form, "sheet": 1})
    assert values(rows) == [
        ["ja", "007", "15.03.2023", None, "1,5"],
        ["nein", "8", "01.02.2024", None, "1.234,5"],
        ["nein", "9", "2023-03-15T12:30:00", None, ""],
    ]
    assert found.extra_columns == ["Notiz"]
    assert [row["_extra"] for row in rows] == ['{"Notiz": ""}', '{"Notiz": "x"}', '{"Notiz": "2"}']
    assert [row["_record_error"] for row in rows] == [None] * 3


@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_an_error_costs_its_record_and_names_its_cell(form: str, tmp_path: Path) -> None:
    table: list[list[Any]] = [
        ["Nr", "Wert", "Notiz"], [1, Error("#REF!"), Error("#N/A")], [2, Error("#N/A"), Error("#DIV/0!")],
        [3, "#REF!", None], [Error("#NAME?"), Error("#REF!"), None], [None, None, Error("#NUM!")],
    ]  # fmt: skip
    content = xlsx(*table) if form == "xlsx" else ods(*(row(*cells) for cells in table))
    columns = [*declared("Nr"), {"from": "Wert", "name": "value", "nulls": ["", "#N/A"]}]
    _, rows = parsed(tmp_path, content, columns, {"type": form, "sheet": 1})
    assert [row["_record_error"] for row in rows] == [
        "Tabelle1!B2 holds the error #REF!", None, None,
        "Tabelle1!A5 holds the error #NAME?; Tabelle1!B5 holds the error #REF!", None,
    ]  # fmt: skip
    assert values(rows) == [[None, None], ["2", "#N/A"], ["3", "#REF!"], [None, None], ["", ""]]
    assert json.loads(rows[0]["_raw"]) == {"Nr": "1", "Wert": "#REF!", "Notiz": "#N/A"}
    assert [row["_extra"] for row in rows[1:]] == ['{"Notiz": "#DIV/0!"}', '{"Notiz": ""}', None, '{"Notiz": "#NUM!"}']


def test_errors_are_found_where_cells_do_not_say_their_place(tmp_path: Path) -> None:
    text = '<c t="inlineStr"><is><t>{}</t></is></c>'
    body = (
        f"<row>{text.format('Nr')}{text.format('Art')}</row><row r='30'><c t='e'><v>#N/A</v></c><c><v>1</v></c></row>"
    )
    _, rows = parsed(tmp_path, sheet_data(body + "<row><c><v>2</v></c></row>"), declared("Nr", "Art"))
    assert rows[0]["_record_error"] == "Tabelle1!A30 holds the error #N/A"
    assert values(rows)[1] == ["2", ""]


def test_a_number_where_percent_is_declared_goes_to_the_quarantine(tmp_path: Path) -> None:
    columns = [*declared("Nr"), {"from": "Anteil", "name": "share", "type": "double", "numbers": {"suffix": "%"}}]
    _, rows = parsed(tmp_path, xlsx(["Nr", "Anteil"], ["1", "12.5%"], ["2", 0.125]), columns)
    assert values(rows) == [["1", "12.5%"], [None, None]]
    assert rows[1]["_record_error"].startswith("Tabelle1!B3 holds the number 0.125 without the declared %")


def test_measures_are_written_as_the_column_is_that_they_become(tmp_path: Path) -> None:
    columns = [
        *declared("Nr", "A"),
        {"name": "value", "made_by": "unpivot", "type": "double", "numbers": {"decimal": ","}},
    ]
    unpivot = {"value": "value", "measures": {"c1": {"quantity": "a"}}}
    assert values(parsed(tmp_path, xlsx(["Nr", "A"], [1, 1.5]), columns, unpivot=unpivot)[1]) == [["1", "1,5"]]


HEADER = [
    ["Bericht 2026", None, None, None, None, None],
    ["Nr", None, "Haushalte", None, None, None],
    [None, "Ort\nname", "alle", "mit  Kind", 2023, None],
]


@pytest.mark.parametrize(
    ("merged", "names"),
    [
        (["A2:A3", "C2:D2"], ["Nr", "Ort name", "Haushalte alle", "Haushalte mit Kind", "2023"]),
        # in a row without merged columns a text belongs to the empty cells at its right
        (["A2:A3"], ["Nr", "Nr Ort name", "Haushalte alle", "Haushalte mit Kind", "Haushalte 2023"]),
        ([], ["Nr", "Nr Ort name", "Haushalte alle", "Haushalte mit Kind", "Haushalte 2023"]),
    ],
)
def test_a_header_over_several_rows(merged: list[str], names: list[str], tmp_path: Path) -> None:
    content = xlsx(*HEADER, [1, "Marl", 2, 3, 4, None], merged=merged)
    for more in ({}, {"header_row": 2}):
        _, rows = parsed(tmp_path, content, declared(*names), {**XLSX, "header_lines": 2, **more})
        assert values(rows) == [["1", "Marl", "2", "3", "4"]]
        assert rows[0]["_extra"] is None


def test_columns_without_a_name_count_only_with_content(tmp_path: Path) -> None:
    content = xlsx([None, "Nr", None, "Art"], [None, 1, None, "x", None], [None, 2, "?", "y", "!"])
    found, rows = parsed(tmp_path, content, declared("Nr"))
    assert [row["_extra"] for row in rows] == ['{"Art": "x"}', '{"column 3": "?", "Art": "y", "column 5": "!"}']
    assert found.extra_columns == ["Art", "column 3", "column 5"]
    assert values(parsed(tmp_path, content, declared("Nr", "column 3", "Art"))[1]) == [["1", "", "x"], ["2", "?", "y"]]


def test_rows_that_are_no_records(tmp_path: Path) -> None:
    content = xlsx(["Nr", "Art"], [1, "x"], [None, "  "], ["Nr", "Art"], [None, "y"], ["Quelle: Amt"], [2, "z"])
    _, rows = parsed(tmp_path, content, declared("Nr", "Art"), {**XLSX, "footer_begins": "^Quelle"})
    assert values(rows) == [["1", "x"], [None, None], ["", "y"]]
    assert rows[1]["_record_error"] == "Tabelle1, row 4, repeats the header"
    with pytest.raises(DeliveryRejected, match="all, sheet Tabelle1: was cut off: the declared footer is missing"):
        parsed(tmp_path, content, declared("Nr", "Art"), {**XLSX, "footer_begins": "^Ende"})


def test_a_sheet_is_chosen_by_number_or_name(tmp_path: Path) -> None:
    content = xlsx(["Nr"], ["1"], name="2023 Süd", before=["Deckblatt", "leer"])
    for sheet in (3, "2023 Su\u0308d", " 2023\u00a0Süd"):
        assert values(parsed(tmp_path, content, declared("Nr"), {**XLSX, "sheet": sheet})[1]) == [["1"]]
    for sheet in (4, "2023", "2023 süd"):
        with pytest.raises(DeliveryRejected) as error:
            parsed(tmp_path, content, declared("Nr"), {**XLSX, "sheet": sheet})
        assert str(error.value) == (
            f"town__tree: all: has no sheet {sheet!r}; its sheets are 'Deckblatt', 'leer', '2023 Süd'"
        )
    with pytest.raises(DeliveryRejected, match="all, sheet leer: is empty"):
        parsed(tmp_path, content, declared("Nr"), {**XLSX, "sheet": 2})


def test_workbooks_in_an_archive(tmp_path: Path) -> None:
    content = packed(("b.xlsx", xlsx(["Nr"], [2], [Error("#N/A")])), ("a.xlsx", xlsx(["Nr"], [1])))
    _, rows = parsed(tmp_path, content, declared("Nr"), {**XLSX, "archive": {"type": "zip", "members": "*.xlsx"}})
    assert values(rows) == [["1"], ["2"], [None]]
    bad = packed(("a.xlsx", xlsx(["Nr"], [1])), ("b.xlsx", xlsx(["Art"], [1])))
    with pytest.raises(DeliveryRejected, match="all, member b.xlsx, sheet Tabelle1: the header lacks 'Nr'; new: 'Art'"):
        parsed(tmp_path, bad, declared("Nr"), {**XLSX, "archive": {"type": "zip"}})


@pytest.mark.parametrize(
    ("format_", "source", "reason"),
    [
        ({"type": "xlsx", "sheet": 0}, "a", "greater than or equal to 1"),
        ({"type": "xlsx", "sheet": ""}, "a", "at least 1 character"),
        ({"type": "xlsx", "sheet": True}, "a", "format"),
        ({**XLSX, "footer_begins": "("}, "a", "is not a valid pattern"),
        (XLSX, "a\nb", "several blanks in the header of a sheet are one blank"),
        (XLSX, "", "an empty `from` means the record itself"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused(
    format_: dict[str, Any], source: str, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(SpecError, match=reason):
        example.source(tmp_path, format=format_, columns=declared(source), key=["c0"])


# no letters that UTF-8 encoded twice would hold
TEXT = st.text(string.digits + string.ascii_letters + string.punctuation + " \näöüßÖÜéł€", max_size=8)
NUMBER = st.decimals(-(10**9), 10**9, allow_nan=False, places=3)
ROW = st.tuples(TEXT.filter(str.strip), NUMBER, st.dates(dt.date(1900, 3, 1)), st.booleans())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=st.lists(ROW, min_size=1, max_size=6))
def test_a_table_comes_out_as_it_was_written(table: list[tuple[str, Decimal, dt.date, bool]], tmp_path: Path) -> None:
    columns = [
        *declared("Text"),
        {"from": "Zahl", "name": "number", "type": "decimal(20,3)", "numbers": {"decimal": ","}},
        {"from": "Tag", "name": "day", "type": "date", "format": "d.M.yyyy"},
        {"from": "ja", "name": "yes", "type": "boolean"},
    ]
    content = xlsx(["Text", "Zahl", "Tag", "ja"], *table)
    _, rows = parsed(tmp_path, content, columns)
    assert [row["_record_number"] for row in rows] == list(range(1, len(table) + 1))
    for row_, (text, number, day, yes) in zip(rows, table, strict=True):
        assert (row_["c0"], row_["yes"]) == (text, str(yes).lower())
        assert Decimal(row_["number"].replace(",", ".")) == number
        assert row_["day"] == f"{day.day}.{day.month}.{day.year:04}"
