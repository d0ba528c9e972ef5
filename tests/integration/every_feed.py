"""Loads feeds that no release waits for into the stack of the integration tests, as their tasks do it."""

from __future__ import annotations

import csv
from pathlib import Path

from infra.local import feed_files
from lakehouse.lake.dbt_artifacts import awaited_feeds
from lakehouse.settings import CHECKOUT
from lakehouse.spec.discovery import discover
from lakehouse.spec.inbox import Inbox
from tests.support.built import run_feed
from tests.support.real import place, real
from tests.support.stack import LocalStack

SOURCES = discover(CHECKOUT / "sources")
# workbooks come by way of the inbox
WORKBOOKS = sorted({source.delivery for source in SOURCES.values() if isinstance(source.fetch, Inbox)})
OTHERS = sorted({feed for feed, source in SOURCES.items() if source.is_fetched} - {*awaited_feeds(CHECKOUT / "dbt")})
RUN = "every feed"
KEPT = ("filtered", "quarantined", "duplicate", "superseded")


def load(stack: LocalStack, feed: str, data: Path | None) -> dict[str, int]:
    """Loads the recorded real files of a feed, or its sample where there are none.

    Args:
        stack: where.
        feed: one of `OTHERS`.
        data: folder of the real files; the samples if not given.

    Returns:
        how many rows each class must have, counted without our code.
    """
    known = real(SOURCES[feed]) if data else None
    if known is not None and data is not None:
        place(SOURCES[feed], known, data, stack.feeds_dir)
        expected = {name: getattr(known, name) for name in KEPT} | {"valid": known.silver}
    else:
        feed_files.place({feed: SOURCES[feed]}, stack.feeds_dir)
        with (SOURCES[feed].folder / "sample" / "expected_counts.csv").open(encoding="utf-8") as file:
            expected = {line["class"]: int(line["rows"]) for line in csv.DictReader(file)}
    run_feed(feed, RUN)
    return expected
