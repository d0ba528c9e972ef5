"""The table that a run ends with adds up, and names what it speaks of."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from rich.console import Console

from infra.local import summary
from lakehouse.lake.release import Manifest
from lakehouse.settings import CHECKOUT
from tests.support.lake import Lake
from tests.unit.lake.test_release_manifest import EXAMPLE

COUNTS = ("parsed", *summary.ENDS, "removed")
LEDGER = {"feed": pa.string(), "status": pa.string(), **dict.fromkeys(COUNTS, pa.int64())}


def _entry(feed: str, status: str = "committed", **counts: int) -> tuple[Any, ...]:
    return (feed, status, *(counts.get(name, 0) for name in COUNTS))


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=160)


def _printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_every_line_of_the_feeds_adds_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, console: Console) -> None:
    lake = Lake(tmp_path, monkeypatch)
    monkeypatch.setattr(summary, "LEDGER", lake.uri("ops", "ledger"))
    lake.write(
        "ops", "ledger", LEDGER,
        _entry("town__tree", parsed=545_499, inserted=545_485, filtered=9, quarantined=5),
        _entry("town__tree", "rejected"),
        _entry("town__bench", parsed=12, inserted=8, duplicate=4),
        _entry("town__bench", parsed=12, unchanged=7, superseded=5, removed=1),
    )  # fmt: skip
    summary._feeds(lake.connection, console)
    printed = _printed(console)
    lines = [re.findall(r"[\d,]+|town__\w+", line) for line in printed.splitlines() if "│ town__" in line]
    assert [line[0] for line in lines] == ["town__bench", "town__tree"]
    for _, _, _, parsed, *ends, in_silver in lines:
        figures = [int(end.replace(",", "")) for end in ends]
        assert int(parsed.replace(",", "")) == sum(figures)
        assert int(in_silver.replace(",", "")) <= figures[0]
    assert "updated" not in printed, "no row was updated"
    assert "quarantine show town__tree" in printed and "show town__bench" not in printed


def test_a_mart_names_all_its_feeds_and_those_read_as_empty(console: Console) -> None:
    example = {**EXAMPLE, "marts": {"mart_tree": {**EXAMPLE["marts"]["mart_tree"], "inputs": ["a__b", "town__tree"]}}}
    empty = {"a__b": {"version": 0, "uri": "s3://lake/silver/a__b"}}
    summary._marts(Manifest(**{**example, "silver": {**EXAMPLE["silver"], **empty}}), console)
    printed = _printed(console)
    assert "a__b (no delivery yet: read as empty)" in printed
    assert re.search(r"town__tree +│", printed), "a feed that came needs no remark"


def test_the_page_of_the_marts_lists_every_mart_and_no_other() -> None:
    built = {path.stem for path in (CHECKOUT / "dbt/models/marts").glob("*/*.sql")}
    text = (CHECKOUT / "dbt/README.md").read_text("utf-8")
    table = text[text.index("| mart | one row is |") :].partition("\n\n")[0]
    assert set(re.findall(r"`((?:mart|dim|fct)_\w+)`", table)) == built
