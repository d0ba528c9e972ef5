"""Lets the made-up region deliver: fills workbooks and puts them into the inbox, each with its sender's own keys."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from infra.region import ENTITIES, rows_of
from infra.region.facts import KNOWN_UNTIL, periods
from lakehouse import names
from lakehouse.administrations import ADMINISTRATIONS
from lakehouse.settings import Settings
from lakehouse.spec.discovery import delivery_ids, load_delivery
from lakehouse.spec.inbox import Inbox
from lakehouse.storage import ObjectStore
from lakehouse.workbook import template


def filled(sources_dir: Path, delivery: str, ags: str, period: str, into: Path) -> Path:
    """Writes the workbook of one administration as it comes back filled, without a fault."""
    tables = load_delivery(sources_dir, delivery)
    template.write(into, tables, ags, period, rows_of(delivery, ags, period))
    return into


def deliver(
    settings: Settings, delivery: str, periods: Iterable[str], senders: Iterable[str] = ADMINISTRATIONS
) -> Iterator[str]:
    """Puts the workbooks of some administrations into the inbox, unless they were answered before.

    Args:
        settings: addresses and keys.
        delivery: id of the workbook.
        periods: whose.
        senders: administrations, by AGS.

    Yields:
        the key of each upload.
    """
    with tempfile.TemporaryDirectory() as folder:
        for ags in senders:
            store = ObjectStore.for_role(settings, ags)
            for period in periods:
                key = f"{names.inbox_prefix(ags, delivery)}{period}/{delivery}.xlsx"
                if any(store.list(names.ANSWERS, f"{key}/")):
                    continue
                path = filled(settings.sources_dir, delivery, ags, period, Path(folder) / "workbook.xlsx")
                store.put_file(names.INBOX, key, path)
                yield key


def known(settings: Settings) -> list[str]:
    """The workbooks of the region that this stack knows."""
    return [delivery for delivery in delivery_ids(settings.sources_dir) if delivery in ENTITIES]


def newest(settings: Settings) -> Iterator[str]:
    """Lets every administration deliver all workbooks for the last period that is over.

    Yields:
        the key of each upload.
    """
    for delivery in known(settings):
        fetch = load_delivery(settings.sources_dir, delivery)[0].fetch
        assert isinstance(fetch, Inbox)
        over = [period for period in periods(fetch.period) if fetch.ends(period) < KNOWN_UNTIL]
        yield from deliver(settings, delivery, over[-1:])
