"""Clients of a stack's MQTT broker, and what the bridge landed."""

from __future__ import annotations

import gzip
import json
import time
from typing import Any

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from bridge.config import BridgeSettings
from bridge.service import FEED, FILE
from infra.local import broker_files, config
from infra.local.config import Stack
from lakehouse import names
from lakehouse.storage import ObjectStore

UPLINK = "application/a1/device/0102030405060708/event/up"


def settings_of(stack: Stack, **other: Any) -> BridgeSettings:
    """Settings as the bridge of this stack reads them."""
    return BridgeSettings(_env_file=BridgeSettings.files(stack.state), state_dir=stack.state, **other)


def client(stack: Stack, user: str, name: str = "", password: str = "", **options: bool) -> mqtt.Client:
    """A client with a persistent session; not connected yet."""
    made = mqtt.Client(CallbackAPIVersion.VERSION2, name or user, clean_session=False, **options)
    made.username_pw_set(user, password or stack.secrets[f"mqtt_{user}_password"])
    made.tls_set(str(broker_files.certificate(stack.state)))
    return made


def connect(made: mqtt.Client, stack: Stack) -> mqtt.Client:
    """Connects a client and lets it work in a thread."""
    made.connect("localhost", stack.ports["broker"], 30)
    made.loop_start()
    return made


def end(made: mqtt.Client) -> None:
    made.disconnect()
    made.loop_stop()


def publish(stack: Stack, *messages: bytes, topic: str = UPLINK) -> None:
    """Publishes as the network server does and waits until the broker has acknowledged everything."""
    made = connect(client(stack, "network"), stack)
    for info in [made.publish(topic, message, qos=1) for message in messages]:
        info.wait_for_publish(30)
        assert info.is_published()
    end(made)


def waiting(stack: Stack) -> list[bytes]:
    """What the broker still holds for the bridge, which must not be connected; nothing of it is acknowledged."""
    found: list[bytes] = []
    made = client(stack, "bridge", settings_of(stack).mqtt_client_id, manual_ack=True)
    made.on_message = lambda _, __, message: found.append(bytes(message.payload))
    connect(made, stack)
    # longer than the `ack_wait` of the broker, after which it delivers again
    time.sleep(6)
    end(made)
    return found


def root(stack: Stack) -> ObjectStore:
    """The store as its administrator sees it: the bridge's own key may not read."""
    return ObjectStore(stack.s3_endpoint, "root", stack.secrets["minio_root_password"], config.S3_REGION, patience=5)


def landed(stack: Stack) -> list[dict[str, str]]:
    """The lines of all deliveries that have a receipt."""
    store = root(stack)
    keys = [key for key in store.list(names.RAW, f"{FEED}/") if key.endswith(f"/{names.RECEIPT}")]
    files = [gzip.decompress(store.get(names.RAW, key.replace(names.RECEIPT, FILE))) for key in keys]
    return [json.loads(line) for file in files for line in file.splitlines()]
