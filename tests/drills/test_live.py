"""200,000 messages while broker, bridge and MinIO are killed at random: silver has each of them once."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.drills.stacks import running
from tests.integration import sensors
from tests.support.stack import LocalStack

DEVICES, HOURS, MESSAGES, KILLS = 4_000, 15.5, 200_000, 40


@pytest.mark.timeout(7200)
def test_silver_has_every_message_once_after_forty_kills(tmp_path: Path) -> None:
    region, seed = sensors.simulation(DEVICES, HOURS), random.randrange(1 << 32)
    with running(LocalStack(tmp_path, feeds=[sensors.DELIVERY])) as stack:
        begun = time.monotonic()
        killed = sensors.publish_all(stack, region, KILLS, seed)
        published = time.monotonic() - begun
        assert region.truth.published >= MESSAGES
        sensors.wait_until_loaded(stack, region.truth, timeout_s=6000)
        sensors.check(stack, region.truth, f"seed {seed}: {killed}")
        print(
            f"{region.truth.published:,} messages with {KILLS} kills, published in {published:.0f} s,"
            f" in silver after {time.monotonic() - begun:.0f} s: {dict(region.truth.rows)}"
        )
