"""What a simulated region is like: always the same, far devices lose more, and each fault is in it and marked."""

from __future__ import annotations

import datetime as dt
import json
import math
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import islice, pairwise

import pytest

from infra.sensors.devices import CITIES, KM_PER_DEGREE, Device, Gateway, devices, gateways
from infra.sensors.models import Quantity
from infra.sensors.radio import distance_km
from infra.sensors.simulation import UNKNOWN_EUI, Message
from infra.sensors.truth import ANOMALIES, LATE, LOW_BATTERY, Truth
from lakehouse.settings import CHECKOUT
from tests.unit.sensors.conftest import BEGINS, SEED, line, simulation

Day = tuple[list[Message], Truth]
HOUR = dt.timedelta(hours=1)


def test_the_same_seed_gives_the_same_bytes(day: Day) -> None:
    made = simulation()
    assert list(made) == day[0] and made.truth == day[1]
    assert list(islice(made, 100)) == day[0][:100] != list(islice(simulation(seed=SEED + 1), 100))


def test_another_process_simulates_the_same(day: Day) -> None:
    told = (
        "from itertools import islice; from tests.unit.sensors.conftest import simulation;"
        " print(*(message.payload.decode() for message in islice(simulation(), 100)), sep='\\n')"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", told], cwd=CHECKOUT, env={**os.environ, "PYTHONHASHSEED": "7"}, capture_output=True
    )
    assert outcome.stdout.splitlines() == [message.payload for message in day[0][:100]], outcome.stderr


def test_without_rows_it_counts_the_same(day: Day) -> None:
    made = simulation(keeps_rows=False)
    assert sum(1 for _ in made) == len(day[0])
    truth = made.truth
    assert [truth.rows, truth.anomalies, truth.sessions] == [day[1].rows, day[1].anomalies, day[1].sessions]
    assert not [*truth.readings, *truth.receptions, *truth.events, *truth.planted]


def test_messages_come_in_the_order_in_which_they_are_published(day: Day) -> None:
    assert all(one.published_at <= other.published_at for one, other in pairwise(day[0]))


def test_devices_stand_in_their_cities_and_fewer_are_the_first_of_more() -> None:
    made = devices(SEED, 200)
    assert made[:60] == devices(SEED, 60) and gateways(SEED, 20)[:12] == gateways(SEED, 12)
    for device in made:
        latitude, longitude, radius_km = CITIES[device.ags]
        east = (device.longitude - longitude) * math.cos(math.radians(latitude))
        assert KM_PER_DEGREE * math.hypot(device.latitude - latitude, east) <= radius_km + 0.01
        assert device.retired_on is None or device.retired_on >= device.commissioned_on
    assert len({device.device_eui for device in made}) == len({device.name for device in made}) == 200
    assert {device.ags for device in made} == set(CITIES)
    assert 20 < sum(device.private_place for device in made) < 60
    assert any(device.retired_on for device in made)
    with pytest.raises(ValueError, match="65536"):
        devices(SEED, 65_537)


def test_retired_devices_are_silent(long_truth: Truth, register: dict[str, Device]) -> None:
    heard = {one.device_eui for one in long_truth.receptions}
    assert {eui for eui, device in register.items() if device.retired_on and device.retired_on < BEGINS.date()}
    assert not [eui for eui in heard & set(register) if (day := register[eui].retired_on) and day < BEGINS.date()]
    assert {eui for eui in heard if eui not in register} == long_truth.unknown_devices
    assert len(long_truth.unknown_devices) >= 2
    assert all(eui.startswith(UNKNOWN_EUI) for eui in long_truth.unknown_devices)


def test_signals_fall_and_losses_grow_with_distance(
    long_truth: Truth, register: dict[str, Device], antennas: dict[str, Gateway]
) -> None:
    signals, factors = defaultdict[bool, list[float]](list), defaultdict[bool, list[int]](list)
    frames, nearest = defaultdict[str, Counter[str]](Counter), dict[str, float]()
    for one in long_truth.receptions:
        if one.device_eui in register:
            is_far = distance_km(register[one.device_eui], antennas[one.gateway_id]) > 4
            signals[is_far].append(one.snr_db)
            factors[is_far].append(one.spreading_factor)
    for (eui, _), told in long_truth.sessions.items():
        if eui in register:
            frames[eui].update(sent=told.sent, unheard=told.sent - told.heard)
            nearest[eui] = min(distance_km(register[eui], gateway) for gateway in antennas.values())
    by_distance = sorted(frames, key=lambda eui: nearest[eui])
    near, far = by_distance[: len(frames) // 3], by_distance[-len(frames) // 3 :]

    def unheard(euis: list[str]) -> float:
        return sum(frames[eui]["unheard"] for eui in euis) / sum(frames[eui]["sent"] for eui in euis)

    assert sum(signals[True]) / len(signals[True]) < sum(signals[False]) / len(signals[False]) - 3
    assert sum(factors[True]) / len(factors[True]) > sum(factors[False]) / len(factors[False])
    assert 0 < 2 * unheard(near) < unheard(far) < 0.5
    assert len({one.gateway_id for one in long_truth.receptions}) == 12


def test_every_anomaly_occurs_and_time_moves_as_it_says(day: Day, long_truth: Truth) -> None:
    assert set(long_truth.anomalies) == set(ANOMALIES)
    assert long_truth.anomalies == Counter(one.anomaly for one in long_truth.planted)
    assert long_truth.gaps and all(gap.ends - gap.begins >= 2 * HOUR for gap in long_truth.gaps)
    for one in long_truth.planted:
        assert (one.anomaly == "ancient") == (one.observed_at.year < 2020)
        assert (one.anomaly == "future") == (one.observed_at > BEGINS + dt.timedelta(days=6)) or one.anomaly == "late"
    published: dict[tuple[str, str], dt.datetime] = {}
    for message in day[0]:
        told = json.loads(message.payload)
        if "deviceInfo" in told:
            published.setdefault((told["deviceInfo"]["devEui"], told.get("time", "")), message.published_at)
    late = {(one.device_eui, one.observed_at) for one in day[1].planted if one.anomaly == "late"}
    assert late
    for (eui, written), published_at in published.items():
        observed_at = dt.datetime.fromisoformat(written)
        if BEGINS <= observed_at < published_at:
            is_late = published_at - observed_at > LATE + dt.timedelta(seconds=1)
            assert not is_late or (eui, observed_at) in late or not _has_readings(day[1], eui, observed_at)


def _has_readings(truth: Truth, eui: str, observed_at: dt.datetime) -> bool:
    return any(one.device_eui == eui and one.observed_at == observed_at for one in truth.readings)


def test_values_are_plausible_but_where_a_fault_is_planted(long_truth: Truth, register: dict[str, Device]) -> None:
    """Judged by the register's bounds alone."""
    bounds = {(eui, one.quantity): one for eui, device in register.items() for one in device.quantities}
    planted = defaultdict[tuple[str, dt.datetime, str], set[str]](set)
    for one in long_truth.planted:
        planted[one.device_eui, one.observed_at, one.quantity].add(one.anomaly)
    series = defaultdict[tuple[str, str], list[tuple[dt.datetime, float, set[str]]]](list)
    for reading in long_truth.readings:
        if (reading.device_eui, reading.quantity) in bounds:
            faults = planted[reading.device_eui, reading.observed_at, reading.quantity]
            assert isinstance(reading.value, float)
            if not faults & {"future", "ancient"}:
                series[reading.device_eui, reading.quantity].append((reading.observed_at, reading.value, faults))
    seen = Counter[str]()
    for key, told in series.items():
        seen.update(_judged(bounds[key], sorted(told, key=lambda one: one[0])))
    assert min(seen["out_of_range"], seen["jump"]) > 10 and seen["stuck"] > 20


def _judged(quantity: Quantity, told: list[tuple[dt.datetime, float, set[str]]]) -> Iterator[str]:
    before, since, had_fault = None, told[0][0], False
    for observed_at, value, faults in told:
        is_out = not quantity.minimum <= value <= quantity.maximum
        assert is_out == ("out_of_range" in faults)
        is_step = before is not None and quantity.max_step is not None and abs(value - before) > quantity.max_step
        if not had_fault and not is_out:
            assert is_step == ("jump" in faults), (quantity, observed_at, before, value, faults)
        since = since if value == before else observed_at
        is_stuck = quantity.stuck_after_h is not None and observed_at - since > quantity.stuck_after_h * HOUR
        assert is_stuck == ("stuck" in faults), (quantity, observed_at, value, faults)
        yield from faults
        before, had_fault = value, bool(faults & {"out_of_range", "jump"})


def test_counters_end_devices_join_and_batteries_run_low(day: Day, long_truth: Truth) -> None:
    counters = defaultdict[str, set[int]](set)
    for message in day[0]:
        told = json.loads(message.payload)
        told = told.get("uplink_message", told)
        counters[message.topic].add(told.get("fCnt", told.get("f_cnt", 0)))
    assert any(topic.startswith("application/") and {65_535, 0} <= found for topic, found in counters.items())
    assert any(topic.startswith("v3/") and {65_535, 65_536} <= found for topic, found in counters.items())
    assert all(max(found) < 65_536 for topic, found in counters.items() if topic.startswith("application/"))
    assert sum(topic.endswith("/join") for topic in counters) > 5
    assert Counter(eui for eui, _ in long_truth.sessions).most_common(1)[0][1] > 1
    told_low = {one.device_eui for one in long_truth.events if (one.battery_level_pct or 100) < LOW_BATTERY}
    assert long_truth.low_batteries == told_low != set()


def test_the_servers_are_three_and_some_gateways_tell_twice(day: Day, antennas: dict[str, Gateway]) -> None:
    kinds = Counter(
        "The Things Stack" if message.topic.startswith("v3/") else "4" if b'"deviceInfo"' in message.payload else "3"
        for message in day[0]
    )
    assert kinds.most_common(1)[0][0] == "4" and min(kinds.values()) > 150 and len(kinds) == 3
    assert any(gateway.antennas == 2 for gateway in antennas.values())
    assert any(b'"antenna":1' in message.payload for message in day[0])
    assert max(len(line(message)["payload"]) for message in day[0]) < 65_536
