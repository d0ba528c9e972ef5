"""The job on a store: complete pages first, then the pointer; what was reported stays."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from cockpit import __main__ as program
from cockpit import job, site
from lakehouse import names
from lakehouse.lake import asking
from lakehouse.lake import release as releases
from lakehouse.lake.release import Manifest
from lakehouse.settings import Settings
from lakehouse.storage import NotFound
from tests.support import cockpit
from tests.support.memory import MemoryStore

SETTINGS: Any = SimpleNamespace(airflow_url="http://127.0.0.1:8080", base_iri="http://127.0.0.1:9000/public/")


class Cut(Exception):
    """What a kill looks like from inside."""


class Cutting(MemoryStore):
    """A store that does not take more than some objects."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left

    def put(self, bucket: str, key: str, data: bytes, content_type: str = "application/octet-stream") -> None:
        self.left -= 1
        if self.left < 0:
            raise Cut
        super().put(bucket, key, data, content_type)


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Releases 1 to 3, of which one is current; pages are few."""
    state = {"current": 2}

    def manifest(_: object, number: int) -> Manifest:
        if number > 3:
            raise NotFound(f"releases/{number}/manifest.json does not exist")
        return cockpit.manifest({}, number)

    def opened(number: int | None, settings: object) -> asking.Release:
        return asking.Release(duckdb.connect(), manifest(None, number or state["current"]))

    def render(_: object, made: Manifest, history: list[Manifest], links: site.Links) -> dict[str, bytes]:
        said = f"{made.release} after {[one.release for one in history]}, {links.catalogue}".encode()
        return {"index.html": said, "a.html": said, "cockpit.css": b""}

    monkeypatch.setattr(asking, "open_release", opened)
    monkeypatch.setattr(releases, "manifest", manifest)
    monkeypatch.setattr(site, "render", render)
    return state


def shown(store: MemoryStore) -> int | None:
    found = store.objects.get((names.LAKE, names.COCKPIT_POINTER))
    return json.loads(found)["release"] if found else None


def test_the_pages_of_the_current_release_are_there_and_shown(lake: dict[str, int]) -> None:
    store = MemoryStore()
    assert job.make(SETTINGS, store=store) == 2
    folder = "ops/docs/cockpit/2"
    assert sorted(key for _, key in store.objects) == [
        *(f"{folder}/{name}" for name in ("a.html", "cockpit.css", "index.html", "pages.json")),
        "ops/docs/cockpit/current.json",
    ]
    said = b"2 after [1], http://127.0.0.1:9000/public/catalog.ttl"
    assert store.objects[names.LAKE, f"{folder}/index.html"] == said
    assert shown(store) == 2


def test_a_release_by_its_number_is_made_and_another_stays_shown(lake: dict[str, int]) -> None:
    store = MemoryStore()
    job.make(SETTINGS, store=store)
    job.make(SETTINGS, 1, store=store)
    assert store.size(names.LAKE, names.cockpit_key(1, "a.html")) and shown(store) == 2


@pytest.mark.parametrize("left", range(5))
def test_a_half_made_cockpit_changes_nothing_and_is_completed(lake: dict[str, int], left: int) -> None:
    store = Cutting(100)
    job.make(SETTINGS, store=store)
    lake["current"] = 3
    store.left = left
    with pytest.raises(Cut):
        job.make(SETTINGS, store=store)
    assert shown(store) == 2
    # the fourth object is the list that makes the pages readable
    assert (store.size(names.LAKE, names.cockpit_key(3, names.COCKPIT_PAGES)) is not None) == (left == 4)
    store.left = 100
    assert job.make(SETTINGS, store=store) == 3
    assert shown(store) == 3


def test_what_was_reported_stays_whatever_the_code_would_make_today(
    lake: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = MemoryStore()
    job.make(SETTINGS, store=store)
    before = dict(store.objects)
    monkeypatch.setattr(site, "render", lambda *_: {"index.html": b"another"})
    job.make(SETTINGS, store=store)
    assert store.objects == before
    lake["current"] = 1
    job.make(SETTINGS, store=store)
    lake["current"] = 2
    job.make(SETTINGS, store=store)
    assert shown(store) == 2 and store.objects.items() >= before.items(), "there and back after a rollback"


def test_a_folder_gets_the_pages_and_the_list_of_releases(lake: dict[str, int], tmp_path: Path) -> None:
    assert job.write(SETTINGS, tmp_path, 1) == tmp_path / "1" / "index.html"
    job.write(SETTINGS, tmp_path, 3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "3", "index.html", "staende.html"]
    listed = (tmp_path / "index.html").read_text("utf-8")
    assert listed.index("3/index.html") < listed.index("1/index.html")


def test_the_command_says_where_the_pages_are_or_why_there_are_none(
    lake: dict[str, int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Settings, "load", lambda: SETTINGS)
    assert program.main(["--into", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"{tmp_path}/2/index.html\n"
    assert program.main(["--release", "9", "--into", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "releases/9/manifest.json does not exist\n"
