"""The region with everything in it: all feeds from real files, workbooks of all administrations, all marts built."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from infra.local.feed_files import served_name
from infra.region import rows_of
from infra.region.deliveries import deliver
from lakehouse import open_release
from lakehouse.administrations import ADMINISTRATIONS
from lakehouse.lake.silver_state import silver_state
from lakehouse.spec.inbox import Inbox
from tests.integration import sensors
from tests.integration.every_feed import OTHERS, SOURCES, WORKBOOKS, load
from tests.support.built import run_feed
from tests.support.stack import LocalStack

# the periods for which all administrations deliver
YEARS, HALF_YEARS = ("2024", "2025"), ("2025-H1", "2025-H2")
RUN = "all marts"


class Figures:
    """The released marts, and what went in: files as they were served, rows as they were made up."""

    def __init__(self, stack: LocalStack) -> None:
        """Opens the current release of a stack."""
        opened = open_release(settings=stack.settings)
        self._connection, self.release = opened.connection, opened.manifest
        self._feeds_dir = stack.feeds_dir

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of a statement over the released marts."""
        return self._connection.execute(statement).fetchall()

    def file(self, feed: str) -> list[Path]:
        """The files that a feed was loaded from, the pages of a list one by one."""
        fetch = SOURCES[feed].fetch
        assert not isinstance(fetch, Inbox)
        found: list[Path] = []
        for address in fetch.mirrored.addresses:
            path = self._feeds_dir / served_name(address)
            pages = path.parent.glob(f"{path.name.partition('@')[0]}*")
            found += [path] if path.is_file() else sorted(page for page in pages if page.is_file())
        assert found, feed
        return found

    def rows(self, delivery: str, table: str) -> list[dict[str, Any]]:
        """What all administrations said in a table of a workbook, with `ags` and `period`, straight from its maker."""
        return [
            {**row, "ags": ags, "period": period}
            for ags in ADMINISTRATIONS
            for period in periods(delivery)
            for row in rows_of(delivery, ags, period)[table]
        ]


def periods(delivery: str) -> Sequence[str]:
    """The periods for which a workbook is delivered here."""
    fetch = SOURCES[load_delivery_id(delivery)].fetch
    assert isinstance(fetch, Inbox)
    return HALF_YEARS if fetch.period == "half_year" else YEARS


def load_delivery_id(delivery: str) -> str:
    """A table of a workbook; they share what is said of its delivery."""
    return min(feed for feed, source in SOURCES.items() if source.delivery == delivery)


def load_everything(stack: LocalStack, data: Path) -> None:
    """Loads what is not there yet on top of the region. Raises what a task raises."""
    with stack.lake() as lake:
        there = {*silver_state(lake)}
    # first: they start a build, which the other feeds would make long
    sensors.loaded(stack)
    for feed in OTHERS:
        if feed not in there:
            load(stack, feed, data)
    for delivery in WORKBOOKS:
        list(deliver(stack.settings, delivery, periods(delivery)))
        run_feed(delivery, RUN)
