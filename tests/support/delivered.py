"""Random histories of deliveries as the lakehouse writes them down, and a mart on them without dbt or a lake."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from pyspark.sql import SparkSession

from lakehouse.administrations import ADMINISTRATIONS
from lakehouse.lake import ops
from lakehouse.lake.deliveries import REASONS
from lakehouse.settings import CHECKOUT
from lakehouse.spec.discovery import discover
from lakehouse.spec.inbox import Inbox
from tests.support.models import render

SOURCES = discover(CHECKOUT / "sources")
WORKBOOKS = {s.delivery: s.fetch for s in SOURCES.values() if isinstance(s.fetch, Inbox)}
TABLES = {name: sorted(s.id for s in SOURCES.values() if s.delivery == name) for name in WORKBOOKS}
# with and without a promise, and one that nobody declares any more
FETCHED = ("dwd__station", "dwd__solar_10min", "geo_nrw__boundary", "uba__air_quality_hour", "gone__feed")
DELIVERED = {**TABLES, **{feed: [feed] for feed in FETCHED}}
SENDERS = list(ADMINISTRATIONS)[:3]
BEGIN = dt.datetime(2022, 1, 1, tzinfo=dt.UTC)
COUNTS = ("read", "taken", "quarantined", "duplicate", "filtered")
Rows = list[dict[str, Any]]


def loaded(drawn: random.Random, parent: str, delivery: dict[str, Any], run: int) -> Rows:
    """What one run makes of a delivery."""
    outcome = drawn.choice(["taken", "taken", "taken", "rejected", "withdrawn"])
    said = {
        **delivery,
        "parent": parent,
        "run_id": f"run {run}",
        "recorded_at": BEGIN + dt.timedelta(days=4000, hours=run),
        "reason": drawn.choice(list(REASONS)) if outcome == "rejected" else None,
    }
    if outcome == "rejected":
        read = drawn.choice([None, 5])
        return [{**said, "feed": f, "outcome": outcome, "read": read, "taken": 0} for f in DELIVERED[parent]]
    if outcome == "withdrawn":
        nothing = dict.fromkeys(COUNTS, 0)
        return [{**said, "feed": f, "outcome": outcome, **nothing} for f in DELIVERED[parent]]
    nil, rows = drawn.random() < 0.2, []
    for feed in DELIVERED[parent]:
        counts = dict.fromkeys(COUNTS, 0)
        if not nil:
            counts |= {name: drawn.choice([0, 0, 1, 7]) for name in COUNTS[2:]} | {"taken": drawn.randint(0, 40)}
        counts["read"] = sum(counts.values())
        rows.append({**said, "feed": feed, "outcome": "partly" if counts["quarantined"] else "committed", **counts})
    return rows


def history(seed: int) -> Rows:
    """Deliveries of some feeds and administrations, some of them loaded twice."""
    drawn, rows = random.Random(seed), []
    for number in range(400):
        parent = drawn.choice(list(DELIVERED))
        fetch = WORKBOOKS.get(parent)
        published = BEGIN + dt.timedelta(seconds=drawn.randrange(4 * 365 * 86400))
        period = drawn.choice(fetch.periods(published.date())[:3]) if fetch else ""
        if fetch and drawn.random() < 0.4:
            # on the last day or, by the clocks of the region, a little behind it
            published = dt.datetime.combine(fetch.due(period), dt.time(drawn.choice([9, 21, 22, 23])), dt.UTC)
        delivery = {
            "delivery": f"d{number}",
            "sender": drawn.choice(SENDERS) if fetch else "",
            "period": period,
            "published_at": published,
            "fetched_at": published + dt.timedelta(hours=drawn.choice([0, 1, 50])),
        }
        for run in drawn.sample(range(9), drawn.choice([1, 1, 1, 2])):
            rows += loaded(drawn, parent, delivery, run)
    drawn.shuffle(rows)
    return rows


def mart(spark: SparkSession, name: str, rows: Rows) -> Rows:
    columns = ops.DELIVERIES
    schema = ", ".join(f"{column} {type_}" for column, type_ in columns.items())
    told = [tuple(row.get(column) for column in columns) for row in rows]
    spark.createDataFrame(told, schema).createOrReplaceTempView("told")
    spark.conf.set("spark.sql.ansi.enabled", "false")
    try:
        return [row.asDict() for row in spark.sql(render(name, ops__deliveries="told")).toLocalIterator()]
    finally:
        spark.conf.set("spark.sql.ansi.enabled", "true")
