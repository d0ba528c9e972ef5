"""Deliveries of events (`load: append`), of which a day has tens of thousands: the ledger names spans of them.

Ids of deliveries sort by the time at which they were landed, and one bridge lands them one after the other. So all that
a run has to know is how far the last one came, and a span `<first>..<last>` stands for all that lie in it.
"""

from __future__ import annotations

import datetime as dt
from itertools import islice

import duckdb

from lakehouse.ingest import landing
from lakehouse.lake import ledger, sql
from lakehouse.lake.ledger import Plan, receipts
from lakehouse.lake.spans import TO
from lakehouse.settings import Settings
from lakehouse.storage import ObjectStore

# What one run takes: half an hour of batches of two seconds. What is left is the next run's.
AT_MOST = 1_000


def settled_until(connection: duckdb.DuckDBPyConnection, feed: str) -> str:
    """The newest delivery that the ledger names as committed or rejected; empty if it names none."""
    ((newest,),) = connection.execute(
        f"SELECT max(split_part(deliveries[-1], '{TO}', -1)) FROM {sql.scan(ledger.LEDGER)} WHERE parent = ?", [feed]
    ).fetchall()
    return newest or ""


def open_since(settings: Settings, store: ObjectStore, feed: str, known: str) -> tuple[str, bool]:
    """The newest settled delivery, and whether another one was landed since.

    Args:
        settings: addresses and keys.
        store: store of the landing role.
        feed: what is delivered.
        known: a delivery that is known to be settled, or empty; nothing behind it is no reason to read the ledger.
    """
    if not _any_after(store, feed, known):
        return known, False
    with sql.connect(settings, "landing") as connection:
        settled = settled_until(connection, feed)
    return settled, _any_after(store, feed, settled)


def _any_after(store: ObjectStore, feed: str, delivery: str) -> bool:
    return next(landing.landed_after(store, feed, delivery), None) is not None


def plan(settings: Settings, store: ObjectStore, feed: str) -> Plan:
    """The oldest deliveries that were landed since the newest settled one; nothing is applied again on top of them."""
    with sql.connect(settings, "landing") as connection:
        settled = settled_until(connection, feed)
    return Plan(receipts(store, feed, islice(landing.landed_after(store, feed, settled), AT_MOST)), [])


def begins_an_hour(settings: Settings, feed: str, run: str, landed_at: dt.datetime) -> bool:
    """Whether no other run committed what was landed in the same hour (UTC): then figures are due again."""
    with sql.connect(settings, "spark") as connection:
        ((before,),) = connection.execute(
            f"""SELECT max(published_until) < date_trunc('hour', ?::TIMESTAMPTZ) FROM {sql.scan(ledger.LEDGER)}
            WHERE parent = ? AND status = 'committed' AND run_id <> ?""",
            [landed_at, feed, run],
        ).fetchall()
    return before is None or bool(before)


def past(store: ObjectStore, feed: str, published_from: dt.datetime, published_until: dt.datetime) -> Plan:
    """A backfill: every delivery that was landed in a period, whether or not it was loaded before."""
    first, last = (f"{moment:%Y%m%dT%H%M%S%f}" for moment in (published_from, published_until))
    found = []
    for delivery in landing.landed_after(store, feed, first):
        if delivery > last:
            break
        found.append(delivery)
    return Plan(receipts(store, feed, found), [])
