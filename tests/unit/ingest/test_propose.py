"""A proposal reads the file that it was made from as it was meant, and says of what it is unsure."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from lakehouse import settings as house
from lakehouse.cli import feeds as cli
from lakehouse.errors import LakehouseError
from lakehouse.ingest.propose import propose
from lakehouse.ingest.propose.columns import names
from lakehouse.ingest.propose.look import look
from lakehouse.spec.discovery import load_source
from tests.support.proposed import FEED, declared, notes, proposed, read


@pytest.mark.parametrize(
    ("content", "format_"),
    [
        ('[{"id": "a", "at": {"x": 1}}, {"id": "b", "at": {"x": 2}}]', {"type": "json", "records": "$[*]"}),
        ('{"n": 2, "hits": {"all rows": [{"id": "a", "at": {"x": 1}}, {"id": "b", "at": {"x": 2}}]}}',
         {"type": "json", "records": '$.hits["all rows"][*]'}),
    ],
    ids=["list", "member"],
)  # fmt: skip
def test_records_of_json_are_found(tmp_path: Path, content: str, format_: dict[str, str]) -> None:
    proposal = proposed(tmp_path, content, "file.json")
    assert proposal.source.format.model_dump(exclude_unset=True) == format_
    assert (proposal.records, proposal.unreadable, proposal.source.key) == (2, 0, ["id"])
    assert [(c.source, c.name, c.type) for c in proposal.source.columns] == [
        ("/id", "id", "string"),
        ("/at/x", "x", "int"),
    ]
    assert read(proposal, tmp_path / "file.json") == [("a", 1), ("b", 2)]


def test_points_of_geojson_become_two_columns(tmp_path: Path) -> None:
    features = [
        {"type": "Feature", "properties": {"Straße": f"Weg {i}"},
         "geometry": {"type": "Point", "coordinates": [7.1 + i, 51.5]}}
        for i in range(3)
    ]  # fmt: skip
    content = json.dumps({"type": "FeatureCollection", "features": features})
    proposal = proposed(tmp_path, content, "file.geojson")
    assert [(c.source, c.name, c.type) for c in proposal.source.columns] == [
        ("/type", "type", "string"),
        ("/properties/Straße", "strasse", "string"),
        ("/geometry/coordinates/0", "coordinates_0", "decimal(4,1)"),
        ("/geometry/coordinates/1", "coordinates_1", "decimal(5,1)"),
    ]
    assert read(proposal, tmp_path / "file.geojson")[1] == ("Feature", "Weg 1", Decimal("8.1"), Decimal("51.5"))


def test_json_lines_are_declared_as_lines(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, '{"id": "a"}\n{"id": "b"}\n', "file.jsonl")
    assert (proposal.source.format.model_dump()["lines"], proposal.records) == (True, 2)


def test_a_workbook_is_declared_by_its_first_sheet(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "file.xlsx") as book:
        sheet = book.add_worksheet("Bäume")
        for i, row in enumerate([["Stand 2020"], ["AGS", "Straße"], ["05562004", "Wall"], ["05562008", "Ost"]]):
            sheet.write_row(i, 0, row)
    seen = look(tmp_path / "file.xlsx")
    assert (seen.format, seen.columns) == ({"type": "xlsx", "sheet": 1}, ["AGS", "Straße"])
    proposal = propose(FEED, tmp_path / "file.xlsx")
    assert read(proposal, tmp_path / "file.xlsx") == [("05562004", "Wall"), ("05562008", "Ost")]


def test_a_number_of_json_never_has_thousands(tmp_path: Path) -> None:
    numbers = proposed(tmp_path, '[{"x": 1.234}, {"x": 5.678}]', "file.json")
    assert (declared(numbers)["x"].type, [note for note in notes(numbers) if "thousands" in note]) == (
        "decimal(6,3)",
        [],
    )
    texts = proposed(tmp_path, '[{"x": "1.234"}, {"x": "5.678"}]', "file.json")
    assert declared(texts)["x"].numbers.thousands == "."
    assert [note for note in notes(texts) if "thousands" in note] == [
        "# unsure: does '1.234' have thousands or three decimals? Nothing decides"
    ]


@pytest.mark.parametrize(
    ("lines", "column", "unsure"),
    [
        (["AGS", "5562004", "05562008"], "{from: AGS, name: ags, pattern: '\\d{7,8}', required: true}",
         "5562004 has 7 digits, others 8; keys lose leading zeros"),
        (["Tag", "03/04/2021", "05/06/2021"], "{from: Tag, name: tag, type: date, format: dd/MM/yyyy, required: true}",
         "day or month first cannot be told: dd/MM/yyyy or MM/dd/yyyy"),
        (["Tag", "03/24/2021", "05/06/2021"],
         "{from: Tag, name: tag, type: date, format: MM/dd/yyyy, required: true}", None),
        (["Tag", "30.02.2021", "05.06.2021"], "{from: Tag, name: tag, required: true}", None),
        (["Zeit", "2021-01-31 12:00", "2021-02-01 12:00"],
         "{from: Zeit, name: zeit, type: timestamp, format: 'yyyy-MM-dd HH:mm', required: true}",
         "names no zone, so UTC; if it is local time, `zone: Europe/Berlin`"),
        (["Wert", "12", "k. A."], "{from: Wert, name: wert, type: int, nulls: ['', k. A.]}",
         "'k. A.' taken for missing"),
        (["Wert", "12", "-999"], "{from: Wert, name: wert, type: int, required: true}",
         "does -999 mean that a value is missing? Then it belongs into `nulls`"),
        (["Wert", "12-", "1.200,5"],
         "{from: Wert, name: wert, type: 'decimal(7,1)', numbers: {decimal: ',', thousands: ., negative: trailing}, "
         "required: true}", None),
        (["Aktiv", "Ja", "nein"],
         "{from: Aktiv, name: aktiv, type: boolean, booleans: {'true': [Ja], 'false': [nein]}, required: true}", None),
        (["Ende", "2999-12-31", "2020-01-01"], "{from: Ende, name: ende, type: date, future: true, required: true}",
         "some are in the future, up to 2999-12-31"),
        (["Telefon", "Haus 4", "Haus 5"], "{from: Telefon, name: telefon, required: true}",
         "may name a person; then `personal: true, silver: false`"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)  # fmt: skip
def test_what_a_column_holds_is_declared_and_doubts_are_said(
    tmp_path: Path, lines: list[str], column: str, unsure: str | None
) -> None:
    name, *cells = lines
    proposal = proposed(tmp_path, "\n".join([f"{name};Ort", *(f"{cell};Ort {i}" for i, cell in enumerate(cells))]))
    entry = proposal.text[proposal.text.index("columns:\n") :].partition("  - {from: Ort,")[0].splitlines()[1:]
    assert [line.strip() for line in entry if "are empty" not in line] == [
        *([f"# unsure: {unsure}"] if unsure else []),
        f"- {column}",
    ]


def test_what_is_missing_is_counted(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, "Baum;Art\n1;Eiche\n2;\n3;Linde\n")
    assert "  # 1 of 3 values are empty\n  - {from: Art, name: art}\n" in proposal.text
    assert proposal.source.key == ["baum"]
    assert "# unsure: baum is unique in these 3 records\nkey: [baum]\n" in proposal.text


def test_two_columns_may_be_a_key_together(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, "Stadt;Jahr;Wert\na;1;5,5\na;2;5,5\nb;1;5,5\nb;2;7,5\n")
    assert proposal.source.key == ["stadt", "jahr"]


def test_an_encoding_that_nothing_decides_is_a_doubt(tmp_path: Path) -> None:
    # a small e with an acute accent in cp1252, a capital U with one in cp850
    proposal = proposed(tmp_path, b"id;Ort\n1;Caf\xe9\n2;Bar\n")
    assert proposal.source.format.encoding == "cp1252"
    assert "# unsure: cp1252 or cp850, nothing decides; cp1252 reads '1;Café'" in notes(proposal)


def test_what_stands_around_the_records_is_found(tmp_path: Path) -> None:
    rows = "".join(f"{i};{i},5;\n" for i in range(1, 8))
    proposal = proposed(tmp_path, f"Stand 2020\n\nid;Höhe\nNr;m\n{rows}")
    assert proposal.source.format.model_dump(exclude_unset=True) == {
        "type": "csv", "encoding": "utf-8", "delimiter": ";", "find_header": True, "units_lines": 1,
        "drop_trailing_empty": True,
    }  # fmt: skip
    assert (proposal.records, proposal.unreadable) == (7, 0)


def test_decimal_commas_are_no_delimiter(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, "Ort;Wert;Anteil\n" + "A;1,5;0,5\n" * 20)
    assert [column.source for column in proposal.source.columns] == ["Ort", "Wert", "Anteil"]


def test_a_column_of_marks_only_is_not_required(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, "Ort;Wert\nA;---\nB;---\n")
    assert (declared(proposal)["wert"].nulls, declared(proposal)["wert"].required) == (["", "---"], False)


def test_an_id_that_yaml_takes_for_a_yes_is_text(tmp_path: Path) -> None:
    (tmp_path / "file.csv").write_text("Baum;Art\n1;Eiche\n2;Linde\n", "utf-8")
    source = propose("no__yes", tmp_path / "file.csv").source
    assert (source.title, source.scope_label) == ("yes", "no")


def test_a_file_without_a_header_gets_one(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, "1;Innere Verwaltung\n2;Sicherheit\n")
    assert proposal.source.format.model_dump(exclude_unset=True)["header"] == ["column_1", "column_2"]
    assert proposal.records == 2


def test_records_that_cannot_be_read_are_counted_with_their_reasons(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, 'id;Ort\n1;"Nord" und Süd\n2;Ost\n3\n4;West;x\n5;Wall\n')
    assert (proposal.records, proposal.unreadable) == (5, 3)
    assert sorted(proposal.reasons) == [
        ("has 1 fields, the header has 2", 1), ("has 3 fields, the header has 2", 1),
        ("has text behind a closing quote", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "file.csv: is empty"),
        (b" \n", "file.csv: holds nothing but blanks"),
        (b"\x1f\x8b\x08\x00", "file.csv: is packed; propose from one of its files"),
        (b"<html></html>", "file.csv: is XML or HTML"),
        (b"[1, 2]", "file.csv: holds no list of objects"),
        (b'{"a": [', "file.csv: begins like JSON, but is none"),
        (b"a;b;a\nx;y;z\n", "file.csv: its header names columns twice: a"),
        (b"a;b\n\x00\x01;\x02\n", "file.csv: holds NUL bytes, so it is no text"),
        (b"a;b\n", "file.csv: holds no record"),
    ],
)
def test_a_file_that_cannot_be_made_out_is_one_sentence(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(LakehouseError, match=reason) as raised:
        proposed(tmp_path, content)
    assert "\n" not in str(raised.value)


def test_headers_become_names() -> None:
    assert names(["Straße (m²)", "MaStRNummer", "300_1", "PM₁₀ in µg/m³", "Öl %", "Ol pct", "!", "GEN_K", "0#"]) == [
        "strasse_m2", "ma_strnummer", "column_300_1", "pm10_in_ug_m3", "oel_pct", "ol_pct", "column", "gen_k", "member",
    ]  # fmt: skip
    assert names(["/a/name", "/b/name", "name", "name "]) == ["a_name", "b_name", "name", "name_2"]


def test_the_command_writes_a_folder_that_loads_and_copies_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(house, "CHECKOUT", tmp_path)
    file = tmp_path / "Bäume 2020.csv"
    file.write_text("Baum;Art\n1;Eiche\n2;Linde\n3\n", "utf-8")
    cli.new_source(FEED, file)
    folder = tmp_path / "sources" / FEED
    assert [path.name for path in folder.rglob("*")] == ["source.yml"]
    assert load_source(folder / "source.yml").columns[1].name == "art"
    assert "Eiche" not in (folder / "source.yml").read_text("utf-8")
    said = capsys.readouterr().out
    assert "3 records, 1 of them cannot be read" in said and "1  has 1 fields, the header has 2" in said
    with pytest.raises(LakehouseError, match="exists already"):
        cli.new_source(FEED, file)
