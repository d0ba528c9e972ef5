"""What counts, what is missing and what is implausible in indicators of readings: random input, brute force."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from pyspark.sql import SparkSession

from tests.support.models import render

BERLIN = ZoneInfo("Europe/Berlin")
FLAGS = ["plausible"] * 6 + ["missing", "out_of_range", "flagged", "future"]
# both days on which the clocks change, the ends of years and months
AROUND = [datetime(2024, 3, 31, tzinfo=UTC), datetime(2024, 10, 27, tzinfo=UTC), datetime(2024, 12, 31, tzinfo=UTC)]

Figure = tuple[Decimal | None, int, int, int]


def hours(first: date, after: date) -> int:
    begin, end = (datetime(day.year, day.month, day.day, tzinfo=BERLIN) for day in (first, after))
    return round((end.astimezone(UTC) - begin.astimezone(UTC)) / timedelta(hours=1))


def readings(seed: int, step: timedelta) -> list[tuple[datetime, str]]:
    chance = random.Random(seed)
    return [
        (noon + step * number, chance.choice(FLAGS))
        for noon in AROUND
        for number in sorted(chance.sample(range(-200, 200), 150))
    ]


@pytest.mark.parametrize("seed", range(3))
def test_bicycles_of_a_month(spark: SparkSession, seed: int) -> None:
    chance = random.Random(seed)
    rows = [
        ("s", at.replace(tzinfo=None), kind, None if flag == "missing" else chance.randint(0, 90), flag)
        for at, flag in readings(seed, timedelta(minutes=15))
        for kind in ("total", "channel")
    ]
    types = "site_id string, observed_at string, kind string, bicycles int, plausibility string"
    as_view(spark, rows, types, "counts")
    months: dict[date, list[tuple[int | None, str]]] = defaultdict(list)
    for _, at, kind, bicycles, flag in rows:
        if kind == "total":
            months[at.replace(tzinfo=UTC).astimezone(BERLIN).date().replace(day=1)].append((bicycles, flag))
    expected = {}
    for first, counts in months.items():
        good = [bicycles for bicycles, flag in counts if flag == "plausible" and bicycles is not None]
        after = (first + timedelta(days=31)).replace(day=1)
        bad = sum(flag not in ("plausible", "missing") for _, flag in counts)
        expected[first] = (sum(good) if good else None, len(good), 4 * hours(first, after), bad)
    assert figures(spark, "bicycles", "bicycles_counted", bike_muenster__count="counts") == expected


@pytest.mark.parametrize("seed", range(3))
def test_weather_of_a_day(spark: SparkSession, seed: int) -> None:
    chance = random.Random(seed)
    rows = [
        ("s", at.replace(tzinfo=None), quantity, None if flag == "missing" else Decimal(chance.randint(0, 9)), flag)
        for at, flag in readings(seed, timedelta(hours=1))
        for quantity in ("temperature_2m", "precipitation_last_hour")
    ]
    types = "station_id string, observed_at string, quantity string, value decimal(9,3), plausibility string"
    as_view(spark, rows, types, "hourly")
    as_view(spark, [], types, "every_ten_minutes")
    days: dict[date, list[tuple[Decimal | None, str]]] = defaultdict(list)
    for _, at, quantity, value, flag in rows:
        if quantity == "precipitation_last_hour":
            began = at.replace(tzinfo=UTC) - timedelta(hours=1)
            days[began.astimezone(BERLIN).date()].append((value, flag))
    expected = {}
    for day, values in days.items():
        good = [value for value, flag in values if flag == "plausible" and value is not None]
        bad = sum(flag not in ("plausible", "missing") for _, flag in values)
        expected[day] = (sum(good) if good else None, len(good), hours(day, day + timedelta(days=1)), bad)
    views = {"dwd__poi_observation": "hourly", "dwd__solar_10min": "every_ten_minutes"}
    assert figures(spark, "weather", "weather_precipitation", **views) == expected


def as_view(spark: SparkSession, rows: list[tuple[object, ...]], types: str, name: str) -> None:
    """The times of the rows are UTC, as they are in silver."""
    texts = [tuple(str(cell) if isinstance(cell, datetime) else cell for cell in row) for row in rows]
    spark.createDataFrame(texts, types).selectExpr(
        "* except (observed_at)", "cast(observed_at || '+00:00' as timestamp) as observed_at", "'1' as unit"
    ).createOrReplaceTempView(name)


def figures(spark: SparkSession, topic: str, indicator: str, **views: str) -> dict[date, Figure]:
    sql = render(f"int_action_fields__measure_{topic}", **views)
    rows = spark.sql(sql).where(f"indicator = '{indicator}'").collect()
    return {row.period_start: (row.value, row.values_counted, row.values_expected, row.implausible) for row in rows}
