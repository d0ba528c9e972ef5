"""Typical faults: each kind comes, and what is said to be taken or to wait is what another reader finds."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from infra.region import rows_of
from infra.region.facts import as_of, periods
from infra.region.faults import MISSING, UNREADABLE, Spoiled, spoil
from lakehouse.administrations import ADMINISTRATIONS
from lakehouse.settings import CHECKOUT
from lakehouse.spec.discovery import load_delivery
from lakehouse.spec.inbox import Inbox
from lakehouse.spec.source import Source
from tests.unit.region.reading import problems, read
from tests.unit.region.test_region import DELIVERIES, SOURCES

AGAIN = "the row again"


def spoiled_delivery(tables: list[Source], ags: str, period: str) -> Spoiled:
    rows = rows_of(tables[0].delivery, ags, period)
    return spoil(random.Random(f"faults {ags} {period}"), tables, rows, 0.4)


def delivered(delivery: str) -> tuple[list[Source], list[tuple[str, str]]]:
    tables = load_delivery(CHECKOUT / "sources", delivery)
    fetch = tables[0].fetch
    assert isinstance(fetch, Inbox)
    every = [(ags, period) for ags in ADMINISTRATIONS for period in periods(fetch.period)]
    # every administration and every period, but not each with each
    return tables, every[::3]


@pytest.mark.parametrize("delivery", DELIVERIES)
def test_the_truth_about_spoiled_rows_is_what_another_reader_finds(delivery: str) -> None:
    tables, every = delivered(delivery)
    for ags, period in every:
        spoiled = spoiled_delivery(tables, ags, period)
        found = problems(tables, spoiled.cells, ags, period, as_of(period))
        waiting = {(w.table, w.row): w.column for w in spoiled.waiting}
        assert {(p.table, p.row) for p in found if p.reason != AGAIN} == set(waiting), f"{ags} {period}"
        columns = {(p.table, p.row, p.column) for p in found}
        assert {(*place, column) for place, column in waiting.items()} <= columns
        again = Counter(p.table for p in found if p.reason == AGAIN)
        assert {table: count for table, count in spoiled.duplicates.items() if count} == again


@pytest.mark.parametrize("delivery", DELIVERIES)
def test_what_is_taken_is_what_the_cells_mean(delivery: str) -> None:
    tables, every = delivered(delivery)
    for ags, period in every:
        spoiled = spoiled_delivery(tables, ags, period)
        for table in tables:
            kept = len(spoiled.cells[table.id]) - spoiled.duplicates[table.id]
            places = {w.row for w in spoiled.waiting if w.table == table.id}
            sound = [row for n, row in enumerate(spoiled.cells[table.id][:kept]) if n not in places]
            meant = [{c.name: read(c, row[c.name], as_of(period)) for c in table.delivered} for row in sound]
            assert meant == spoiled.taken[table.id]


def test_every_kind_of_fault_comes() -> None:
    kinds: Counter[str] = Counter()
    written: Counter[str] = Counter()
    for delivery in DELIVERIES:
        tables, every = delivered(delivery)
        for ags, period in every:
            spoiled = spoiled_delivery(tables, ags, period)
            kinds.update(w.fault for w in spoiled.waiting)
            for table in tables:
                written["again"] += spoiled.duplicates[table.id]
                for row in spoiled.cells[table.id]:
                    for column in table.delivered:
                        cell = row[column.name]
                        if isinstance(cell, str):
                            written[column.type] += column.type != "string"
                            written["blanks"] += cell != cell.strip()
    assert set(kinds) == {*UNREADABLE, MISSING}
    assert min(written[kind] for kind in ("again", "blanks", "date", "int")) > 10


def test_no_faults_are_no_faults() -> None:
    tables = load_delivery(SOURCES, "vest__strategie")
    rows = rows_of("vest__strategie", "05562024", "2025-H2")
    spoiled = spoil(random.Random(1), tables, rows, 0)
    assert spoiled.cells == spoiled.taken == rows
    assert spoiled.waiting == []


def test_the_same_seed_makes_the_same_faults() -> None:
    tables = load_delivery(SOURCES, "vest__strategie")
    one, same = (spoiled_delivery(tables, "05562024", "2025-H2") for _ in range(2))
    assert one == same
    assert one.cells != rows_of("vest__strategie", "05562024", "2025-H2")
