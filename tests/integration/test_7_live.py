"""Messages of the simulated region from broker to silver, exactly once, whatever is killed on the way."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tests.integration import sensors
from tests.support.stack import LocalStack

DEVICES, HOURS, MESSAGES, KILLS = 2_000, 3.1, 20_000, 6


@pytest.mark.timeout(1500)
def test_every_message_is_in_silver_once_although_bridge_broker_and_store_are_killed(stack: LocalStack) -> None:
    region, seed = sensors.simulation(DEVICES, HOURS), random.randrange(1 << 32)
    killed = sensors.publish_all(stack, region, KILLS, seed)
    truth = region.truth
    assert truth.published >= MESSAGES
    sensors.wait_until_loaded(stack, truth, timeout_s=1200)
    told = f"seed {seed}: {killed}"
    found = sensors.silver(stack, "lorawan__reading", ["device_eui", "observed_at", "quantity", "value", "text"])
    expected = Counter(
        (*reading[:3], None, reading.value) if isinstance(reading.value, str) else (*reading, None)
        for reading in truth.readings
    )
    assert found == expected, told
    columns = ["device_eui", "observed_at", "gateway_id", "rssi_dbm", "snr_db", "spreading_factor"]
    assert sensors.silver(stack, "lorawan__reception", columns) == Counter(map(tuple, truth.receptions)), told
    events = sensors.silver(stack, "lorawan__device_event", ["device_eui", "event", "battery_level_pct"])
    assert events == Counter((event.device_eui, *event[2:]) for event in truth.events), told
