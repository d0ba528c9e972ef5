"""What the messages of all network servers have in common, once they are decoded."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, NamedTuple


class Undecodable(Exception):
    """Why a message cannot be decoded, as a predicate of it."""


class Reading(NamedTuple):
    """One quantity that a device measured; a value that is no number is a text.

    `observed_at` is given where the device kept the reading for later, else it is the uplink's.
    """

    quantity: str
    value: float | str
    unit: str = ""
    observed_at: dt.datetime | None = None


@dataclass(frozen=True)
class Reception:
    """How one gateway heard an uplink: RSSI in dBm, SNR in dB, its place in WGS 84 and metres, if it is told."""

    gateway_id: str
    rssi: float
    snr: float | None
    latitude: float | None = None
    longitude: float | None = None
    altitude: float | None = None


@dataclass(frozen=True)
class Radio:
    """How an uplink was sent: frequency and bandwidth in Hz; what the modulation does not have is None."""

    frequency: int | None = None
    spreading_factor: int | None = None
    bandwidth: int | None = None
    data_rate: int | None = None


@dataclass(frozen=True)
class Device:
    """A device by its EUI (16 hexadecimal digits in lower case), with the names that its server gives it."""

    eui: str
    name: str = ""
    profile: str = ""


@dataclass(frozen=True)
class Uplink:
    """A frame of data from a device.

    `session` is what changes when the device joins again: its DevAddr (ChirpStack) or the id of its session keys (The
    Things Stack), empty if the server tells neither. `observed_at` is None where only the bridge knows a time.
    `readings` are those of the server's own decoder, None if it has none; `data` are the bytes of the device.
    """

    device: Device
    session: str
    f_cnt: int
    f_port: int
    observed_at: dt.datetime | None
    data: bytes
    readings: tuple[Reading, ...] | None
    radio: Radio
    receptions: tuple[Reception, ...]
    deduplication_id: str = ""


@dataclass(frozen=True)
class DeviceEvent:
    """A device joined, or told its status.

    `battery_level` is in percent, None where the device does not know it or hangs on the mains; `margin` is the SNR of
    the last request that the device heard, in dB.
    """

    kind: Literal["join", "status"]
    device: Device
    observed_at: dt.datetime | None
    session: str = ""
    battery_level: float | None = None
    margin: int | None = None
    external_power: bool | None = None
    deduplication_id: str = ""


def message_id(message: Uplink | DeviceEvent, received_at: dt.datetime | None = None) -> str:
    """What is the same for all copies of a message, and for no other.

    That is the deduplication id of the server where it gives one. Else a frame counter tells frames of a session
    apart; where no session is told, and for events, the time does.

    Args:
        message: the decoded message.
        received_at: when the bridge received it, for messages that tell no time.
    """
    if message.deduplication_id:
        return message.deduplication_id
    moment = message.observed_at or received_at
    when = moment.isoformat() if moment else ""
    if isinstance(message, Uplink):
        return f"{message.device.eui}/{message.session or when}/{message.f_cnt}"
    return f"{message.device.eui}/{message.kind}/{when}"


def one_per_gateway(receptions: list[Reception]) -> tuple[Reception, ...]:
    """The best reception of each gateway: one with several antennas is told once for each of them."""
    best: dict[str, Reception] = {}
    for reception in receptions:
        known = best.get(reception.gateway_id)
        if known is None or reception.rssi > known.rssi:
            best[reception.gateway_id] = reception
    return tuple(best.values())
