"""What a build reads, and how long it waits for runs that are about to commit."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from lakehouse.ingest import lease
from lakehouse.lake import build_plan, delta, ops, release, sql
from lakehouse.lake.dbt_artifacts import awaited_feeds, staged_feeds
from lakehouse.lake.release import Manifest, SilverPin
from lakehouse.lake.silver_state import SilverState
from lakehouse.settings import CHECKOUT
from lakehouse.storage import ObjectStore
from tests.support.lake import TEXTS, Lake
from tests.support.memory import MemoryStore

GVISYS, BROADBAND = "gvisys__municipality", "breitbandatlas__household_coverage"
# no mart reads it
OTHER = "ozg_nrw__municipality"
SETTINGS: Any = SimpleNamespace(sources_dir=CHECKOUT / "sources", release_retention_days=400)
COLUMNS = {
    "feed": pa.string(), "run_id": pa.string(), "status": pa.string(), "deliveries": TEXTS, "replayed": TEXTS,
    "silver_version": pa.int64(), "inserted": pa.int64(), "updated": pa.int64(), "removed": pa.int64(),
    "effects": pa.string(),
}  # fmt: skip


class Region:
    """A ledger, a store and a clock that only moves while somebody waits; `later` happens during those waits."""

    def __init__(self, root: Path, store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
        self.store, self.lake = store, Lake(root, monkeypatch)
        self.rows: list[tuple[Any, ...]] = []
        self.now, self.later = 0.0, list[Callable[[], None]]()
        monkeypatch.setattr(delta, "storage", lambda _: {})
        monkeypatch.setattr(sql, "connect", lambda *_: nullcontext(self.lake.connection))
        monkeypatch.setattr(ObjectStore, "for_role", lambda *_: store)
        monkeypatch.setattr(build_plan, "time", SimpleNamespace(monotonic=lambda: self.now, sleep=self._sleep))

    def _sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.later:
            self.later.pop(0)()

    def commit(
        self,
        feed: str,
        run: str,
        delivery: str,
        version: int,
        inserted: int = 1,
        removed: int = 0,
        replayed: tuple[str, ...] = (),
        effects: str | None = None,
    ) -> None:
        """A run of a feed reaches the ledger."""
        self.rows.append((feed, run, "committed", [delivery], list(replayed), version, inserted, 0, removed, effects))
        self.lake.write("ops", "ledger", COLUMNS, *self.rows)

    def release(self, plan: build_plan.BuildPlan) -> None:
        """A release that holds what was planned."""
        last = release.latest(self.store)
        made = Manifest(
            release=last.release + 1 if last else 1,
            previous=release.seal(self.store, last.release) if last else None,
            run_id="r",
            created_at=dt.datetime.now(dt.UTC),
            code=plan.code,
            marts={},
            publications=[],
            feeds={},
            silver={feed: SilverPin(version=v, uri=feed) for feed, v in plan.pins.items()},
        )
        assert release.add(self.store, made)
        release.switch(self.store, made.release)


@pytest.fixture
def region(tmp_path: Path, store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> Region:
    """Every feed that a release waits for was committed once, by run 1, with two rows."""
    made = Region(tmp_path, store, monkeypatch)
    for feed in awaited_feeds(build_plan.DBT_DIR):
        made.commit(feed, "run 1", "d1", 1, inserted=2)
    return made


def test_a_build_reads_what_is_committed(region: Region) -> None:
    plan = build_plan.decide(SETTINGS)
    awaited = awaited_feeds(build_plan.DBT_DIR)
    assert plan.nothing_to_do is None
    silver = {feed: int(feed in awaited) for feed in staged_feeds(build_plan.DBT_DIR)}
    assert plan.pins == silver | {"ops__deliveries": 0}
    assert plan.deliveries == {feed: ["d1"] for feed in awaited}
    assert plan.rows == dict.fromkeys(awaited, 2)
    assert plan.released == {}


def test_the_first_release_waits_for_every_feed_that_it_needs(region: Region) -> None:
    region.rows = [row for row in region.rows if row[0] != GVISYS]
    region.commit(BROADBAND, "run 2", "d2", 2)
    lease.take(region.store, GVISYS, "run 1")
    assert build_plan.decide(SETTINGS).nothing_to_do == f"waiting for the first delivery of {GVISYS}"
    assert region.now == 0, "its commit starts the next build"


def test_versions_and_deliveries_belong_together_whenever_a_feed_commits(region: Region) -> None:
    before = build_plan.decide(SETTINGS)
    region.commit(BROADBAND, "run 2", "d2", 2, inserted=5, removed=2)
    after = build_plan.decide(SETTINGS)
    assert (before.pins[BROADBAND], before.deliveries[BROADBAND]) == (1, ["d1"])
    assert (after.pins[BROADBAND], after.deliveries[BROADBAND]) == (2, ["d1", "d2"])
    assert after.rows == {**before.rows, BROADBAND: before.rows[BROADBAND] + 3}


def test_a_delivery_that_changed_nothing_leaves_the_version_and_builds_nothing(region: Region) -> None:
    region.release(build_plan.decide(SETTINGS))
    region.commit(BROADBAND, "run 2", "d2", 2, inserted=0)
    plan = build_plan.decide(SETTINGS)
    assert plan.nothing_to_do == "release 1 holds all of this already"
    assert plan.pins[BROADBAND] == 1
    assert plan.released == plan.pins, "incremental marts go on from there"


def test_what_was_written_down_of_deliveries_is_read_with_the_next_build_and_starts_none(region: Region) -> None:
    ops.create(SETTINGS, "deliveries")
    region.release(build_plan.decide(SETTINGS))
    for version in (1, 2):
        ops.append(SETTINGS, "deliveries", [{"feed": BROADBAND, "delivery": f"d{version}"}])
    assert build_plan.decide(SETTINGS).nothing_to_do == "release 1 holds all of this already"
    region.commit(BROADBAND, "run 2", "d2", 2)
    plan = build_plan.decide(SETTINGS)
    assert (plan.pins["ops__deliveries"], plan.pins[BROADBAND]) == (2, 2)
    assert "ops__deliveries" not in plan.released and "ops__deliveries" not in plan.changed
    region.release(plan)
    last = release.latest(region.store)
    assert last is not None and last.silver["ops__deliveries"].version == 2
    assert build_plan.decide(SETTINGS).nothing_to_do == "release 2 holds all of this already"


def test_incremental_marts_read_the_deliveries_that_changed_a_row_since_the_release(region: Region) -> None:
    region.commit(BROADBAND, "run 2", "d2", 2)
    region.release(build_plan.decide(SETTINGS))
    region.commit(BROADBAND, "run 3", "d3", 3, inserted=0)
    assert build_plan.decide(SETTINGS).changed[BROADBAND] == []
    region.commit(BROADBAND, "run 4", "d4", 4, replayed=("d2", "d3"))
    region.commit(BROADBAND, "run 5", "d5", 5)
    plan = build_plan.decide(SETTINGS)
    assert plan.changed[BROADBAND] == ["d2", "d3", "d4", "d5"]
    assert (plan.changed[GVISYS], plan.released[BROADBAND]) == ([], 2)


def test_after_rows_vanished_incremental_marts_are_built_from_the_whole_table(region: Region) -> None:
    region.release(build_plan.decide(SETTINGS))
    region.commit(BROADBAND, "run 2", "d2", 2, removed=1)
    region.commit(BROADBAND, "run 3", "d3", 3)
    plan = build_plan.decide(SETTINGS)
    assert BROADBAND not in plan.released and BROADBAND not in plan.changed
    assert plan.released[GVISYS] == 1


def test_a_plan_says_what_each_delivery_did_since_the_release(region: Region) -> None:
    assert build_plan.decide(SETTINGS).changes == {}, "nothing came before the first release"
    region.release(build_plan.decide(SETTINGS))
    marl = {"ags": "05562024", "period": "2025-H1"}
    effect = {"scope": marl, "inserted": 0, "updated": 1, "removed": 0, "late": False}
    effects = [{**effect, "delivery": "d2"}, {**effect, "delivery": "d3", "scope": {}, "inserted": 1, "updated": 0}]
    region.commit(BROADBAND, "run 2", "d2", 2, effects=json.dumps(effects))
    region.commit(BROADBAND, "run 3", "d4", 3, inserted=0)
    region.commit(BROADBAND, "run 4", "d5", 4, replayed=("d2",))
    region.commit(BROADBAND, "run 5", "d6", 5, removed=1)
    region.commit(BROADBAND, "run 6", "d4", 6, replayed=("d6",))
    region.commit(GVISYS, "run 2", "d2", 2)
    region.commit(OTHER, "run 2", "d2", 2)
    plan = build_plan.decide(SETTINGS)
    assert plan.changes == {
        BROADBAND: [
            {"delivery": "d2", "kind": "correction", "scope": marl},
            {"delivery": "d3", "kind": "new", "scope": {}},
            {"delivery": "d5", "kind": "late", "scope": {}},
            {"delivery": "d6", "kind": "correction", "scope": {}},
            # it changed nothing when it was first loaded: only other rules can make it change something now
            {"delivery": "d4", "kind": "reloaded", "scope": {}},
        ],
        GVISYS: [{"delivery": "d2", "kind": "new", "scope": {}}],
    }
    region.release(plan)
    assert build_plan.decide(SETTINGS).changes == {}


def test_feeds_that_commit_seconds_apart_share_a_build(region: Region) -> None:
    region.release(build_plan.decide(SETTINGS))
    for feed in (GVISYS, BROADBAND):
        lease.take(region.store, feed, "run 2")
    region.commit(GVISYS, "run 2", "d2", 2)
    region.later = [lambda: None, lambda: None, lambda: region.commit(BROADBAND, "run 2", "d2", 2)]
    plan = build_plan.decide(SETTINGS)
    assert (plan.pins[GVISYS], plan.pins[BROADBAND]) == (2, 2)
    assert (plan.deliveries[GVISYS], plan.deliveries[BROADBAND]) == (["d1", "d2"], ["d1", "d2"])
    assert region.now == 3 * build_plan.POLL_S, "what is committed is not waited for, though it holds its lease"
    region.release(plan)
    assert build_plan.decide(SETTINGS).nothing_to_do, "the second Asset finds nothing left to build"


def test_a_run_that_ends_without_a_commit_is_not_waited_for_any_longer(region: Region) -> None:
    lease.take(region.store, BROADBAND, "run 2")
    region.later = [lambda: lease.release(region.store, BROADBAND, "run 2")]
    assert build_plan.decide(SETTINGS).pins[BROADBAND] == 1
    assert region.now == build_plan.POLL_S


def test_the_wait_has_a_bound(region: Region) -> None:
    lease.take(region.store, BROADBAND, "a slow run")
    plan = build_plan.decide(SETTINGS)
    assert plan.nothing_to_do is None and plan.pins[BROADBAND] == 1
    assert region.now == build_plan.LONGEST_WAIT_S


def test_only_runs_that_can_change_a_mart_are_waited_for(region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    assert OTHER not in staged_feeds(build_plan.DBT_DIR)
    lease.take(region.store, OTHER, "run 2")
    with monkeypatch.context() as patched:
        patched.setattr(lease, "DURATION", dt.timedelta(seconds=-1))
        lease.take(region.store, BROADBAND, "killed")
    build_plan.decide(SETTINGS)
    assert region.now == 0


def test_a_run_is_waited_for_until_every_table_that_it_fills_is_committed() -> None:
    measures, milestones, trainings, trees = "vest__measure", "vest__milestone", "vest__training", "town__tree"
    delivered = {
        measures: "vest__strategie", milestones: "vest__strategie", trainings: "vest__kompetenzen", trees: trees
    }  # fmt: skip

    def state(*runs: str) -> SilverState:
        return SilverState(1, 1, ["d1"], list(runs), [])

    def waited(holders: dict[str, str], **silver: SilverState) -> list[str]:
        return build_plan.under_way(holders, silver, delivered)

    holds = {"vest__strategie": "run 2", "land__river": "run 7"}
    assert waited(holds) == [measures, milestones], "neither was ever committed"
    before = {feed: state("run 1") for feed in (measures, milestones, trainings)}
    assert waited(holds, **before) == [measures, milestones]
    half = {**before, measures: state("run 1", "run 2")}
    assert waited(holds, **half) == [milestones], "one commit is not all of the run"
    assert waited(holds, **{**half, milestones: state("run 2")}) == []
    assert waited({trees: "run 3", measures: "run 4"}, **before) == [trees], "no lease is held by a table's name"
    assert waited({}, **before) == []
