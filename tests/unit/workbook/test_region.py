"""Every workbook of the region: filled, saved by another program, and read again as what was put into it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from infra.region import ENTITIES, rows_of
from lakehouse.administrations import ADMINISTRATIONS
from lakehouse.settings import CHECKOUT
from lakehouse.spec.column import Column
from lakehouse.spec.discovery import load_delivery
from lakehouse.spec.inbox import Inbox
from lakehouse.workbook import template
from lakehouse.workbook.check import check
from tests.support.uploads import edited, parsed

MADE = sorted(ENTITIES)


def as_read(column: Column, text: str | None) -> Any:
    """What the German dialect makes of a text of bronze."""
    if not text:
        return None
    said = {label: code for code, label in column.codes.items()}
    if column.many:
        return [said[one] for one in text.split("; ")]
    match column.type:
        case "string":
            return said.get(text, text)
        case "boolean":
            return {"ja": True, "nein": False}[text]
        case "date":
            return dt.datetime.strptime(text, "%d.%m.%Y").date()
        case _:
            return Decimal(text.replace(".", "").replace(",", "."))


@pytest.mark.parametrize("as_csv", [False, True], ids=["workbook", "CSV"])
@pytest.mark.parametrize("delivery", MADE)
def test_what_the_region_fills_in_comes_out_again(delivery: str, as_csv: bool, tmp_path: Path) -> None:
    every = load_delivery(CHECKOUT / "sources", delivery)
    fetch = every[0].fetch
    assert isinstance(fetch, Inbox)
    period = "2025" if fetch.period == "year" else "2025-H1"
    # one city in turn, so that all of them are drawn
    ags = list(ADMINISTRATIONS)[MADE.index(delivery) + 1]
    rows, path = rows_of(delivery, ags, period), tmp_path / "filled.xlsx"
    (template.write_csv if as_csv else template.write)(path, every, ags, period, rows)
    if not as_csv:
        edited(path, lambda book: None)
    checked = check(path, every, ags, period)
    assert (checked.rows, checked.notices) == ({table.id: len(rows[table.id]) for table in every}, [])
    for table in (table for table in every if rows[table.id]):
        records = parsed(checked.source(table), path, tmp_path / "parsed")
        assert [record["_record_error"] for record in records] == [None] * len(records)
        read = [{c.name: as_read(c, record[c.name]) for c in table.delivered} for record in records]
        assert read == [{c.name: row[c.name] for c in table.delivered} for row in rows[table.id]]
