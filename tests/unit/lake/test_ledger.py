"""What a run has to load, read from receipts and the ledger."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from lakehouse import names
from lakehouse.errors import LakehouseError
from lakehouse.ingest import landing
from lakehouse.ingest.landing import Receipt, deliveries
from lakehouse.lake import delta, ledger, ops, sql
from lakehouse.lake.silver_state import silver_state
from tests.support import example
from tests.support.lake import TEXTS, TIMESTAMP, Lake
from tests.support.loopback import Feeds, answer
from tests.support.memory import MemoryStore

FEED = "town__tree"
SETTINGS: Any = SimpleNamespace()
COLUMNS = {
    "feed": pa.string(),
    "parent": pa.string(),
    "status": pa.string(),
    "deliveries": TEXTS,
    "published_until": TIMESTAMP,
}


def day(number: int) -> dt.datetime:
    return dt.datetime(2026, 1, number, tzinfo=dt.UTC)


@pytest.fixture
def landed(store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    """Deliveries of the days 1 to 6: 3 was rejected, 6 is not loaded yet, 5 and 2 were loaded by one run."""
    lake = Lake(tmp_path, monkeypatch)
    monkeypatch.setattr(sql, "connect", lambda *_: nullcontext(lake.connection))
    for number in range(1, 7):
        receipt = Receipt(
            feed=FEED, delivery=f"d{number}", file="all.csv", address="http://feeds/all.csv", fetched_at=day(20),
            published_at=day(number), sha256="0" * 64, bytes=1, content_type="text/csv", etag=None,
            last_modified=None, licence=None, run_id="run",
        )  # fmt: skip
        store.put(names.RAW, f"{FEED}/d{number}/receipt.json", receipt.model_dump_json().encode())
    lake.write(
        "ops", "ledger", COLUMNS,
        (FEED, FEED, "committed", ["d1"], day(1)), (FEED, FEED, "committed", ["d5", "d2"], day(5)),
        (FEED, FEED, "rejected", ["d3"], None), (FEED, FEED, "committed", ["d4"], day(4)),
        ("town__river", None, "committed", ["d6"], day(6)),
    )  # fmt: skip
    return store


def ids(plan: ledger.Plan) -> tuple[list[str], list[str]]:
    return [r.delivery for r in plan.pending], sorted(r.delivery for r in plan.replayed)


def test_a_new_delivery_is_pending_alone(landed: MemoryStore) -> None:
    assert ids(ledger.plan(SETTINGS, landed, FEED, deliveries(landed, FEED))) == (["d6"], [])


def test_what_was_just_landed_is_pending_without_being_read_again(landed: MemoryStore) -> None:
    before = ["d1", "d2", "d3", "d4", "d5"]
    new = Receipt.model_validate_json(landed.get(names.RAW, f"{FEED}/d6/receipt.json"))
    del landed.objects[names.RAW, f"{FEED}/d6/receipt.json"]
    assert ids(ledger.plan(SETTINGS, landed, FEED, before, [new])) == (["d6"], [])


def test_exactly_the_chosen_deliveries_are_loaded_with_the_committed_later_ones_on_top(landed: MemoryStore) -> None:
    assert ids(ledger.chosen(SETTINGS, landed, FEED, ["d2"])) == (["d2"], ["d4", "d5"])
    assert ids(ledger.chosen(SETTINGS, landed, FEED, ["d5", "d2"])) == (["d5", "d2"], ["d4"]), "what lies between too"
    assert ids(ledger.chosen(SETTINGS, landed, FEED, ["d3"])) == (["d3"], ["d4", "d5"]), "a rejected one may be chosen"
    plan = ledger.chosen(SETTINGS, landed, FEED, ["d4", "d1"])
    assert ids(plan) == (["d4", "d1"], ["d2", "d5"])


def test_a_delivery_that_is_not_there_is_named(landed: MemoryStore) -> None:
    with pytest.raises(LakehouseError, match=f"{FEED}: there is no delivery d8, d9"):
        ledger.chosen(SETTINGS, landed, FEED, ["d9", "d2", "d8"])


def test_a_period_takes_everything_in_it(landed: MemoryStore) -> None:
    assert ids(ledger.past(SETTINGS, landed, FEED, day(2), day(3))) == (["d2", "d3"], ["d4", "d5"])
    assert ids(ledger.past(SETTINGS, landed, FEED, day(10), day(11))) == ([], [])


def served(
    store: MemoryStore, feeds: Feeds, folder: Path, file: str, body: bytes, modified: str, stored: list[str]
) -> list[Receipt]:
    fetch = {"connector": "http", "files": [file], "max_bytes": 1000}
    feeds.answers(answer(body=body, Last_Modified=modified))
    return landing.land(store, example.source(folder, fetch=fetch), feeds.base, "run", stored)


@pytest.fixture
def commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[list[Receipt]], None]:
    """Writes receipts into a ledger as a run that committed them would."""
    lake = Lake(tmp_path / "lake", monkeypatch)
    monkeypatch.setattr(sql, "connect", lambda *_: nullcontext(lake.connection))
    lines: list[Any] = []

    def write(receipts: list[Receipt]) -> None:
        lines.append((FEED, FEED, "committed", [r.delivery for r in receipts], max(r.published_at for r in receipts)))
        lake.write("ops", "ledger", COLUMNS, *lines)

    return write


JANUARY, FEBRUARY = "Sat, 02 Jan 2021 00:00:00 GMT", "Tue, 02 Feb 2021 00:00:00 GMT"


def test_a_file_that_was_put_back_is_loaded_on_top(
    store: MemoryStore, feeds: Feeds, tmp_path: Path, commit: Callable[[list[Receipt]], None]
) -> None:
    newer = served(store, feeds, tmp_path, "all.csv", b"new", FEBRUARY, [])
    commit(newer)
    stored = deliveries(store, FEED)
    back = served(store, feeds, tmp_path, "all.csv", b"old", JANUARY, stored)
    assert ledger.plan(SETTINGS, store, FEED, stored, back) == ledger.Plan(back, []), "nothing is applied above it"
    commit(back)
    # whatever is loaded again, in whatever order, ends with what the address serves
    again = ledger.chosen(SETTINGS, store, FEED, [newer[0].delivery])
    assert sorted([*again.pending, *again.replayed], key=lambda one: one.order) == [*newer, *back]
    assert served(store, feeds, tmp_path, "all.csv", b"old", JANUARY, deliveries(store, FEED)) == [], "a duplicate"


def test_an_older_file_that_is_declared_later_is_loaded_below(
    store: MemoryStore, feeds: Feeds, tmp_path: Path, commit: Callable[[list[Receipt]], None]
) -> None:
    newer = served(store, feeds, tmp_path, "2.csv", b"new", FEBRUARY, [])
    commit(newer)
    stored = deliveries(store, FEED)
    older = served(store, feeds, tmp_path, "1.csv", b"old", JANUARY, stored)
    plan = ledger.plan(SETTINGS, store, FEED, stored, older)
    assert plan == ledger.Plan(older, newer)
    assert sorted([*plan.pending, *plan.replayed], key=lambda one: one.order) == [*older, *newer]


MEASURES, MILESTONES, STRATEGY = "vest__measure", "vest__milestone", "vest__strategie"
SNAPSHOT = SimpleNamespace(kind="snapshot")
TABLES: Any = [SimpleNamespace(id=feed, delivery=STRATEGY, load=SNAPSHOT) for feed in (MEASURES, MILESTONES)]


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """A lake whose ledger has no line yet."""
    lake = Lake(tmp_path / "lake", monkeypatch)
    monkeypatch.setattr(delta, "storage", lambda _: {})
    monkeypatch.setattr(sql, "connect", lambda *_: nullcontext(lake.connection))
    delta.create(SETTINGS, "ops", "ledger", ops.LEDGER)
    return lake


def entry(feed: str, run: str, deliveries: list[str], **more: Any) -> ledger.Entry:
    made = ledger.Entry(
        feed=feed, parent=STRATEGY, run_id=run, status="committed", reason=None, deliveries=deliveries, replayed=[],
        published_until=day(2),
    )  # fmt: skip
    return replace(made, **more)


def lines(lake: Lake) -> list[tuple[Any, ...]]:
    return lake.connection.execute(
        f"SELECT feed, parent, table_name, run_id, status, deliveries FROM {sql.scan(ledger.LEDGER)} ORDER BY ALL"
    ).fetchall()


def keep_receipts(store: MemoryStore, *published: int) -> None:
    for number in published:
        receipt = Receipt(
            feed=STRATEGY, delivery=f"d{number}", file="a.xlsx", address=f"inbox/05562024/{STRATEGY}/2025-H1/a.xlsx",
            fetched_at=day(20), published_at=day(number), sha256="0" * 64, bytes=1, content_type="x", etag=None,
            last_modified=None, licence=None, run_id="run",
        )  # fmt: skip
        store.put(names.RAW, f"{STRATEGY}/d{number}/receipt.json", receipt.model_dump_json().encode())


def test_the_entries_of_all_tables_are_written_once_and_settle_their_delivery(store: MemoryStore, empty: Lake) -> None:
    keep_receipts(store, 1, 2, 3)
    stored = deliveries(store, STRATEGY)
    assert ids(ledger.plan(SETTINGS, store, STRATEGY, stored)) == (["d1", "d2", "d3"], [])
    both = [entry(MEASURES, "run 1", ["d2"], inserted=3, parsed=3), entry(MILESTONES, "run 1", ["d2"])]
    for _ in range(2):
        ledger.record(SETTINGS, empty.connection, both)
    expected = [(feed, STRATEGY, f"silver.{feed}", "run 1", "committed", ["d2"]) for feed in (MEASURES, MILESTONES)]
    assert lines(empty) == expected
    assert empty.connection.execute(
        f"SELECT count(DISTINCT recorded_at) FROM {sql.scan(ledger.LEDGER)}"
    ).fetchall() == [(1,)]
    assert ids(ledger.plan(SETTINGS, store, STRATEGY, stored)) == (["d1", "d3"], ["d2"]), "once, though of two tables"
    for other in ([entry(feed, "run 1", ["d1"]) for feed in (MEASURES, MILESTONES)], [both[0]]):
        ledger.record(SETTINGS, empty.connection, other)
    assert len(lines(empty)) == 4, "another delivery of the same run is another thing"
    assert ids(ledger.plan(SETTINGS, store, STRATEGY, stored)) == (["d3"], [])
    # a table is not delivered, and its feed's name settles nothing
    assert ids(ledger.plan(SETTINGS, store, MEASURES, ["d9"])) == ([], [])


def test_a_delivery_that_cannot_be_loaded_is_settled_for_all_its_tables_at_once(
    store: MemoryStore, empty: Lake
) -> None:
    keep_receipts(store, 1, 2)
    for _ in range(2):
        ledger.reject(SETTINGS, ledger.rejections(TABLES, "run 1", ["d1"], "no header"))
    assert lines(empty) == [(t.id, STRATEGY, f"silver.{t.id}", "run 1", "rejected", ["d1"]) for t in TABLES]
    assert ids(ledger.plan(SETTINGS, store, STRATEGY, ["d1", "d2"])) == (["d2"], [])
    assert silver_state(empty.connection) == {}, "a rejection changes no table"


def test_each_table_of_a_delivery_has_a_state_of_its_own(empty: Lake) -> None:
    for run, delivery, version, kept in (("run 1", "d1", 1, 3), ("run 2", "d2", 2, 0)):
        measures = entry(MEASURES, run, [delivery], parsed=3, inserted=3, silver_version=version)
        milestones = entry(MILESTONES, run, [delivery], parsed=3, inserted=kept, unchanged=3 - kept, silver_version=1)
        assert measures.conserved and milestones.conserved
        ledger.record(SETTINGS, empty.connection, [measures, milestones])
    found = silver_state(empty.connection)
    assert {feed: (state.version, state.rows, state.deliveries, state.runs) for feed, state in found.items()} == {
        MEASURES: (2, 6, ["d1", "d2"], ["run 1", "run 2"]),
        MILESTONES: (1, 3, ["d1", "d2"], ["run 1", "run 2"]),
    }
    assert [change.deliveries for change in found[MILESTONES].since(0)] == [["d1"]]


def test_what_each_delivery_did_comes_back_and_an_old_line_says_what_all_did(empty: Lake) -> None:
    marl = {"ags": "05562024", "period": "2025-H1"}
    effects = json.dumps([
        {"delivery": "d2", "scope": marl, "inserted": 1, "updated": 0, "removed": 0, "late": False},
        {"delivery": "d3", "scope": {}, "inserted": 0, "updated": 2, "removed": 0, "late": True},
    ])  # fmt: skip
    for version, made in enumerate([
        entry(MEASURES, "run 1", ["d1"], inserted=1),
        entry(MEASURES, "run 2", ["d2", "d3", "d4"], inserted=1, updated=2, effects=effects),
        entry(MEASURES, "run 3", ["d5", "d6"], updated=1),
        entry(MEASURES, "run 4", ["d4"], inserted=1),
        entry(MEASURES, "run 5", ["d7"], unchanged=1),
    ]):  # fmt: skip
        ledger.record(SETTINGS, empty.connection, [replace(made, silver_version=min(version, 3) + 1)])
    state = silver_state(empty.connection)[MEASURES]
    assert [(c.delivery, c.kind, c.scope) for c in state.causes(1)] == [
        ("d2", "new", marl), ("d3", "late", {}), ("d5", "correction", {}), ("d6", "correction", {}),
        ("d4", "reloaded", {}),
    ]  # fmt: skip
    assert state.causes(4) == []
