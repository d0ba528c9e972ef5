"""What silver must hold once a simulation's messages are loaded, as the simulation itself knows it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

# percent of a battery below which it is low
LOW_BATTERY = 20
# what is published longer after it was measured is late
LATE = dt.timedelta(hours=1)
# `frozen` is a value that does not change and `stuck` one that has not for the register's `stuck_after_h`; the reading
# after a jump, or after one out of range, is as far from it as that one was
ANOMALIES = ("out_of_range", "jump", "frozen", "stuck", "future", "ancient", "late")


class Reading(NamedTuple):
    """A value, a number or a text, as silver holds it."""

    device_eui: str
    observed_at: dt.datetime
    quantity: str
    value: float | str


class Reception(NamedTuple):
    """How a gateway heard an uplink: of one with two antennas the better one."""

    device_eui: str
    observed_at: dt.datetime
    gateway_id: str
    rssi_dbm: float
    snr_db: float
    spreading_factor: int


class Event(NamedTuple):
    """A join or status; `observed_at` is None where only the bridge knows a time (a status of ChirpStack 3)."""

    device_eui: str
    observed_at: dt.datetime | None
    event: str
    battery_level_pct: float | None


class Planted(NamedTuple):
    """An anomaly in a reading, one of `ANOMALIES`."""

    device_eui: str
    observed_at: dt.datetime
    quantity: str
    anomaly: str


class Gap(NamedTuple):
    """A time in which a device sent nothing."""

    device_eui: str
    begins: dt.datetime
    ends: dt.datetime


@dataclass
class Frames:
    """Frames of a session: sent, heard by at least one gateway, and the numbers of the first and last one heard."""

    sent: int = 0
    heard: int = 0
    first: int | None = None
    last: int | None = None

    @property
    def lost(self) -> int:
        """Frames between the first and the last one heard that no gateway heard: what counters can show."""
        return 0 if self.first is None or self.last is None else self.last - self.first + 1 - self.heard


class Told(NamedTuple):
    """What one message adds to silver; `session` and `number` of a frame without regard to where counters end."""

    device_eui: str
    readings: list[Reading]
    receptions: list[Reception]
    events: list[Event]
    planted: list[Planted]
    session: str = ""
    number: int | None = None
    is_undecodable: bool = False


@dataclass
class Truth:
    """Accumulates while messages are published; everything is there once.

    Attributes:
        keeps_rows: whether `readings`, `receptions`, `events` and `planted` are kept; if not, memory stays flat and
            `rows` alone says how many there were.
        published: messages, copies included.
        copies: messages that are a copy of an earlier one, published again within seconds (`duplicate`) or hours later
            (`replay`).
        rows: how many rows there are: `readings`, `receptions`, `events`.
        readings: rows of `lorawan__reading`.
        receptions: rows of `lorawan__reception`.
        events: rows of `lorawan__device_event`.
        planted: anomalies; a reading may have several.
        anomalies: how many readings have each of them.
        undecodable: messages whose readings nothing decodes: no decoder, no codec; receptions they have. Copies are
            counted again in `undecodable_copies`.
        sessions: by EUI and session, as silver has both.
        gaps: times in which a device sent nothing, by its own fault.
        low_batteries: devices that told a battery below `LOW_BATTERY`.
        unknown_devices: devices that were heard and are in no register.
    """

    keeps_rows: bool = True
    published: int = 0
    copies: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    readings: list[Reading] = field(default_factory=list)
    receptions: list[Reception] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    planted: list[Planted] = field(default_factory=list)
    anomalies: Counter[str] = field(default_factory=Counter)
    undecodable: int = 0
    undecodable_copies: int = 0
    sessions: dict[tuple[str, str], Frames] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    low_batteries: set[str] = field(default_factory=set)
    unknown_devices: set[str] = field(default_factory=set)

    def sent(self, device_eui: str, session: str) -> None:
        """A device sends a frame, whether it is heard or not."""
        self.sessions.setdefault((device_eui, session), Frames()).sent += 1

    def publishes(self, told: Told, copy: str = "") -> None:
        """A message is published, or a copy of it (`duplicate`, `replay`)."""
        self.published += 1
        if copy:
            self.copies[copy] += 1
            self.undecodable_copies += told.is_undecodable
            return
        self.undecodable += told.is_undecodable
        self.rows["readings"] += len(told.readings)
        self.rows["receptions"] += len(told.receptions)
        self.rows["events"] += len(told.events)
        self.anomalies.update(one.anomaly for one in told.planted)
        for event in told.events:
            if event.battery_level_pct is not None and event.battery_level_pct < LOW_BATTERY:
                self.low_batteries.add(event.device_eui)
        if told.number is not None:
            frames = self.sessions[told.device_eui, told.session]
            frames.heard += 1
            frames.first = told.number if frames.first is None else min(frames.first, told.number)
            frames.last = told.number if frames.last is None else max(frames.last, told.number)
        if self.keeps_rows:
            self.readings += told.readings
            self.receptions += told.receptions
            self.events += told.events
            self.planted += told.planted
