"""Coverage and loss by cell, from receptions and register to the marts, against the same said in plain Python."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from typing import Any

import numpy as np
import pyproj
import pytest
import yaml
from pyspark.sql import Row, SparkSession
from scipy.stats import binomtest

from lakehouse.ingest.lorawan.frames import loss
from tests.support.models import DBT
from tests.support.receptions import Rows, as_view, built, counters, day_of, month_of, reception, stored
from tests.support.workbook_marts import CITIES

FACTS = ("fct_lorawan_link_month", "fct_lorawan_frame_month")
MARTS = ("mart_lorawan_coverage", "mart_lorawan_loss")
BEGIN = dt.datetime(2026, 5, 2, tzinfo=dt.UTC)
GATEWAYS = {"g1": (51.60, 7.10), "g2": (51.70, 7.00), "g3": None}
SPHERE = pyproj.Geod(a=6_371_008.8, b=6_371_008.8)
KREIS = "05562000"
# devices of a cell; of three private ones together all may be told, of fewer nothing
PRIVATE = {"home1": 1, "home2": 2, "home3": 3, "home5": 5}

Key = tuple[Any, ...]
Found = dict[str, dict[Key, dict[str, Any]]]


def register() -> dict[str, dict[str, Any]]:
    """Devices that have a place, as their newest report says it."""
    cells = [(f"pub{number}", False) for number in range(4) for _ in range(number + 1)]
    cells += [(name, True) for name, count in PRIVATE.items() for _ in range(count)]
    devices = {}
    for number, (cell, private) in enumerate(cells):
        devices[f"{number:016x}"] = {
            "ags": KREIS if cell == "pub0" else CITIES[len(cell) % 2][0], "period": "2026-H1", "private_place": private,
            "cell_100m": None if private else f"100{cell}", "cell_1km": f"1km{cell}", "fictitious": True,
            "cell_latitude": 51.5 + int(cell[-1]) / 10, "cell_longitude": 7.0 + int(cell[-1]) / 10,
        }  # fmt: skip
    return devices


def heard(chance: random.Random, devices: list[str]) -> Rows:
    rows = []
    for eui in devices:
        for month in range(2):
            came = counters(chance, 12)[: 4 if chance.random() < 0.3 else 40]
            for number, counter in enumerate(came):
                at = BEGIN + dt.timedelta(days=31 * month, hours=number * 17)
                rows += uplink(
                    chance,
                    device_eui=eui,
                    message_id=f"{eui}{month}{number}",
                    session=f"s{month}",
                    f_cnt=counter,
                    observed_at=at,
                    spreading_factor=chance.choice([7, 8, 12, None]),
                )
    return rows


def uplink(chance: random.Random, **about: Any) -> Rows:
    rows = []
    for gateway in chance.sample(sorted(GATEWAYS), chance.randint(1, 3)):
        latitude, longitude = GATEWAYS[gateway] or (None, None)
        row = reception(
            **about,
            gateway_id=gateway,
            rssi_dbm=chance.choice([None, float(chance.randint(-120, -60))]),
            snr_db=chance.choice([None, chance.randint(-80, 40) / 4]),
            gateway_latitude=latitude,
            gateway_longitude=longitude,
            gateway_cell_1km=None if latitude is None else gateway,
        )
        rows.append(row)
    return rows


@pytest.fixture(scope="module")
def world() -> tuple[dict[str, dict[str, Any]], Rows]:
    chance, devices = random.Random(5562), register()
    rows = heard(chance, [*devices, "f" * 16, "e" * 16])
    # one of the two homes of a cell is heard by one gateway in one month only: three devices share it, two are there
    quiet = max(eui for eui, device in devices.items() if device["cell_1km"] == "1kmhome3")
    rows = [row for row in rows if row["device_eui"] != quiet or (row["session"], row["gateway_id"]) == ("s1", "g1")]
    return devices, rows


@pytest.fixture(scope="module")
def found(spark: SparkSession, world: tuple[dict[str, dict[str, Any]], Rows]) -> Found:
    devices, rows = world
    reports = [{"device_eui": eui, **device} for eui, device in devices.items()]
    # an older report is forgotten, a place that was left out is none, and f…f is in no report
    reports += [row | {"period": "2025-H2", "private_place": False, "cell_100m": "old"} for row in reports]
    reports += [{"device_eui": "e" * 16, "ags": KREIS, "period": "2026-H1", "private_place": True}]
    as_view(spark, reports, "lorawan__device", "devices")
    spark.createDataFrame(CITIES, "ags string, name string").createOrReplaceTempView("cities")
    for fact in FACTS:
        built(spark, fact, rows)
    views = {"lorawan__device": "devices", "dim_municipality": "cities", **{fact: fact for fact in FACTS}}
    return {mart: by_key(spark, mart, stored(spark, mart, mart, **views)) for mart in MARTS}


def by_key(spark: SparkSession, mart: str, rows: list[Row]) -> dict[Key, dict[str, Any]]:
    """The rows, of which each has the columns that are declared and breaks no rule."""
    [model] = yaml.safe_load((DBT / f"models/marts/a_connectivity/_{mart}.yml").read_text("utf-8"))["models"]
    [holds] = [test["holds"]["arguments"] for test in model["data_tests"]]
    assert list(rows[0].asDict()) == [column["name"] for column in model["columns"]]
    for rule in holds["rules"]:
        assert spark.table(mart).where(f"not coalesce({rule}, false)").count() == 0, rule
    keyed = {tuple(row[name] for name in holds["key"]): row.asDict() for row in rows}
    assert len(keyed) == len(rows)
    return keyed


def grouped(world: tuple[dict[str, dict[str, Any]], Rows], *more: str) -> dict[Key, Rows]:
    """Receptions by month, city, cell and some of their columns, where they may be told."""
    devices, rows = world
    groups: dict[Key, Rows] = defaultdict(list)
    for row in rows:
        if device := devices.get(row["device_eui"]):
            cell = device["cell_100m"] or device["cell_1km"]
            groups[month_of(row["observed_at"]), device["ags"], cell, *(row[name] for name in more)].append(row)
    return {
        key: group
        for key, group in groups.items()
        if "home" not in key[2] or len({row["device_eui"] for row in group}) >= 3
    }


def test_coverage_of_every_cell_by_every_gateway(found: Found, world: tuple[dict[str, dict[str, Any]], Rows]) -> None:
    rows, expected = found["mart_lorawan_coverage"], grouped(world, "gateway_id")
    assert set(rows) == set(expected)
    names = {KREIS: "Kreis Recklinghausen", **dict(CITIES)}
    for key, group in expected.items():
        row, private = rows[key], "home" in key[2]
        days = [day_of(r["observed_at"]) for r in group]
        assert (row["name"], row["cell_size_m"]) == (names[key[1]], 1000 if private else 100)
        assert (row["devices"], row["receptions"]) == (len({r["device_eui"] for r in group}), len(group))
        assert (row["first_day"], row["last_day"]) == (min(days), max(days))
        for measure, column in (("rssi", "rssi_dbm"), ("snr", "snr_db")):
            got = [row[f"{measure}_p{part}_{column.partition('_')[2]}"] for part in (10, 50, 90)]
            assert got == pytest.approx(list(np.quantile(values(group, column), [0.1, 0.5, 0.9])), abs=0.051), key
        factors = values(group, "spreading_factor")
        got = [row[f"spreading_factor_{name}"] for name in ("min", "median", "max")]
        assert got == [min(factors), np.median(factors), max(factors)]
        if (place := GATEWAYS[key[3]]) is None:
            assert (row["gateway_cell"], row["distance_km"]) == (None, None)
            continue
        metres = SPHERE.inv(row["cell_longitude"], row["cell_latitude"], place[1], place[0])[2]
        assert row["gateway_cell"] == key[3]
        assert row["distance_km"] == pytest.approx(metres / 1000, abs=0.501 if private else 0.0501)
        assert row["distance_km"] == round(row["distance_km"], 0 if private else 1)


def values(rows: Rows, name: str) -> list[float]:
    return [row[name] for row in rows if row[name] is not None]


def test_loss_of_every_cell(found: Found, world: tuple[dict[str, dict[str, Any]], Rows]) -> None:
    rows, expected = found["mart_lorawan_loss"], grouped(world)
    assert set(rows) == set(expected)
    for key, group in expected.items():
        uplinks: dict[str, Rows] = defaultdict(list)
        sessions: dict[tuple[str, str], list[int]] = defaultdict(list)
        for r in group:
            if r["message_id"] not in uplinks:
                sessions[r["device_eui"], r["session"]].append(r["f_cnt"])
            uplinks[r["message_id"]].append(r)
        counted = [loss([("s", counter) for counter in came]) for came in sessions.values()]
        received, lost = sum(one[0] for one in counted), sum(one[1] for one in counted)
        row = rows[key]
        assert (row["frames_received"], row["frames_lost"]) == (received, lost), key
        assert (row["frames_expected"], row["sessions"]) == (received + lost, len(sessions))
        assert (row["devices"], row["uplinks"]) == (len({r["device_eui"] for r in group}), len(uplinks))
        once = sum(len(copies) == 1 for copies in uplinks.values())
        assert row["gateways_per_uplink"] == pytest.approx(len(group) / len(uplinks), abs=0.0051)
        assert row["heard_by_one_gateway_pct"] == pytest.approx(100 * once / len(uplinks), abs=0.0051)
        interval = binomtest(lost, received + lost).proportion_ci(0.95, "wilson")
        said = [row["loss_pct"], row["loss_low_pct"], row["loss_high_pct"]]
        exact = [lost / (received + lost), interval.low, interval.high]
        assert said == pytest.approx([100 * share for share in exact], abs=0.0051)


def test_of_a_private_place_nothing_is_told_that_fewer_than_three_share(found: Found) -> None:
    cells = {mart: {key[2] for key in rows if "home" in key[2]} for mart, rows in found.items()}
    assert cells["mart_lorawan_coverage"] == {"1kmhome3", "1kmhome5"}
    shown = {key for key in found["mart_lorawan_loss"] if "home3" in key[2]}
    assert {key[0].month for key in shown} == {6}, "in May only two of the three were heard"
    assert not {key for rows in found.values() for key in rows if key[2] in ("old", None)}
