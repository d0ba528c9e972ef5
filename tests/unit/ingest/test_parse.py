"""The parser: every record accounted for, every file that cannot be trusted refused with a reason."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any, get_args

import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest import parse
from lakehouse.ingest.parse import Parsed, damaged, encoding, parse_to_parquet
from lakehouse.spec.normal_form import normal_form
from lakehouse.spec.source import Source
from lakehouse.spec.text_format import Encoding
from tests.support import example


def source(folder: Path, **dialect: Any) -> Source:
    return example.source(folder, format={"type": "csv", "encoding": "utf-8", "delimiter": ",", **dialect})


def parsed(folder: Path, content: bytes | str, **dialect: Any) -> tuple[Parsed, list[dict[str, Any]]]:
    feed = source(folder, **dialect)
    delivered, into = folder / "delivered", folder / "parsed.parquet"
    delivered.write_bytes(content.encode() if isinstance(content, str) else content)
    found = parse_to_parquet(feed, delivered, "all.csv", into)
    return found, pq.read_table(into).to_pylist()


def refused(folder: Path, content: bytes | str, **dialect: Any) -> str:
    with pytest.raises(DeliveryRejected) as error:
        parsed(folder, content, **dialect)
    assert str(error.value).startswith("town__tree: all.csv")
    return str(error.value)


def values(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["tree"], row["species"]) for row in rows]


def test_records_are_numbered_from_one_and_text_stays_text(tmp_path: Path) -> None:
    found, rows = parsed(tmp_path, "Baum,Art\n007, Eiche \n2,\n")
    assert found == Parsed(records=2, extra_columns=[])
    nothing = {"_record_error": None, "_raw": None, "_extra": None}
    assert rows == [
        {"tree": "007", "species": " Eiche ", "_record_number": 1, **nothing},
        {"tree": "2", "species": "", "_record_number": 2, **nothing},
    ]


def test_numbers_go_on_over_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse, "BATCH_ROWS", 2)
    found, rows = parsed(tmp_path, "Baum,Art\n" + "".join(f"{n},x\n" for n in range(1, 6)))
    assert found.records == 5
    assert [(row["_record_number"], row["tree"]) for row in rows] == [(n, str(n)) for n in range(1, 6)]


def test_the_order_of_columns_does_not_matter(tmp_path: Path) -> None:
    assert values(parsed(tmp_path, "Art,Baum\nEiche,1\n")[1]) == [("1", "Eiche")]


def test_ragged_records_are_kept_with_reason_and_raw_text(tmp_path: Path) -> None:
    found, rows = parsed(tmp_path, 'Baum,Art\n1\n2,Eiche\n3,Linde,"a ""b"""\n4,Ulme,\n')
    assert found.records == 4
    assert [row["_record_error"] for row in rows] == [
        "has 1 fields, the header has 2",
        None,
        "has 3 fields, the header has 2",
        "has 3 fields, the header has 2",
    ]
    assert [json.loads(row["_raw"]) if row["_raw"] else None for row in rows] == [
        ["1"],
        None,
        ["3", "Linde", 'a "b"'],
        ["4", "Ulme", ""],
    ]
    assert values(rows)[0] == values(rows)[2] == (None, None), "nothing of an unreadable record is guessed"


def test_trailing_empty_fields_are_dropped_only_if_declared_and_empty(tmp_path: Path) -> None:
    _, rows = parsed(tmp_path, "Baum,Art\n1,Eiche,,\n2,Linde,,x\n3\n", drop_trailing_empty=True)
    assert values(rows) == [("1", "Eiche"), (None, None), (None, None)]
    assert [row["_record_error"] is None for row in rows] == [True, False, False]


def test_blank_lines_are_no_records(tmp_path: Path) -> None:
    found, rows = parsed(tmp_path, "Baum,Art\n\n1,Eiche\n\n\n2,Linde\n\n")
    assert found.records == 2
    assert [row["_record_number"] for row in rows] == [1, 2]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("Baum", "the header lacks 'Art'; new: nothing"),
        ("Baum,Sorte", "the header lacks 'Art'; new: 'Sorte'"),
        ("Baum,art", "the header lacks 'Art' (probably renamed to 'art'); new: 'art'"),
        ("Baum,A rt", "the header lacks 'Art' (probably renamed to 'A rt'); new: 'A rt'"),
        ("Baum;Art", "the file separates by semicolons, declared is ,"),
        ("Baum,Art,Baum", "the header names columns twice: Baum"),
        ("Baum,Art,Neu,Neu", "the header names columns twice: Neu"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(header: str, reason: str, tmp_path: Path) -> None:
    assert refused(tmp_path, f"{header}\n1,Eiche\n") == f"town__tree: all.csv: {reason}"


def test_headers_are_compared_in_normal_form(tmp_path: Path) -> None:
    columns = [
        {"from": "Ho\u0308he ", "aliases": ["Höhe", "Hoehe"], "name": "tree"}, {"from": "Art", "name": "species"}
    ]  # fmt: skip
    feed = example.source(tmp_path, format={"type": "csv", "encoding": "utf-8", "delimiter": ","}, columns=columns)
    delivered, into = tmp_path / "delivered", tmp_path / "parsed.parquet"
    for header in ("Höhe", "  Höhe", "Ho\u0308he", "H\u00adöhe\u00a0", "Hoehe"):
        delivered.write_text(f"{header},Art\n1,Eiche\n", "utf-8")
        parse_to_parquet(feed, delivered, "all.csv", into)
        assert values(pq.read_table(into).to_pylist()) == [("1", "Eiche")], header
    delivered.write_text("Höhe,Hoehe,Art\n1,2,Eiche\n", "utf-8")
    with pytest.raises(DeliveryRejected, match="has one column twice"):
        parse_to_parquet(feed, delivered, "all.csv", into)


def test_a_new_column_is_kept_and_named(tmp_path: Path) -> None:
    found, rows = parsed(tmp_path, "Neu,Baum,Art,\nja,1,Eiche,x\n")
    assert found.extra_columns == ["Neu", "column 4"]
    assert values(rows) == [("1", "Eiche")]
    assert json.loads(rows[0]["_extra"]) == {"Neu": "ja", "column 4": "x"}


FOOTER = "^Source: "


def test_the_footer_is_no_record(tmp_path: Path) -> None:
    found, rows = parsed(tmp_path, "Baum,Art\n1,Eiche\nSource: Town\n\n", footer=FOOTER)
    assert found.records == len(rows) == 1


@pytest.mark.parametrize("content", ["Baum,Art\n1,Eiche\n", "Baum,Art\n1,Ei", "Baum,Art\n1,Source: Town\n"])
def test_a_missing_footer_means_cut_off(content: str, tmp_path: Path) -> None:
    assert "was cut off" in refused(tmp_path, content, footer=FOOTER)


@pytest.mark.parametrize("after", ["2,Linde\n", "Source: Town\n", "x"])
def test_text_after_the_footer_is_refused(after: str, tmp_path: Path) -> None:
    assert "goes on after its last line" in refused(
        tmp_path, f"Baum,Art\n1,Eiche\nSource: Town\n{after}", footer=FOOTER
    )


def test_without_a_declared_footer_it_is_a_ragged_record(tmp_path: Path) -> None:
    assert parsed(tmp_path, "Baum,Art\n1,Eiche\nSource: Town\n")[0].records == 2


@pytest.mark.parametrize("content", ["Baum,Art\n1,Ei\0che\n", "Ba\0um,Art\n1,Eiche\n", 'Baum,Art\n1,"a\nb\0"\n'])
def test_a_nul_byte_is_refused(content: str, tmp_path: Path) -> None:
    line = content[: content.index("\0")].count("\n") + 1
    assert refused(tmp_path, content) == f"town__tree: all.csv, line {line}: holds a NUL byte"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("Baum,Art\n1,Bäume\n".encode("cp1252"), "utf-8"),
        (b"Baum,Art\n1,\x81\n", "cp1252"),
    ],
)
def test_another_encoding_is_refused(content: bytes, encoding: str, tmp_path: Path) -> None:
    assert refused(tmp_path, content, encoding=encoding).startswith(f"town__tree: all.csv, line 2: is not {encoding}: ")


def test_a_late_wrong_byte_refuses_the_whole_file(tmp_path: Path) -> None:
    content = "Baum,Art\n" + "1,Eiche\n" * 20_000
    assert "all.csv, line 20002: is not utf-8" in refused(tmp_path, content.encode() + b"2,\xe4\n")


def test_a_byte_order_mark_must_be_declared(tmp_path: Path) -> None:
    content = "\ufeffBaum,Art\n1,Eiche\n"
    assert "begins with the byte order mark of utf-8-sig, declared is utf-8" in refused(tmp_path, content)
    assert values(parsed(tmp_path, content, encoding="utf-8-sig")[1]) == [("1", "Eiche")]
    assert values(parsed(tmp_path, content[1:], encoding="utf-8-sig")[1]) == [("1", "Eiche")]


@pytest.mark.parametrize(
    "content",
    [
        'Baum,Art\n1,"Eiche\n2,Linde\n',
        'Baum,"Art\n',
        'Baum,"Art"x\n1,Eiche\n',
        'Baum,Art\n1,"Ei"che"\n2,Linde\n',
        'Baum,Art\n1,"Eiche\n2,"Linde"\n',
        'Baum,Art\n1,"Eiche\n2,"Linde\n',
    ],
)
def test_quotes_that_do_not_end_are_refused(content: str, tmp_path: Path) -> None:
    assert "the quotes or fields do not end" in refused(tmp_path, content)


def test_a_quote_that_swallows_megabytes_is_refused(tmp_path: Path) -> None:
    content = 'Baum,Art\n1,"Eiche\n' + "2,Linde\n" * 140_000 + '3,"\n'
    assert "do not end: field larger" in refused(tmp_path, content)


def test_delimiters_quotes_and_line_ends_inside_quotes_are_text(tmp_path: Path) -> None:
    _, rows = parsed(tmp_path, 'Baum,Art\n1,"a\nb"\n2,"a\r\nb, ""c"""\n')
    assert values(rows) == [("1", "a\nb"), ("2", 'a\r\nb, "c"')]
    assert [row["_record_number"] for row in rows] == [1, 2]


@pytest.mark.parametrize("content", ["", "\ufeff"])
def test_an_empty_file_is_refused(content: str, tmp_path: Path) -> None:
    assert "is empty" in refused(tmp_path, content, encoding="utf-8-sig")


@pytest.mark.parametrize("content", ["Baum,Art", "Baum,Art\n", "Baum,Art\r\n\r\n"])
def test_a_file_without_records_is_refused(content: str, tmp_path: Path) -> None:
    assert refused(tmp_path, content) == "town__tree: all.csv: holds no record"


def test_line_ends_may_be_mixed(tmp_path: Path) -> None:
    _, rows = parsed(tmp_path, "Baum,Art\r\n1,a\r\n2,b\n3,c\r4,d")
    assert values(rows) == [("1", "a"), ("2", "b"), ("3", "c"), ("4", "d")]


def test_only_line_feeds_end_lines(tmp_path: Path) -> None:
    odd = "a\x0bb\x0cc\x1cd\x85e\u2028f"
    assert values(parsed(tmp_path, f"Baum,Art\n1,{odd}\n")[1]) == [("1", odd)]


CODECS = get_args(Encoding)


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, str, list[list[str]]]:
    """An encoding, a delimiter and a table of texts that the encoding can hold."""
    codec = draw(st.sampled_from(CODECS))
    delimiter = draw(st.sampled_from([",", ";", "\t", "|"]))
    # half of the characters are those that mean something in a delimited file
    # control characters contradict latin-1, see `lakehouse.ingest.parse.encoding`
    letters = st.characters(codec=codec.removesuffix("-sig"), exclude_categories=["Cc", "Cs"])
    text = st.text(st.sampled_from(",;\t|\"\r\n ' ") | letters, max_size=8)
    return codec, delimiter, draw(st.lists(st.lists(text, min_size=2, max_size=2), min_size=1, max_size=6))


@settings(max_examples=100, deadline=None)
@given(
    table=tables(), ends=st.sampled_from(["\r\n", "\n"]), quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])
)
def test_any_table_comes_back_identical(
    table: tuple[str, str, list[list[str]]], ends: str, quoting: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    codec, delimiter, rows = table
    if ends == "\n":
        quoting = csv.QUOTE_ALL  # Python's writer leaves a bare \r unquoted when lines end with \n
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=ends, quoting=quoting).writerows([["Baum", "Art"], *rows])
    folder = tmp_path_factory.getbasetemp()
    assume(codec.startswith("utf-16") or not encoding._needs_a_look(text.getvalue().encode(codec), codec))
    assume(not any(damaged.problem(value) or value.startswith(damaged.MARK) for row in rows for value in row))
    rows = [row for row in rows if "".join(row).strip(" ")]
    assume(rows)
    found, back = parsed(folder, text.getvalue().encode(codec), encoding=codec, delimiter=delimiter)
    assert found.records == len(rows)
    assert [[row["tree"], row["species"]] for row in back] == [[normal_form(value) for value in row] for row in rows]
    assert [row["_raw"] and list(json.loads(row["_raw"]).values()) for row in back] == [
        row if any(normal_form(value) != value for value in row) else None for row in rows
    ], "what is not in normal form is kept as delivered"
    assert all(row["_record_error"] is None for row in back)
