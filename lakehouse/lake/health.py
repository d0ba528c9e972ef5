"""How healthy each feed is: when the next data are due, how late they are, and how long the source did not answer.

Freshness is what the data themselves say, or when the source published them; never when they were fetched or loaded.
So a backfill of an old period makes no feed look fresh.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import duckdb

from lakehouse import names
from lakehouse.ingest import fetch_log, landing
from lakehouse.ingest.fetch_log import Attempt
from lakehouse.lake import sql
from lakehouse.lake.ledger import LEDGER
from lakehouse.spec.source import Source
from lakehouse.storage import ObjectStore

TABLE = names.uri("ops", "source_health")
OUTAGE_WINDOW = dt.timedelta(days=90)


@dataclass(frozen=True)
class LastRun:
    """The last line of the ledger for a feed; `published_at` is the newest publication that was ever committed."""

    published_at: dt.datetime | None
    run_id: str
    status: str
    recorded_at: dt.datetime
    read: int
    quarantined: int


@dataclass(frozen=True)
class Freshness:
    """The newest observation of a partition (None: the feed as a whole) and when its delivery was published."""

    partition: str | None
    observed_at: dt.datetime | None
    published_at: dt.datetime | None


@dataclass(frozen=True)
class Health:
    """One line of `ops.source_health`: a feed, or one of its partitions. Times are UTC.

    `deadline` is NULL where the feed promises no cadence or was never asked. `last_run_read` and `last_run_quarantined`
    are rows. Outages are those that reached into the last 90 days, at full length; `failing_since` is the open one.
    """

    feed: str
    partition_value: str | None
    owner: str
    cadence_days: float | None
    grace_days: float | None
    last_published_at: dt.datetime | None
    last_observed_at: dt.datetime | None
    deadline: dt.datetime | None
    is_late: bool
    lateness_days: float
    last_run_id: str | None
    last_run_status: str | None
    last_run_at: dt.datetime | None
    last_run_read: int | None
    last_run_quarantined: int | None
    last_fetch_at: dt.datetime | None
    last_fetch_outcome: str | None
    last_failure: str | None
    failing_since: dt.datetime | None
    outages: int
    outage_hours: float
    longest_outage_hours: float
    checked_at: dt.datetime

    @property
    def sentence(self) -> str:
        """What an alert says of a late feed."""
        assert self.deadline is not None
        what = self.feed if self.partition_value is None else f"{self.feed} ({self.partition_value})"
        fresh = self.last_observed_at or self.last_published_at
        last = f"the last data are of {fresh:%Y-%m-%d %H:%M} UTC" if fresh else "nothing ever came"
        failing = (
            f", the source has not answered since {self.failing_since:%Y-%m-%d %H:%M}" if self.failing_since else ""
        )
        return (
            f"{what} is late: it was due by {self.deadline:%Y-%m-%d %H:%M} UTC "
            f"(every {self.cadence_days:g} days and {self.grace_days:g} days of grace), {last}{failing}. "
            f"Owner: {self.owner}."
        )


def judge(
    source: Source,
    last_run: LastRun | None,
    freshness: Iterable[Freshness],
    attempts: list[Attempt],
    last_failure: str | None,
    now: dt.datetime,
) -> list[Health]:
    """Pure: the lines of one feed, one per partition.

    Args:
        source: feed.
        last_run: None if nothing was ever loaded.
        freshness: of the partitions that silver holds; those that `expects` names and silver lacks are added.
        attempts: every recorded fetch, oldest first.
        last_failure: why the last attempt failed, if it did.
        now: moment of the judgement.
    """
    promise = source.health
    recent = [o for o in fetch_log.outages(attempts) if o.ended is None or o.ended > now - OUTAGE_WINDOW]
    hours = [outage.hours(now) for outage in recent]
    lines = []
    for found in _all_partitions(source, last_run, freshness):
        fresh = found.observed_at if promise and promise.observed else found.published_at
        # a feed that was asked and never brought anything is due one cadence after the first question
        since = fresh or (attempts[0].at if attempts else None)
        deadline = since + dt.timedelta(days=promise.cadence_days + promise.grace_days) if promise and since else None
        late = now - deadline if deadline else dt.timedelta(0)
        lines.append(
            Health(
                feed=source.id,
                partition_value=found.partition,
                owner=source.owner,
                cadence_days=promise.cadence_days if promise else None,
                grace_days=promise.grace_days if promise else None,
                last_published_at=found.published_at,
                last_observed_at=found.observed_at,
                deadline=deadline,
                is_late=late > dt.timedelta(0),
                lateness_days=max(late / dt.timedelta(days=1), 0.0),
                last_run_id=last_run.run_id if last_run else None,
                last_run_status=last_run.status if last_run else None,
                last_run_at=last_run.recorded_at if last_run else None,
                last_run_read=last_run.read if last_run else None,
                last_run_quarantined=last_run.quarantined if last_run else None,
                last_fetch_at=attempts[-1].at if attempts else None,
                last_fetch_outcome=attempts[-1].outcome if attempts else None,
                last_failure=last_failure,
                failing_since=recent[-1].began if recent and recent[-1].ended is None else None,
                outages=len(recent),
                outage_hours=sum(hours),
                longest_outage_hours=max(hours, default=0.0),
                checked_at=now,
            )
        )
    return lines


def newly_late(lines: Iterable[Health], late_before: Collection[tuple[str, str | None]]) -> list[Health]:
    """Pure: what is late now and was not at the last check, so that one lateness is one alert."""
    return [line for line in lines if line.is_late and (line.feed, line.partition_value) not in late_before]


def check(
    connection: duckdb.DuckDBPyConnection, store: ObjectStore, sources: Mapping[str, Source], now: dt.datetime
) -> list[Health]:
    """The lines of all feeds, from the ledger, silver and the recorded fetches.

    Args:
        connection: reads the lake.
        store: store of a role that reads `raw` and `lake/ops`.
        sources: the feeds.
        now: moment of the judgement; an observation after it is an error of the source and does not count.
    """
    last_runs = _last_runs(connection)
    lines = []
    for feed, source in sources.items():
        attempts = fetch_log.history(store, source.delivery)
        failed = bool(attempts) and attempts[-1].outcome == "failed"
        last_run = last_runs.get(feed)
        in_silver = last_run is not None and last_run.published_at is not None
        freshness = _freshness(connection, store, source, now) if in_silver else []
        why = fetch_log.sentence(store, source.delivery, attempts[-1]) if failed else None
        lines += judge(source, last_run, freshness, attempts, why, now)
    return lines


def late_before(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str | None]]:
    """Feeds and partitions that were late at the last check."""
    rows = connection.execute(f"SELECT feed, partition_value FROM {sql.scan(TABLE)} WHERE is_late").fetchall()
    return {(feed, partition) for feed, partition in rows}


def _all_partitions(source: Source, last_run: LastRun | None, freshness: Iterable[Freshness]) -> list[Freshness]:
    promise = source.health
    if promise is None or promise.observed is None:
        return [Freshness(None, None, last_run.published_at if last_run else None)]
    found = {one.partition: one for one in freshness}
    wanted: list[str | None] = [] if promise.partition else [None]
    if source.expects and source.expects.column == promise.partition:
        wanted += source.expects.values
    return [*found.values(), *(Freshness(name, None, None) for name in wanted if name not in found)]


def _last_runs(connection: duckdb.DuckDBPyConnection) -> dict[str, LastRun]:
    rows = connection.execute(
        f"""SELECT feed, max(published_until) FILTER (status = 'committed'), arg_max(run_id, recorded_at),
        arg_max(status, recorded_at), max(recorded_at), arg_max(parsed, recorded_at), arg_max(quarantined, recorded_at)
        FROM {sql.scan(LEDGER)} GROUP BY feed"""
    ).fetchall()
    return {feed: LastRun(*figures) for feed, *figures in rows}


def _freshness(
    connection: duckdb.DuckDBPyConnection, store: ObjectStore, source: Source, now: dt.datetime
) -> list[Freshness]:
    promise = source.health
    if promise is None or promise.observed is None:
        return []
    partition = f'CAST("{promise.partition}" AS VARCHAR)' if promise.partition else "CAST(NULL AS VARCHAR)"
    named = f'AND "{promise.partition}" IS NOT NULL' if promise.partition else ""
    rows = connection.execute(
        f"""SELECT {partition} AS _partition, max(_observed), arg_max(_delivery_id, _observed)
        FROM (SELECT *, CAST("{promise.observed}" AS TIMESTAMPTZ) AS _observed
            FROM {sql.scan(names.uri("silver", source.id))})
        WHERE _observed <= ? {named} GROUP BY _partition ORDER BY _partition""",
        [now],
    ).fetchall()
    published = {delivery: _published_at(store, source.delivery, delivery) for _, _, delivery in rows}
    return [Freshness(name, observed, published[delivery]) for name, observed, delivery in rows]


def _published_at(store: ObjectStore, feed: str, delivery: str) -> dt.datetime | None:
    receipt = landing.receipt(store, feed, delivery)
    return receipt.published_at if receipt else None
