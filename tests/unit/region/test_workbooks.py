"""Rows with faults, written into the real template, come out of the real parser as what their truth says."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.region.facts import as_of
from lakehouse.workbook import template
from lakehouse.workbook.check import check
from tests.support.uploads import parsed
from tests.unit.region.reading import problems, read
from tests.unit.region.test_faults import AGAIN, delivered, spoiled_delivery
from tests.unit.region.test_region import DELIVERIES


@pytest.mark.parametrize("csv", [False, True], ids=["workbook", "csv"])
@pytest.mark.parametrize("delivery", DELIVERIES)
def test_the_truth_survives_the_file(delivery: str, csv: bool, tmp_path: Path) -> None:
    tables, every = delivered(delivery)
    for ags, period in every[::7]:
        spoiled = spoiled_delivery(tables, ags, period)
        path = tmp_path / f"{ags}-{period}"
        (template.write_csv if csv else template.write)(path, tables, ags, period, spoiled.cells)
        checked = check(path, tables, ags, period)
        assert checked.notices == []
        assert checked.rows == {table.id: len(spoiled.cells[table.id]) for table in tables}
        texts = {
            table.id: [
                {column.name: record[column.name] for column in table.delivered}
                for record in (
                    parsed(checked.source(table), path, tmp_path / "bronze") if checked.rows[table.id] else []
                )
            ]
            for table in tables
        }
        found = problems(tables, texts, ags, period, as_of(period))
        assert {(p.table, p.row) for p in found if p.reason != AGAIN} == {(w.table, w.row) for w in spoiled.waiting}
        for table in tables:
            waiting = {w.row for w in spoiled.waiting if w.table == table.id}
            kept = texts[table.id][: len(texts[table.id]) - spoiled.duplicates[table.id]]
            meant = [
                {c.name: read(c, row[c.name], as_of(period)) for c in table.delivered}
                for number, row in enumerate(kept)
                if number not in waiting
            ]
            assert meant == spoiled.taken[table.id]
