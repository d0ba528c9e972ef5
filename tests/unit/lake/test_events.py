"""Deliveries of events: how far a run came is all that is remembered, and nothing before it is looked at again."""

from __future__ import annotations

import datetime as dt
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from lakehouse import names
from lakehouse.ingest import landing
from lakehouse.ingest.landing import Bridged, Receipt
from lakehouse.lake import bridged, deliveries, delta, events, ledger, ops, spans, sql
from lakehouse.lake.deliveries import Counts
from lakehouse.lake.ledger import Entry
from lakehouse.lake.silver_state import silver_state
from lakehouse.settings import CHECKOUT
from lakehouse.spec.discovery import load_delivery
from tests.support.lake import Lake
from tests.support.memory import MemoryStore

SETTINGS: Any = type("Settings", (), {"release_retention_days": 400})()
FEED, READING = "lorawan__uplink", "lorawan__reading"
TABLES = load_delivery(CHECKOUT / "sources", FEED)
NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def delivery(minute: int) -> str:
    return f"{NOON + dt.timedelta(minutes=minute):%Y%m%dT%H%M%S%f}Z-0123456789ab"


def keep(store: MemoryStore, *minutes: int) -> list[Receipt]:
    """Lands a batch at each of some minutes after noon."""
    made = [
        Receipt(
            feed=FEED, delivery=delivery(minute), file="messages.jsonl.gz", address="mqtts://broker",
            fetched_at=NOON + dt.timedelta(minutes=minute), published_at=NOON + dt.timedelta(minutes=minute),
            sha256="0" * 64, bytes=1, content_type="application/gzip", etag=None, last_modified=None, licence=None,
            run_id="bridge",
        )
        for minute in minutes
    ]  # fmt: skip
    for receipt in made:
        store.put(names.RAW, receipt.object_key, b"")
        body = receipt.model_dump_json().encode()
        store.put(names.RAW, f"{FEED}/{receipt.delivery}/{names.RECEIPT}", body)
    return made


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """A lake whose ledger has no line yet."""
    made = Lake(tmp_path / "lake", monkeypatch)
    monkeypatch.setattr(delta, "storage", lambda _: {})
    monkeypatch.setattr(sql, "connect", lambda *_: nullcontext(made.connection))
    delta.create(SETTINGS, "ops", "ledger", ops.LEDGER)
    return made


def commit(lake: Lake, run: str, *minutes: int, version: int = 1, inserted: int = 1) -> None:
    """A run of these batches reaches the ledger, with a line for each table."""
    ids = [delivery(minute) for minute in minutes]
    entries = [
        Entry(
            feed=table.id, parent=FEED, run_id=run, status="committed", reason=None,
            deliveries=ledger.named(table, ids), replayed=[], parsed=inserted, inserted=inserted,
            silver_version=version, published_until=NOON + dt.timedelta(minutes=minutes[-1]),
        )
        for table in TABLES
    ]  # fmt: skip
    ledger.record(SETTINGS, lake.connection, entries)


def planned(store: MemoryStore) -> list[str]:
    plan = events.plan(SETTINGS, store, FEED)
    assert plan.replayed == []
    return [receipt.delivery for receipt in plan.pending]


def test_a_run_takes_what_was_landed_since_the_last_one(store: MemoryStore, lake: Lake) -> None:
    keep(store, 0, 1, 2)
    assert planned(store) == [delivery(0), delivery(1), delivery(2)]
    commit(lake, "run 1", 0, 1)
    assert planned(store) == [delivery(2)]
    # a batch without a receipt is none: a bridge that was killed before it wrote one lands its messages again
    store.put(names.RAW, f"{FEED}/{delivery(3)}/messages.jsonl.gz", b"")
    commit(lake, "run 2", 2)
    assert planned(store) == []
    keep(store, 4)
    assert planned(store) == [delivery(4)]


def test_nothing_before_the_last_run_is_listed(store: MemoryStore, lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(store, *range(50))
    commit(lake, "run 1", *range(48))
    listed: list[str] = []
    keys = store.list

    def noted(*where: Any, **how: Any) -> Any:
        for key in keys(*where, **how):
            listed.append(key)
            yield key

    monkeypatch.setattr(store, "list", noted)
    assert planned(store) == [delivery(48), delivery(49)]
    assert len(listed) == 4, "two objects of each of two batches"


def test_a_run_is_bounded_and_leaves_the_rest_to_the_next(
    store: MemoryStore, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "AT_MOST", 2)
    keep(store, 0, 1, 2)
    assert planned(store) == [delivery(0), delivery(1)]
    commit(lake, "run 1", 0, 1)
    assert events.open_since(SETTINGS, store, FEED, "") == (delivery(1), True)
    assert planned(store) == [delivery(2)]
    commit(lake, "run 2", 2)
    assert events.open_since(SETTINGS, store, FEED, delivery(1)) == (delivery(2), False)


def test_a_rejected_batch_is_settled_with_the_others(store: MemoryStore, lake: Lake) -> None:
    keep(store, 0, 1, 2)
    ledger.reject(SETTINGS, ledger.rejections(TABLES, "run 1", [delivery(2)], "is broken"))
    assert planned(store) == [], "so it must not be written before the others are"


def test_a_backfill_takes_a_period_whatever_was_settled(store: MemoryStore, lake: Lake) -> None:
    keep(store, 0, 1, 2, 3)
    commit(lake, "run 1", 0, 1, 2, 3)
    from_, until = NOON + dt.timedelta(minutes=1), NOON + dt.timedelta(minutes=2, seconds=30)
    assert [receipt.delivery for receipt in events.past(store, FEED, from_, until).pending] == [
        delivery(1),
        delivery(2),
    ]
    chosen = ledger.chosen(SETTINGS, store, FEED, [delivery(0)])
    assert (len(chosen.pending), chosen.replayed) == (1, []), "events change nothing, so none is applied on top"


def test_figures_are_due_once_an_hour(lake: Lake) -> None:
    landed = [NOON + dt.timedelta(minutes=minute) for minute in (5, 59, 61, 119, 300)]
    told = []
    for number, at in enumerate(landed):
        run = f"run {number}"
        for _ in range(2):
            due = events.begins_an_hour(SETTINGS, FEED, run, at)
        told.append(due)
        commit(lake, run, round((at - NOON) / dt.timedelta(minutes=1)))
        assert events.begins_an_hour(SETTINGS, FEED, run, at) == due, "a retry answers the same"
    assert told == [True, False, True, False, True]


def test_the_state_of_events_is_one_span_and_the_commits_that_were_asked_for(lake: Lake) -> None:
    for version, minutes in enumerate(((0, 1), (2,), (3, 4, 5)), 1):
        commit(lake, f"run {version}", *minutes, version=version, inserted=len(minutes))
    state = silver_state(lake.connection, {READING: 2})[READING]
    assert (state.version, state.rows, state.deliveries) == (3, 6, [f"{delivery(0)}..{delivery(5)}"])
    assert [commit.version for commit in state.commits] == [3]
    assert [(cause.delivery, cause.kind) for cause in state.causes(2)] == [(f"{delivery(3)}..{delivery(5)}", "new")]
    whole = silver_state(lake.connection)[READING]
    assert [cause.delivery for cause in whole.causes(0)] == [f"{delivery(0)}..{delivery(5)}"]


def test_spans_of_one_feed_are_joined() -> None:
    assert spans.joined(["b..c", "a..a", "d..f"]) == ["a..f"]
    assert spans.joined(["b", "a", "a"]) == ["a", "b"]


def test_a_run_of_many_batches_is_one_line_of_ops_deliveries(store: MemoryStore, lake: Lake) -> None:
    receipts = keep(store, 0, 1, 2)
    one = Counts(read=3, taken=2, quarantined=1, duplicate=0, filtered=0, inserted=2, updated=0, unchanged=0, removed=0)
    counts = {receipt.delivery: {table.id: one for table in TABLES} for receipt in receipts[:2]}
    rejected: Any = {delivery(2): ledger.LakehouseError("is broken")}
    for _ in range(2):
        deliveries.record(SETTINGS, TABLES, "run 1", receipts, rejected, counts)
    rows = lake.connection.execute(
        f"SELECT delivery, outcome, read, inserted FROM {sql.scan(lake.uri('ops', 'deliveries'))}"
        f" WHERE feed = '{READING}' ORDER BY 1"
    ).fetchall()
    assert rows == [
        (f"{delivery(0)}..{delivery(1)}", "partly", 6, 4),
        (delivery(2), "rejected", None, 0),
    ]


def test_what_the_bridge_told_of_a_run_s_batches_is_one_line_of_ops_bridged(lake: Lake, store: MemoryStore) -> None:
    told = [
        Bridged(messages=3, lag_seconds=2.1, refused={"too large": 1}, reconnects=0),
        Bridged(messages=4, lag_seconds=9.5, refused={"wrong topic": 2, "too large": 1}, reconnects=2),
        None,
    ]
    receipts = [
        receipt.model_copy(update={"bridge": bridge})
        for receipt, bridge in zip(keep(store, 0, 1, 2), told, strict=True)
    ]
    for run in ("run 1", "run 1", "run 2"):
        bridged.record(SETTINGS, run, receipts)
    bridged.record(SETTINGS, "run 3", receipts[2:])
    rows = lake.connection.execute(
        f"""SELECT run_id, feed, deliveries, landed_until - landed_from, batches, messages, bytes, lag_seconds, refused,
        refused_because, reconnects FROM {sql.scan(lake.uri("ops", "bridged"))} ORDER BY 1"""
    ).fetchall()
    row = (
        FEED,
        f"{delivery(0)}..{delivery(1)}",
        dt.timedelta(minutes=1),
        2,
        7,
        2,
        9.5,
        4,
        "2 too large, 2 wrong topic",
        2,
    )
    assert rows == [("run 1", *row), ("run 2", *row)]


def test_deliveries_are_listed_behind_one_by_their_receipts(store: MemoryStore) -> None:
    keep(store, 0, 1)
    assert list(landing.landed_after(store, FEED, "")) == [delivery(0), delivery(1)]
    assert list(landing.landed_after(store, FEED, delivery(0))) == [delivery(1)]
