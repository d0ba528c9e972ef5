"""Half a day of the region, simulated once, and what the parser makes of it."""

from __future__ import annotations

import datetime as dt
from base64 import b64encode
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from infra.sensors.devices import Device, Gateway, devices, gateways
from infra.sensors.simulation import Message, Simulation
from infra.sensors.truth import Truth
from lakehouse.ingest.lorawan.members import moment
from tests.support import uplinks

SEED = 6
BEGINS = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
Rows = list[dict[str, Any]]


def simulation(days: float = 0.5, count: int = 100, keeps_rows: bool = True, seed: int = SEED) -> Simulation:
    ends = BEGINS + dt.timedelta(days=days)
    return Simulation(seed, devices(SEED, count), gateways(SEED, 12), BEGINS, ends, keeps_rows)


def line(message: Message) -> dict[str, Any]:
    """As the bridge writes it that receives a message when it is published."""
    told = {"topic": message.topic, "received_at": message.published_at.isoformat().replace("+00:00", "Z")}
    try:
        return {**told, "payload": message.payload.decode()}
    except UnicodeDecodeError:
        return {**told, "payload_base64": b64encode(message.payload).decode()}


def at(row: dict[str, Any]) -> dt.datetime:
    return moment(row["observed_at"])


@pytest.fixture(scope="session")
def register() -> dict[str, Device]:
    return {device.device_eui: device for device in devices(SEED, 100)}


@pytest.fixture(scope="session")
def antennas() -> dict[str, Gateway]:
    return {gateway.gateway_id: gateway for gateway in gateways(SEED, 12)}


@pytest.fixture(scope="session")
def day() -> tuple[list[Message], Truth]:
    """Messages of half a day with their truth."""
    made = simulation()
    return list(made), made.truth


@pytest.fixture(scope="session")
def long_truth() -> Truth:
    """The truth about two days."""
    made = simulation(2)
    for _ in made:
        pass
    return made.truth


@pytest.fixture(scope="session")
def rows_of(day: tuple[list[Message], Truth], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Rows]:
    """The rows of each kind that the parser makes of that time, copies and what it cannot read included."""
    lines = [line(message) for message in day[0]]
    return cache(lambda kind: uplinks.parsed(tmp_path_factory.mktemp(kind), kind, *lines)[1])
