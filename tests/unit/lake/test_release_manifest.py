"""Release manifests and the pointer to the current one."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from pydantic import ValidationError

from lakehouse import names
from lakehouse.lake import release
from lakehouse.lake.release import Manifest, ReleaseAltered
from lakehouse.storage import Conflict, NotFound
from tests.support.memory import MemoryStore

# DESIGN.md, "Release manifest"
EXAMPLE: dict[str, Any] = {
    "release": 3,
    "previous": {"release": 2, "sha256": "5ea1"},
    "run_id": "run",
    "created_at": "2026-11-22T11:00:00Z",
    "code": "c0de",
    "silver": {"town__tree": {"version": 4, "uri": "s3://lake/silver/town__tree"}},
    "marts": {
        "mart_tree": {
            "version": 7,
            "uri": "s3://lake/marts/mart_tree",
            "rows": 11004,
            "checksum": "-12345678901234567890",
            "description": "Größe der Bäume",
            "inputs": ["town__tree"],
            "columns": [
                {"name": "ags", "type": "string", "description": "Key", "label_de": "Schlüssel", "unit": None,
                 "publish": True},
            ],
            # these came later: an older manifest lacks them
            "theme": "b_trees",
            "title_de": "Bäume",
            "owner": "Office",
            "freshness": "daily",
            "key": ["ags"],
            "code": "cd",
            "deprecated_until": "2027-06-30",
            "files": [{"path": "part-00000-1.c000.snappy.parquet", "rows": 11004, "bytes": 4711, "sha256": "ab"}],
        }
    },
    "publications": [{"dataset": "tree", "mart": "mart_tree", "description": "Trees", "meta": {"hvd": False}}],
    # so did this
    "changes": {
        "town__tree": [{"delivery": "d2", "kind": "new", "scope": {"ags": "05562024", "period": "2025-H1"}}],
    },
    "checks": [
        {"suite": "dbt", "rule": "tree_holds", "marts": ["mart_tree"], "severity": "warn", "owner": "Office",
         "sentence_de": "Jeder Baum hat eine Höhe.", "passed": False, "failing_rows": 2,
         "observed": "Got 1 result: height is not null: 2 rows of Marl", "checked_at": "2026-11-22T10:59:00Z"},
    ],
    "feeds": {
        "town__tree": {
            "title": "Trees",
            "licence": {"id": "http://dcat-ap.de/def/licenses/dl-by-de/2.0", "attribution": "Town"},
            "licence_note": "",
            # these two came later: an older manifest lacks them
            "delivered_as": "",
            "fictitious": False,
            "deliveries": ["d1", "d2"],
        },
        "land__river": {
            "title": "Rivers",
            "licence": None,
            "licence_note": "none named",
            "deliveries": [],
            "delivered_as": "land__rivers",
            "fictitious": True,
        },
    },
}  # fmt: skip


def write(store: MemoryStore, *numbers: int) -> None:
    """Manifests in this order, each with the seal of the one before."""
    for number in numbers:
        newest = max(release.releases(store), default=None)
        previous = release.seal(store, newest) if newest else None
        assert release.add(store, Manifest(**{**EXAMPLE, "release": number, "previous": previous}))


def alter(store: MemoryStore, number: int) -> None:
    """Another hand changes a manifest; it stays a valid one."""
    place = names.RELEASES, names.manifest_key(number)
    store.objects[place] = store.objects[place].replace(b"11004", b"11005")


def test_a_manifest_comes_back_as_it_was_written(store: MemoryStore) -> None:
    written = Manifest(**EXAMPLE)
    store.put(names.RELEASES, "3/manifest.json", written.model_dump_json(indent=1).encode())
    found = release.manifest(store, 3)
    assert found == written
    assert found.created_at == dt.datetime(2026, 11, 22, 11, tzinfo=dt.UTC)
    assert json.loads(found.model_dump_json()) == EXAMPLE


@pytest.mark.parametrize(
    "path", [(), ("silver", "town__tree"), ("marts", "mart_tree"), ("previous",), ("feeds", "town__tree")]
)
def test_an_unknown_or_missing_key_is_refused(path: tuple[str, ...]) -> None:
    for change in ({"surprise": 1}, None):
        changed = json.loads(json.dumps(EXAMPLE))
        inner = changed
        for key in path:
            inner = inner[key]
        inner.update(change) if change else inner.popitem()
        with pytest.raises(ValidationError):
            Manifest(**changed)


def test_before_the_first_release(store: MemoryStore) -> None:
    with pytest.raises(NotFound, match="nothing has been released yet"):
        release.current(store)
    assert release.releases(store) == []
    assert release.latest(store) is None


def test_releases_are_sorted_as_numbers(store: MemoryStore) -> None:
    write(store, *range(1, 12))
    release.switch(store, 2)
    assert release.releases(store) == list(range(1, 12))
    latest = release.latest(store)
    assert latest is not None and latest.release == 11
    assert release.current(store) == 2, "the newest is not the current one after a rollback"


@pytest.mark.parametrize(
    "key", ["9999/publication.json", "9999/x/manifest.json", "007/manifest.json", "x", "0/manifest.json"]
)
def test_a_stray_object_is_reported_and_makes_no_release(
    store: MemoryStore, caplog: pytest.LogCaptureFixture, key: str
) -> None:
    write(store, 1)
    release.switch(store, 1)
    store.put(names.RELEASES, key, b"{}")
    latest = release.latest(store)
    assert latest is not None and latest.release == 1
    assert f"releases/{key} belongs to no release" in caplog.text


def test_switching_moves_the_pointer_forwards_and_back(store: MemoryStore) -> None:
    write(store, 1, 2)
    for number in (1, 2, 1):
        before = dt.datetime.now(dt.UTC)
        release.switch(store, number)
        pointer = json.loads(store.objects[names.RELEASES, "current.json"])
        assert pointer.keys() == {"current", "newest", "switched_at"}
        assert release.current(store) == pointer["current"]["release"] == number
        assert pointer["newest"]["release"] == 2
        assert before <= dt.datetime.fromisoformat(pointer["switched_at"]) <= dt.datetime.now(dt.UTC)


@pytest.mark.parametrize("current", [1, 2, 3])
@pytest.mark.parametrize("altered", [1, 2, 3])
def test_an_altered_manifest_is_not_read(store: MemoryStore, altered: int, current: int) -> None:
    write(store, 1, 2, 3)
    release.switch(store, current)
    alter(store, altered)
    for number in (1, 2, 3):
        if number == altered:
            with pytest.raises(ReleaseAltered, match=f"manifest of release {number} is not the one"):
                release.manifest(store, number)
            with pytest.raises(ReleaseAltered):
                release.switch(store, number)
        else:
            release.manifest(store, number)
    assert release.current(store) == current


def test_the_next_release_and_the_next_switch_do_not_seal_an_altered_manifest(store: MemoryStore) -> None:
    write(store, 1, 2)
    release.switch(store, 1)
    alter(store, 2)
    for seals in (lambda: release.seal(store, 2), lambda: release.switch(store, 1)):
        with pytest.raises(ReleaseAltered):
            seals()


def test_a_release_that_was_made_but_not_switched_to_can_be_finished(store: MemoryStore) -> None:
    write(store, 1)
    release.switch(store, 1)
    write(store, 2)
    latest = release.latest(store)
    assert latest is not None and latest.release == 2
    release.switch(store, 2)
    assert release.current(store) == 2


@pytest.mark.parametrize(
    "path", ["../silver/x.parquet", "/etc/x.parquet", "s3://x/y.parquet", "a/b.parquet", "_delta_log"]
)
def test_a_file_outside_of_its_mart_is_refused(path: str) -> None:
    with pytest.raises(ValidationError, match="path"):
        release.MartFile(path=path, rows=1, bytes=1, sha256="")


def test_a_release_that_does_not_exist_never_becomes_current(store: MemoryStore) -> None:
    write(store, 1)
    release.switch(store, 1)
    with pytest.raises(NotFound, match="releases/2/manifest.json"):
        release.switch(store, 2)
    assert release.current(store) == 1


def test_a_broken_manifest_never_becomes_current(store: MemoryStore) -> None:
    store.put(names.RELEASES, names.manifest_key(1), b'{"release": 1}')
    with pytest.raises(ValidationError):
        release.switch(store, 1)
    with pytest.raises(NotFound):
        release.current(store)


@pytest.mark.parametrize("existed", [True, False])
def test_of_two_switches_at_once_one_fails(existed: bool) -> None:
    class Raced(MemoryStore):
        """Somebody else switches between our reading and our writing."""

        def put_if_match(self, *arguments: object, **named: object) -> None:
            if not self.raced:
                self.raced = True
                release.switch(self, 3)
            super().put_if_match(*arguments, **named)  # type: ignore[arg-type]

    store = Raced()
    store.raced = True
    write(store, 1, 2, 3)
    if existed:
        release.switch(store, 1)
    store.raced = False
    with pytest.raises(Conflict):
        release.switch(store, 2)
    assert release.current(store) == 3


@pytest.mark.parametrize(
    ("inputs", "made_up"),
    [
        (["town__tree"], False),
        (["land__river"], True),
        (["town__tree", "land__river"], True),
        ([], False),
        (["town__unknown"], False),
    ],
)
def test_a_mart_is_fictitious_as_soon_as_one_feed_behind_it_is(inputs: list[str], made_up: bool) -> None:
    mart = {**EXAMPLE["marts"]["mart_tree"], "inputs": inputs}
    assert Manifest(**{**EXAMPLE, "marts": {"mart_tree": mart}}).fictitious("mart_tree") is made_up


def test_an_older_manifest_has_nothing_fictitious_in_it() -> None:
    river = dict(EXAMPLE["feeds"]["land__river"])
    del river["fictitious"], river["delivered_as"]
    found = Manifest(**{**EXAMPLE, "feeds": {**EXAMPLE["feeds"], "land__river": river}})
    assert (found.feeds["land__river"].fictitious, found.feeds["land__river"].delivered_as) == (False, "")
