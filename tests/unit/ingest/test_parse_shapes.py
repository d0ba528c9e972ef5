"""Shapes of a file: headers of several lines, what stands above and below the records, short rows, stray quotes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakehouse.errors import DeliveryRejected, SpecError
from tests.support import example
from tests.unit.ingest.test_parse_formats import CSV, columns, parsed, values

EXPECTED = [["1", "Eiche"], ["2", "Linde"]]


def refused(folder: Path, format_: dict[str, Any], content: str | bytes, declared: list[dict[str, Any]]) -> str:
    with pytest.raises(DeliveryRejected) as error:
        parsed(folder, format_, content, declared)
    assert str(error.value).startswith("town__tree: all")
    return str(error.value)


def errors(rows: list[dict[str, Any]]) -> list[str | None]:
    return [row["_record_error"] for row in rows]


TABLE = ";;;Gebäude;;Wohnungen;\nJahr;;;Anzahl;Fläche;Anzahl;Fläche\n2023;05562008;Datteln;7;900;40;800\n"
TAKEN = ["Jahr", "column 2", "Gebäude Anzahl", "Wohnungen Anzahl", "Wohnungen Fläche"]


def test_a_header_of_several_lines_names_its_columns_by_all_of_them(tmp_path: Path) -> None:
    found, rows = parsed(tmp_path, {**CSV, "header_lines": 2}, TABLE, columns(*TAKEN))
    assert values(rows) == [["2023", "05562008", "7", "40", "800"]]
    assert found.extra_columns == ["column 3", "Gebäude Fläche"]
    assert json.loads(rows[0]["_extra"]) == {"column 3": "Datteln", "Gebäude Fläche": "900"}
    three = "Tabelle;Summe;;\n;Land;;Kreis\n;a;b;c\n1;2;3;4\n"
    taken = columns("Tabelle", "Summe Land a", "Summe Land b", "Summe Kreis c")
    assert values(parsed(tmp_path, {**CSV, "header_lines": 3}, three, taken)[1]) == [["1", "2", "3", "4"]]


def test_columns_with_a_name_may_change_places_and_those_without_may_not(tmp_path: Path) -> None:
    swapped = TABLE.replace("Gebäude", "X").replace("Wohnungen", "Gebäude").replace("X", "Wohnungen")
    named = columns("Jahr", "Gebäude Anzahl", "Wohnungen Anzahl")
    assert values(parsed(tmp_path, {**CSV, "header_lines": 2}, swapped, named)[1]) == [["2023", "40", "7"]]
    said = refused(tmp_path, {**CSV, "header_lines": 2}, swapped, columns(*TAKEN))
    assert said.endswith("in another order than declared, and 'column 2' is known by its place only")
    renamed = TABLE.replace("Wohnungen", "Räume")
    assert "lacks 'Wohnungen Anzahl'" in refused(tmp_path, {**CSV, "header_lines": 2}, renamed, named)
    assert "names columns twice: Anzahl, Fläche" in refused(tmp_path, {**CSV, "skip_lines": 1}, TABLE, named)


def test_a_header_of_several_lines_again_is_no_record(tmp_path: Path) -> None:
    found, rows = parsed(tmp_path, {**CSV, "header_lines": 2}, TABLE + TABLE, columns("Jahr"))
    assert errors(rows) == [None, "repeats the header", "repeats the header", None]
    assert found.records == 4
    _, rows = parsed(tmp_path, {**CSV, "header_lines": 2}, TABLE + TABLE.splitlines()[1], columns("Jahr"))
    assert errors(rows) == [None, "repeats the header"]


@pytest.mark.parametrize("above", ["", "Register;\n", 'Stand "01.07.;\nHinweis;neu\n\n', "a\nb\nc\nd;e;f;g\n"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_header_is_the_line_that_holds_the_declared_columns(
    above: str, ends: str, encoding: str, tmp_path: Path
) -> None:
    text = f'{above}"Nr";Art;x\n1;Eiche;\n2;Linde;\n'.replace("\n", ends)
    format_ = {**CSV, "encoding": encoding, "find_header": True}
    assert values(parsed(tmp_path, format_, text.encode(encoding), columns("Nr", "Art"))[1]) == EXPECTED
    units = {**format_, "units_lines": 1}
    text = text.replace(f";x{ends}", f";x{ends}-;m;-{ends}")
    assert values(parsed(tmp_path, units, text.encode(encoding), columns("Nr", "Art"))[1]) == EXPECTED


def test_the_best_line_is_named_where_none_holds_the_declared_columns(tmp_path: Path) -> None:
    format_ = {**CSV, "find_header": True}
    said = refused(tmp_path, format_, "Stand;2026\nNr;Arten;x\n1;Eiche;\n", columns("Nr", "Art"))
    assert said == "town__tree: all: the header lacks 'Art' (probably renamed to 'Arten'); new: 'Arten', 'x'"
    assert "separates by commas" in refused(tmp_path, format_, "Stand\nNr,Art\n1,Eiche\n", columns("Nr", "Art"))
    assert "is empty" in refused(tmp_path, format_, "", columns("Nr"))
    late = "x\n" * 200 + "Nr\n1\n"
    assert "lacks 'Nr'" in refused(tmp_path, format_, late, columns("Nr"))


def test_a_header_of_two_lines_is_found(tmp_path: Path) -> None:
    format_ = {**CSV, "find_header": True, "header_lines": 2}
    assert values(parsed(tmp_path, format_, f"GENESIS\n\n{TABLE}", columns(*TAKEN))[1])[0][3] == "40"


@pytest.mark.parametrize("above", ["", "# a\n", "# a;b\n#\n", "\ufeff# a\n"])
def test_lines_above_are_known_by_a_pattern(above: str, tmp_path: Path) -> None:
    known = {"preamble": "^#", "encoding": "utf-8-sig"}
    text = f"{above}Nr;Art\n1;Eiche\n2;Linde\n"
    assert values(parsed(tmp_path, {**CSV, **known}, text, columns("Nr", "Art"))[1]) == EXPECTED
    bare = {**CSV, **known, "header": ["Nr", "Art"]}
    assert values(parsed(tmp_path, bare, f"{above}1;Eiche\n2;Linde\n", columns("Nr", "Art"))[1]) == EXPECTED
    layout = {"type": "fixed_width", "fields": {"a": [0, 2], "b": [2, 7]}, **known}
    assert values(parsed(tmp_path, layout, f"{above}1 Eiche\n2 Linde\n", columns("a", "b"))[1]) == EXPECTED


FOOT = {"footer_begins": "^_+$", "footer": "^Stand: "}


@pytest.mark.parametrize(
    "foot", ["___\nStand: 1\n", '___\n(C)opyright Ämter; "des\n\n;\nStand: 1;\n\n', "_\r\nStand: 1"]
)
def test_a_footer_of_several_lines_is_no_record(foot: str, tmp_path: Path) -> None:
    text = f"Nr;Art\n1;Eiche\n2;Linde\n{foot}"
    found, rows = parsed(tmp_path, {**CSV, **FOOT}, text, columns("Nr", "Art"))
    assert (found.records, values(rows)) == (2, EXPECTED)
    assert values(parsed(tmp_path, {**CSV, "footer_begins": "^_+$"}, text, columns("Nr", "Art"))[1]) == EXPECTED
    layout = {"type": "fixed_width", "encoding": "utf-8", "skip_lines": 1, "fields": {"a": [0, 2], "b": [2, 7]}, **FOOT}
    assert values(parsed(tmp_path, layout, text.replace(";", " "), columns("a", "b"))[1]) == EXPECTED


@pytest.mark.parametrize(
    ("foot", "reason"),
    [("", "the declared footer is missing"), ("Stand: 1\n", "the declared footer is missing"),
     ("___\n(C)opyright\n", "the declared last line is missing"), ("___\nStand: 1\n3;Ulme\n", "declared last line")],
)  # fmt: skip
def test_a_footer_that_does_not_end_means_cut_off(foot: str, reason: str, tmp_path: Path) -> None:
    text = f"Nr;Art\n1;Eiche\n{foot}"
    assert reason in refused(tmp_path, {**CSV, **FOOT}, text, columns("Nr"))
    layout = {"type": "fixed_width", "encoding": "utf-8", "fields": {"a": [0, 1]}, **FOOT}
    assert reason in refused(tmp_path, layout, text, columns("a"))


def test_the_last_line_of_fixed_positions(tmp_path: Path) -> None:
    layout = {"type": "fixed_width", "encoding": "utf-8", "fields": {"a": [0, 2], "b": [2, 7]}, "footer": "^Ende"}
    assert values(parsed(tmp_path, layout, "1 Eiche\n2 Linde\nEnde\n\n", columns("a", "b"))[1]) == EXPECTED
    assert "was cut off" in refused(tmp_path, layout, "1 Eiche\n", columns("a"))
    assert "goes on after its last line" in refused(tmp_path, layout, "1 Eiche\nEnde\n2 x\n", columns("a"))


@pytest.mark.parametrize("nothing", [";", '"";""', " ; ", ";;;", ";\r"])
def test_rows_of_delimiters_only_are_no_records(nothing: str, tmp_path: Path) -> None:
    text = f"Nr;Art\n{nothing}\n1;Eiche\n{nothing}\n{nothing}\n2;Linde\n{nothing}\n"
    found, rows = parsed(tmp_path, CSV, text, columns("Nr", "Art"))
    assert (found.records, values(rows)) == (2, EXPECTED)
    ended = {**CSV, "footer": "^Ende"}
    assert values(parsed(tmp_path, ended, f"{text}Ende\n{nothing}\n", columns("Nr", "Art"))[1]) == EXPECTED
    many = "Nr;Art\n1;Eiche\n2;Linde\n" + f"{nothing}\n" * 100_000
    assert values(parsed(tmp_path, CSV, many, columns("Nr", "Art"))[1]) == EXPECTED


def test_an_empty_value_of_the_only_column_is_a_record(tmp_path: Path) -> None:
    assert values(parsed(tmp_path, CSV, 'Nr\n""\n\n1\n', columns("Nr"))[1]) == [[""], ["1"]]


def test_rows_may_end_before_their_empty_fields(tmp_path: Path) -> None:
    text = "Nr;Art;Wert;x\n1;Eiche\n2\n3;Ulme;;\n4;a;b;c\n5;a;b;c;d\n"
    format_ = {**CSV, "short_rows": True}
    _, rows = parsed(tmp_path, format_, text, columns("Nr", "Art", "Wert"))
    assert values(rows) == [["1", "Eiche", None], ["2", None, None], ["3", "Ulme", ""], ["4", "a", "b"], [None] * 3]
    assert errors(rows) == [None] * 4 + ["has 5 fields, the header has 4"]
    assert [json.loads(row["_extra"]) for row in rows[:3]] == [{"x": None}, {"x": None}, {"x": ""}]


@pytest.mark.parametrize(
    ("odd", "reason"),
    [('"2";"H"lter";"x"', "has text behind a closing quote"), ('"2";"Hülter;"x"', "has text behind"),
     ('"2";"x";"Hülter', "has a quote that does not end"), ('2;"Hülter;x', "has a quote that does not end"),
     ('"2";"a ""b";"x""', "has a quote that does not end")],
)  # fmt: skip
def test_where_each_record_is_one_line_a_stray_quote_costs_one_record(odd: str, reason: str, tmp_path: Path) -> None:
    text = f'Nr;Art;x\n1;"a ""b"" c";\n{odd}\n"3";Ulme;"x"\n'
    format_ = {**CSV, "one_line_per_record": True}
    _, rows = parsed(tmp_path, format_, text, columns("Nr", "Art"))
    assert values(rows) == [["1", 'a "b" c'], [None, None], ["3", "Ulme"]]
    assert reason in str(rows[1]["_record_error"])
    assert json.loads(rows[1]["_raw"]) == [odd]


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.lists(st.text(st.sampled_from('ab ;"äß'), max_size=4), min_size=3, max_size=3), max_size=8),
    above=st.integers(0, 4),
    codec=st.sampled_from(["utf-8", "utf-16", "iso-8859-15", "cp850"]),
)
def test_a_table_in_any_shape_comes_out_identical(
    rows: list[list[str]], above: int, codec: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = [["1", *row] for row in rows]
    lines = ['Preamble; "x'] * above + ["Nr;A;;B", ";a;b;a"]
    for row in rows:
        quoted = ['"' + text.replace('"', '""') + '"' if text else "" for text in row]
        lines.append(";".join(quoted).rstrip(";"))
    format_ = {**CSV, "encoding": codec, "find_header": True, "header_lines": 2, "short_rows": True,
               "one_line_per_record": True, "footer_begins": "^__"}  # fmt: skip
    content = "\r\n".join([*lines, ";;;", "__", 'Ende "']).encode(codec)
    folder = tmp_path_factory.getbasetemp()
    _, back = parsed(folder, format_, content, columns("Nr", "A a", "A b", "B a"), bounds={"min_rows": 0})
    assert [[value or "" for value in row] for row in values(back)] == rows


LAYOUT = {"type": "fixed_width", "encoding": "utf-8", "fields": {"Ort": [0, 10], "Wert": [10, 14], "Art": [16, 20]}}


def laid_out(rows: list[tuple[str, str, str]], unit: str) -> str:
    def padded(text: str, width: int) -> str:
        return text + " " * (width - (len(text.encode()) if unit == "bytes" else len(text)))

    return "".join(padded(a, 10) + padded(b, 6) + padded(c, 4) + "\n" for a, b, c in rows)


@pytest.mark.parametrize("unit", ["bytes", "characters"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso-8859-15"])
def test_positions_count_bytes_or_characters(unit: str, encoding: str, tmp_path: Path) -> None:
    table = [("Süd", "1234", "ä"), ("Nord", "5678", "öä"), ("Überölö", "9", "x")]
    text = laid_out(table, unit if encoding.startswith("utf-8") else "characters")
    format_ = {**LAYOUT, "unit": unit, "encoding": encoding}
    _, rows = parsed(tmp_path, format_, text.encode(encoding), columns("Ort", "Wert", "Art"))
    assert values(rows) == [list(row) for row in table]


def test_a_layout_that_may_be_one_of_bytes_is_refused(tmp_path: Path) -> None:
    text = laid_out([("Nord", "5678", "x"), ("Süd", "1234", "y")], "bytes")
    said = refused(tmp_path, LAYOUT, text, columns("Ort", "Wert"))
    assert "line 2: has 19 characters in 20 bytes, the layout 20; `unit` must say" in said
    text = laid_out([("Nord", "5678", "x"), ("Süd", "1234", "y")], "characters")
    assert values(parsed(tmp_path, LAYOUT, text, columns("Ort", "Wert"))[1]) == [["Nord", "5678"], ["Süd", "1234"]]


def test_a_letter_that_stands_in_two_fields_is_quarantined(tmp_path: Path) -> None:
    format_ = {**LAYOUT, "unit": "bytes"}
    _, rows = parsed(tmp_path, format_, "Nord      5678  x\n" + "x" * 9 + "ü" + "123  x\n", columns("Ort"))
    assert errors(rows) == [None, "has a letter that stands in two fields"]


def votes(folder: Path, content: str, ignored: list[str]) -> list[list[str | None]]:
    unpivot = {"value": "votes", "measures": {"c1": {"list_no": 1}, "c2": {"list_no": 2}}, "ignored": ignored}
    declared = [*columns("Nr", "D1", "D2"), {"made_by": "unpivot", "name": "votes", "type": "int"}]
    return values(parsed(folder, CSV, content, declared, unpivot=unpivot)[1])


def test_an_undeclared_column_stops_a_feed_with_unpivot_unless_it_is_ignored(tmp_path: Path) -> None:
    assert votes(tmp_path, "Nr;D1;D2\n1;3;4\n", []) == [["1", "3", "4"]]
    assert votes(tmp_path, "Nr;A;D;D1;D2;\n1;9;7;3;4;\n", ["[AD]", "column .*"]) == [["1", "3", "4"]]
    for ignored in ([], ["D"], ["[A-Z]"]):
        with pytest.raises(DeliveryRejected) as error:
            votes(tmp_path, "Nr;D;D1;D2;D3\n1;7;3;4;5\n", ignored)
        assert str(error.value).endswith("'D3'"), "a pattern matches the whole name"
        assert ("'D'," in str(error.value)) is (ignored == [])
    wide = ";".join(f"x{n}" for n in range(200))
    with pytest.raises(DeliveryRejected, match="'D3'"):
        votes(tmp_path, f"Nr;D1;D2;{wide};D3\n1;3;4{';0' * 201}\n", [r"x\d+"])
    with pytest.raises(SpecError, match="unpivot: Value error, '\\(' is not a valid pattern"):
        votes(tmp_path, "Nr;D1;D2\n", ["("])


OTHERS = [(",", "commas"), (";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")]


@pytest.mark.parametrize("declared", [",", ";", "\t", "|"])
@pytest.mark.parametrize(("other", "name"), OTHERS)
def test_another_delimiter_is_named(declared: str, other: str, name: str, tmp_path: Path) -> None:
    if other == declared:
        return
    said = f"the file separates by {name}, declared is {declared}".replace("\t", "a tab")
    format_, text = {**CSV, "delimiter": declared}, '"Nr"|Art|x\n1|Eiche|1\n'.replace("|", other)
    assert refused(tmp_path, format_, text, columns("Nr", "Art")).endswith(f"all: {said}")
    assert refused(tmp_path, format_, text, columns("Nr", "Fehlt")).endswith(f"all: {said}"), "and a column is missing"
    assert refused(tmp_path, format_, text, columns("Art")).endswith(f"all: {said}"), "the only column"
    bare = {**format_, "header": ["Nr", "Art", "x"]}
    assert refused(tmp_path, bare, text, columns("Nr")).endswith(f": {said}")
    assert refused(tmp_path, bare, text[text.index("1") :], columns("Nr")).endswith(f"fields, the header has 3: {said}")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"skip_lines": 1, "preamble": "^#"}, "both say what stands above"),
        ({"skip_lines": 1, "find_header": True}, "say the same twice"),
        ({"preamble": "^#", "find_header": True}, "say the same twice"),
        ({"header": ["a"], "find_header": True}, "need a header in the file"),
        ({"header": ["a"], "header_lines": 2}, "need a header in the file"),
        ({"header": ["a"], "skip_lines": 1}, "use `preamble`"),
        ({"header_lines": 0}, "greater than or equal to 1"),
        ({"preamble": "("}, "is not a valid pattern"),
        ({"footer_begins": "["}, "is not a valid pattern"),
        ({"type": "fixed_width", "encoding": "utf-16", "unit": "bytes", "fields": {"a": [0, 1]}}, "unit: bytes is for"),
        ({"encoding": "cp037"}, "'utf-16-be'"),
    ],
)
def test_a_contradiction_is_refused(changes: dict[str, Any], reason: str, tmp_path: Path) -> None:
    format_ = {**CSV, **changes}
    if format_["type"] != "csv":
        format_.pop("delimiter")
    with pytest.raises(SpecError) as error:
        example.source(tmp_path, format=format_, columns=columns("a"), key=["c0"])
    assert reason in str(error.value)
