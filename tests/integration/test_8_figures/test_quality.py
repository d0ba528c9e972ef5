"""How sources and administrations deliver: counted in the files that were served and in the rows that were made up."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter

import pytest

from lakehouse.administrations import ADMINISTRATIONS
from lakehouse.spec.inbox import Inbox
from tests.integration.every_feed import SOURCES
from tests.integration.test_8_figures.region import Figures

POSTCODES = "osm__postcode"


def test_every_record_of_a_file_is_counted_and_the_next_one_is_due_as_declared(all_marts: Figures) -> None:
    [path] = all_marts.file(POSTCODES)
    with path.open(encoding="utf-8", newline="") as file:
        records = sum(1 for _ in csv.DictReader(file))
    found = all_marts.query(
        f"""select rows_read, rows_taken + rows_duplicate, rows_refused, deliveries_taken, refused_pct, complete_pct,
        deadline - last_accepted_at, (deadline < as_of_at) = is_late
        from mart_source_health where feed = '{POSTCODES}'"""
    )
    # a year, and 120 days of grace
    assert found == [(records, records, 0, 1, 0, 100, dt.timedelta(days=485), True)] and records > 0
    feeds = all_marts.query("select distinct feed from mart_source_health")
    assert {feed for (feed,) in feeds} >= {*SOURCES}, "each has delivered, or is told of as one that has not"


@pytest.mark.parametrize("delivery", ["vest__leuchttuerme", "vest__beteiligung"])
def test_what_counts_of_every_administration_is_what_it_delivered(all_marts: Figures, delivery: str) -> None:
    tables = [source for source in SOURCES.values() if source.delivery == delivery]
    fetch = tables[0].fetch
    assert isinstance(fetch, Inbox)
    delivered = Counter((r["ags"], r["period"]) for t in tables for r in all_marts.rows(delivery, t.id))
    [(today,)] = all_marts.query("select distinct as_of_date from mart_supplier_scorecard")
    due = [period for period in fetch.periods(today) if fetch.due(period) < today]
    found = all_marts.query(
        f"""select ags, period, is_delivered, rows_taken, rows_waiting, attempts > 0, waits_for, due_on
        from mart_supplier_scorecard where workbook = '{delivery}'"""
    )
    came = {period for _, period in delivered}
    assert came & {*due}
    assert sorted(found) == sorted(
        (ags, period, True, delivered[ags, period], 0, True, "nobody", fetch.due(period))
        if period in came
        else (ags, period, False, 0, 0, False, "administration", fetch.due(period))
        for ags in ADMINISTRATIONS
        for period in due
    )
