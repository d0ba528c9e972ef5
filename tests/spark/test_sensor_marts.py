"""What marts say of LoRaWAN devices, against plain Python; builds of what changed end where whole builds do."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pyspark.sql import SparkSession

from tests.support.sensors import DEVICE, EVENT, LIMITS, READING, RECEPTION, Row, Silver, built, delivery, register

BERLIN = ZoneInfo("Europe/Berlin")
HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
BATCHES = 3


def silver(seed: int) -> list[Silver]:
    """The lake after each of some batches."""
    drawn, lake, after = random.Random(seed), Silver(), []
    lake.rows |= register()
    for number in range(BATCHES):
        delivery(drawn, number, lake, BATCHES)
        after.append(Silver({feed: list(rows) for feed, rows in lake.rows.items()}, lake.changed))
    return after


def counted(rows: Sequence[Row]) -> dict[tuple[str, str], list[Row]]:
    """By device and quantity the readings that count, the oldest first."""
    last: dict[tuple[Any, ...], Row] = {}
    for row in sorted(rows, key=lambda r: (r["_ingested_at"], r["_record_number"])):
        if row["value"] is not None:
            last[row["device_eui"], row["quantity"], row["observed_at"]] = row
    found = defaultdict(list)
    for key in sorted(last):
        found[key[:2]].append(last[key])
    return found


def newest(rows: Sequence[Row], *key: str) -> dict[tuple[Any, ...], Row]:
    return {tuple(row[name] for name in key): row for row in sorted(rows, key=lambda r: r["period"])}


def codes(series: list[Row], number: int, device: Row | None, limit: Row | None) -> set[str]:
    """What is odd about one reading of a device and quantity."""
    row = series[number]
    at, value, fetched = row["observed_at"], row["value"], row["_ingested_at"]
    before = [r for r in series[:number] if r["observed_at"] >= at - 48 * HOUR]
    found = set()
    if at > fetched + 10 * MINUTE:
        found.add("future")
    if at < fetched - 7 * 24 * HOUR:
        found.add("ancient")
    if row["quantity"] == "battery" and value < 20:
        found.add("low_battery")
    if device is None or limit is None:
        return found
    if limit.get("minimum") is not None and not limit["minimum"] <= value <= limit["maximum"]:
        found.add("out_of_range")
    if (
        before
        and limit.get("max_step") is not None
        and abs(before[-1]["value"] - value) > float(limit["max_step"]) + 1e-9
    ):
        found.add("jump")
    since = at
    for other in reversed(before):
        if other["value"] != value or since - other["observed_at"] > 24 * HOUR:
            break
        since = other["observed_at"]
    if limit.get("stuck_after_h") is not None and at - since > limit["stuck_after_h"] * HOUR:
        found.add("stuck")
    silent = 3 * device["reporting_interval_min"] * MINUTE
    begun = dt.datetime.combine(device["commissioned_on"], dt.time(), BERLIN)
    if silent <= 48 * HOUR and (before[-1]["observed_at"] if before else begun) < at - silent:
        found.add("gap")
    return found


def judged(lake: Silver) -> list[tuple[Row, set[str]]]:
    devices, limits = newest(lake.rows[DEVICE], "device_eui"), newest(lake.rows[LIMITS], "device_eui", "quantity")
    return [
        (series[number], codes(series, number, devices.get((eui,)), limits.get((eui, quantity))))
        for (eui, quantity), series in counted(lake.rows[READING]).items()
        for number in range(len(series))
    ]


def flags(lake: Silver) -> set[tuple[Any, ...]]:
    last = {}
    for row in sorted(lake.rows[EVENT], key=lambda r: (r["_ingested_at"], r["message_id"])):
        if row["battery_level_pct"] is not None:
            last[row["device_eui"], row["observed_at"]] = row["battery_level_pct"]
    low = {(eui, "battery_level_pct", at, "low_battery", level) for (eui, at), level in last.items() if level < 20}
    return low | {
        (row["device_eui"], row["quantity"], row["observed_at"], code, row["value"])
        for row, found in judged(lake)
        for code in found
    }


def summed(rows: Sequence[Row]) -> Row:
    values = [row["value"] for row in rows]
    return {
        "readings": len(values),
        "mean_value": pytest.approx(fmean(values), abs=1e-6),
        "min_value": min(values),
        "max_value": max(values),
    }


def grouped(lake: Silver, key: Any) -> dict[Any, list[tuple[Row, set[str]]]]:
    found = defaultdict(list)
    for row, odd in judged(lake):
        found[key(row)].append((row, odd))
    return found


def hour(row: Row) -> dt.datetime:
    moment: dt.datetime = row["observed_at"]
    return moment.replace(minute=0, second=0, microsecond=0)


def day(row: Row) -> dt.date:
    moment: dt.datetime = row["observed_at"]
    return moment.astimezone(BERLIN).date()


def only(row: Row, columns: Row) -> Row:
    return {name: row[name] for name in columns}


@pytest.fixture(scope="module")
def lakes() -> list[Silver]:
    return silver(1)


@pytest.fixture(scope="module")
def whole(spark: SparkSession, lakes: list[Silver]) -> Any:
    return built(spark, lakes[-1])


def test_every_odd_reading_is_flagged_and_no_other(lakes: list[Silver], whole: Any) -> None:
    expected = flags(lakes[-1])
    assert {code for *_, code, _ in expected} == {
        "out_of_range", "jump", "stuck", "future", "ancient", "gap", "low_battery",
    }  # fmt: skip
    assert {(*key, row["value"]) for key, row in whole["fct_sensor_flag"].items()} == expected


def test_hours_are_of_the_readings_that_count(lakes: list[Silver], whole: Any) -> None:
    expected = {
        key: summed([row for row, _ in rows])
        | {
            "readings_flagged": sum(bool(odd) for _, odd in rows),
            "first_observed_at": rows[0][0]["observed_at"],
            "last_observed_at": rows[-1][0]["observed_at"],
        }
        for key, rows in grouped(lakes[-1], lambda r: (r["device_eui"], r["quantity"], hour(r))).items()
    }
    found = whole["fct_sensor_hour"]
    assert {key: only(row, expected[key]) for key, row in found.items()} == expected
    assert any(row["readings"] > 1 for row in found.values())


def test_days_are_those_of_the_region_and_cities_mean_their_devices(lakes: list[Silver], whole: Any) -> None:
    by_day = grouped(lakes[-1], lambda r: (r["device_eui"], day(r), r["quantity"]))
    expected = {
        key: summed([row for row, _ in rows])
        | {
            "hours_covered": len({hour(row) for row, _ in rows}),
            "hours_expected": 23 if key[1] == dt.date(2026, 3, 29) else 24,
        }
        for key, rows in by_day.items()
    }
    found = whole["mart_sensor_daily"]
    assert {key: only(row, expected[key]) for key, row in found.items()} == expected
    assert {row["hours_expected"] for row in found.values()} == {23, 24}

    devices, limits = (
        newest(lakes[-1].rows[DEVICE], "device_eui"),
        newest(lakes[-1].rows[LIMITS], "device_eui", "quantity"),
    )
    cities = defaultdict(list)
    for (eui, local_date, quantity), row in found.items():
        if (eui, quantity) in limits:
            about = limits[eui, quantity]
            cities[devices[(eui,)]["ags"], local_date, quantity, about["unit"]].append(row)
    of_cities = {
        key: {
            "devices": len(rows),
            "readings": sum(row["readings"] for row in rows),
            "mean_value": pytest.approx(fmean(row["mean_value"] for row in rows), abs=2e-6),
            "min_value": min(row["min_value"] for row in rows),
            "max_value": max(row["max_value"] for row in rows),
        }
        for key, rows in cities.items()
    }
    assert {key: only(row, of_cities[key]) for key, row in whole["mart_sensor_city_daily"].items()} == of_cities
    assert {row["devices"] for row in whole["mart_sensor_city_daily"].values()} == {1, 2}


def test_a_device_is_as_its_newest_report_has_it_or_unknown(lakes: list[Silver], whole: Any) -> None:
    found = whole["dim_device"]
    seen = defaultdict(list)
    for row in lakes[-1].rows[RECEPTION]:
        seen[row["device_eui"]].append(row["observed_at"])
    assert {eui: (row["first_seen_at"], row["last_seen_at"]) for (eui,), row in found.items()} == {
        eui: (min(seen[eui]), max(seen[eui])) if eui in seen else (None, None) for eui, *_ in found
    }
    assert {eui[0]: (row["is_known"], row["city"], row["quantities"]) for (eui,), row in found.items()} == {
        "a": (True, "Marl", 2),
        "b": (True, "Marl", 2),
        "c": (True, "Recklinghausen", 2),
        "d": (True, "Datteln", 2),
        "f": (False, None, 0),
    }
    private, public = found[("b" * 16,)], found[("a" * 16,)]
    assert (private["is_private_place"], private["name"], private["cell_100m"]) == (True, None, None)
    assert (public["name"], public["cell_100m"], public["period"]) == ("device 0 in 2026-H1", "cell 0", "2026-H1")


def test_batch_after_batch_gives_what_a_whole_build_gives(spark: SparkSession, lakes: list[Silver], whole: Any) -> None:
    held = built(spark, lakes[0])
    for lake in lakes[1:]:
        before, held = held, built(spark, lake, held)
        assert set(before["fct_sensor_flag"]) - set(held["fct_sensor_flag"]), "no late reading took a flag back"
    assert held == whole


def test_old_flags_and_hours_are_not_made_again_and_days_stay(
    spark: SparkSession, lakes: list[Silver], whole: Any
) -> None:
    lake = lakes[-1]
    long_ago = [
        row | {name: row[name] - dt.timedelta(days=years) for name in ("observed_at", "_ingested_at")}
        | {"message_id": f"{row['message_id']} {years}"}
        for years in (500, 1200)
        for row in lake.rows[READING]
    ]  # fmt: skip
    marts = built(spark, Silver(lake.rows | {READING: lake.rows[READING] + long_ago}, []))

    def years(mart: str, column: str) -> set[int]:
        return {getattr(row[column], "year", 0) for row in marts[mart].values()}

    assert set(marts["fct_sensor_flag"]) == set(whole["fct_sensor_flag"])
    assert min(years("fct_sensor_hour", "hour_at")) == 2024
    assert min(years("mart_sensor_daily", "local_date")) <= 2023
