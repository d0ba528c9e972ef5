"""Who may do what at the broker."""

from __future__ import annotations

import re
import ssl
import time

import pytest
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from infra.local import config
from infra.local.config import Stack
from tests.support.broker import UPLINK, client, connect, end, publish, settings_of


def reason(made: mqtt.Client, stack: Stack) -> str:
    told: list[str] = []
    made.on_connect = lambda _, __, ___, code, ____: told.append(str(code))
    connect(made, stack)
    deadline = time.monotonic() + 20
    while not told:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    end(made)
    return told[0]


def test_only_the_two_users_may_connect_and_only_with_their_password(broker_only: Stack) -> None:
    assert reason(client(broker_only, "bridge", "probe"), broker_only) == "Success"
    assert reason(client(broker_only, "network", "probe-2"), broker_only) == "Success"
    assert reason(client(broker_only, "bridge", "probe", password="wrong"), broker_only) == "Not authorized"
    assert reason(client(broker_only, "somebody", "probe", password="x"), broker_only) == "Not authorized"
    nobody = client(broker_only, "bridge", "probe")
    nobody._username = nobody._password = None
    assert reason(nobody, broker_only) == "Not authorized"


def test_without_tls_and_without_its_certificate_nobody_talks_to_it(broker_only: Stack) -> None:
    plain = mqtt.Client(CallbackAPIVersion.VERSION2, "plain")
    answers: list[object] = []
    plain.on_connect = lambda *told: answers.append(told)
    plain.connect("localhost", broker_only.ports["broker"])
    deadline = time.monotonic() + 20
    while plain.loop(1) == MQTTErrorCode.MQTT_ERR_SUCCESS:
        assert time.monotonic() < deadline
    assert answers == []
    other = mqtt.Client(CallbackAPIVersion.VERSION2, "other")
    other.tls_set()
    with pytest.raises(ssl.SSLCertVerificationError):
        other.connect("localhost", broker_only.ports["broker"])


def test_the_network_server_may_not_read_and_the_bridge_may_not_write(broker_only: Stack) -> None:
    codes: list[int] = []
    heard: list[bytes] = []
    for user in ("network", "bridge"):
        made = client(broker_only, user, f"reader-{user}")
        made.on_subscribe = lambda _, __, ___, granted, ____: codes.append(granted[0].value)
        made.on_message = lambda _, __, message: heard.append(bytes(message.payload))
        connect(made, broker_only)
        while not made.is_connected():
            time.sleep(0.02)
        before = len(codes)
        made.subscribe(settings_of(broker_only).topics[0], 1)
        deadline = time.monotonic() + 20
        while len(codes) == before:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        if user == "bridge":
            made.publish(UPLINK, b"forged", qos=1)
            publish(broker_only, b"real")
            deadline = time.monotonic() + 20
            while b"real" not in heard:
                assert time.monotonic() < deadline
                time.sleep(0.02)
        end(made)
    assert codes == [128, 1]
    assert heard == [b"real"]


def test_its_passwords_are_text_to_a_broker_that_is_not_told_so() -> None:
    made = [secrets for _ in range(100) for name, secrets in config._new_secrets().items() if name.startswith("mqtt_")]
    assert len(made) == 200
    assert [password for password in made if not re.fullmatch(r"p[\w-]{32}", password)] == []
