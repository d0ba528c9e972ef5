"""Records of XML: columns by XPath, undeclared ones by their paths, and nothing that makes XML dangerous."""

from __future__ import annotations

import gzip
import json
import resource
import string
import time
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakehouse.errors import DeliveryRejected, SpecError
from lakehouse.ingest.parse import Parsed, parse_to_parquet
from lakehouse.ingest.parse import xml as parser
from tests.support import example

GML = "http://www.opengis.net/gml/3.2"
XML: dict[str, Any] = {"type": "xml", "records": "/export/unit"}
SPACED = {"type": "xml", "records": "/g:export/g:unit", "namespaces": {"g": GML}}
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def declared(*sources: str, **more: Any) -> list[dict[str, Any]]:
    return [{"from": source, "name": f"c{n}", **more} for n, source in enumerate(sources)]


def parsed(
    folder: Path, content: bytes | str, columns: list[dict[str, Any]], format_: dict[str, Any] = XML, **more: Any
) -> tuple[Parsed, list[dict[str, Any]]]:
    feed = example.source(folder, format=format_, columns=columns, key=[columns[0]["name"]], **more)
    delivered, into = folder / "delivered", folder / "parsed.parquet"
    delivered.write_bytes(content.encode() if isinstance(content, str) else content)
    found = parse_to_parquet(feed, delivered, "all", into)
    return found, pq.read_table(into).to_pylist()


def values(rows: list[dict[str, Any]]) -> list[list[str | None]]:
    return [[value for name, value in row.items() if not name.startswith("_")] for row in rows]


DOCUMENT = f"""<?xml version="1.0"?>
<!-- MaStR --><export date="2026-01-01" {XSI} xmlns:g="{GML}"><head><unit><no>0</no></unit></head>
 <unit id="a"><no>007</no><g:pos srsName="EPSG:25832"><g:e>1.50</g:e></g:pos><tag>x</tag><tag>y &amp; z</tag></unit>
 <unit id="b"><no/><state xsi:nil="true"/><more><leaf>1</leaf><leaf>2</leaf> loose </more></unit>
 <unit><no>1<!-- of -->2<![CDATA[<3>]]></no><state>  in use </state></unit>
</export>"""


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (["no", "@id"], [["007", "a"], ["", "b"], ["12<3>", None]]),
        (["state", "../@date"], [[None, "2026-01-01"], [None, "2026-01-01"], ["  in use ", "2026-01-01"]]),
        (["g:pos/@srsName", "g:pos/g:e/text()"], [["EPSG:25832", "1.50"], [None, None], [None, None]]),
        (["string(more)", "string(count(tag))"], [[None, "2"], ["12 loose ", "0"], [None, "0"]]),
        (["tag[2]", "/export/head/unit/no | no"], [["y & z", "007"], [None, ""], [None, "12<3>"]]),
        (["following-sibling::unit/no | no", "name(..)"], [["007", "export"], ["", "export"], ["12<3>", "export"]]),
    ],
)
def test_columns_are_found_by_xpath(sources: list[str], expected: list[list[str | None]], tmp_path: Path) -> None:
    _, rows = parsed(tmp_path, DOCUMENT, declared(*sources), {**XML, "namespaces": {"g": GML}})
    assert [row["_record_error"] for row in rows] == [None] * 3
    assert values(rows) == expected


def test_what_nobody_declared_is_named_by_its_path(tmp_path: Path) -> None:
    found, rows = parsed(tmp_path, DOCUMENT, declared("no", "tag[1] | state"), {**XML, "namespaces": {"g": GML}})
    assert [json.loads(row["_extra"] or "null") for row in rows] == [
        {"@id": "a", "g:pos/@srsName": "EPSG:25832", "g:pos/g:e": "1.50", "tag": "y & z"},
        {"@id": "b", "more/text()": " loose ", "more/leaf": ["1", "2"]},
        None,
    ]
    assert found.extra_columns == [
        "@id", "g:pos/@srsName", "g:pos/g:e", "tag", "more/text()", "more/leaf"
    ]  # fmt: skip
    _, rows = parsed(tmp_path, DOCUMENT, declared("no"))
    assert json.loads(rows[0]["_extra"])[f"{{{GML}}}pos/@srsName"] == "EPSG:25832"
    assert list(json.loads(rows[1]["_extra"])) == ["@id", "more/text()", "more/leaf"]


def test_several_values_need_many(tmp_path: Path) -> None:
    columns = [*declared("no"), {"from": "tag", "name": "tags", "many": True}]
    assert values(parsed(tmp_path, DOCUMENT, columns)[1]) == [["007", '["x", "y & z"]'], ["", None], ["12<3>", None]]
    _, rows = parsed(tmp_path, DOCUMENT, declared("no", "tag", "more"))
    assert values(rows) == [[None] * 3, [None] * 3, ["12<3>", None, None]]
    assert rows[0]["_record_error"] == "has 2 values of c1: 'x', 'y & z'"
    assert "<tag>y &amp; z</tag></unit>" in json.loads(rows[0]["_raw"])
    assert rows[1]["_record_error"] == "has elements in c2, where only text can be read"


def test_a_namespace_is_declared_and_found_by_its_address(tmp_path: Path) -> None:
    text = f'<export xmlns="{GML}"><unit><no>1</no></unit><unit xmlns=""><no>2</no></unit></export>'
    assert values(parsed(tmp_path, text, declared("g:no"), SPACED)[1]) == [["1"]]
    with pytest.raises(DeliveryRejected, match=rf"all: has the root {{{GML}}}export, declared is export"):
        parsed(tmp_path, text, declared("no"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-15", "windows-1252"])
def test_a_document_says_how_it_is_encoded(encoding: str, tmp_path: Path) -> None:
    said = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{said}"?><export><unit><no>Größe €</no></unit></export>'
    assert values(parsed(tmp_path, text.encode(encoding), declared("no"))[1]) == [["Größe €"]]


ONE = "<export><unit><no>1</no></unit>"
LAUGHS = '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
REFUSED: dict[str, tuple[bytes | str, str]] = {
    "nothing": (b"", "all: is empty"),
    "blanks": (" \n", "all: is empty"),
    "cut": (ONE + "\n<unit><no>2", "all, line 2: is not valid XML: Premature end of data"),
    "malformed": (ONE + "\n\n<unit></no></export>", "all, line 3: is not valid XML: Opening and ending tag mismatch"),
    "two documents": (f"{ONE}</export>" * 2, "is not valid XML: Extra content"),
    "no XML": ("Baum;Art\n", "is not valid XML: Start tag expected"),
    "entities": (LAUGHS + ONE.replace("1", "&b;") + "</export>", "has a document type"),
    "external entity": (
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + ONE.replace("1", "&x;") + "</export>",
        "has a document type",
    ),
    "external document type": ('<!DOCTYPE r SYSTEM "http://ex.invalid/r.dtd">' + ONE + "</export>", "document type"),
    "an unknown entity": (ONE.replace("1", "&nbsp;") + "</export>", "Entity 'nbsp' not defined"),
    "deep": (ONE + "<a>" * 5000 + "</a>" * 5000 + "</export>", "is nested deeper than 64"),
    "deep record": ("<export><unit>" + "<a>" * 80 + "</a>" * 80 + "</unit></export>", "is nested deeper than 64"),
    "bytes of another encoding": (ONE.encode() + b"\n<unit>\xe4</unit></export>", "line 2: is not valid XML: Invalid"),
    "bytes of no encoding": (b'<?xml version="1.0" encoding="windows-1252"?><export>\x81</export>', "Invalid bytes"),
    "an unknown encoding": (b'<?xml version="1.0" encoding="klingon"?><export/>', "Unsupported encoding: klingon"),
    "NUL": (ONE + "\0</export>", "is not valid XML: Invalid character"),
    "an undeclared prefix": (ONE + "<g:x/></export>", "Namespace prefix g on x is not defined"),
    "another root": ("<html><body/></html>", "all: has the root html, declared is export"),
    "no records": ("<export><head/></export>", "holds no record"),
    "a name is gone everywhere": (
        "<export><unit><No>1</No></unit></export>", "lacks 'no' (probably renamed to 'No'); new: 'No'",
    ),
    "gzip": (gzip.compress(ONE.encode()), "all: is a gzip archive, declared is xml"),
    "a long name": (f"<export><unit {'x' * 100_000}='1'/></export>", "is not valid XML"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_export_is_refused(case: str, tmp_path: Path) -> None:
    content, reason = REFUSED[case]
    started = time.process_time()
    with pytest.raises(DeliveryRejected) as error:
        parsed(tmp_path, content, declared("no"))
    assert reason in str(error.value)
    assert str(error.value).startswith("town__tree: all")
    assert len(str(error.value)) < 500
    assert time.process_time() - started < 5


def test_the_element_that_holds_the_records_must_be_there(tmp_path: Path) -> None:
    format_, none = {"type": "xml", "records": "/a/list/unit"}, {"bounds": {"min_rows": 0}}
    with pytest.raises(
        DeliveryRejected, match="all: has no /a/list, where its records are declared; /a holds error, x"
    ):
        parsed(tmp_path, "<a><error>503</error><x/></a>", declared("no"), format_, **none)
    assert parsed(tmp_path, "<a><list/></a>", declared("no"), format_, **none)[0].records == 0
    assert values(parsed(tmp_path, "<a><list><unit/></list></a>", declared("no", optional=True), format_)[1]) == [
        [None]
    ]


@pytest.mark.parametrize(
    ("format_", "source", "reason"),
    [
        ({**XML, "records": "export/unit"}, "no", "is not a path of element names"),
        ({**XML, "records": "/export/*"}, "no", "is not a path of element names"),
        ({**XML, "records": "/g:export"}, "no", r"undeclared prefixes: \['g'\]"),
        ({**XML, "namespaces": {"g": ""}}, "no", r"prefixes without a namespace: \['g'\]"),
        ({**XML, "namespaces": {"xml": "u"}}, "no", "cannot be prefixes"),
        (XML, "no[", "is not an XPath: Invalid"),
        (XML, "", "an empty `from` means the record itself"),
        (XML, "child::g:no", r"undeclared prefixes: \['g'\]"),
        (XML, "no[g:x = 'h:y']", r"undeclared prefixes: \['g'\]"),
        (XML, "shout(no)", "is not an XPath: Unregistered function"),
        (XML, "$no", "is not an XPath: Undefined variable"),
        (XML, "count(no)", "is a number, true or false"),
        (XML, "no = '1'", "is a number, true or false"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused(
    format_: dict[str, Any], source: str, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(SpecError, match=reason):
        example.source(tmp_path, format=format_, columns=declared(source), key=["c0"])


def test_aliases_and_many_are_for_some_formats(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="rdf and xml find columns without"):
        example.source(tmp_path, format=XML, columns=declared("no", aliases=["nr"]), key=["c0"])
    with pytest.raises(SpecError, match="many is for rdf and xml, or for codes"):
        example.source(tmp_path, columns=declared("no", many=True), key=["c0"])


def test_a_path_that_fails_at_a_record_costs_that_record(tmp_path: Path) -> None:
    _, rows = parsed(tmp_path, DOCUMENT, declared("no", "tag[shout(.)]", optional=True))
    assert rows[0]["_record_error"] == "has a c1 that cannot be looked for: Unregistered function"
    assert values(rows)[1:] == [["", None], ["12<3>", None]]


def test_no_more_than_a_record_is_in_memory(tmp_path: Path) -> None:
    unit, other = "<unit><no>1</no></unit>", "<other><a>x</a></other>"
    _, rows = parsed(tmp_path, f"<export>{(unit + other) * 100}</export>", declared("no"))
    assert len(rows) == 100
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found, _ = parsed(tmp_path, f"<export>{(unit + other * 20) * 20_000}</export>", declared("no"))
    assert found.records == 20_000
    # a tree of the ten million bytes takes more than 100 MB
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) < 60 << 10


# no letters that UTF-8 encoded twice would hold
WRITABLE = st.text(string.digits + string.ascii_letters + string.punctuation + " äöüßÖÜéł€", max_size=8)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    table=st.lists(st.tuples(WRITABLE, st.none() | WRITABLE, st.lists(WRITABLE, max_size=3)), min_size=1, max_size=6),
    size=st.integers(1, 40),
)
def test_a_table_comes_out_as_it_was_written(
    table: list[tuple[str, str | None, list[str]]], size: int, tmp_path: Path
) -> None:
    units = [
        f"<unit><no>{escape(no)}</no>"
        + ("" if state is None else f"<state>{escape(state)}</state>")
        + "".join(f"<tag>{escape(tag)}</tag>" for tag in tags)
        + "</unit>"
        for no, state, tags in table
    ]
    columns = [*declared("no", "state", optional=True), {"from": "tag", "name": "tags", "many": True, "optional": True}]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parser, "SIZE", size)
        _, rows = parsed(tmp_path, f"<export>{''.join(units)}</export>", columns)
    texts = [[no, state, json.dumps(tags, ensure_ascii=False) if tags else None] for no, state, tags in table]
    assert [row["_record_number"] for row in rows] == list(range(1, len(table) + 1))
    assert values(rows) == texts
