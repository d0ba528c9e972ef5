"""Publishes messages to the MQTT broker of a stack, as a network server does."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from infra.local import broker_files
from infra.local.config import Stack
from infra.local.errors import StackError
from infra.sensors.simulation import Message

USER = "network"
_KEEPALIVE_S = 60
# longer than a broker needs to come back after it died
_PATIENCE_S = 60.0


def publish(stack: Stack, messages: Iterable[Message], under_way: int = 500) -> int:
    """Publishes messages in their order, as fast as the broker takes them, by MQTT with QoS 1 and TLS.

    A connection that is lost is made again, and what was not acknowledged is sent again: the broker may have it twice.

    Args:
        stack: whose broker runs.
        messages: read one by one, so memory stays flat.
        under_way: how many are sent and not yet acknowledged, at most.

    Returns:
        number of messages, all of which the broker has acknowledged: they are on its disk.

    Raises:
        StackError: the broker refuses the connection, or acknowledges nothing for a minute.
        OSError: nothing listens there.
    """
    connection = _Connection(stack, under_way)
    count = 0
    try:
        for message in messages:
            connection.send(message)
            count += 1
        connection.wait()
    finally:
        connection.close()
    return count


class _Connection:
    """A client with a number of free places, each of which a message takes until it is acknowledged."""

    def __init__(self, stack: Stack, places: int) -> None:
        self._places, self._free = places, threading.Semaphore(places)
        self._connected = threading.Event()
        self._refusal = ""
        client = self._client = mqtt.Client(CallbackAPIVersion.VERSION2, f"{USER}-simulation", clean_session=False)
        client.username_pw_set(USER, stack.secrets[f"mqtt_{USER}_password"])
        client.tls_set(str(broker_files.certificate(stack.state)))
        client.max_inflight_messages_set(places)
        client.on_connect = self._on_connect
        client.on_publish = lambda *_: self._free.release()
        client.connect("localhost", stack.ports["broker"], _KEEPALIVE_S)
        client.loop_start()
        if not self._connected.wait(_PATIENCE_S) or self._refusal:
            self.close()
            raise StackError(f"the MQTT broker refuses {USER}: {self._refusal or 'it does not answer'}")

    def send(self, message: Message) -> None:
        self._take()
        self._client.publish(message.topic, message.payload, qos=1)

    def wait(self) -> None:
        for _ in range(self._places):
            self._take()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _take(self) -> None:
        if not self._free.acquire(timeout=_PATIENCE_S):
            raise StackError(f"the MQTT broker has acknowledged nothing for {_PATIENCE_S:.0f} s")

    def _on_connect(self, _: mqtt.Client, __: object, ___: object, reason: ReasonCode, ____: object) -> None:
        self._refusal = str(reason) if reason.is_failure else ""
        self._connected.set()
