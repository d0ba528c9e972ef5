"""Filling the served folder: only what changed, so that Last-Modified says the truth."""

from __future__ import annotations

import io
import json
import os
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn

from infra.local.feed_files import place
from infra.local.feed_server import application
from lakehouse import names
from lakehouse.errors import LakehouseError
from lakehouse.spec.source import SAMPLE_INPUT, Source
from tests.support import example
from tests.support.feed import land
from tests.support.memory import MemoryStore

FILES = ["trees%20of%202020/all.csv", "more.csv"]


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, Source]:
    fetch = {"connector": "http", "files": FILES, "max_bytes": 100}
    source = example.source(tmp_path / "sources", fetch=fetch)
    fill(source.folder / SAMPLE_INPUT, "sample")
    return {source.id: source}


def fill(folder: Path, text: str) -> None:
    for file in ("trees of 2020/all.csv", "more.csv"):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(f"{text} {file}", "utf-8")


def test_every_declared_file_is_placed_under_its_readable_name(sources: dict[str, Source], tmp_path: Path) -> None:
    served = tmp_path / "served"
    assert place(sources, served) == ["trees of 2020/all.csv", "more.csv"]
    assert (served / "trees of 2020" / "all.csv").read_text("utf-8") == "sample trees of 2020/all.csv"


def test_only_changed_files_are_copied(sources: dict[str, Source], tmp_path: Path) -> None:
    served = tmp_path / "served"
    place(sources, served)
    for path in served.rglob("*.csv"):
        os.utime(path, (1, 1))
    assert place(sources, served) == []
    assert {path.stat().st_mtime for path in served.rglob("*.csv")} == {1}, "Last-Modified must not move"
    sample = sources["town__tree"].folder / SAMPLE_INPUT / "more.csv"
    sample.write_text("SAMPLE more.csv", "utf-8")  # as long as before
    os.utime(sample, (1, 1))
    assert place(sources, served) == ["more.csv"]
    assert (served / "more.csv").read_text("utf-8") == "SAMPLE more.csv"
    assert (served / "more.csv").stat().st_mtime > 1, "a changed file is published now"
    assert (served / "trees of 2020" / "all.csv").stat().st_mtime == 1


def test_real_files_replace_the_samples(sources: dict[str, Source], tmp_path: Path) -> None:
    served = tmp_path / "served"
    place(sources, served)
    fill(tmp_path / "real", "real")
    assert len(place(sources, served, tmp_path / "real")) == 2
    assert (served / "more.csv").read_text("utf-8") == "real more.csv"


def test_a_missing_file_is_named(sources: dict[str, Source], tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    with pytest.raises(LakehouseError, match="town__tree: .*/real has no file trees of 2020/all.csv"):
        place(sources, tmp_path / "served", tmp_path / "real")


def test_a_file_of_every_parameter_is_placed(tmp_path: Path) -> None:
    fetch = {"connector": "http", "files": ["{year}.csv"], "parameters": {"year": ["2020", "2021"]}, "max_bytes": 9}
    source = example.source(tmp_path / "sources", fetch=fetch)
    inputs = source.folder / SAMPLE_INPUT
    inputs.mkdir(parents=True)
    (inputs / "2020.csv").touch()
    with pytest.raises(LakehouseError, match="has no file 2021.csv"):
        place({source.id: source}, tmp_path / "served")
    (inputs / "2021.csv").touch()
    assert set(place({source.id: source}, tmp_path / "served", inputs)) <= {"2020.csv", "2021.csv"}
    assert (tmp_path / "served" / "2021.csv").exists()


@pytest.fixture
def paged(tmp_path: Path) -> Source:
    fetch = {
        "connector": "ckan", "address": "api/3/action/package_search?fq=organization:a/b", "rows": 2,
        "max_pages": 5, "max_bytes": 10_000,
    }  # fmt: skip
    archive = {"type": "zip"}
    form = {"type": "json", "encoding": "utf-8", "records": "$.result.results[*]", "archive": archive}
    columns = [{"from": "/id", "name": "tree"}]
    source = example.source(tmp_path / "sources", fetch=fetch, format=form, columns=columns)
    folder = source.folder / SAMPLE_INPUT / "api" / "3" / "action"
    folder.mkdir(parents=True)
    for start, results in ((0, '["a", "b"]'), (2, '["c"]')):
        page = f'{{"success": true, "result": {{"count": 3, "results": {results}}}}}'
        (folder / f"package_search@fq=organization:a%2Fb&sort=id asc&rows=2&start={start}.json").write_text(page)
    (folder / "package_show@id=1.json").write_text("of another list")
    return source


def test_the_pages_of_a_list_are_placed(paged: Source, tmp_path: Path) -> None:
    placed = place({paged.id: paged}, tmp_path / "served")
    assert [Path(file).name.rpartition("=")[2] for file in placed] == ["0.json", "2.json"]
    with pytest.raises(LakehouseError, match="has no file api/3/action/package_search@fq=organization:a%2Fb"):
        place({paged.id: paged}, tmp_path / "served", tmp_path)


def test_the_dates_of_a_sample_are_served_as_those_of_today(tmp_path: Path) -> None:
    fetch = {
        "connector": "http",
        "files": ["d/{date}.csv"],
        "dates": {"oldest": 2},
        "max_bytes": 9,
        "may_be_absent": True,
    }
    source = example.source(tmp_path / "sources", fetch=fetch)
    folder = source.folder / SAMPLE_INPUT / "d"
    folder.mkdir(parents=True)
    for day in ("2025-12-30", "2026-01-01"):
        (folder / f"{day}.csv").write_text(day)
    oldest, missing, newest = source.fetch.addresses
    assert place({source.id: source}, tmp_path / "served") == [oldest, newest]
    assert (tmp_path / "served" / newest).read_text() == "2026-01-01"
    assert not (tmp_path / "served" / missing).exists()


def test_the_loopback_server_answers_as_an_api_would(paged: Source, store: MemoryStore, tmp_path: Path) -> None:
    served = tmp_path / "served"
    place({paged.id: paged}, served)
    (served / "oparl").mkdir()
    (served / "oparl" / "paper.json").write_text('{"data": []}')
    (served / "catalog.rdf@page=2.rdf").write_text("<x/>")
    with serving(served) as base:
        (landed,) = land(store, paged, base, "run-1")
        assert landed.file == "package_search.zip"
        with zipfile.ZipFile(io.BytesIO(store.get(names.RAW, landed.object_key))) as packed:
            assert [json.loads(packed.read(name))["result"]["results"] for name in packed.namelist()] == [
                ["a", "b"],
                ["c"],
            ]
        assert land(store, paged, base, "run-2") == [], "the same answers are the same delivery"
        since = httpx.get(f"{base}/oparl/paper?modified_since=2026-01-01T00:00:00Z")
        assert since.json() == {"data": []} and since.headers["content-type"] == "application/json"
        assert httpx.post(f"{base}/oparl/paper", content=b"q").json() == {"data": []}
        assert httpx.get(f"{base}/catalog.rdf?page=2").headers["content-type"] == "application/rdf+xml"
        assert [httpx.get(base + path).status_code for path in ("/catalog.rdf?page=3", "/oparl", "/../oparl")] == [
            404
        ] * 3


def test_the_loopback_server_knows_conditions_and_ranges(tmp_path: Path) -> None:
    (tmp_path / "a b.csv").write_bytes(b"0123456789")
    with serving(tmp_path) as base:
        whole = httpx.get(f"{base}/a%20b.csv")
        tag = whole.headers["etag"]
        assert whole.content == b"0123456789" and "last-modified" in whole.headers
        assert httpx.get(f"{base}/a%20b.csv", headers={"If-None-Match": tag}).status_code == 304
        part = httpx.get(f"{base}/a%20b.csv", headers={"Range": "bytes=4-", "If-Range": tag})
        assert (part.status_code, part.content) == (206, b"456789")


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The demo's feed server on a free port."""
    server = uvicorn.Server(uvicorn.Config(application(str(folder)), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
