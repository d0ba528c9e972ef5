"""One run per feed at a time, and a killed run blocks nobody for long."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from lakehouse import names
from lakehouse.errors import LeaseHeld
from lakehouse.ingest import lease
from tests.support.memory import MemoryStore

KEY = names.LAKE, "lease/town__tree.json"


def held(store: MemoryStore) -> dict[str, str]:
    found: dict[str, str] = json.loads(store.objects[KEY])
    return found


def age(store: MemoryStore, by: dt.timedelta) -> None:
    state = held(store)
    state["until"] = (dt.datetime.fromisoformat(state["until"]) - by).isoformat()
    store.objects[KEY] = json.dumps(state).encode()


def test_a_free_lease_is_taken_for_a_limited_time(store: MemoryStore) -> None:
    before = dt.datetime.now(dt.UTC)
    lease.take(store, "town__tree", "run-1")
    assert held(store)["run_id"] == "run-1"
    left = dt.datetime.fromisoformat(held(store)["until"]) - before
    assert lease.DURATION <= left <= lease.DURATION + dt.timedelta(minutes=1)


def test_another_run_is_told_who_holds_it(store: MemoryStore) -> None:
    lease.take(store, "town__tree", "run-1")
    with pytest.raises(LeaseHeld, match="town__tree: run run-1 is loading this feed, at most until 2"):
        lease.take(store, "town__tree", "run-2")
    assert held(store)["run_id"] == "run-1"


def test_the_same_run_renews(store: MemoryStore) -> None:
    lease.take(store, "town__tree", "run-1")
    age(store, dt.timedelta(minutes=10))
    before = held(store)["until"]
    lease.take(store, "town__tree", "run-1")
    assert held(store)["until"] > before


def test_an_expired_lease_is_taken_over(store: MemoryStore) -> None:
    lease.take(store, "town__tree", "killed")
    age(store, lease.DURATION - dt.timedelta(minutes=1))
    with pytest.raises(LeaseHeld):
        lease.take(store, "town__tree", "run-2")
    age(store, dt.timedelta(minutes=1))
    lease.take(store, "town__tree", "run-2")
    assert held(store)["run_id"] == "run-2"


@pytest.mark.parametrize("before", [None, "expired"])
def test_of_two_at_the_same_moment_one_wins(before: str | None) -> None:
    class Raced(MemoryStore):
        """Another run takes the lease between our reading and our writing."""

        def put_if_match(self, *arguments: object, **named: object) -> None:
            self.objects[KEY] = json.dumps({"run_id": "faster", "until": "2999-01-01T00:00:00+00:00"}).encode()
            super().put_if_match(*arguments, **named)  # type: ignore[arg-type]

    store = Raced()
    if before:
        store.objects[KEY] = json.dumps({"run_id": before, "until": "2020-01-01T00:00:00+00:00"}).encode()
    with pytest.raises(LeaseHeld, match="another run took the lease at the same moment"):
        lease.take(store, "town__tree", "run-2")
    assert held(store)["run_id"] == "faster"


def test_giving_back_frees_only_the_own_lease(store: MemoryStore) -> None:
    lease.take(store, "town__tree", "run-1")
    lease.release(store, "town__tree", "run-2")
    assert held(store)["run_id"] == "run-1"
    lease.release(store, "town__tree", "run-1")
    assert KEY not in store.objects
    lease.release(store, "town__tree", "run-1")
    lease.take(store, "town__tree", "run-2")


def test_feeds_do_not_wait_for_each_other(store: MemoryStore) -> None:
    lease.take(store, "town__tree", "run-1")
    lease.take(store, "land__river", "run-2")


def test_who_holds_a_lease_can_be_seen_as_long_as_it_is_valid(store: MemoryStore) -> None:
    assert lease.holders(store) == {}
    lease.take(store, "town__tree", "run-1")
    lease.take(store, "land__river", "run-2")
    assert lease.holders(store) == {"town__tree": "run-1", "land__river": "run-2"}
    age(store, lease.DURATION)
    assert lease.holders(store) == {"land__river": "run-2"}
    lease.release(store, "land__river", "run-2")
    assert lease.holders(store) == {}
