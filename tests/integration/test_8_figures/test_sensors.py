"""LoRaWAN devices: the register from what administrations typed, readings from the truth of the simulation."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict

import pytest

from infra.sensors.hostile import HOSTILE_EUI
from lakehouse.administrations import ADMINISTRATIONS
from tests.integration import sensors
from tests.integration.test_8_figures.region import Figures

DELIVERY = "lorawan__devices"
# the truth says nothing of what a hostile sender sent
TRUE = f"not starts_with(device_eui, '{HOSTILE_EUI}')"


def test_devices_are_those_of_the_newest_reports(all_marts: Figures) -> None:
    rows = all_marts.rows(DELIVERY, "lorawan__device")
    newest = max(row["period"] for row in rows)
    reported = {row["device_eui"]: row for row in rows if row["period"] == newest}
    # nobody takes a device out of the register
    assert {row["device_eui"] for row in rows} == set(reported)
    measured = Counter(
        row["device_eui"] for row in all_marts.rows(DELIVERY, "lorawan__device_quantity") if row["period"] == newest
    )
    found = all_marts.query(
        """select device_eui, ags, city, period, name, is_private_place, cell_100m is not null, quantities,
            commissioned_on, retired_on, fictitious
        from dim_device where is_known"""
    )
    assert {eui: tuple(rest) for eui, *rest in found} == {
        eui: (
            row["ags"], ADMINISTRATIONS[row["ags"]], newest, None if row["private_place"] else row["name"],
            row["private_place"], not row["private_place"], measured[eui], row["commissioned_on"], row["retired_on"],
            True,
        )
        for eui, row in reported.items()
    }  # fmt: skip
    assert {row["private_place"] for row in reported.values()} == {True, False}


def test_readings_of_an_hour_are_what_devices_measured(all_marts: Figures) -> None:
    hours: dict[tuple[str, str, dt.datetime], list[float]] = defaultdict(list)
    for reading in sensors.simulation().truth.readings:
        if isinstance(reading.value, float | int):
            hour = reading.observed_at.replace(minute=0, second=0, microsecond=0)
            hours[reading.device_eui, reading.quantity, hour].append(reading.value)
    found = all_marts.query(
        f"""select device_eui, quantity, hour_at, readings, mean_value, min_value, max_value from fct_sensor_hour
        where {TRUE}"""
    )
    assert len(found) == len(hours) > 10_000
    for *key, readings, mean, least, most in found:
        values = hours[tuple(key)]  # type: ignore[index]
        assert (readings, least, most) == (len(values), min(values), max(values)), key
        assert mean == pytest.approx(sum(values) / len(values), abs=1e-6), key


def test_what_is_out_of_range_or_of_another_time_is_flagged(all_marts: Figures) -> None:
    truth = sensors.simulation().truth
    registered = {eui for (eui,) in all_marts.query("select device_eui from dim_device where is_known")}
    expected = {
        (one.device_eui, one.quantity, one.observed_at, one.anomaly)
        for one in truth.planted
        if one.anomaly in ("future", "ancient") or one.anomaly == "out_of_range" and one.device_eui in registered
    }
    found = all_marts.query(
        f"""select device_eui, quantity, observed_at, code from fct_sensor_flag
        where code in ('out_of_range', 'future', 'ancient') and {TRUE}"""
    )
    assert {*found} == expected and len(found) == len(expected)
    assert {code for *_, code in found} == {"out_of_range", "future", "ancient"}


def test_frames_are_lost_as_counters_show(all_marts: Figures) -> None:
    truth = sensors.simulation().truth
    # a clock that is years off puts frames into months in which others of the session were never sent
    elsewhere = {one.device_eui for one in truth.planted if one.anomaly in ("ancient", "future")}
    expected = {
        key: (told.heard + told.lost, told.lost)
        for key, told in truth.sessions.items()
        if told.heard and key[0] not in elsewhere
    }
    rows = all_marts.query(
        """select device_eui, session, sum(frames_expected), sum(frames_expected - frames_received)
        from fct_lorawan_frame_month group by all"""
    )
    found = {(eui, session): (int(sent), int(lost)) for eui, session, sent, lost in rows if eui not in elsewhere}
    assert found == expected
    assert len(found) > 1_000 and sum(lost for _, lost in found.values()) > 50
