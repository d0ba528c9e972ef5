"""What each format hands on: columns by header, position, JSON Pointer and property path; members of archives."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from lakehouse.errors import DeliveryRejected, SpecError
from lakehouse.ingest import parse
from lakehouse.ingest.parse import Parsed, parse_to_parquet
from lakehouse.ingest.parse.nodes import find
from lakehouse.spec.json_format import json_query
from tests.support import example
from tests.support.hostile import packed

CSV = {"type": "csv", "encoding": "utf-8", "delimiter": ";"}


def parsed(
    folder: Path, format_: dict[str, Any], content: bytes | str, columns: list[dict[str, Any]], **more: Any
) -> tuple[Parsed, list[dict[str, Any]]]:
    feed = example.source(folder, format=format_, columns=columns, key=[columns[0]["name"]], **more)
    delivered, into = folder / "delivered", folder / "parsed.parquet"
    delivered.write_bytes(content.encode() if isinstance(content, str) else content)
    found = parse_to_parquet(feed, delivered, "all", into, path_values={"year": "2020"})
    return found, pq.read_table(into).to_pylist()


def columns(*sources: str, **more: Any) -> list[dict[str, Any]]:
    return [{"from": source, "name": f"c{n}", **more} for n, source in enumerate(sources)]


def values(rows: list[dict[str, Any]]) -> list[list[str | None]]:
    return [[value for name, value in row.items() if not name.startswith("_")] for row in rows]


def test_lines_above_and_below_the_header_are_no_records(tmp_path: Path) -> None:
    text = 'Stand "2020\nBaum;Art\nNr;Name\n1;Eiche\n'
    found, rows = parsed(tmp_path, {**CSV, "skip_lines": 1, "units_lines": 1}, text, columns("Baum", "Art"))
    assert (found.records, values(rows)) == (1, [["1", "Eiche"]])


def test_a_file_without_a_header_line_has_a_declared_one(tmp_path: Path) -> None:
    found, rows = parsed(tmp_path, {**CSV, "header": ["Nr", "Art", "Jahr"]}, "1;Eiche;1980\n", columns("Art"))
    assert values(rows) == [["Eiche"]]
    assert found.extra_columns == ["Nr", "Jahr"]
    assert json.loads(rows[0]["_extra"]) == {"Nr": "1", "Jahr": "1980"}


def test_an_alias_is_the_same_column_and_an_optional_one_may_be_absent(tmp_path: Path) -> None:
    declared = [
        {"from": "Baum", "name": "tree", "aliases": ["Baum_Nr", "Nr"]},
        {"from": "Art", "name": "species", "optional": True},
    ]
    assert values(parsed(tmp_path, CSV, "Nr;x\n1;y\n", declared)[1]) == [["1", None]]
    assert values(parsed(tmp_path, CSV, "Art;Baum\nEiche;1\n", declared)[1]) == [["1", "Eiche"]]


def test_one_message_lists_missing_new_and_renamed(tmp_path: Path) -> None:
    declared = columns("Gemeinde", "Haushalte gesamt", "Stand")
    with pytest.raises(DeliveryRejected) as error:
        parsed(tmp_path, CSV, "gemeinde;Haushalte insgesamt;AGS\n", declared)
    assert str(error.value) == (
        "town__tree: all: the header lacks 'Gemeinde' (probably renamed to 'gemeinde'), "
        "'Haushalte gesamt' (probably renamed to 'Haushalte insgesamt'), 'Stand'; "
        "new: 'gemeinde', 'Haushalte insgesamt', 'AGS'"
    )


def test_a_footer_may_hold_the_delimiter(tmp_path: Path) -> None:
    found, rows = parsed(tmp_path, {**CSV, "footer": "^Quelle: "}, "Baum\n1\nQuelle: Amt; Kreis\n", columns("Baum"))
    assert (found.records, values(rows)) == (1, [["1"]])


def test_what_the_address_says_is_a_column(tmp_path: Path) -> None:
    fetch = {"connector": "http", "files": ["2020/a.csv"], "max_bytes": 1000, "path_pattern": r"(?P<year>\d{4})/"}
    declared = [*columns("Baum"), {"made_by": "path", "name": "year"}]
    assert values(parsed(tmp_path, CSV, "Baum\n1\n2\n", declared, fetch=fetch)[1]) == [["1", "2020"], ["2", "2020"]]


def test_fixed_positions(tmp_path: Path) -> None:
    layout = {"type": "fixed_width", "encoding": "latin-1", "fields": {"id": [0, 5], "name": [6, 16], "land": [17, 20]}}
    text = "00003 Größe      NRW\n\n00044 Au         NI    Frei\n".encode("latin-1")
    found, rows = parsed(tmp_path, layout, text, columns("name", "id"))
    assert values(rows) == [["Größe", "00003"], ["Au", "00044"]]
    assert [json.loads(row["_extra"]) for row in rows] == [
        {"land": "NRW"},
        {"land": "NI", "behind the last field": "Frei"},
    ]
    assert found.extra_columns == ["land", "behind the last field"]


DOCUMENT = """{"areas": {"05562": {"name": "Kreis", "sums": {"6": 1.50, "7": 1e3}},
 "05512": {"name": null, "sums": {"6": "-"}}},
 "a/b": [{"~": true}]}"""


@pytest.mark.parametrize(
    ("records", "pointers", "expected"),
    [
        ("$.areas.*", ["0#", "/name"], [["05562", "Kreis"], ["05512", None]]),
        ("$.areas.*.sums.*", ["0#", "2#", "2/name", ""],
         [["6", "05562", "Kreis", "1.50"], ["7", "05562", "Kreis", "1e3"], ["6", "05512", None, "-"]]),
        ("$.areas.*.sums", ["1#", "", "/6"], [["05562", '{"6":1.50,"7":1e3}', "1.50"], ["05512", '{"6":"-"}', "-"]]),
        ("$['a/b'][*]", ["0#", "/~0", "1#"], [["0", "true", "a/b"]]),
        ("$", ["/a~1b/0/~0", "/areas/05512/sums/6", "/a~1b"], [["true", "-", '[{"~":true}]']]),
        ("$..sums", ["1/name", "/6"], [["Kreis", "1.50"], [None, "-"]]),
        ("$.areas[?@.name == 'Kreis']", ["0#"], [["05562"]]),
    ],
)  # fmt: skip
def test_pointers(records: str, pointers: list[str], expected: list[list[str | None]], tmp_path: Path) -> None:
    _, rows = parsed(tmp_path, {"type": "json", "records": records}, DOCUMENT, columns(*pointers))
    assert values(rows) == expected


def test_undeclared_members_are_named_by_their_pointer(tmp_path: Path) -> None:
    document = '[{"properties": {"name": "a", "x/y": 1.0}, "id": [1]}]'
    found, rows = parsed(tmp_path, {"type": "json", "records": "$[*]"}, document, columns("/properties/name"))
    assert found.extra_columns == ["/properties/x~1y", "/id"]
    assert rows[0]["_extra"] == '{"/properties/x~1y":1.0,"/id":[1]}'


TURTLE = """@prefix dct: <http://purl.org/dc/terms/> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
<http://d.invalid/2> a dcat:Dataset ; dct:title "Trees"@en, "Bäume"@de-DE, "Arbres"@fr ;
  dct:publisher [ foaf:name "Kreis" ] ; dcat:keyword "b", "a" ; dct:issued "2020-01-01" .
<http://d.invalid/1> a dcat:Dataset ; dct:title "Rivers"@en, "Rivières"@fr ; dct:creator [] .
[] a dcat:Dataset ; dct:title "x", "y" .
"""
RDF = {"type": "rdf", "syntax": "turtle", "class": "dcat:Dataset"}


def test_property_paths(tmp_path: Path) -> None:
    declared = [
        *columns(".", "dct:title", "dct:publisher/foaf:name", "dct:creator"),
        {"from": "dcat:keyword", "name": "keywords", "many": True},
    ]
    found, rows = parsed(tmp_path, RDF, TURTLE, declared)
    assert values(rows) == [
        ["http://d.invalid/2", "Bäume", "Kreis", None, '["a", "b"]'],
        ["http://d.invalid/1", "Rivers", None, "_:1", None],
        [None] * 5,
    ]
    assert rows[2]["_record_error"] == "has 2 values of c1: 'x', 'y'"
    assert found.extra_columns == ["http://purl.org/dc/terms/issued"]
    assert parsed(tmp_path, RDF, TURTLE, declared)[1] == rows, "blank nodes have no random names"


def test_members_follow_each_other_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse, "BATCH_ROWS", 2)
    content = packed(("b.csv", b"Art;Baum\nx;2\ny;3\n"), ("a.csv", b"Baum;Art\n1;w\n"), ("z.txt", b"?"), ("d/", b""))
    archive = {**CSV, "archive": {"type": "zip", "members": "*.csv"}}
    found, rows = parsed(tmp_path, archive, content, columns("Baum", "Art"))
    assert found.records == 3
    assert values(rows) == [["1", "w"], ["2", "x"], ["3", "y"]]
    assert [row["_record_number"] for row in rows] == [1, 2, 3]


def test_a_contradiction_names_member_and_record(tmp_path: Path) -> None:
    content = packed(("a.csv", b"Baum\n1\n"), ("b.csv", b"Baum\n2\n1.5\n"))
    declared = columns("Baum", type="decimal(9,2)", numbers={"decimal": ",", "thousands": "."})
    with pytest.raises(DeliveryRejected, match=r"all, member b.csv, record 3: c0: '1.5' groups no thousands"):
        parsed(tmp_path, {**CSV, "archive": {"type": "zip"}}, content, declared)


def test_gzip(tmp_path: Path) -> None:
    archive = {**CSV, "archive": {"type": "gzip"}}
    assert values(parsed(tmp_path, archive, gzip.compress(b"Baum\n1\n"), columns("Baum"))[1]) == [["1"]]


def test_a_feed_may_expect_days_without_records(tmp_path: Path) -> None:
    found, rows = parsed(tmp_path, CSV, "Baum\n", columns("Baum"), bounds={"min_rows": 0})
    assert (found.records, rows) == (0, [])


@pytest.mark.parametrize(
    ("format_", "source", "reason"),
    [
        ({"type": "json", "records": "trees"}, "/a", "records is not a JSONPath"),
        ({"type": "json", "records": "$[?@.a > 1]"}, "/a", "compares with a number"),
        ({"type": "json", "records": "$[*]"}, "a", "neither a JSON Pointer"),
        ({"type": "json", "records": "$[*]"}, "/a~2", "is written ~0"),
        ({**RDF}, "dct:title ?x", "is not a property path"),
        ({**RDF}, "nope:title", r"undeclared prefixes: \['nope'\]"),
        ({**RDF, "class": "dcat:Dataset/dct:title"}, ".", "is not a name"),
        ({**CSV, "header": ["a", "a"]}, "a", "names columns twice"),
        ({**CSV, "header": ["a"]}, "b", "not in the declared header"),
        ({**CSV, "header": ["a"], "units_lines": 1}, "a", "below a header line"),
        ({"type": "fixed_width", "encoding": "utf-8", "fields": {"a": [0, 5], "b": [4, 6]}}, "a", "overlaps"),
        ({"type": "fixed_width", "encoding": "utf-8", "fields": {"a": [0, 5]}}, "b", "none of the declared fields"),
    ],
)
def test_a_format_that_cannot_be_is_refused(format_: dict[str, Any], source: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=reason):
        example.source(tmp_path, format=format_, columns=columns(source), key=["c0"])


NESTED = {"a": [1, [2, {"b": 3}], "text", None], "b": {"a": {"c": [4]}, "0": True}, "": [], "c": [[5, 6], [7]]}


@pytest.mark.parametrize(
    "query",
    ["$", "$.*", "$[*]", "$.a", "$.a[*]", "$.a[0]", "$.a[-1]", "$.a[-5]", "$.a[4]", "$.a[1][1].b", "$.b[0]", "$.b['0']",
     "$['a', 'c'][*]", "$['b', 'b', 'x'].*", "$.c[*][*]", "$.c[1, 0, -1][0]", "$.*.*.*", "$['']", "$.a.length",
     "$[*]['c', 0]", "$..b", "$.a[1:]", "$.c[?@[1]]"],
)  # fmt: skip
def test_places_are_those_that_jsonpath_finds(query: str) -> None:
    compiled = json_query(query)
    assert list(find(compiled, NESTED)) == list(find(compiled, NESTED, simple=False))
