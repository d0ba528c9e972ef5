"""Release manifests and the pointer to the current one."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from pydantic import ValidationError

from lakehouse import names, release
from lakehouse.release import Manifest
from lakehouse.storage import Conflict, NotFound
from tests.unit.memory import MemoryStore

# DESIGN.md, "Release manifest"
EXAMPLE: dict[str, Any] = {
    "release": 3,
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
        }
    },
    "publications": [{"dataset": "tree", "mart": "mart_tree", "description": "Trees", "meta": {"hvd": False}}],
    "feeds": {
        "town__tree": {
            "title": "Trees",
            "licence": {"id": "http://dcat-ap.de/def/licenses/dl-by-de/2.0", "attribution": "Town"},
            "licence_note": "",
            "deliveries": ["d1", "d2"],
        },
        "land__river": {"title": "Rivers", "licence": None, "licence_note": "none named", "deliveries": []},
    },
}  # fmt: skip


def write(store: MemoryStore, *numbers: int) -> None:
    for number in numbers:
        body = Manifest(**{**EXAMPLE, "release": number}).model_dump_json().encode()
        store.put(names.LAKE, names.manifest_key(number), body)


def test_a_manifest_comes_back_as_it_was_written(store: MemoryStore) -> None:
    written = Manifest(**EXAMPLE)
    store.put(names.LAKE, "releases/3/manifest.json", written.model_dump_json(indent=1).encode())
    found = release.manifest(store, 3)
    assert found == written
    assert found.created_at == dt.datetime(2026, 11, 22, 11, tzinfo=dt.UTC)
    assert json.loads(found.model_dump_json()) == EXAMPLE


@pytest.mark.parametrize("path", [(), ("silver", "town__tree"), ("marts", "mart_tree"), ("feeds", "town__tree")])
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
    write(store, 9, 10, 1, 100, 2)
    store.put(names.LAKE, names.publication_key(100), b"{}")
    release.switch(store, 2)
    assert release.releases(store) == [1, 2, 9, 10, 100]
    latest = release.latest(store)
    assert latest is not None and latest.release == 100
    assert release.current(store) == 2, "the newest is not the current one after a rollback"


def test_switching_moves_the_pointer_forwards_and_back(store: MemoryStore) -> None:
    write(store, 1, 2)
    for number in (1, 2, 1):
        before = dt.datetime.now(dt.UTC)
        release.switch(store, number)
        pointer = json.loads(store.objects[names.LAKE, "releases/current.json"])
        assert pointer.keys() == {"release", "switched_at"}
        assert release.current(store) == pointer["release"] == number
        assert before <= dt.datetime.fromisoformat(pointer["switched_at"]) <= dt.datetime.now(dt.UTC)


def test_a_release_that_does_not_exist_never_becomes_current(store: MemoryStore) -> None:
    write(store, 1)
    release.switch(store, 1)
    with pytest.raises(NotFound, match="releases/2/manifest.json"):
        release.switch(store, 2)
    assert release.current(store) == 1


def test_a_broken_manifest_never_becomes_current(store: MemoryStore) -> None:
    store.put(names.LAKE, names.manifest_key(1), b'{"release": 1}')
    with pytest.raises(ValidationError):
        release.switch(store, 1)
    with pytest.raises(NotFound):
        release.current(store)


@pytest.mark.parametrize("existed", [True, False])
def test_of_two_switches_at_once_one_fails(existed: bool) -> None:
    class Raced(MemoryStore):
        """Somebody else switches between our reading and our writing."""

        def put_if_match(self, *arguments: object, **named: object) -> None:
            self.objects[names.LAKE, names.RELEASE_POINTER] = b'{"release": 3}'
            super().put_if_match(*arguments, **named)  # type: ignore[arg-type]

    store = Raced()
    write(store, 1, 2, 3)
    if existed:
        store.put(names.LAKE, names.RELEASE_POINTER, b'{"release": 1}')
    with pytest.raises(Conflict):
        release.switch(store, 2)
    assert release.current(store) == 3
