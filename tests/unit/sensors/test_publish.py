"""A simulation on its way through a real broker."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from infra.local.config import Stack
from infra.local.errors import StackError
from infra.sensors.publish import publish
from tests.support import broker, minio, program
from tests.unit.sensors.conftest import simulation


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of which the MQTT broker runs."""
    made = minio.prepared(tmp_path_factory.mktemp("stack"))
    with program.running(made, "broker"):
        yield made


def test_all_are_acknowledged_and_come_to_the_bridge_as_they_were_published(stack: Stack) -> None:
    settings = broker.settings_of(stack)
    heard: list[tuple[str, bytes]] = []
    bridge = broker.client(stack, "bridge", settings.mqtt_client_id)
    bridge.on_message = lambda _, __, message: heard.append((message.topic, bytes(message.payload)))
    broker.connect(bridge, stack)
    granted: list[object] = []
    bridge.on_subscribe = lambda *told: granted.append(told)
    while not bridge.is_connected():
        time.sleep(0.02)
    bridge.subscribe([(topic, 1) for topic in settings.topics])
    while not granted:
        time.sleep(0.02)
    made = simulation(days=0.1, count=60)
    assert publish(stack, made, under_way=50) == made.truth.published > 200
    deadline = time.monotonic() + 30
    while len(heard) < made.truth.published and time.monotonic() < deadline:
        time.sleep(0.02)
    broker.end(bridge)
    assert Counter(heard) == Counter((message.topic, message.payload) for message in made)


def test_a_broker_that_refuses_is_an_error(stack: Stack) -> None:
    stranger = replace(stack, secrets={**stack.secrets, "mqtt_network_password": "wrong"})
    with pytest.raises(StackError, match="refuses network: Not authorized"):
        publish(stranger, simulation(days=0.1))
