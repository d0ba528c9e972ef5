"""Every feed's sample through the warm server into silver, as its tasks do it; the region's feeds came by Airflow."""

from __future__ import annotations

import csv
import shutil

import pytest

from dags.shared import tasks
from infra.local import feed_files
from lakehouse import names
from lakehouse.lake import ledger, sql
from lakehouse.lake.dbt_artifacts import awaited_feeds
from lakehouse.settings import CHECKOUT
from lakehouse.spec.discovery import delivery_ids, discover
from lakehouse.spec.inbox import Inbox
from tests.support.stack import LocalStack

pytestmark = pytest.mark.timeout(300)

KEPT = ("filtered", "quarantined", "duplicate", "superseded")


SOURCES = CHECKOUT / "sources"
# workbooks come by way of the inbox: tests/integration/test_7_uploads.py
WORKBOOKS = {s.delivery for s in discover(SOURCES).values() if isinstance(s.fetch, Inbox)}
OTHERS = sorted({*delivery_ids(SOURCES)} - {*awaited_feeds(CHECKOUT / "dbt")} - WORKBOOKS)


@pytest.mark.parametrize("feed", OTHERS)
def test_a_sample_reaches_silver_with_every_row_accounted_for(stack: LocalStack, feed: str) -> None:
    folder = stack.sources_dir / feed
    dropped_in = not folder.exists()
    if dropped_in:
        shutil.copytree(CHECKOUT / "sources" / feed, folder)
    feed_files.place({feed: stack.sources[feed]}, stack.feeds_dir)
    try:
        run = "every feed"
        tasks.load(feed, run, tasks.land(feed, run, None, None))
        tasks.finish(feed, run)
    finally:
        if dropped_in:
            # it would come due while other tests run
            shutil.rmtree(folder)
    with stack.lake() as lake:
        ((*kept, valid, stored),) = lake.execute(
            f"""SELECT {", ".join(KEPT)}, unchanged + inserted + updated,
            (SELECT count(*) FROM {sql.scan(names.uri("silver", feed))})
            FROM {sql.scan(ledger.LEDGER)} WHERE feed = '{feed}' AND run_id = '{run}'"""
        ).fetchall()
    with (CHECKOUT / "sources" / feed / "sample" / "expected_counts.csv").open(encoding="utf-8") as file:
        expected = {line["class"]: int(line["rows"]) for line in csv.DictReader(file)}
    assert dict(zip((*KEPT, "valid"), (*kept, valid), strict=True)) == expected
    assert stored == expected["valid"]
