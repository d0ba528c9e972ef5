"""Plain lines read at once come out as they do record by record: the same bronze, or the same rejection."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest import parse
from lakehouse.ingest.parse import Parsed, blocks, parse_to_parquet
from lakehouse.ingest.parse import csv as parse_csv
from lakehouse.ingest.parse.records import MAX_FIELD, Record
from lakehouse.spec.source import Source
from tests.spark import test_dialects as dialects
from tests.support import example as feeds
from tests.support.hostile import Case, feed, packed
from tests.unit.ingest.test_parse_hostile import CASES

Outcome = tuple[Parsed, pa.Table, int] | str


def outcome(source: Source, delivered: Path, careful: bool) -> Outcome:
    into = delivered.parent / "parsed.parquet"
    try:
        found = parse._parse(source, delivered, "all", into, {}, careful)
    except DeliveryRejected as error:
        return str(error)
    return found, pq.read_table(into), pq.ParquetFile(into).num_row_groups


def compare(source: Source, content: bytes, folder: Path) -> None:
    delivered = folder / "delivered"
    delivered.write_bytes(content)
    fast, careful = (outcome(source, delivered, careful) for careful in (False, True))
    if isinstance(fast, str) or isinstance(careful, str):
        assert fast == careful
        return
    assert fast[1].to_pylist() == careful[1].to_pylist()
    assert fast == careful


@pytest.fixture
def by_record(monkeypatch: pytest.MonkeyPatch) -> list[Record]:
    """The records that were read one by one."""
    read: list[Record] = []
    slow = parse_csv._File._records

    def spy(*given: Any) -> Iterator[Record]:
        for record in slow(*given):
            read.append(record)
            yield record

    monkeypatch.setattr(parse_csv._File, "_records", spy)
    return read


CSV = {"type": "csv", "encoding": "utf-8", "delimiter": ","}


@pytest.mark.parametrize(
    ("content", "dialect"),
    [
        ("Baum,Art\n1,Eiche\n2,\n,\n\n3,Lärche", {}),
        ("Baum,Art\r\n1,Eiche\r\n2, Linde \n", {}),
        ('Baum,Art\n"1","a, ""b"""\n2,""\r\n', {}),
        ('Art;x;Baum;\nEiche;"\\ ""\t";1;\nLinde;;2;ü\n', {"delimiter": ";"}),
        ("Baum,Art\n1,a\x0bb\x0cc\x1cd\x85e\u2028f\n", {}),
        ("Baum|Art\n1|Bär – €\n", {"delimiter": "|", "encoding": "cp1252"}),
        ("Baum\tArt\n1\t§ 'ä'\n", {"delimiter": "\t", "encoding": "latin-1"}),
        ("\ufeffBaum,Art\n1,Eiche\n", {"encoding": "utf-8-sig"}),
        ("Baum,Art\n1,Eiche\n", {"encoding": "utf-8-sig"}),
        ("1,Eiche\n", {"header": ["Baum", "Art"]}),
        ('Stand "2020\n\nBaum,Art\nNr,Name\n1,Eiche\n', {"skip_lines": 2, "units_lines": 1}),
        ("Baum,Art\n1,Eiche,,\n2,Linde,,\n", {"drop_trailing_empty": True}),
    ],
)
def test_plain_lines_are_read_at_once(
    content: str, dialect: dict[str, Any], tmp_path: Path, by_record: list[Record]
) -> None:
    source = feeds.source(tmp_path, format={**CSV, **dialect})
    delivered = tmp_path / "delivered"
    delivered.write_bytes(content.encode(dialect.get("encoding", "utf-8").removesuffix("-sig")))
    fast = outcome(source, delivered, careful=False)
    assert not isinstance(fast, str)
    assert fast[0].records > 0
    assert by_record == []
    assert outcome(source, delivered, careful=True) == fast
    assert len(by_record) == fast[0].records


def test_after_an_odd_block_lines_are_read_at_once_again(
    tmp_path: Path, by_record: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "SIZE", 1000)
    lines = [f"{n},Eiche\n" for n in range(10_000)]
    lines[3_000] = '3000,"Eiche\noder Linde"\n'
    lines[6_000] = "6000\n"
    delivered, into = tmp_path / "delivered", tmp_path / "parsed.parquet"
    delivered.write_text("Baum,Art\n" + "".join(lines))
    source = feeds.source(tmp_path)
    assert parse_to_parquet(source, delivered, "all", into).records == 10_000
    assert 2 <= len(by_record) < 400
    rows = pq.read_table(into).to_pylist()
    assert [row["_record_number"] for row in rows] == list(range(1, 10_001))
    assert rows[3_000]["species"] == "Eiche\noder Linde"
    assert rows[6_000]["_record_error"] == "has 1 fields, the header has 2"
    assert (rows[9_999]["tree"], rows[9_999]["species"], rows[9_999]["_record_error"]) == ("9999", "Eiche", None)


def test_a_line_is_named_by_its_number_behind_blocks_read_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "SIZE", 100)
    delivered = tmp_path / "delivered"
    delivered.write_text("Baum,Art\n" + "1,Eiche\n" * 1000 + '2,"Linde\n3,"Ulme"\n')
    found = outcome(feeds.source(tmp_path), delivered, careful=False)
    assert found == outcome(feeds.source(tmp_path), delivered, careful=True)
    assert "line 1003: the quotes or fields do not end" in str(found)


def test_a_contradiction_comes_before_what_is_wrong_behind_its_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parse, "BATCH_ROWS", 3)
    columns = [{"from": "Baum", "name": "tree"}, {"from": "Art", "name": "species", "type": "double",
                                                   "numbers": {"decimal": ",", "thousands": "."}}]  # fmt: skip
    source = feeds.source(tmp_path, format={**CSV, "delimiter": ";", "archive": {"type": "zip"}}, columns=columns)
    for count, reason in ((3, "groups no thousands"), (2, "is not utf-8")):
        members = ("a.csv", b"Baum;Art\n" + b"1;1.5\n" * count), ("b.csv", b"Baum;Art\n2;\xe4\n")
        compare(source, packed(*members), tmp_path)
        assert reason in str(outcome(source, tmp_path / "delivered", careful=False))
    compare(source, packed(("a.csv", b"Baum;Art\n1;1,5\n2;1.5\n"), ("b.csv", b"Baum;Art\n3;1,5\n")), tmp_path)
    found = outcome(source, tmp_path / "delivered", careful=False)
    assert "member a.csv, record 2: species: '1.5' groups no thousands" in str(found)


def test_a_field_that_is_too_long_for_a_table_is_quarantined(tmp_path: Path, by_record: list[Record]) -> None:
    compare(feeds.source(tmp_path), b"Baum,Art\n1," + b"x" * (MAX_FIELD + 1) + b"\n2,Eiche\n", tmp_path)
    # the long line is a block of its own
    assert [record.error is None for record in by_record] == [False, False, True]


DELIMITED = [case for case in CASES if case.format["type"] == "csv"]


@pytest.mark.parametrize("case", DELIMITED, ids=[case.name for case in DELIMITED])
def test_hostile_deliveries(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = feed(tmp_path, case)
    compare(source, case.content, tmp_path)
    if len(case.content) < 100_000:
        monkeypatch.setattr(blocks, "SIZE", 16)
        compare(source, case.content, tmp_path)


@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(table=dialects.tables)
def test_every_dialect(table: list[dialects.Row], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("dialects")
    for dialect in dialects.DIALECTS:
        if dialect.form == "csv":
            source = feeds.source(folder, **dialects.declared(dialect))
            compare(source, dialects.delivery(table, dialect), folder)


CODECS = ["utf-8", "utf-8-sig", "cp1252", "latin-1", "iso-8859-15", "cp850", "cp437"]
WIDE = ["utf-16", "utf-16-le", "utf-16-be"]
OPTIONS: list[dict[str, Any]] = [
    {},
    {"footer": "^Ende"},
    {"footer_begins": "^Ende"},
    {"footer_begins": "^Ende", "footer": "^(Ende|Baum)"},
    {"short_rows": True},
    {"short_rows": True, "drop_trailing_empty": True},
    {"one_line_per_record": True},
    {"find_header": True},
    {"find_header": True, "header_lines": 2},
    {"header_lines": 2},
    {"preamble": "^(Stand|Baum,Art$)"},
    {"preamble": "^(Stand|Ende)", "header": ["Baum", "Art", "Wert"]},
    {"drop_trailing_empty": True},
    {"skip_lines": 1},
    {"units_lines": 1},
    {"header": ["Baum", "Art", "Wert"]},
    {"header": ["Baum", "", "column 2"]},
]
NUMBERS = {"decimal": ",", "thousands": "."}
COLUMNS: list[list[dict[str, Any]]] = [
    [{"from": "Baum", "name": "tree"}],
    [{"from": "Baum", "name": "tree"}, {"from": "Art", "name": "species", "optional": True},
     {"from": "Wert", "name": "worth", "optional": True, "type": "double", "numbers": NUMBERS}],
    [{"from": "Wert", "name": "tree", "optional": True}, {"from": "Baum", "name": "species", "optional": True}],
]  # fmt: skip
HEADERS = ["Baum,Art,Wert", "Baum", "Baum,Art,Wert,", "Wert,Art,Neu,Baum", 'Baum,"Ar""t"', "Wert", "", "Baum,,"]
VALUES = [
    "",
    "1",
    "007",
    " x ",
    "ä",
    "1.234,5",
    "12.5",
    "Baum",
    "Ende",
    "\\",
    "\t",
    "€",
    "Ã¤",
    "\ufffd",
    "\ufeffx",
    "\u2028",
    "a" * 30,
]
ODD = ['"', '""', ",", "\n", "\r", "\r\n", "\n\n", ",,", '"\n', '\n"', '"a\nb"', "Ende\n", "Baum,Art,Wert\n",
       "Baum\n", "\0", "\ufeff", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\x1a", b"\xe4", b"\x81",
       b"\xc3", b"\xff"]  # fmt: skip


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[dict[str, Any], int, bytes]:
    """A dialect, which columns are declared, and a table with some odd bytes anywhere."""
    codec, delimiter = draw(st.sampled_from(CODECS + WIDE)), draw(st.sampled_from([",", ";", "\t", "|"]))
    dialect = {**CSV, **draw(st.sampled_from(OPTIONS)), "encoding": codec, "delimiter": delimiter}

    def coded(text: str | bytes) -> bytes:
        plain = "utf-16-le" if codec == "utf-16" else codec.removesuffix("-sig")
        return text if isinstance(text, bytes) else text.encode(plain, "replace")

    header, quotes, ends = draw(st.sampled_from(HEADERS)), draw(st.booleans()), draw(st.sampled_from(["\n", "\r\n"]))
    width = draw(st.sampled_from([header.count(","), header.count(","), 0, 2, 3])) + 1
    row = st.lists(st.sampled_from(VALUES), min_size=width, max_size=width)
    written = [
        ",".join(f'"{value}"' if quotes else value.replace(",", "") for value in values)
        for values in draw(st.lists(row, max_size=12))
    ]
    above = draw(st.sampled_from([[], ["Baum,Art"], ["Stand,", '"Stand']]))
    last = draw(st.sampled_from([[], ["Ende"], ["Ende,", 'ein "Wort', "Baum"]]))
    text = ends.join([*above, header, *written, *last, *[""] * draw(st.integers(0, 1))])
    content = coded(text.replace(",", delimiter))
    if codec == "utf-16":
        content = b"\xff\xfe" + content
    for odd in draw(st.lists(st.sampled_from(ODD), max_size=3)):
        place = draw(st.integers(0, len(content))) // 2 * (2 if codec in WIDE else 1)
        content = (
            content[:place] + coded(odd if isinstance(odd, bytes) else odd.replace(",", delimiter)) + content[place:]
        )
    return dialect, draw(st.integers(0, len(COLUMNS) - 1)), content


@cache
def declared(folder: Path, dialect: str, columns: int) -> Source:
    format_ = json.loads(dialect)
    chosen = [column for column in COLUMNS[columns] if column["from"] in format_.get("header", [column["from"]])]
    return feeds.source(folder, format=format_, columns=chosen, key=[chosen[0]["name"]])


@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(delivery=deliveries(), size=st.sampled_from([1, 8, 20, 1 << 18]), rows=st.sampled_from([1, 3, 50_000]))
@example(delivery=(CSV, 0, b"Baum\n1\n\xef\xbb\xbf2\n"), size=1, rows=3)
@example(delivery=(CSV, 0, b"Baum\n1\r2\n"), size=1 << 18, rows=3)
@example(delivery=(CSV, 0, b'Baum\n1\r2\n"3\n'), size=1, rows=3)
@example(delivery=({**CSV, "footer": "^Ende"}, 0, b"Baum\n1\rEnde\n"), size=1, rows=3)
@example(delivery=(CSV, 0, b"Baum,x\n1,a\nBaum,x\n"), size=1 << 18, rows=3)
@example(delivery=(CSV, 0, b'Baum,x\n1,"a"b\n2,c\n'), size=1 << 18, rows=3)
@example(delivery=(CSV, 0, b'Baum,x\n1,"a\n2,"\n3,d\n'), size=1, rows=3)
@example(delivery=(CSV, 0, b'Baum\n""\n\n""\n'), size=1 << 18, rows=3)
@example(delivery=({**CSV, "footer": "^Ende"}, 0, b'Baum\n1\n"Ende"\n'), size=1 << 18, rows=3)
@example(delivery=({**CSV, "footer": "^Ende"}, 0, b"Baum\n1\nEnde\n2\n"), size=1, rows=3)
@example(delivery=({**CSV, "footer": "^Ende"}, 0, b"Baum\n1\nEnde\n\n2\n"), size=1, rows=3)
@example(delivery=({**CSV, "drop_trailing_empty": True}, 0, b"Baum\n1,,\n2,,x\n"), size=1 << 18, rows=3)
@example(delivery=({**CSV, "header": ["Baum", "", "column 2"]}, 0, b"1,a,b\n"), size=1 << 18, rows=3)
def test_any_delivery(
    delivery: tuple[dict[str, Any], int, bytes], size: int, rows: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    dialect, columns, content = delivery
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "SIZE", size)
        patch.setattr(parse, "BATCH_ROWS", rows)
        folder = tmp_path_factory.getbasetemp()
        compare(declared(folder, json.dumps(dialect), columns), content, folder)
