"""Lines of JSON: each costs only itself, but a file that was cut off is refused. NaN where it is declared."""

from __future__ import annotations

import json
import tracemalloc
from collections import deque
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakehouse.errors import SpecError
from lakehouse.ingest import parse
from lakehouse.ingest.parse.records import Findings, Part, Record
from tests.support import example
from tests.unit.ingest.test_parse_formats import columns, parsed, values
from tests.unit.ingest.test_parse_shapes import errors, refused

LINES = {"type": "json", "lines": True}
GOOD = '{"a": 1.50}\n'


def test_each_line_is_a_document(tmp_path: Path) -> None:
    text = '{"result": {"a": "x", "n": 1.50}}\r\n\n  \r\n{"result": {"n": 1e3, "a": null, "more": [1.0]}}'
    found, rows = parsed(tmp_path, {**LINES, "records": "$.result"}, text, columns("/a", "/n", "0#"))
    assert (found.records, values(rows)) == (2, [["x", "1.50", "result"], [None, "1e3", "result"]])
    assert (found.extra_columns, rows[1]["_extra"]) == (["/more"], '{"/more":[1.0]}')
    assert [row["_record_number"] for row in rows] == [1, 2]


def test_records_are_the_lines_themselves_or_stand_in_them(tmp_path: Path) -> None:
    assert values(parsed(tmp_path, LINES, '{"a": 1}\n{"a": 2}\n', columns("/a"))[1]) == [["1"], ["2"]]
    pages = '{"items": [{"a": 1}, {"a": 2}], "page": 1}\n{"items": []}\n{"items": [{"a": 3}]}\n'
    found, rows = parsed(tmp_path, {**LINES, "records": "$.items[*]"}, pages, columns("/a", "0#", "2/page"))
    assert values(rows) == [["1", "0", "1"], ["2", "1", "1"], ["3", "0", None]]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"a": 1', "is not valid JSON: Expecting ',' delimiter at column 8 (line 2)"),
        ('{"a": 1} {"a": 2}', "is not valid JSON: Extra data at column 10 (line 2)"),
        ('{"a": NaN}', "holds NaN, which is not a JSON number (line 2)"),
        ('{"a": 1, "a": 2}', "holds the name 'a' twice in one object (line 2)"),
        ('{"a": ' + "[" * 64 + "]" * 64 + "}", "is nested deeper than 64 (line 2)"),
        ("[" * 100_000, "is nested deeper than 64 (line 2)"),
        ("17", "is a number, no object or array (line 2)"),
        ("\u2028x", "is not valid JSON: Expecting value at column 1 (line 2)"),
    ],
)
def test_a_line_that_cannot_be_read_costs_itself_only(line: str, reason: str, tmp_path: Path) -> None:
    found, rows = parsed(tmp_path, LINES, f"{GOOD}{line}\n{GOOD}", columns("/a"))
    assert errors(rows) == [None, reason, None]
    assert values(rows) == [["1.50"], [None], ["1.50"]]
    assert line[:1000] in json.loads(rows[1]["_raw"])
    assert f"no record can be read; the first {reason[:-2]}1)" in refused(tmp_path, LINES, f"{line}\n", columns("/a"))


def test_a_line_of_another_shape_costs_itself_only(tmp_path: Path) -> None:
    format_ = {**LINES, "records": "$.result"}
    text = '{"result": {"a": 1}}\n{"error": {"code": 8}}\n{"result": 5}\n'
    _, rows = parsed(tmp_path, format_, text, columns("/a"))
    assert errors(rows) == [None, "has no 'result' in $, where its records are declared (line 2)",
                            "has a number at '/', no object or array"]  # fmt: skip


@pytest.mark.parametrize("cut", ['{"a": 1', '{"a": "x', '{"a', "{", "nul"])
def test_a_file_that_was_cut_off_is_refused(cut: str, tmp_path: Path) -> None:
    said = refused(tmp_path, LINES, f"{GOOD}\n{cut}", columns("/a"))
    assert said.startswith("town__tree: all, line 3: was cut off: it has no end and is not valid JSON: ")
    assert errors(parsed(tmp_path, LINES, f"{GOOD}\n{cut}\n", columns("/a"))[1])[0] is None, "a line of its own"


def test_a_whole_last_line_needs_no_end(tmp_path: Path) -> None:
    assert values(parsed(tmp_path, LINES, f'{GOOD}{{"a": 2}}', columns("/a"))[1]) == [["1.50"], ["2"]]
    _, rows = parsed(tmp_path, LINES, f'{GOOD}{{"a": NaN}}', columns("/a"))
    assert errors(rows) == [None, "holds NaN, which is not a JSON number (line 2)"]


def test_byte_order_marks(tmp_path: Path) -> None:
    marked = b"\xef\xbb\xbf" + GOOD.encode()
    assert "begins with the byte order mark" in refused(tmp_path, LINES, marked, columns("/a"))
    format_ = {**LINES, "encoding": "utf-8-sig"}
    assert values(parsed(tmp_path, format_, marked * 2, columns("/a"))[1]) == [["1.50"]] * 2, "two files joined"


def test_a_file_without_lines_holds_no_record(tmp_path: Path) -> None:
    for text in ("", "\n \r\n"):
        assert refused(tmp_path, LINES, text, columns("/a")).endswith("holds no record")
        assert parsed(tmp_path, LINES, text, columns("/a"), bounds={"min_rows": 0})[0].records == 0
    assert "lacks '/b'" in refused(tmp_path, LINES, GOOD, columns("/a", "/b"))


TEXTS = st.none() | st.text('aäß€🌳"\\,:[]{} 1\n\r\u2028')


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(st.tuples(TEXTS, TEXTS)),
    end=st.sampled_from(["\n", "\r\n", "\n\n"]),
    last=st.booleans(),
    codec=st.sampled_from(["utf-8", "utf-8-sig"]),
    ascii_=st.booleans(),
)
def test_a_table_comes_out_as_it_was_written(
    rows: list[tuple[str | None, str | None]],
    end: str,
    last: bool,
    codec: str,
    ascii_: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    lines = [json.dumps({"r": {"a": a, "b": b}}, ensure_ascii=ascii_) for a, b in rows]
    content = (end.join(lines) + end * last).encode(codec)
    format_ = {**LINES, "records": "$.r", "encoding": codec}
    folder = tmp_path_factory.getbasetemp()
    found, back = parsed(folder, format_, content, columns("/a", "/b"), bounds={"min_rows": 0})
    assert (found.records, values(back)) == (len(rows), [list(row) for row in rows])


def test_memory_holds_one_line(tmp_path: Path) -> None:
    source = example.source(tmp_path, format=LINES, columns=columns("/a"), key=["c0"])
    path = tmp_path / "delivered"
    path.write_text("".join(f'{{"a": {n}, "b": "{"x" * 1000}"}}\n' for n in range(4000)), "utf-8")
    tracemalloc.start()
    last = deque(parse._records(source, Part(path, "all"), Findings(), careful=False), maxlen=1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [record.values for record in last if isinstance(record, Record)] == [["3999"]]
    assert peak < 3_000_000, "less than the file"


@pytest.mark.parametrize(
    "form", [{"records": "$.r[*]"}, {"records": "$.r[?@.a]"}, {"records": "$.r[*]", "lines": True}]
)
def test_not_a_number_is_null_where_that_is_declared(form: dict[str, Any], tmp_path: Path) -> None:
    format_ = {"type": "json", **form}
    text = '{"r": [{"a": 1}, {"a": NaN}, {"a": [NaN, 1.0]}, {"a": "NaN"}]}\n'
    _, rows = parsed(tmp_path, {**format_, "nan_is_null": True}, text, columns("/a"))
    assert values(rows) == [["1"], [None], ["[null,1.0]"], ["NaN"]]
    assert "holds NaN, which is not a JSON number" in refused(tmp_path, format_, text, columns("/a"))
    for infinite in ("Infinity", "-Infinity"):
        said = refused(tmp_path, {**format_, "nan_is_null": True}, text.replace(" NaN", infinite), columns("/a"))
        assert f"holds {infinite}, which is not a JSON number" in said


def test_records_are_declared_where_they_do_not_stand_in_lines(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="records says where the records stand in the document"):
        example.source(tmp_path, format={"type": "json"}, columns=columns("/a"), key=["c0"])
