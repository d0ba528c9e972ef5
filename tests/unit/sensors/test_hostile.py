"""Every hostile message ends as it is said: what the bridge refuses, what waits, and what is taken like any other."""

from __future__ import annotations

from pathlib import Path

import pytest
from paho.mqtt.client import MQTTMessage, topic_matches_sub

from bridge import batch
from bridge.batch import Batch
from bridge.config import BridgeSettings
from infra.sensors.hostile import KINDS, hostile
from infra.sensors.simulation import Message
from tests.support import uplinks
from tests.unit.sensors.conftest import BEGINS, SEED, at

TOPICS = BridgeSettings.model_fields["mqtt_topics"].default.split()
MAX_BYTES = BridgeSettings.model_fields["bridge_max_message_bytes"].default


def arrived(message: Message) -> MQTTMessage:
    made = MQTTMessage(1, message.topic.encode())
    made.payload, made.qos = message.payload, 1
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_ends_as_it_is_said(kind: str, tmp_path: Path) -> None:
    made = list(hostile(kind, SEED, BEGINS, 20))
    assert len({(one.message.topic, one.message.payload) for one in made}) == len(made) == 20
    taken = Batch(TOPICS, MAX_BYTES)
    fates = set()
    for one in made:
        fates.add(one.fate)
        heard = any(topic_matches_sub(topic, one.message.topic) for topic in TOPICS)
        assert heard == (one.fate != "unheard")
        if heard:
            taken.add(arrived(one.message), 0)
    assert len(fates) == 1
    if fates == {"refused"}:
        assert taken.refused == {batch.TOO_LARGE: 20} and not taken.lines
    if not taken.lines:
        assert fates <= {"refused", "unheard"}
        return
    assert not taken.refused
    _, rows = uplinks.parsed(tmp_path, "readings", *(line.rstrip(b"\n") for line in taken.lines))
    told = [reading for one in made for reading in one.readings]
    found = [row for row in rows if row["_record_error"] is None]
    assert len(rows) - len(found) == (20 if fates == {"undecodable"} else 0)
    assert [(row["device_eui"], at(row), row["quantity"], float(row["value"])) for row in found] == told
    assert bool(told) == (fates == {"taken"})


def test_ten_thousand_new_devices_are_different_ones() -> None:
    made = hostile("new_device", SEED, BEGINS, 10_000)
    assert len({reading.device_eui for one in made for reading in one.readings}) == 10_000
