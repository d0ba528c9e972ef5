"""Which marts a build makes again."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from lakehouse import names
from lakehouse.lake.affected import affected, altered, latest_version
from lakehouse.lake.release import Manifest, MartPin, SilverPin
from tests.support.memory import MemoryStore

MARTS: dict[str, dict[str, Any]] = {
    "mart_tree": {"inputs": ["town__tree"], "code": "t"},
    "mart_water": {"inputs": ["land__river", "town__tree"], "code": "w"},
    "dim_day": {"inputs": [], "code": "d"},
}
PINS = {"town__tree": 4, "land__river": 2}


def commit(store: MemoryStore, mart: str, version: int, operation: str) -> None:
    lines = [{"commitInfo": {"operation": operation}}, {"add": {}}]
    key = f"marts/{mart}/_delta_log/{version:020}.json"
    store.put(names.LAKE, key, "\n".join(map(json.dumps, lines)).encode())


@pytest.fixture
def base(store: MemoryStore) -> Manifest:
    """A release of all marts at their version 1."""
    for mart in MARTS:
        commit(store, mart, 0, "CREATE OR REPLACE TABLE AS SELECT")
        commit(store, mart, 1, "MERGE")
    return Manifest(
        release=1, previous=None, run_id="r", created_at=dt.datetime.now(dt.UTC), code="c",
        silver={feed: SilverPin(version=version, uri=feed) for feed, version in PINS.items()},
        marts={
            name: MartPin(
                version=1, uri=name, rows=1, checksum="", description="", columns=[], files=[],
                inputs=mart["inputs"], code=mart["code"],
            )
            for name, mart in MARTS.items()
        },
        publications=[], feeds={},
    )  # fmt: skip


def test_the_first_build_makes_all(store: MemoryStore) -> None:
    assert affected(store, None, MARTS, PINS) == list(MARTS)


def test_what_neither_data_nor_code_changed_is_left_alone(store: MemoryStore, base: Manifest) -> None:
    assert affected(store, base, MARTS, PINS) == []
    assert affected(store, base, MARTS, {**PINS, "land__river": 3}) == ["mart_water"]
    assert affected(store, base, MARTS, {**PINS, "town__tree": 3}) == ["mart_tree", "mart_water"]
    changed = {**MARTS, "dim_day": {"inputs": [], "code": "another"}}
    assert affected(store, base, changed, PINS) == ["dim_day"]
    fewer = {**MARTS, "mart_water": {"inputs": ["town__tree"], "code": "w"}}
    assert affected(store, base, fewer, PINS) == ["mart_water"]


def test_a_new_mart_and_one_of_a_new_feed_are_made(store: MemoryStore, base: Manifest) -> None:
    new = {**MARTS, "mart_new": {"inputs": ["town__tree"], "code": "n"}}
    assert affected(store, base, new, PINS) == ["mart_new"]
    more = {**MARTS, "mart_tree": {"inputs": ["land__lake", "town__tree"], "code": "t"}}
    assert affected(store, base, more, {**PINS, "land__lake": 0}) == ["mart_tree"]


def test_what_an_unreleased_build_left_behind_is_made_again_but_not_what_was_compacted(
    store: MemoryStore, base: Manifest
) -> None:
    commit(store, "dim_day", 2, "OPTIMIZE")
    commit(store, "dim_day", 3, "VACUUM END")
    commit(store, "mart_tree", 2, "OPTIMIZE")
    commit(store, "mart_tree", 3, "CREATE OR REPLACE TABLE AS SELECT")
    assert affected(store, base, MARTS, PINS) == ["mart_tree"]
    assert (altered(store, "dim_day", 1), altered(store, "mart_tree", 1)) == (False, True)
    assert not altered(store, "mart_tree", 3)


def test_the_latest_version_is_found_from_any_known_one(store: MemoryStore, base: Manifest) -> None:
    assert [latest_version(store, "mart_tree", known) for known in (-1, 0, 1)] == [1, 1, 1]
    assert latest_version(store, "mart_none") == -1
