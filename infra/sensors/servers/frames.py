"""What a device sends, whatever its server, and how servers write what they have in common."""

from __future__ import annotations

import datetime as dt
import json
from base64 import b64encode
from typing import Any, NamedTuple, Protocol

from infra.sensors.devices import Gateway
from infra.sensors.radio import Heard

Message = tuple[str, bytes]


class Session(NamedTuple):
    """What a device got when it joined: an address (8 hexadecimal digits) and the id of its keys (base64)."""

    address: str
    keys: str


class Frame(NamedTuple):
    """An uplink with the time that its server tells; `decoded` is None if the server has no decoder for it."""

    session: Session
    f_cnt: int
    f_port: int
    told_at: dt.datetime
    data: bytes
    decoded: dict[str, Any] | None
    spreading_factor: int
    frequency: int
    heard: list[Heard]


class Status(NamedTuple):
    """What a device tells of itself; the battery in percent, None on the mains; the margin in dB."""

    told_at: dt.datetime
    battery: float | None
    margin: int


class Server(Protocol):
    """A server as one of its devices sees it. Its messages are topic and payload.

    Attributes:
        counters: frame counter at which it begins at zero again.
        tells_time_of_status: whether a status has a time.
    """

    counters: int
    tells_time_of_status: bool

    def session(self, session: Session) -> str:
        """What tells sessions apart in silver."""

    def up(self, frame: Frame) -> Message:
        """An uplink."""

    def join(self, session: Session, told_at: dt.datetime, heard: list[Heard]) -> Message:
        """A join."""

    def status(self, status: Status) -> Message | None:
        """A status, None from a server that tells none."""


def battery(status: Status) -> dict[str, Any]:
    """Members on the battery, the same in ChirpStack 3 and 4."""
    on_mains = status.battery is None
    return {"externalPowerSource": on_mains, "batteryLevelUnavailable": False, "batteryLevel": status.battery or 0}


def place(gateway: Gateway) -> dict[str, float]:
    """Where a gateway is."""
    return {"latitude": gateway.latitude, "longitude": gateway.longitude, "altitude": gateway.altitude_m}


def zulu(moment: dt.datetime) -> str:
    """A time in UTC to the microsecond, with a Z."""
    return moment.isoformat(timespec="microseconds")[:26] + "Z"


def base64(data: bytes) -> str:
    """Bytes as JSON holds them."""
    return b64encode(data).decode()


def written(message: dict[str, Any]) -> bytes:
    """A message as it is sent."""
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()
