"""Filling the served folder: only what changed, so that Last-Modified says the truth."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lakehouse.errors import LakehouseError
from lakehouse.feeds import SAMPLE_INPUT, place
from lakehouse.spec import Source
from tests import example

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
