"""JSON read record by record ends as the whole document does, in the memory that one record takes."""

from __future__ import annotations

import json
import tracemalloc
from collections import deque
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest import parse
from lakehouse.ingest.parse import blocks, json_stream
from lakehouse.ingest.parse.json_columns import Columns
from lakehouse.ingest.parse.json_values import MAX_NESTING
from lakehouse.ingest.parse.nodes import names_before_wildcard
from lakehouse.ingest.parse.records import Findings, Part, Record
from lakehouse.spec.json_format import json_query
from tests.support import example
from tests.unit.ingest.test_parse_formats import columns, parsed, values
from tests.unit.ingest.test_parse_shapes import refused

QUERIES = ["$[*]", "$.*", "$.features[*]", "$['a']['b'][*]"]
DECLARED = [*columns("/a"), *columns("0#", "1#", "/b/a", "/a/0", optional=True)[1:]]
SCALARS = ["1", "1.50", "-0.0", "1E5", "9" * 40, '"a"', '"ä ,]}\\u00e4\\ud83c"', "null", "true", "false", "NaN", '""']
NAMES = ["a", "b", "features", "type", "crs", "\\u0061"]
BLANKS = st.sampled_from(["", "", "", " ", "\n", "\r\n\t"])
DAMAGE = ["", "]", "}", ",", ":", '"', "\\", "x", "0", "[", "{", "-", "\x07", "\ufeff", "\n", "e+", "tru", "[" * 70]


def joined(parts: list[str], blank: str) -> str:
    return blank + f"{blank},{blank}".join(parts) + blank


def arrays(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(lambda parts, blank: f"[{joined(parts, blank)}]", st.lists(inner, max_size=4), BLANKS)


def objects(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    members = st.lists(st.tuples(st.sampled_from(NAMES), inner), max_size=4)
    return st.builds(
        lambda found, blank: "{" + joined([f'"{n}"{blank}:{blank}{v}' for n, v in found], blank) + "}", members, BLANKS
    )


ANYTHING = st.recursive(st.sampled_from(SCALARS), lambda inner: arrays(inner) | objects(inner), max_leaves=12)
RECORDS = arrays(objects(ANYTHING) | ANYTHING) | objects(objects(ANYTHING))
DOCUMENTS = st.one_of(
    ANYTHING,
    RECORDS,
    st.builds('{{"type":"FeatureCollection",{}"features":{}}}'.format, st.sampled_from(["", '"x":[1,{}],']), RECORDS),
    st.builds(' {{"a": {{"b" :{}, "c": {}}}, "d": {}}}\n'.format, RECORDS, ANYTHING, ANYTHING),
)


def ended(folder: Path, query: str, content: bytes, careful: bool) -> Any:
    source = example.source(folder, format={"type": "json", "records": query}, columns=DECLARED, key=["c0"])
    delivered, into = folder / "delivered", folder / "parsed.parquet"
    delivered.write_bytes(content)
    try:
        found = parse._parse(source, delivered, "all", into, {}, careful=careful)
    except DeliveryRejected as error:
        return str(error)
    return found, pq.read_table(into).to_pylist()


@settings(max_examples=600, deadline=None)
@given(
    document=DOCUMENTS,
    query=st.sampled_from(QUERIES),
    size=st.integers(1, 60),
    place=st.integers(0, 200),
    damage=st.none() | st.tuples(st.integers(0, 2), st.sampled_from(DAMAGE)),
    rest=st.booleans(),
)
def test_a_streamed_document_ends_as_one_that_is_read_as_a_whole(
    document: str,
    query: str,
    size: int,
    place: int,
    damage: tuple[int, str] | None,
    rest: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    if damage is not None:
        place = min(place, len(document))
        left_out, put_in = damage
        document = document[:place] + put_in + (document[place + left_out :] if rest else "")
    folder = tmp_path_factory.getbasetemp()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "SIZE", size)
        patch.setattr(blocks, "SIZE", size)
        streamed = ended(folder, query, document.encode("utf-8", "replace"), careful=False)
    assert streamed == ended(folder, query, document.encode("utf-8", "replace"), careful=True)


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(st.tuples(st.text('aäß€🌳"\\,:[]{} 1\n'), st.integers())),
    encoding=st.sampled_from(["utf-8", "utf-8-sig"]),
    indent=st.sampled_from([None, 1]),
    size=st.integers(1, 60),
)
def test_a_table_comes_out_as_it_was_written(
    rows: list[tuple[str, int]],
    encoding: str,
    indent: int | None,
    size: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    document = {"total": len(rows), "features": [{"a": name, "n": number} for name, number in rows], "links": []}
    content = json.dumps(document, ensure_ascii=False, indent=indent).encode(encoding)
    format_ = {"type": "json", "records": "$.features[*]", "encoding": encoding}
    folder = tmp_path_factory.getbasetemp()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "SIZE", size)
        found, back = parsed(folder, format_, content, columns("/a", "/n", "0#"), bounds={"min_rows": 0})
    expected = [[name, str(number), str(n)] for n, (name, number) in enumerate(rows)]
    assert (found.records, values(back)) == (len(rows), expected)


@pytest.mark.parametrize(
    ("query", "names"),
    [("$[*]", []), ("$.*", []), ("$.a.b[*]", ["a", "b"]), ("$['a b'][*]", ["a b"]), ("$", None), ("$.a", None),
     ("$.a[*].b", None), ("$.*.*", None), ("$[0][*]", None), ("$['0'][*]", None), ("$['a','b'][*]", None),
     ("$..a[*]", None), ("$.a[*,*]", None), ("$.a[1:]", None), ("$.a[?@.b == 'c']", None), ("$..*", None)],
)  # fmt: skip
def test_only_names_before_one_wildcard_are_streamed(query: str, names: list[str] | None) -> None:
    assert names_before_wildcard(json_query(query)) == names


def test_a_column_above_the_record_needs_the_whole_document(tmp_path: Path) -> None:
    format_ = {"type": "json", "records": "$.features[*]"}

    def need(*sources: str) -> bool:
        source = example.source(tmp_path, format=format_, columns=columns(*sources), key=["c0"])
        return Columns(source, Findings()).need_parents

    assert not need("/a", "", "0#", "1#", "0/a")
    assert need("/a", "2/date")
    document = '{"features": [{"a": 1}], "date": "2026-01-01"}'
    assert values(parsed(tmp_path, format_, document, columns("/a", "2/date", "1#"))[1]) == [
        ["1", "2026-01-01", "features"]
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"features": [{"a": 1}\n,\n {"a": 2} "x"]}', "all, line 3: is not valid JSON: Expecting ',' delimiter at"),
        ('{"features": [{"a": 1}]', "line 1: is not valid JSON: Expecting ',' delimiter at column 24"),
        ('{"features": [{"a": 1}]} {}', "is not valid JSON: Extra data at column 26"),
        ('{"features": [{"a": 1}], "features": []}', "all: holds the name 'features' twice in one object"),
        ('{"features": {"x": {"a": 1}, "x": 2}}', "all: holds the name 'x' twice in one object"),
        ('{"features": [{"a": 1}], "x": [-Infinity]}', "all: holds -Infinity, which is not a JSON number"),
        ('{"features": [{"a": 1}], "x": ' + "[" * 64 + "]" * 64 + "}", f"all: is nested deeper than {MAX_NESTING}"),
        ('{"features": [' + '{"a":' * 400 + "1" + "}" * 400 + "]}", f"all: is nested deeper than {MAX_NESTING}"),
        ('{"features": "none"}', "all: has a text at $['features'], no object or array"),
        ('[{"a": 1}]', "all: has no 'features' in $, where its records are declared"),
        (" \n", "all: is empty"),
        ('{"features": [{"a": 1}], "b": "ä'.encode("latin-1") + b'"}', "line 1: is not utf-8: invalid continuation"),
        ('{"features": [1, "x"]}', "none of its 2 records has the declared shape"),
    ],
)
def test_what_is_refused(content: str | bytes, reason: str, tmp_path: Path) -> None:
    assert reason in refused(tmp_path, {"type": "json", "records": "$.features[*]"}, content, columns("/a"))


@pytest.mark.parametrize("around", ['{{"features": [{}]}}', '{{"links": [{0}], "features": [{0}]}}'])
def test_memory_does_not_grow_with_the_file(around: str, tmp_path: Path) -> None:
    def peak(count: int) -> int:
        path = tmp_path / "delivered"
        path.write_text(around.format(",".join(f'{{"a": {n}, "b": "{"x" * 1000}"}}' for n in range(count))), "utf-8")
        tracemalloc.start()
        last = deque(parse._records(source, Part(path, "all"), Findings(), careful=False), maxlen=1)
        _, size = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert [record.values for record in last if isinstance(record, Record)] == [[str(count - 1)]]
        return size

    format_ = {"type": "json", "records": "$.features[*]"}
    source = example.source(tmp_path, format=format_, columns=columns("/a"), key=["c0"])
    assert peak(4000) < 3_000_000, "less than the file"
