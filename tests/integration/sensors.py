"""The simulated region publishes to the broker of a running stack, and what silver holds is held against its truth."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import chain, count, islice
from typing import Any

from infra.local import config
from infra.region.facts import SEED
from infra.sensors.devices import devices, gateways
from infra.sensors.publish import publish
from infra.sensors.simulation import Simulation
from infra.sensors.truth import Truth
from lakehouse import names
from lakehouse.airflow_api import RUNNING, Airflow
from lakehouse.lake import ledger, sql
from tests.support.stack import LocalStack

DELIVERY = "lorawan__uplink"
# what all of these tests send: about 20,000 messages
DEVICES, HOURS = 2_000, 3.1
# those that sit in the way of a message, and may die at any moment
ON_THE_WAY = ("bridge", "broker", "minio")
_LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@cache
def simulation(many: int = DEVICES, hours: float = HOURS) -> Simulation:
    """The devices of the region's register and others like them, over the last hours: once for all who ask."""
    ends = dt.datetime.now(dt.UTC)
    return Simulation(SEED, devices(SEED, many), gateways(SEED, 40), ends - dt.timedelta(hours=hours), ends)


def publish_all(stack: LocalStack, region: Simulation, kills: int = 0, seed: int = 0) -> list[str]:
    """Publishes all messages while programs are killed: all of them in turn, in an order and after a wait by chance.

    Returns:
        what was killed.
    """
    chance, killed = random.Random(seed), list[str]()
    turns = chain.from_iterable(chance.sample(ON_THE_WAY, len(ON_THE_WAY)) for _ in count())
    with ThreadPoolExecutor(1) as publisher:
        published = publisher.submit(publish, config.load(), region)
        for program in islice(turns, kills):
            time.sleep(chance.uniform(0.5, 4))
            stack.kill(program)
            killed.append(program)
        published.result()
    return killed


def wait_until_loaded(stack: LocalStack, truth: Truth, timeout_s: float) -> None:
    """Waits until silver has as many readings as there are, and Airflow has nothing left to do.

    Raises:
        AssertionError: it takes longer; the message says how far it came.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        loaded = inserted(stack)
        if loaded.get("lorawan__reading", 0) >= truth.rows["readings"] and not _under_way(stack):
            return
        assert time.monotonic() < deadline, f"silver has {loaded} of {truth.rows}"
        time.sleep(2)


def loaded(stack: LocalStack) -> Truth:
    """The truth about what silver holds; published and loaded unless it is there already."""
    region = simulation()
    if not inserted(stack):
        publish_all(stack, region)
        wait_until_loaded(stack, region.truth, timeout_s=1200)
    return region.truth


def check(stack: LocalStack, truth: Truth, told: str) -> None:
    """Raises AssertionError, with what is told, unless each row of the truth is in silver once and nothing else is."""
    readings = Counter(
        (*reading[:3], None, reading.value) if isinstance(reading.value, str) else (*reading, None)
        for reading in truth.readings
    )
    assert silver(stack, "lorawan__reading", ["device_eui", "observed_at", "quantity", "value", "text"]) == readings, (
        told
    )
    heard = ["device_eui", "observed_at", "gateway_id", "rssi_dbm", "snr_db", "spreading_factor"]
    assert silver(stack, "lorawan__reception", heard) == Counter(map(tuple, truth.receptions)), told
    # a status of ChirpStack 3 tells neither id nor time: one that was landed twice counts twice
    timeless = {event.device_eui for event in truth.events if event.observed_at is None}
    found = silver(stack, "lorawan__device_event", ["device_eui", "observed_at", "event", "battery_level_pct"])
    told_time = {event: often for event, often in found.items() if event[2] == "join" or event[0] not in timeless}
    assert told_time == Counter(tuple(event) for event in truth.events if event.observed_at is not None), told
    statuses = {(eui, battery) for eui, _, event, battery in found if event == "status" and eui in timeless}
    assert statuses == {(e.device_eui, e.battery_level_pct) for e in truth.events if e.observed_at is None}, told


def inserted(stack: LocalStack) -> dict[str, int]:
    """Rows that were inserted into each silver table of the delivery, as the ledger says."""
    with stack.lake() as lake:
        found = lake.execute(
            f"SELECT feed, sum(inserted)::BIGINT FROM {sql.scan(ledger.LEDGER)} WHERE parent = ? GROUP BY feed",
            [DELIVERY],
        ).fetchall()
    return dict(found)


def silver(stack: LocalStack, feed: str, columns: Sequence[str]) -> Counter[tuple[Any, ...]]:
    """How often silver has each combination of values."""
    with stack.lake() as lake:
        rows = lake.execute(f"SELECT {', '.join(columns)} FROM {sql.scan(names.uri('silver', feed))}").fetchall()
    return Counter(rows)


def _under_way(stack: LocalStack) -> bool:
    airflow = Airflow(stack.settings)
    dags = (names.ingest_dag(DELIVERY), "build_marts", "publish")
    return any(run["state"] in RUNNING for dag in dags for run in airflow.runs(dag, _LONG_AGO))
