"""Readings of a few LoRaWAN devices with everything that marts look for, and marts built on them."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

from lakehouse.settings import CHECKOUT
from lakehouse.spec.discovery import load_sources
from tests.support.models import render
from tests.support.workbook_marts import CITIES

READING, EVENT, RECEPTION = "lorawan__reading", "lorawan__device_event", "lorawan__reception"
DEVICE, LIMITS = "lorawan__device", "lorawan__device_quantity"
BEGIN = dt.datetime(2026, 3, 27, tzinfo=dt.UTC)
TABLES = load_sources(CHECKOUT / "sources", [READING, EVENT, RECEPTION, DEVICE, LIMITS])
# a mart's key, and the column without which a row is gone
KEYS: Mapping[str, tuple[tuple[str, ...], str | None]] = {
    "dim_device": (("device_eui",), "is_known"),
    "fct_sensor_flag": (("device_eui", "quantity", "observed_at", "code"), "message_id"),
    "fct_sensor_hour": (("device_eui", "quantity", "hour_at"), None),
    "mart_sensor_daily": (("device_eui", "local_date", "quantity"), None),
    "mart_sensor_city_daily": (("ags", "local_date", "quantity", "unit"), None),
}
# as the first build of a whole mart gave it
_SCHEMAS: dict[str, StructType] = {}
Row = dict[str, Any]
Mart = dict[tuple[Any, ...], Row]


@dataclass
class Silver:
    """Rows by table; `changed` are the deliveries of the last batch."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {feed: [] for feed in TABLES})
    changed: list[str] = field(default_factory=list)


def register() -> dict[str, list[Row]]:
    """Two half-years of three devices, one of them in a garden, and one that moved to another city and never sends."""
    devices, limits = [], []
    for period in ("2025-H2", "2026-H1"):
        for number, (eui, ags) in enumerate([("a" * 16, "05562024"), ("b" * 16, "05562024"), ("c" * 16, "05562032"),
                                             ("d" * 16, "05562036" if period < "2026" else "05562008")]):  # fmt: skip
            about = {"ags": ags, "period": period, "device_eui": eui, "fictitious": True}
            devices.append(about | {
                "name": f"device {number} in {period}", "owner_function": "office", "model": "model",
                "private_place": number == 1, "cell_100m": None if number == 1 else f"cell {number}",
                "commissioned_on": dt.date(2026, 3, 28) if number == 2 else dt.date(2025, 7, 1),
                "reporting_interval_min": [30, 60, 240, 2000][number],
            })  # fmt: skip
            # the limits of the older report are not those that count
            high = 30 if period > "2026" else 5
            limits.append(about | {
                "quantity": "t", "unit": "degC", "minimum": Decimal(-10), "maximum": Decimal(high),
                "max_step": Decimal(10), "stuck_after_h": 6,
            })  # fmt: skip
            limits.append(about | {"quantity": "battery", "unit": "%", "stuck_after_h": 24 if number else None})
    return {DEVICE: devices, LIMITS: limits}


def delivery(drawn: random.Random, number: int, silver: Silver, batches: int) -> None:
    """Adds one batch: most readings are new, some are late, copies with another value, of a wrong clock, or frozen."""
    fetched = BEGIN + dt.timedelta(days=1.5 * (number + 1))
    name = f"{fetched:%Y%m%dT%H%M%S%f}Z-{number:012x}"
    silver.changed = [name]
    for eui in ("a" * 16, "b" * 16, "c" * 16, "f" * 16):
        for _ in range(30):
            chance, back = drawn.random(), drawn.uniform(0, 36) if number else drawn.uniform(0, 150)
            if chance < 0.2:
                back = drawn.uniform(36, 36 * (batches + 3))
            observed = fetched - dt.timedelta(minutes=30 * round(back * 2))
            if 0.2 <= chance < 0.25:
                observed = fetched + dt.timedelta(minutes=drawn.choice([9, 10, 11, 600]))
            told = [("t", _temperature(drawn, observed)), ("battery", drawn.choice([80.0, 80.0, 15.0])), ("door", None)]
            for record, (quantity, value) in enumerate(told):
                about = {"observed_at": observed, "device_eui": eui, "_ingested_at": fetched, "_delivery_id": name}
                about |= {"_record_number": len(silver.rows[READING]) * 10 + record}
                about |= {"message_id": f"{drawn.getrandbits(64):016x}"}
                unit = "degC" if quantity == "t" else None
                silver.rows[READING].append(about | {"quantity": quantity, "value": value, "unit": unit})
            silver.rows[RECEPTION].append(about | {"gateway_id": "gateway"})
        level = drawn.choice([None, 10.0, 19.9, 20.0, 90.0])
        moment = BEGIN + dt.timedelta(hours=drawn.randint(0, 3))
        silver.rows[EVENT].append(about | {"observed_at": moment, "event": "status", "battery_level_pct": level})


def _temperature(drawn: random.Random, observed: dt.datetime) -> float:
    # on some days it hardly moves
    frozen = observed.toordinal() % 3 == 0 and drawn.random() < 0.95
    return 12.5 if frozen else drawn.choice([12.5, 22.5, 22.6, 30.0, 30.1, -10.1, round(drawn.uniform(5, 25), 1)])


def built(spark: SparkSession, silver: Silver, held: Mapping[str, Mart] | None = None) -> dict[str, Mart]:
    """The marts as a whole, or what a build of what changed makes of those that were held, by name and key."""
    for feed, source in TABLES.items():
        columns = ", ".join(f"`{name}` {type_}" for name, type_ in source.stored_columns.items())
        _view(spark, feed, silver.rows[feed], StructType.fromDDL(columns))
    spark.createDataFrame(CITIES, "ags string, name string").createOrReplaceTempView("cities")
    views = {feed: feed for feed in TABLES} | {"dim_municipality": "cities"}
    spark.conf.set("spark.sql.ansi.enabled", "false")
    try:
        marts: dict[str, Mart] = {}
        for name in KEYS:
            if held is None:
                frame = spark.sql(render(name, **views))
            else:
                _view(spark, "held", list(held[name].values()), _SCHEMAS[name])
                changed = {feed: silver.changed for feed in (READING, EVENT, RECEPTION)}
                frame = spark.sql(render(name, changed, this="held", **views))
            _SCHEMAS.setdefault(name, frame.schema)
            marts[name] = _merged(name, held[name] if held else {}, [_utc(row.asDict()) for row in frame.collect()])
            _view(spark, f"built_{name}", list(marts[name].values()), _SCHEMAS[name])
            views[name] = f"built_{name}"
        return marts
    finally:
        spark.conf.set("spark.sql.ansi.enabled", "true")


def _merged(name: str, held: Mart, rows: Sequence[Row]) -> Mart:
    """What the merge leaves: see `spark__get_merge_sql`."""
    columns, gone_without = KEYS[name]
    made = {tuple(row[column] for column in columns): row for row in rows}
    assert len(made) == len(rows), f"{name}: the key comes twice"
    return {key: row for key, row in {**held, **made}.items() if gone_without is None or row[gone_without] is not None}


def _view(spark: SparkSession, name: str, rows: Sequence[Row], schema: StructType) -> None:
    # of what a batch brings twice nothing must depend on the order
    told = pa.Table.from_pylist(sorted(rows, key=lambda row: hash(repr(row))), to_arrow_schema(schema, timezone="UTC"))
    spark.createDataFrame(told, schema).createOrReplaceTempView(name)


def _utc(row: Row) -> Row:
    # Spark gives local times of this process without a zone
    return {n: v.astimezone(dt.UTC) if isinstance(v, dt.datetime) else v for n, v in row.items()}
