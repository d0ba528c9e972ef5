"""Messages that a broken or hostile sender publishes, with what must become of each."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal

from infra.sensors.devices import Device, devices
from infra.sensors.radio import Heard
from infra.sensors.servers.chirpstack import ChirpStack
from infra.sensors.servers.frames import Frame, Session
from infra.sensors.servers.things_stack import ThingsStack
from infra.sensors.simulation import Message
from infra.sensors.truth import Reading

# `unheard`: comes under a topic that the bridge does not ask for; `refused`: the bridge counts and drops it;
# `undecodable`: is landed and waits in quarantine; `taken`: its readings are in silver
Fate = Literal["unheard", "refused", "undecodable", "taken"]
# how the EUIs of these devices begin
HOSTILE_EUI = "02f1ca"
# more than the bridge takes, unless it is told otherwise
_TOO_LARGE = 70_000
# the first moment of GPS: what a receiver says that never saw a satellite
_NEVER_SET = dt.datetime(1980, 1, 6, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Hostile:
    """A message, what must become of it, and the readings of one that is taken."""

    message: Message
    fate: Fate
    readings: tuple[Reading, ...] = ()


def hostile(kind: str, seed: int, at: dt.datetime, count: int = 1) -> Iterator[Hostile]:
    """Messages of one of the `KINDS`, a millisecond apart.

    Args:
        kind: what is wrong with them.
        seed: decides ids and values.
        at: when the first one is published, with its zone.
        count: how many.
    """
    fate, make = KINDS[kind]
    drawn = random.Random(f"{seed}/hostile/{kind}")
    begins = at.astimezone(dt.UTC)
    for number in range(count):
        published_at = begins + dt.timedelta(milliseconds=number)
        (topic, payload), readings = make(drawn, number, published_at)
        yield Hostile(Message(topic, payload, published_at), fate, readings)


(_ANY,) = devices(0, 1)
Made = tuple[tuple[str, bytes], tuple[Reading, ...]]


def _device(number: int) -> Device:
    return replace(_ANY, device_eui=f"{HOSTILE_EUI}{number:010x}", name=f"fremd {number}")


def _uplink(
    drawn: random.Random, number: int, observed_at: dt.datetime, decoded: dict[str, Any], device: Device | None = None
) -> tuple[str, bytes]:
    """An uplink without receptions, of the only hostile device or another one."""
    session, no_gateway = Session("02000001", ""), list[Heard]()
    frame = Frame(session, number & 0xFFFF, 85, observed_at, b"\1", decoded, 12, 868_100_000, no_gateway)
    return ChirpStack(device or _device(0), drawn).up(frame)


def _oversized(drawn: random.Random, number: int, at: dt.datetime) -> Made:
    return _uplink(drawn, number, at, {"note": "x" * _TOO_LARGE}), ()


def _not_utf8(drawn: random.Random, number: int, at: dt.datetime) -> Made:
    topic, payload = _uplink(drawn, number, at, {"note": "?"})
    return (topic, payload.replace(b'"?"', b'"\xff\xfe"')), ()


def _not_json(drawn: random.Random, number: int, at: dt.datetime) -> Made:
    topic, payload = _uplink(drawn, number, at, {"value": 1})
    return (topic, payload[: drawn.randrange(1, len(payload))]), ()


def _not_finite(drawn: random.Random, number: int, at: dt.datetime) -> Made:
    return _uplink(drawn, number, at, {"value": float("nan")}), ()


def _nested(drawn: random.Random, number: int, at: dt.datetime) -> Made:
    decoded: dict[str, Any] = {"value": 1}
    for _ in range(100):
        decoded = {"a": decoded}
    return _uplink(drawn, number, at, decoded), ()


def _many_values(drawn: random.Random, number: int, at: dt.datetime) -> Made:
    return _uplink(drawn, number, at, {f"value{i}": i for i in range(2_000)}), ()


def _unknown_kind(drawn: random.Random, number: int, at: dt.datetime) -> Made:
    topic, payload = _uplink(drawn, number, at, {"value": 1})
    return (topic.removesuffix("up") + "secret", payload), ()


def _other_topic(drawn: random.Random, number: int, at: dt.datetime) -> Made:
    topic, payload = _uplink(drawn, number, at, {"value": 1})
    return (topic + "/again", payload), ()


def _forged(drawn: random.Random, number: int, at: dt.datetime) -> Made:
    topic, payload = _uplink(drawn, number, at, {"value": 1})
    return (topic.replace(_device(0).device_eui, _device(1).device_eui), payload), ()


def _clock_never_set(drawn: random.Random, number: int, at: dt.datetime) -> Made:
    return _uplink(drawn, number, _NEVER_SET + dt.timedelta(seconds=number), {"value": 1}), ()


def _simulated(drawn: random.Random, number: int, at: dt.datetime) -> Made:
    frame = Frame(Session("02000001", "AQ=="), number & 0xFFFF, 85, at, b"\1", {"value": 1}, 12, 868_100_000, [])
    topic, payload = ThingsStack(_device(0), drawn).up(frame)
    return (topic, json.dumps({**json.loads(payload), "simulated": True}).encode()), ()


def _new_device(drawn: random.Random, number: int, at: dt.datetime) -> Made:
    return _taken(drawn, number, at, _device(number + 2))


def _year_old(drawn: random.Random, number: int, at: dt.datetime) -> Made:
    return _taken(drawn, number, at - dt.timedelta(days=365) + dt.timedelta(minutes=15 * number), _device(1))


def _taken(drawn: random.Random, number: int, observed_at: dt.datetime, device: Device) -> Made:
    value = round(drawn.uniform(0, 30), 1)
    reading = Reading(device.device_eui, observed_at, "temperature", value)
    return _uplink(drawn, number, observed_at, {"temperature": value}, device), (reading,)


KINDS: MappingProxyType[str, tuple[Fate, Callable[[random.Random, int, dt.datetime], Made]]] = MappingProxyType(
    {
        "other_topic": ("unheard", _other_topic),
        "oversized": ("refused", _oversized),
        "not_utf8": ("undecodable", _not_utf8),
        "not_json": ("undecodable", _not_json),
        "not_finite": ("undecodable", _not_finite),
        "nested": ("undecodable", _nested),
        "many_values": ("undecodable", _many_values),
        "unknown_kind": ("undecodable", _unknown_kind),
        "forged": ("undecodable", _forged),
        "clock_never_set": ("undecodable", _clock_never_set),
        "simulated": ("undecodable", _simulated),
        "new_device": ("taken", _new_device),
        "year_old": ("taken", _year_old),
    }
)
