"""Freshness, lateness and outages, without a lake; then the same from Delta tables and recorded fetches."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lakehouse import names
from lakehouse.errors import SpecError
from lakehouse.ingest import fetch_log
from lakehouse.ingest.fetch_log import Attempt, Outage, outages
from lakehouse.ingest.landing import Receipt
from lakehouse.lake.health import Freshness, Health, LastRun, check, judge, late_before, newly_late
from lakehouse.spec.source import Source
from tests.support import example
from tests.support.lake import TIMESTAMP, Lake
from tests.support.memory import MemoryStore

NOW = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)
COLUMNS = [
    {"from": "Baum", "name": "tree", "required": True},
    {"from": "Ort", "name": "place"},
    {"from": "Zeit", "name": "measured_at", "type": "timestamp"},
]
PROMISE = {"cadence_days": 1, "grace_days": 0.5, "partition": "place", "observed": "measured_at"}


def ago(**spans: float) -> dt.datetime:
    return NOW - dt.timedelta(**spans)


def feed(folder: Path, **changes: Any) -> Source:
    return example.source(folder, columns=COLUMNS, **{"health": PROMISE, **changes})


def last_run(published_at: dt.datetime | None) -> LastRun:
    return LastRun(published_at, "run-9", "committed", ago(hours=1), 100, 3)


def test_each_partition_has_its_own_deadline(tmp_path: Path) -> None:
    freshness = [Freshness("Marl", ago(days=3), ago(days=2)), Freshness("Herten", ago(hours=30), ago(hours=29))]
    marl, herten = judge(feed(tmp_path), last_run(ago(hours=29)), freshness, [], None, NOW)
    assert (marl.partition_value, marl.deadline, marl.is_late, marl.lateness_days) == ("Marl", ago(days=1.5), True, 1.5)
    assert (herten.deadline, herten.is_late, herten.lateness_days) == (ago(hours=-6), False, 0)
    assert (marl.last_published_at, marl.last_observed_at) == (ago(days=2), ago(days=3))
    assert (marl.owner, marl.last_run_read, marl.last_run_quarantined) == ("Parks office", 100, 3)


def test_a_backfill_of_an_old_period_makes_nothing_look_fresh(tmp_path: Path) -> None:
    # loaded an hour ago, and published yesterday by a server that says so of every old file
    old = [Freshness("Marl", ago(days=400), ago(days=1))]
    (line,) = judge(feed(tmp_path), last_run(ago(days=1)), old, [Attempt(ago(hours=1), "ok")], None, NOW)
    assert line.is_late and line.lateness_days == 398.5
    # without `observed` it is the publication that counts, not the run
    plain = feed(tmp_path, health={"cadence_days": 1})
    (line,) = judge(plain, last_run(ago(days=400)), [], [Attempt(ago(hours=1), "ok")], None, NOW)
    assert line.is_late and line.lateness_days == 399


def test_exactly_at_the_deadline_nothing_is_late(tmp_path: Path) -> None:
    source = feed(tmp_path, health={"cadence_days": 1})
    assert not judge(source, last_run(ago(days=1)), [], [], None, NOW)[0].is_late
    assert judge(source, last_run(ago(days=1, seconds=1)), [], [], None, NOW)[0].is_late


def test_an_expected_partition_that_never_came_is_late(tmp_path: Path) -> None:
    source = feed(tmp_path, expects={"column": "place", "values": ["Marl", "Herten"]})
    freshness = [Freshness("Marl", ago(hours=1), ago(hours=1)), Freshness("Datteln", ago(hours=1), ago(hours=1))]
    lines = judge(source, last_run(ago(hours=1)), freshness, [Attempt(ago(days=9), "ok")], None, NOW)
    assert {line.partition_value: line.is_late for line in lines} == {"Marl": False, "Datteln": False, "Herten": True}


def test_a_feed_that_was_asked_in_vain_is_due_after_the_first_question(tmp_path: Path) -> None:
    source = feed(tmp_path, health={"cadence_days": 1})
    attempts = [Attempt(ago(days=3), "failed"), Attempt(ago(hours=1), "failed")]
    (line,) = judge(source, None, [], attempts, "the server answered 500", NOW)
    assert (line.lateness_days, line.last_failure, line.failing_since) == (2, "the server answered 500", ago(days=3))
    assert line.last_run_id is None and line.last_published_at is None
    assert "nothing ever came, the source has not answered since 2026-03-07 12:00" in line.sentence


def test_a_feed_that_promises_nothing_is_never_late(tmp_path: Path) -> None:
    (line,) = judge(feed(tmp_path, health=None), last_run(ago(days=4000)), [], [], None, NOW)
    assert (line.deadline, line.is_late, line.cadence_days) == (None, False, None)
    assert line.last_published_at == ago(days=4000)


def test_an_outage_lasts_from_the_first_failure_to_the_next_answer() -> None:
    history = [
        Attempt(ago(hours=90), "ok"), Attempt(ago(hours=80), "failed"), Attempt(ago(hours=79), "failed"),
        Attempt(ago(hours=70), "unchanged"), Attempt(ago(hours=60), "ok"), Attempt(ago(hours=5), "failed"),
        Attempt(ago(hours=1), "failed"),
    ]  # fmt: skip
    found = outages(history)
    assert found == [Outage(ago(hours=80), ago(hours=70)), Outage(ago(hours=5), None)]
    assert [outage.hours(NOW) for outage in found] == [10, 5]
    assert outages([]) == outages([Attempt(NOW, "ok")]) == []


def test_outages_are_counted_within_the_window(tmp_path: Path) -> None:
    attempts = [
        Attempt(ago(days=200), "failed"), Attempt(ago(days=199), "ok"), Attempt(ago(days=91), "failed"),
        Attempt(ago(days=89), "ok"), Attempt(ago(hours=10), "failed"), Attempt(ago(hours=8), "ok"),
    ]  # fmt: skip
    (line,) = judge(feed(tmp_path, health=None), None, [], attempts, None, NOW)
    assert (line.outages, line.outage_hours, line.longest_outage_hours, line.failing_since) == (2, 50, 48, None)


def test_one_lateness_is_one_alert(tmp_path: Path) -> None:
    lines = judge(
        feed(tmp_path), last_run(NOW),
        [Freshness("Marl", ago(days=3), NOW), Freshness("Herten", ago(days=5), NOW), Freshness("Waltrop", NOW, NOW)],
        [], None, NOW,
    )  # fmt: skip
    news = newly_late(lines, {("town__tree", "Marl"), ("town__tree", None)})
    assert [line.partition_value for line in news] == ["Herten"]
    assert news[0].sentence == (
        "town__tree (Herten) is late: it was due by 2026-03-07 00:00 UTC (every 1 days and 0.5 days of grace), "
        "the last data are of 2026-03-05 12:00 UTC. Owner: Parks office."
    )


@pytest.mark.parametrize(
    ("health", "reason"),
    [
        ({"cadence_days": 1, "partition": "place"}, "needs health.observed"),
        ({"cadence_days": 1, "observed": "place"}, "a column of type date or timestamp"),
    ],
)
def test_a_promise_that_cannot_be_checked_is_refused(health: dict[str, Any], reason: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=reason):
        feed(tmp_path, health=health)


def test_attempts_are_recorded_and_read_in_order(store: MemoryStore) -> None:
    made = [fetch_log.record(store, "town__tree", "run-1", outcome, why) for outcome, why in
            (("failed", "no route"), ("ok", ""), ("unchanged", ""))]  # fmt: skip
    fetch_log.record(store, "town__trees", "run-1", "failed", "another feed")
    assert fetch_log.history(store, "town__tree") == made
    assert fetch_log.sentence(store, "town__tree", made[0]) == "no route"
    body = json.loads(next(iter(store.objects.values())))
    assert body == {
        "feed": "town__tree", "run_id": "run-1", "at": made[0].at.isoformat(), "outcome": "failed",
        "sentence": "no route",
    }  # fmt: skip


LEDGER = {
    "feed": pa.string(), "run_id": pa.string(), "status": pa.string(), "parsed": pa.int64(),
    "quarantined": pa.int64(), "published_until": TIMESTAMP, "recorded_at": TIMESTAMP,
}  # fmt: skip
SILVER = {"tree": pa.string(), "place": pa.string(), "measured_at": TIMESTAMP, "_delivery_id": pa.string()}


def test_the_lines_of_a_lake(store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(tmp_path / "lake", monkeypatch)
    lake.write(
        "ops", "ledger", LEDGER,
        ("town__tree", "run-1", "committed", 50, 0, ago(days=1), ago(days=1)),
        # a backfill, and a later run that was rejected
        ("town__tree", "run-2", "committed", 40, 2, ago(days=300), ago(hours=2)),
        ("town__tree", "run-3", "rejected", 0, 0, None, ago(hours=1)),
        ("town__oak", "run-1", "committed", 1, 0, ago(days=2), ago(days=2)),
        ("town__oak", "run-2", "committed", 1, 0, ago(days=300), ago(hours=2)),
    )  # fmt: skip
    lake.write(
        "silver", "town__tree", SILVER,
        ("a", "Marl", ago(days=1), "d2"), ("b", "Marl", ago(days=9), "d1"), ("c", "Herten", ago(days=9), "d1"),
        ("d", "Herten", NOW + dt.timedelta(days=3), "d2"), ("e", "Herten", None, "d2"), ("f", None, NOW, "d2"),
    )  # fmt: skip
    for delivery, published in (("d1", ago(days=8)), ("d2", ago(days=1))):
        receipt = Receipt(
            feed="town__tree", delivery=delivery, file="all.csv", address="http://feeds/all.csv", fetched_at=NOW,
            published_at=published, sha256="0" * 64, bytes=1, content_type="text/csv", etag=None, last_modified=None,
            licence=None, run_id="run-1",
        )  # fmt: skip
        store.put(names.RAW, f"town__tree/{delivery}/receipt.json", receipt.model_dump_json().encode())
    fetch_log.record(store, "town__tree", "run-3", "failed", "no route")
    sources = {
        "town__tree": feed(tmp_path),
        "town__oak": example.source(tmp_path, "town__oak", health={"cadence_days": 1}),
        "town__elm": example.source(tmp_path, "town__elm"),
    }
    herten, marl, oak, elm = check(lake.connection, store, sources, NOW)
    assert (marl.partition_value, marl.last_observed_at, marl.last_published_at, marl.is_late) == (
        "Marl", ago(days=1), ago(days=1), False,
    )  # fmt: skip
    assert (herten.last_observed_at, herten.last_published_at, herten.is_late) == (ago(days=9), ago(days=8), True)
    assert (marl.last_run_id, marl.last_run_status, marl.last_run_at) == ("run-3", "rejected", ago(hours=1))
    assert (marl.last_fetch_outcome, marl.last_failure) == ("failed", "no route")
    assert (oak.last_published_at, oak.lateness_days, oak.last_run_id) == (ago(days=2), 1, "run-2")
    assert (elm.feed, elm.last_run_id, elm.last_fetch_at, elm.deadline) == ("town__elm", None, None, None)


def test_what_was_late_at_the_last_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(tmp_path, monkeypatch)
    columns = {"feed": pa.string(), "partition_value": pa.string(), "is_late": pa.bool_()}
    lake.write("ops", "source_health", columns)
    assert late_before(lake.connection) == set()
    lake.write("ops", "source_health", columns, ("a", None, True), ("b", "Marl", True), ("b", "Herten", False))
    assert late_before(lake.connection) == {("a", None), ("b", "Marl")}


def test_the_table_has_the_columns_that_are_written() -> None:
    from lakehouse.lake.ops import SOURCE_HEALTH

    assert list(Health.__dataclass_fields__) == list(SOURCE_HEALTH)
