"""The quarantine as an operator reads it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pytest

from lakehouse import names
from lakehouse.errors import LakehouseError
from lakehouse.lake import quarantine
from tests.support.lake import TEXTS, TIMESTAMP, Lake
from tests.support.memory import MemoryStore

FEED = "town__tree"
COLUMNS = {
    "_delivery_id": pa.string(), "_source_object": pa.string(), "_record_number": pa.int64(),
    "_ingested_at": TIMESTAMP, "run_id": pa.string(), "reasons": TEXTS, "raw": pa.string(),
}  # fmt: skip
FIRST, SECOND = dt.datetime(2026, 1, 1, 4, tzinfo=dt.UTC), dt.datetime(2026, 2, 1, 4, tzinfo=dt.UTC)
HEIGHT = "height: is not a number written 1234,5 that fits decimal(5,2)"
KEY = "the key comes twice in this delivery with different content"
MISSING, WIDE = "tree: is missing", "the record has 5 fields, the header has 4"


def row(delivery: str, number: int, at: dt.datetime, *reasons: str) -> tuple[object, ...]:
    return delivery, f"s3://raw/{FEED}/{delivery}/all.csv", number, at, "run", list(reasons), f"raw {number}"


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    made = Lake(tmp_path, monkeypatch)
    made.write(
        "quarantine", FEED, COLUMNS,
        row("d2", 7, SECOND, HEIGHT.replace(" ", " 'it's 5' is tall' ", 1), MISSING),
        row("d1", 9, FIRST, HEIGHT.replace(" ", " 'x\ny' ", 1)),
        row("d1", 3, FIRST, "the key (a (b), 2020) comes twice in this delivery with different content"),
        row("d1", 4, FIRST, WIDE),
        row("d1", 5, FIRST, "species: 'O'Neill' does not match [A-Z]+"),
    )  # fmt: skip
    made.write("quarantine", "town__river", COLUMNS)
    return made


def test_the_summary_groups_reasons_without_what_was_delivered(lake: Lake) -> None:
    found = quarantine.summary(lake.connection, FEED)
    assert found == quarantine.Summary(
        FEED, 5, 2, {HEIGHT: 2, "species: does not match [A-Z]+": 1, KEY: 1, WIDE: 1, MISSING: 1}, FIRST, SECOND
    )
    assert list(found.reasons)[0] == HEIGHT, "the most frequent first"


def test_an_empty_quarantine_has_no_summary(lake: Lake) -> None:
    assert quarantine.summary(lake.connection, "town__river") is None
    assert quarantine.deliveries(lake.connection, "town__river") == []


def test_rows_are_shown_in_the_order_of_the_deliveries(lake: Lake) -> None:
    found = quarantine.refused(lake.connection, FEED, None, 3)
    assert [(one.source_object.split("/")[-2], one.record_number) for one in found] == [("d1", 3), ("d1", 4), ("d1", 5)]
    assert found[1] == quarantine.Refused(f"s3://raw/{FEED}/d1/all.csv", 4, [WIDE], "raw 4")


@pytest.mark.parametrize(
    ("reason", "records"), [(HEIGHT, [9, 7]), ("x\ny", [9]), ("is missing", [7]), (KEY, [3]), ("nothing like it", [])]
)
def test_rows_are_chosen_by_rule_or_by_quoted_text(lake: Lake, reason: str, records: list[int]) -> None:
    assert [one.record_number for one in quarantine.refused(lake.connection, FEED, reason, 20)] == records


def test_what_is_replayed_are_the_deliveries_with_refused_rows(lake: Lake) -> None:
    assert quarantine.deliveries(lake.connection, FEED) == ["d1", "d2"]


def test_a_feed_without_a_quarantine_is_named_with_those_that_have_one(store: MemoryStore) -> None:
    store.put(names.LAKE, f"quarantine/{FEED}/_delta_log/0.json", b"")
    store.put(names.LAKE, "silver/town__river/_delta_log/0.json", b"")
    quarantine.check_feed(store, FEED)
    with pytest.raises(LakehouseError, match=f"town__river has no quarantine; there are {FEED}"):
        quarantine.check_feed(store, "town__river")


def test_what_a_delivery_has_there_is_read_in_its_order_and_not_endlessly(lake: Lake) -> None:
    found = quarantine.of_delivery(lake.connection, FEED, "d1", 2)
    assert [number for number, _ in found] == [3, 4]
    assert found[1] == (4, [WIDE])
