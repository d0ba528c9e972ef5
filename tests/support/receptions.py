"""Random receptions of LoRaWAN uplinks, and the facts of them as builds make them: of all, or of what changed."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from pyspark.sql import SparkSession

from lakehouse.settings import CHECKOUT
from lakehouse.spec.discovery import load_sources
from tests.support.models import THIS, render

FEED = "lorawan__reception"
KEYS = {
    "fct_lorawan_link_month": ("device_eui", "gateway_id", "month"),
    "fct_lorawan_frame_month": ("device_eui", "session", "month"),
}
# how a device counts: a few lost, many lost, over the end of 16 and of 32 bits, into the 17th bit, and anything
BEGINNINGS = (0, 40_000, 2**16 - 30, 2**32 - 30, 70_000)
CORNERS = (0, 1, 5, 15_000, 16_384, 40_000, 2**16 - 16_384, 2**16 - 1, 2**16, 2**16 + 5, 2**32 - 1)

Rows = list[dict[str, Any]]


def month_of(moment: dt.datetime) -> dt.date:
    return moment.astimezone(ZoneInfo("Europe/Berlin")).date().replace(day=1)


def counters(chance: random.Random, length: int) -> list[int]:
    """Frame counters of a session as they came: with losses, copies, replays and late ones, over the counter's end."""
    kind = chance.randrange(8)
    if kind == 0:
        return [chance.choice(CORNERS) for _ in range(length)]
    if kind == 1:
        return [chance.randrange(2**16) for _ in range(length)]
    begin = chance.choice(BEGINNINGS)
    size = 2**16 if begin < 2**16 and chance.random() < 0.7 else 2**32
    at, came = begin, []
    for _ in range(length):
        at += 1 if chance.random() < 0.8 else chance.choice([2, 3, 10, 200, 16_000])
        came.append(at % size)
        if chance.random() < 0.2:
            came.append(chance.choice(came))
    if kind > 4:
        for _ in range(length // 4):
            here = chance.randrange(len(came) - 1)
            came[here], came[here + 1] = came[here + 1], came[here]
    return came


def reception(**more: Any) -> dict[str, Any]:
    return {"device_eui": "a" * 16, "session": "s", "gateway_id": "g", "_delivery_id": delivery(0), **more}


def delivery(number: int) -> str:
    """An id as a delivery has it."""
    return f"20260101T{number:012}Z-{'0' * 12}"


def as_view(spark: SparkSession, rows: Iterable[dict[str, Any]], feed: str, name: str) -> None:
    columns = load_sources(CHECKOUT / "sources", [feed])[feed].stored_columns
    schema = ", ".join(f"{column} {type_}" for column, type_ in columns.items())
    told = [tuple(row.get(column) for column in columns) for row in rows]
    spark.createDataFrame(told, schema).createOrReplaceTempView(name)


def built(spark: SparkSession, model: str, rows: Rows, **given: Any) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Rows of one of the facts by key, without ANSI mode as dbt-spark has it."""
    as_view(spark, rows, FEED, "receptions")
    spark.conf.set("spark.sql.ansi.enabled", "false")
    try:
        found = [
            row.asDict(recursive=True) for row in spark.sql(render(model, **given, **{FEED: "receptions"})).collect()
        ]
    finally:
        spark.conf.set("spark.sql.ansi.enabled", "true")
    by_key = {tuple(row[name] for name in KEYS[model]): row for row in found}
    assert len(by_key) == len(found)
    return by_key


def grown(spark: SparkSession, model: str, parts: Sequence[Rows]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """What a fact holds after a build for each part, of which only the first is a whole one."""
    held = built(spark, model, parts[0])
    rows = list(parts[0])
    for part in parts[1:]:
        rows += part
        this = spark.createDataFrame([tuple(row.values()) for row in held.values()], _schema(spark, model))
        this.createOrReplaceTempView("held")
        changed = {FEED: sorted({row["_delivery_id"] for row in part})}
        held |= built(spark, model, rows, changed=changed, **{THIS: "held"})
    return held


def _schema(spark: SparkSession, model: str) -> Any:
    return spark.sql(render(model, **{FEED: "receptions"})).schema
