"""Messages of the simulated region from broker to silver, exactly once, whatever is killed on the way."""

from __future__ import annotations

import random

import pytest

from tests.integration import sensors
from tests.support.stack import LocalStack

MESSAGES, KILLS = 20_000, 6


@pytest.mark.timeout(1500)
def test_every_message_is_in_silver_once_although_bridge_broker_and_store_are_killed(stack: LocalStack) -> None:
    region, seed = sensors.simulation(), random.randrange(1 << 32)
    killed = sensors.publish_all(stack, region, KILLS, seed)
    assert region.truth.published >= MESSAGES
    sensors.wait_until_loaded(stack, region.truth, timeout_s=1200)
    sensors.check(stack, region.truth, f"seed {seed}: {killed}")
