"""Bodies of the tasks of one feed: thin calls into the rooms, with the imports inside so that parsing stays fast.

A rejected delivery fails its task at once (the same bytes fail again); everything else is tried again.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from dags.shared.stages import stage

if TYPE_CHECKING:
    from lakehouse.ingest.landing import Receipt
    from lakehouse.settings import Settings
    from lakehouse.spec.source import Source
    from lakehouse.storage import ObjectStore

log = logging.getLogger("smartvest.ingest")


def land(
    feed: str, run: str, published_from: str | None, published_until: str | None, deliveries: str = ""
) -> dict[str, Any]:
    """Fetches what is new, or takes past deliveries: of a period, or those listed.

    Returns:
        receipts to load (`pending`), and those to apply again on top of them (`replayed`).
    """
    from lakehouse.ingest import landing, lease
    from lakehouse.lake import events, ledger
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore

    settings = Settings.load()
    store = ObjectStore.for_role(settings, "landing")
    lease.take(store, feed, run)
    try:
        brings_events = _tables(feed)[0].load.kind == "append"
        if deliveries:
            plan = ledger.chosen(settings, store, feed, deliveries.split(","))
        elif published_from or published_until:
            period = _day(published_from, "0001-01-01"), _day(published_until, "9999-12-31")
            plan = events.past(store, feed, *period) if brings_events else ledger.past(settings, store, feed, *period)
        elif brings_events:
            plan = events.plan(settings, store, feed)
        else:
            stored = landing.deliveries(store, feed)
            landed = _fetch(settings, store, feed, run, stored)
            plan = ledger.plan(settings, store, feed, stored, landed)
        if not plan.pending:
            raise AirflowSkipException(f"{feed}: nothing new")
    except BaseException:
        # `finish` only follows a landing that succeeded
        lease.release(store, feed, run)
        raise
    log.info("%s: %d deliveries to load, %d later ones to apply again", feed, len(plan.pending), len(plan.replayed))
    return {
        "pending": [receipt.model_dump(mode="json") for receipt in plan.pending],
        "replayed": [receipt.model_dump(mode="json") for receipt in plan.replayed],
    }


def load(feed: str, run: str, plan: dict[str, Any]) -> dict[str, Any]:
    """Takes the deliveries of a plan to silver; a delivery that breaks a file rule is rejected, the others go on.

    The whole way is one task: its stages hand on what they know, a retry begins with the landed bytes, and each stage
    does its work once however often it is called.

    Returns:
        `rejected`: why deliveries were rejected although the others went on.
    """
    from dags.shared.loading import Loading
    from lakehouse.ingest.landing import Receipt
    from lakehouse.lake import deliveries
    from lakehouse.settings import Settings
    from lakehouse.spec.inbox import Inbox
    from lakehouse.storage import ObjectStore

    settings, tables = Settings.load(), _tables(feed)
    store = ObjectStore.for_role(settings, "spark")
    _renew_lease(feed, run)
    pending = [Receipt.model_validate(receipt) for receipt in plan["pending"]]
    replayed = [Receipt.model_validate(receipt) for receipt in plan["replayed"]]
    loading = Loading(settings, store, tables, run, lambda: _renew_lease(feed, run))
    loaded, outcome = loading.load(pending, replayed)
    deliveries.record(settings, tables, run, pending, loaded.rejected, loaded.counts)
    if isinstance(tables[0].fetch, Inbox):
        from dags.shared.answering import answer

        with stage(feed, "answer"):
            answer(settings, store, tables, pending, loaded, outcome)
    # two deliveries may be rejected for the same reason
    rejected = list(dict.fromkeys(map(str, loaded.rejected.values())))
    if rejected and not loaded.committed:
        raise AirflowFailException("; ".join(rejected))
    return {"rejected": rejected}


def load_events(feed: str, run: str, plan: dict[str, Any]) -> dict[str, Any]:
    """The same for events, which come all day: it tells of its silver tables only once an hour, by an alias."""
    from airflow.sdk import Asset, AssetAlias, get_current_context

    from lakehouse import names
    from lakehouse.ingest.landing import Receipt
    from lakehouse.lake import bridged, events
    from lakehouse.settings import Settings

    loaded = load(feed, run, plan)
    settings, receipts = Settings.load(), [Receipt.model_validate(receipt) for receipt in plan["pending"]]
    bridged.record(settings, run, receipts)
    if events.begins_an_hour(settings, feed, run, max(receipt.published_at for receipt in receipts)):
        told = get_current_context()["outlet_events"][AssetAlias(names.silver_asset(feed))]
        for table in _tables(feed):
            told.add(Asset(names.silver_asset(table.id)))
    return loaded


def report_rejections(loaded: dict[str, Any]) -> None:
    """Makes a rejected delivery visible although the others went on: `load` has to succeed, or no mart would follow."""
    if loaded["rejected"]:
        raise AirflowFailException("; ".join(loaded["rejected"]))


def finish(feed: str, run: str) -> None:
    """Gives the lease back."""
    from lakehouse.ingest import lease
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore

    lease.release(ObjectStore.for_role(Settings.load(), "landing"), feed, run)


def refuse(feed: str) -> None:
    """Fails with the reason why a feed cannot be read.

    It is read again here: as an argument the reason would be rendered as a template, and it quotes the file.
    """
    from lakehouse.errors import SpecError

    try:
        _tables(feed)
    except SpecError as error:
        raise AirflowFailException(str(error)) from None


def _fetch(settings: Settings, store: ObjectStore, feed: str, run: str, stored: Sequence[str]) -> list[Receipt]:
    """Lands what is new and writes down the attempt, so that an outage of the source has a length."""
    from lakehouse.errors import FetchError
    from lakehouse.ingest import fetch_log, inbox, landing
    from lakehouse.spec.inbox import Inbox

    source = _tables(feed)[0]
    if isinstance(source.fetch, Inbox):
        # nobody was asked who could fail to answer
        return inbox.land(store, source, run, stored)
    try:
        landed = landing.land(store, source, settings.feeds_url, run, stored, settings.contact)
    except FetchError as error:
        fetch_log.record(store, feed, run, "failed", str(error))
        raise
    fetch_log.record(store, feed, run, "ok" if landed else "unchanged")
    return landed


def _renew_lease(feed: str, run: str) -> None:
    """A run that was thought dead and lost its lease stops here instead of writing beside its successor."""
    from lakehouse.ingest import lease
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore

    lease.take(ObjectStore.for_role(Settings.load(), "landing"), feed, run)


def _tables(feed: str) -> list[Source]:
    from lakehouse.settings import Settings
    from lakehouse.spec.discovery import load_delivery

    return load_delivery(Settings.load().sources_dir, feed)


def _day(text: str | None, default: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text or default).replace(tzinfo=dt.UTC)
