"""The quarantine as an operator sees it: what was refused, why, and what a fixed rule has to load again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import duckdb

from lakehouse import names
from lakehouse.errors import LakehouseError
from lakehouse.lake import sql
from lakehouse.storage import ObjectStore

# a reason quotes what was delivered, as in `height: 'x' is not a number` and `the key (5) comes twice`
_RULE = r"""regexp_replace(regexp_replace(reason, '(?s)^(\w+:) ''.*'' (is|does) ', '\1 \2 '),
    '(?s)^the key \(.*\) comes ', 'the key comes ')"""


@dataclass(frozen=True)
class Summary:
    """What one feed has in quarantine. A row with two reasons counts for both; times are those of fetching, UTC."""

    feed: str
    rows: int
    deliveries: int
    reasons: dict[str, int]
    oldest: dt.datetime
    newest: dt.datetime


@dataclass(frozen=True)
class Refused:
    """One refused row: where it was delivered, all its reasons, its text as delivered."""

    source_object: str
    record_number: int
    reasons: list[str]
    raw: str


def feeds(store: ObjectStore) -> list[str]:
    """Feeds that have a quarantine table, whether or not anything is in it."""
    return [prefix.split("/")[1] for prefix in store.list(names.LAKE, "quarantine/", recursive=False)]


def summary(connection: duckdb.DuckDBPyConnection, feed: str) -> Summary | None:
    """What a feed has in quarantine, reasons without the quoted values and the most frequent first; None if nothing."""
    rows, deliveries, oldest, newest = _one(
        connection.execute(
            f"SELECT count(*), count(DISTINCT _delivery_id), min(_ingested_at), max(_ingested_at) FROM {_table(feed)}"
        )
    )
    if not rows:
        return None
    reasons = connection.execute(
        f"SELECT {_RULE} AS rule, count(*) FROM (SELECT unnest(reasons) AS reason FROM {_table(feed)}) GROUP BY rule"
    ).fetchall()
    ranked = dict(sorted(reasons, key=lambda found: (-found[1], found[0])))
    return Summary(feed, rows, deliveries, ranked, oldest, newest)


def refused(connection: duckdb.DuckDBPyConnection, feed: str, reason: str | None, limit: int) -> list[Refused]:
    """Refused rows in the order of delivery and record.

    Args:
        connection: reads the lake.
        feed: feed id; its quarantine table must exist.
        reason: only rows with a reason that contains this text, with the quoted value or without.
        limit: at most so many rows.
    """
    rows = connection.execute(
        f"""SELECT _source_object, _record_number, reasons, raw FROM {_table(feed)}
        WHERE ? IS NULL OR len(list_filter(reasons, lambda reason: contains(reason, ?) OR contains({_RULE}, ?))) > 0
        ORDER BY _delivery_id, _record_number, reasons LIMIT ?""",
        [reason, reason, reason, limit],
    ).fetchall()
    return [Refused(*row) for row in rows]


def deliveries(connection: duckdb.DuckDBPyConnection, feed: str) -> list[str]:
    """Deliveries of a feed with rows in quarantine, by time of fetching."""
    rows = connection.execute(f"SELECT DISTINCT _delivery_id FROM {_table(feed)} ORDER BY 1").fetchall()
    return [delivery for (delivery,) in rows]


def of_delivery(
    connection: duckdb.DuckDBPyConnection, feed: str, delivery: str, limit: int
) -> list[tuple[int, list[str]]]:
    """Record number and reasons of what a delivery has in quarantine, in the order of the records; at most `limit`."""
    return connection.execute(
        f"SELECT _record_number, reasons FROM {_table(feed)} WHERE _delivery_id = ? ORDER BY _record_number LIMIT ?",
        [delivery, limit],
    ).fetchall()


def check_feed(store: ObjectStore, feed: str) -> None:
    """Raises LakehouseError if a feed has no quarantine table; the message names those that have one."""
    if feed not in (known := feeds(store)):
        raise LakehouseError(f"{feed} has no quarantine; there are {', '.join(known) or 'none yet'}")


def _table(feed: str) -> str:
    return sql.scan(names.uri("quarantine", feed))


def _one(result: duckdb.DuckDBPyConnection) -> tuple[int, int, dt.datetime, dt.datetime]:
    row = result.fetchone()
    assert row is not None
    rows, deliveries, oldest, newest = row
    return rows, deliveries, oldest, newest
