"""From a row of silver back to the bytes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lakehouse import names
from lakehouse.errors import LakehouseError
from lakehouse.ingest.landing import Receipt
from lakehouse.lake.explain import Explanation, FeedRun, explain, feed_of, lines, parse_key, rules
from lakehouse.spec.source import Source
from tests.support import example
from tests.support.lake import TEXTS, TIMESTAMP, Lake
from tests.support.memory import MemoryStore

FEED, MOMENT = example.FEED, dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
TECHNICAL = {
    "_delivery_id": pa.string(), "_source_object": pa.string(), "_record_number": pa.int64(), "_ingested_at": TIMESTAMP
}  # fmt: skip
SILVER = {
    "tree": pa.string(), "planted": pa.date32(), "quantity": pa.string(), "value": pa.decimal128(5, 2),
    "year": pa.int32(), **TECHNICAL,
}  # fmt: skip
BRONZE = {
    "tree": pa.string(), "planted": pa.string(), "height": pa.string(), "girth": pa.string(),
    "_record_error": pa.string(), "_extra": pa.string(), **TECHNICAL,
}  # fmt: skip
LEDGER = {
    "feed": pa.string(), "run_id": pa.string(), "status": pa.string(), "recorded_at": TIMESTAMP,
    "silver_version": pa.int64(), "inserted": pa.int64(), "updated": pa.int64(), "reason": pa.string(),
    "deliveries": TEXTS, "replayed": TEXTS,
}  # fmt: skip
RECEIPT = Receipt(
    feed=FEED, delivery="d1", file="all.csv", address="http://feeds/trees/all.csv", fetched_at=MOMENT,
    published_at=MOMENT, sha256="ab" * 32, bytes=1234, content_type="text/csv", etag=None, last_modified=None,
    licence=None, run_id="run-1",
)  # fmt: skip


@pytest.fixture
def source(tmp_path: Path) -> Source:
    made = example.source(
        tmp_path,
        columns=[
            {"from": "Baum", "name": "tree", "required": True},
            {"from": "Pflanzung", "name": "planted", "type": "date", "nulls": ["", "-"]},
            {"from": "Höhe", "name": "height"},
            {"from": "Umfang", "name": "girth"},
            {"made_by": "unpivot", "name": "value", "type": "decimal(5,2)", "numbers": {"decimal": ","}},
        ],
        unpivot={"value": "value", "measures": {"height": {"quantity": "h"}, "girth": {"quantity": "g"}}},
        constants={"year": 2026},
        key=["tree", "quantity"],
        scope={"column": "tree", "pattern": "[a-z]+"},
    )
    transform = "def prepare(rows):\n    return _own(rows)\n\n\ndef _own(rows):\n    return rows\n"
    (made.folder / "transform.py").write_text(transform, "utf-8")
    return made


def at(delivery: str, number: int) -> tuple[Any, ...]:
    return delivery, f"s3://raw/{FEED}/{delivery}/all.csv", number, MOMENT


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    made = Lake(tmp_path, monkeypatch)
    day = dt.date(2020, 2, 29)
    made.write(
        "silver", FEED, SILVER,
        ("a", day, "h", Decimal("1.50"), 2026, *at("d1", 1)), ("a", day, "g", None, 2026, *at("d1", 1)),
        *(("b", None, str(n), Decimal(1), 2026, *at("d2", n)) for n in range(11)),
    )  # fmt: skip
    made.write(
        "bronze", FEED, BRONZE,
        ("x", "", "9", "9", None, None, *at("d1", 2)), ("a", "2020-02-29", "1,5", "-", None, None, *at("d1", 1)),
        ("y", "", "8", "8", None, None, *at("d2", 1)),
    )  # fmt: skip
    made.write(
        "ops", "ledger", LEDGER,
        (FEED, "run-3", "committed", MOMENT + dt.timedelta(days=2), 4, 0, 0, None, ["d2"], ["d1"]),
        (FEED, "run-1", "committed", MOMENT, 3, 13, 0, None, ["d1"], []),
        (FEED, "run-2", "rejected", MOMENT + dt.timedelta(days=1), None, 0, 0, "too short", ["d3"], []),
        ("town__river", "run-9", "committed", MOMENT, 1, 1, 0, None, ["d1"], []),
    )  # fmt: skip
    return made


def test_a_row_is_followed_back_to_its_bytes(lake: Lake, store: MemoryStore, source: Source) -> None:
    store.put(names.RAW, f"{FEED}/d1/receipt.json", RECEIPT.model_dump_json().encode())
    (found,) = explain(lake.connection, store, source, {"tree": "a", "quantity": "h"})
    assert found.receipt == RECEIPT
    assert found.record == {
        "tree": "a", "planted": "2020-02-29", "height": "1,5", "girth": "-", "_record_error": None, "_extra": None
    }  # fmt: skip
    assert found.runs == [
        FeedRun("run-1", "committed", MOMENT, 3, 13, 0, None),
        FeedRun("run-3", "committed", MOMENT + dt.timedelta(days=2), 4, 0, 0, None),
    ]
    assert found.transform == ["prepare"]
    assert found.rules == {
        "tree": ["{from: Baum, required: true}", "part of the key", "scope {pattern: '[a-z]+'}"],
        "planted": ["{from: Pflanzung, type: date, nulls: ['', '-']}"],
        "quantity": ["attribute of the measure height", "part of the key"],
        "value": ["{type: 'decimal(5,2)', numbers: {decimal: ','}, made_by: unpivot}",
                  "measure {from: Höhe, name: height}"],
        "year": ["constant"],
    }  # fmt: skip
    text = "\n".join(lines(found))
    for part in (
        "silver.town__tree\n", f"record 1 of s3://raw/{FEED}/d1/all.csv\n", "\n  height: 1,5\n",
        "  from http://feeds/trees/all.csv\n", "  fetched 2026-01-02 03:04:05 UTC, ", f"sha256 {'ab' * 32}\n",
        "sources/town__tree/transform.py: prepare", "run run-1, committed 2026-01-02 03:04:05 UTC: 13 rows inserted",
    ):  # fmt: skip
        assert part in text
    assert "_extra" not in text, "what bronze does not hold is not shown"


def test_a_flag_is_followed_to_its_ranges(tmp_path: Path) -> None:
    rule = {"value": "n", "observed_until": "day", "quantity": "tree", "ranges": {"oak": [0, 9.5]}}
    made = example.source(
        tmp_path,
        columns=[
            {"from": "Baum", "name": "tree"},
            {"from": "Tag", "name": "day", "type": "date"},
            {"from": "Zahl", "name": "n", "type": "int"},
            {"made_by": "plausibility", "name": "trusted"},
        ],
        key=["tree"],
        plausibility=rule,
    )
    said = "plausibility {value: n, observed_until: day, quantity: tree, ranges: {oak: [0.0, 9.5]}}"
    assert list(rules(made, "trusted", {})) == ["{made_by: plausibility}", said]


def test_values_are_compared_in_the_type_of_their_column(lake: Lake, store: MemoryStore, source: Source) -> None:
    found = explain(lake.connection, store, source, {"planted": "2020-02-29", "year": "2026"})
    assert [one.row["quantity"] for one in found] == ["g", "h"]
    assert [one.rules["quantity"][0] for one in found] == [f"attribute of the measure {m}" for m in ("girth", "height")]


def test_what_is_gone_is_said(lake: Lake, store: MemoryStore, source: Source) -> None:
    (found,) = explain(lake.connection, store, source, {"tree": "b", "quantity": "10"})
    assert (found.receipt, found.record) == (None, None)
    assert {"  its receipt is missing", "  bronze does not hold it any more"} <= set(lines(found))


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ({"tree": "c"}, "has no row with {tree: c}"),
        ({"tree": "b"}, "more than 10 rows fit; the key is tree, quantity"),
        ({"trea": "a"}, "silver.town__tree has no column trea; it has tree, planted"),
        ({"planted": "29.02.2020"}, "planted is of type date, '29.02.2020' is not"),
        ({'tree" = "tree': "a"}, "has no column"),
    ],
)
def test_a_key_that_names_no_row_is_an_error(
    key: dict[str, str], said: str, lake: Lake, store: MemoryStore, source: Source
) -> None:
    with pytest.raises(LakehouseError) as refused:
        explain(lake.connection, store, source, key)
    assert said in str(refused.value)


def test_keys_are_pairs() -> None:
    assert parse_key(["a=1", "b=x=y", "c="]) == {"a": "1", "b": "x=y", "c": ""}
    for wrong in (["a"], []):
        with pytest.raises(LakehouseError, match="column=value"):
            parse_key(wrong)


@pytest.mark.parametrize("table", ["town__tree", "bronze.town__tree", "silver.town__oak"])
def test_only_silver_tables_are_explained(table: str, source: Source) -> None:
    assert feed_of("silver.town__tree", source.folder.parent) == source
    with pytest.raises(LakehouseError, match="is not a silver table; there are silver.town__tree"):
        feed_of(table, source.folder.parent)


def test_a_row_without_anything_else_still_prints(source: Source) -> None:
    row = {"tree": "a", "_delivery_id": "d", "_record_number": 1, "_source_object": "s3://raw/x"}
    assert list(lines(Explanation(FEED, row, None, None, {}, [], [])))[1].split() == ["tree", "a"]
