"""The skeleton of a new feed is a feed already."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.feed_files import place
from lakehouse.errors import LakehouseError
from lakehouse.spec.discovery import discover
from lakehouse.spec.scaffold import write


def test_the_skeleton_is_valid_as_it_is(tmp_path: Path) -> None:
    written = write(tmp_path / "sources", "town__oak_tree")
    source = discover(tmp_path / "sources")["town__oak_tree"]
    assert written[0] == source.folder / "source.yml"
    assert {path.relative_to(source.folder).as_posix() for path in written} == {
        "source.yml", "sample/input/town/oak_tree.csv", "sample/expected_silver.csv", "sample/expected_quarantine.csv",
        "sample/expected_counts.csv",
    }  # fmt: skip
    assert {"key": list(source.key_columns), "health": source.health is not None} == {
        "key": ["ags", "counted_on"], "health": True,
    }  # fmt: skip


def test_the_sample_is_where_the_declaration_says(tmp_path: Path) -> None:
    write(tmp_path / "sources", "town__oak_tree")
    assert place(discover(tmp_path / "sources"), tmp_path / "served") == ["town/oak_tree.csv"]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (declared, *_) = write(tmp_path, "town__tree")
    declared.write_text("mine", "utf-8")
    with pytest.raises(LakehouseError, match="exists already"):
        write(tmp_path, "town__tree")
    assert declared.read_text("utf-8") == "mine"


@pytest.mark.parametrize("feed", ["tree", "Town__tree", "../town__tree", "town__tree/.."])
def test_the_id_must_be_one(feed: str, tmp_path: Path) -> None:
    with pytest.raises(LakehouseError, match="is not a feed id"):
        write(tmp_path, feed)
    assert list(tmp_path.iterdir()) == []
