"""Messages of the simulated region from broker to silver, exactly once, whatever is killed on the way."""

from __future__ import annotations

import datetime as dt
import random
import time

import httpx
import pytest

from infra.local import config
from infra.region.facts import SEED
from infra.sensors.hostile import KINDS, hostile
from infra.sensors.publish import publish
from lakehouse.lake import ledger, sql
from tests.integration import sensors
from tests.support.stack import LocalStack

# each of bridge, broker and store once; `make drill` kills them forty times
MESSAGES, KILLS = 20_000, 3
# of every other kind twenty
MANY = {"new_device": 2_000, "year_old": 300}


@pytest.mark.timeout(1500)
def test_every_message_is_in_silver_once_although_bridge_broker_and_store_are_killed(stack: LocalStack) -> None:
    region, seed = sensors.simulation(), random.randrange(1 << 32)
    killed = sensors.publish_all(stack, region, KILLS, seed)
    assert region.truth.published >= MESSAGES
    sensors.wait_until_loaded(stack, region.truth, timeout_s=1200)
    sensors.check(stack, region.truth, f"seed {seed}: {killed}")


@pytest.mark.timeout(900)
def test_what_a_hostile_sender_publishes_is_named_or_refused_and_counted(stack: LocalStack) -> None:
    sensors.loaded(stack)
    now, bridge = dt.datetime.now(dt.UTC), stack.pid("bridge")
    sent = [one for kind in KINDS for one in hostile(kind, SEED, now, MANY.get(kind, 20))]
    fates = [one.fate for one in sent]
    assert {*fates} == {"unheard", "refused", "undecodable", "taken"}
    quarantined, refused, before = _quarantined(stack), _refused(), sensors.inserted(stack)["lorawan__reading"]
    publish(config.load(), [one.message for one in sent])
    taken, deadline = [reading for one in sent for reading in one.readings], time.monotonic() + 600
    while sensors.inserted(stack)["lorawan__reading"] < before + len(taken):
        assert time.monotonic() < deadline
        time.sleep(2)
    found = sensors.silver(stack, "lorawan__reading", ["device_eui", "observed_at", "quantity", "value"])
    assert {reading: found[reading] for reading in taken} == dict.fromkeys(taken, 1)
    assert sensors.inserted(stack)["lorawan__reading"] == before + len(taken)
    assert _quarantined(stack) == quarantined + fates.count("undecodable")
    assert _refused() == refused + fates.count("refused")
    assert stack.pid("bridge") == bridge, "it has never died of them"


def _quarantined(stack: LocalStack) -> int:
    with stack.lake() as lake:
        ((found,),) = lake.execute(
            f"SELECT sum(quarantined)::BIGINT FROM {sql.scan(ledger.LEDGER)} WHERE feed = 'lorawan__reading'"
        ).fetchall()
    return int(found)


def _refused() -> int:
    """Messages that the bridge has refused since it started."""
    told = httpx.get(f"http://127.0.0.1:{config.load().ports['bridge']}/metrics", timeout=10).text
    counts = [
        line.rpartition(" ")[2]
        for line in told.splitlines()
        if line.startswith("smartvest_bridge_messages_refused_total")
    ]
    return int(sum(map(float, counts)))
