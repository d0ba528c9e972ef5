"""A device at work: when it sends, what its messages tell, and when its server publishes them."""

from __future__ import annotations

import datetime as dt
import random
from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from infra.sensors import radio
from infra.sensors.devices import Device, Gateway
from infra.sensors.radio import Heard
from infra.sensors.servers.chirpstack import ChirpStack
from infra.sensors.servers.chirpstack_v3 import ChirpStackV3
from infra.sensors.servers.frames import Frame, Message, Server, Session, Status
from infra.sensors.servers.things_stack import ThingsStack
from infra.sensors.truth import LATE, Event, Gap, Planted, Reading, Reception, Told, Truth
from infra.sensors.values import HOUR, Series, Value

SECOND, MINUTE = 1_000_000, 60_000_000
# shares of the servers, in this order
_SERVERS: tuple[type[ChirpStack | ChirpStackV3 | ThingsStack], ...] = (ChirpStack, ChirpStackV3, ThingsStack)
_SHARES = (0.7, 0.15, 0.15)
# shares of the devices: no decoder, a counter soon at 2**16 or beyond, a battery nearly empty, on the mains
_NO_DECODER, _NEAR_END, _BEYOND_END, _EMPTY, _ON_MAINS = 0.03, 0.15, 0.3, 0.08, 0.1
# chances per frame: silence, a server that publishes late, a clock that is ahead or behind; a new session; no data
_TROUBLES, _UP_TO = ("silence", "late", "ahead", "behind", ""), (0.001, 0.002, 0.0024, 0.0028, 1.0)
_REJOIN, _NO_DATA = 0.0015, 0.002
# chances per message: a copy within seconds, one hours later
_DUPLICATE, _REPLAY = 0.01, 0.003
_STATUS_EVERY = 6 * HOUR
_BEHIND_TO = dt.datetime(2017, 1, 1, tzinfo=dt.UTC)


class Publication(NamedTuple):
    """A message, when it is published (microseconds since the simulation began), and which copy it is of what."""

    at: int
    message: Message
    told: Told
    copy: str = ""


class Node:
    """A device from the begin to the end of a simulation; `next_at` is when it wakes, None when it has ended."""

    def __init__(
        self,
        seed: int,
        device: Device,
        gateways: Sequence[Gateway],
        begins: dt.datetime,
        ends: dt.datetime,
        truth: Truth,
        has_decoder: bool | None = None,
    ) -> None:
        """Draws what is this device's own; see `Simulation` for the arguments."""
        drawn = self._drawn = random.Random(f"{seed}/sends/{device.device_eui}")
        self.device, self._begins, self._truth = device, begins, truth
        self._server: Server = drawn.choices(_SERVERS, _SHARES)[0](device, drawn)
        self._links = radio.links(drawn, device, gateways)
        self._factor = radio.spreading_factor(self._links)
        self._series = [Series(drawn, device.model, quantity) for quantity in device.quantities]
        self._has_decoder = drawn.random() >= _NO_DECODER if has_decoder is None else has_decoder
        self._session, self._number = self._new_session(), self._first_number()
        self._battery = drawn.uniform(14, 24) if drawn.random() < _EMPTY else drawn.uniform(40, 100)
        self._on_mains = drawn.random() < _ON_MAINS
        self._status_at = round(drawn.random() * _STATUS_EVERY)
        # how far the clock is off and until when; since and until when the server publishes nothing
        self._off, self._off_until, self._held_since, self._held_until = 0, 0, 0, 0
        first = self._since_begin(device.commissioned_on)
        last = self._since_begin(device.retired_on + dt.timedelta(1)) if device.retired_on else None
        end = round((ends - begins) / dt.timedelta(microseconds=1))
        self._end = end if last is None else min(end, last)
        self._is_new = first > 0
        self.next_at = self._later(max(0, first) + round(drawn.random() * device.reporting_interval_min * MINUTE))

    def wake(self) -> Iterator[Publication]:
        """Sends once and goes to sleep; yields what the server will publish of it, copies included."""
        at, drawn = self.next_at, self._drawn
        assert at is not None
        interval = self.device.reporting_interval_min * MINUTE
        self.next_at = self._later(at + round(interval * drawn.uniform(0.97, 1.03)))
        self._have_trouble(at)
        if self._is_new or drawn.random() < _REJOIN:
            yield from self._join(at)
            at += 8 * SECOND
        yield from self._send(at)

    def _have_trouble(self, at: int) -> None:
        drawn = self._drawn
        if not (trouble := drawn.choices(_TROUBLES, cum_weights=_UP_TO)[0]):
            return
        lasts = round(drawn.uniform(2, 10) * HOUR)
        match trouble:
            case "silence":
                # after this frame
                if (woken := self._later(at + lasts)) is not None:
                    self.next_at = woken
                    self._truth.gaps.append(Gap(self.device.device_eui, self._moment(at), self._moment(woken)))
            case "late":
                self._held_since, self._held_until = at, max(self._held_until, at + lasts)
            case "ahead" if at >= self._off_until:
                self._off, self._off_until = round(drawn.uniform(2, 400) * 24 * HOUR), at + lasts
            case "behind" if at >= self._off_until:
                then = _BEHIND_TO + dt.timedelta(days=drawn.uniform(0, 900))
                self._off = -round((self._moment(at) - then) / dt.timedelta(microseconds=1))
                self._off_until = at + lasts

    def _join(self, at: int) -> Iterator[Publication]:
        """Joins, if a gateway hears it; a device that cannot join stays in its session."""
        heard = radio.hear(self._drawn, self._links, self._factor)
        if not heard:
            return
        self._session, self._number, self._is_new = self._new_session(), 0, False
        told_at = self._told_at(at)
        event = Event(self.device.device_eui, told_at, "join", None)
        told = Told(self.device.device_eui, [], [], [event], [])
        yield from self._published(at, self._server.join(self._session, told_at, heard), told)

    def _send(self, at: int) -> Iterator[Publication]:
        number, session = self._number, self._server.session(self._session)
        self._number += 1
        self._truth.sent(self.device.device_eui, session)
        heard = radio.hear(self._drawn, self._links, self._factor)
        has_data = self._drawn.random() >= _NO_DATA
        measured = self._measure(at) if has_data and self._has_decoder else []
        if not heard:
            return
        told_at, drawn = self._told_at(at), self._drawn
        frame = Frame(
            self._session,
            number % self._server.counters,
            85 if has_data else 0,
            told_at,
            drawn.randbytes(4 + 3 * len(self._series)) if has_data else b"",
            self._decoded(measured) if measured else None,
            self._factor,
            drawn.choice(radio.FREQUENCIES),
            heard,
        )
        told = Told(
            self.device.device_eui,
            list(self._readings(told_at, measured)),
            self._receptions(told_at, heard),
            [],
            list(self._planted(at, told_at, measured)),
            session,
            number,
            has_data and not self._has_decoder,
        )
        yield from self._published(at, self._server.up(frame), told)
        if at >= self._status_at:
            yield from self._tell_status(at, told_at, heard)

    def _measure(self, at: int) -> list[tuple[Series, Value, str | None]]:
        """Values and the faults that are planted in them: none begins while the clock is wrong."""
        return [(series, *series.measure(at, at >= self._off_until)) for series in self._series]

    def _decoded(self, measured: list[tuple[Series, Value, str | None]]) -> dict[str, Any]:
        decoded: dict[str, Any] = {}
        for series, value, _ in measured:
            name, _, inner = series.quantity.quantity.partition(".")
            if inner:
                decoded.setdefault(name, {})[inner] = value
            else:
                decoded[name] = value
        match self.device.model:
            case "vest-bin-2":
                decoded["lid"] = self._lid(measured)
            case "vest-parking-3":
                decoded["alarm"] = None
        return decoded

    def _lid(self, measured: list[tuple[Series, Value, str | None]]) -> str:
        """A text that no register knows."""
        return "open" if float(measured[0][1]) > 80 else "closed"

    def _readings(self, told_at: dt.datetime, measured: list[tuple[Series, Value, str | None]]) -> Iterator[Reading]:
        eui = self.device.device_eui
        for series, value, _ in measured:
            yield Reading(eui, told_at, series.quantity.quantity, float(value))
        if measured and self.device.model == "vest-bin-2":
            yield Reading(eui, told_at, "lid", self._lid(measured))

    def _receptions(self, told_at: dt.datetime, heard: list[Heard]) -> list[Reception]:
        """The first antenna hears better than the second."""
        eui, factor = self.device.device_eui, self._factor
        return [
            Reception(eui, told_at, one.gateway.gateway_id, one.rssi, one.snr, factor)
            for one in heard
            if one.antenna == 0
        ]

    def _planted(
        self, at: int, told_at: dt.datetime, measured: list[tuple[Series, Value, str | None]]
    ) -> Iterator[Planted]:
        is_off, is_late = at < self._off_until, self._held_until - at > LATE / dt.timedelta(microseconds=1)
        for series, value, fault in measured:
            about = self.device.device_eui, told_at, series.quantity.quantity
            if not is_off and (shown := series.heard(at, value, fault)):
                yield Planted(*about, shown)
            if is_off:
                yield Planted(*about, "future" if self._off > 0 else "ancient")
            if is_late:
                yield Planted(*about, "late")

    def _tell_status(self, at: int, told_at: dt.datetime, heard: list[Heard]) -> Iterator[Publication]:
        self._status_at = at + _STATUS_EVERY
        self._battery = max(1, self._battery - self._drawn.uniform(0.05, 0.6))
        battery = None if self._on_mains else round(self._battery, 1)
        message = self._server.status(Status(told_at, battery, round(max(one.snr for one in heard))))
        if message is not None:
            when = told_at if self._server.tells_time_of_status else None
            event = Event(self.device.device_eui, when, "status", battery)
            # nothing tells copies of a message without a time from others
            told = Told(self.device.device_eui, [], [], [event], [])
            yield from self._published(at, message, told, may_repeat=when is not None)

    def _published(self, at: int, message: Message, told: Told, may_repeat: bool = True) -> Iterator[Publication]:
        drawn = self._drawn
        # what was held comes within seconds, about in the order in which it was sent
        after = self._held_until + (at - self._held_since) // 10_000 if at < self._held_until else at
        published = after + round(drawn.uniform(0.15, 0.6) * SECOND)
        yield Publication(published, message, told)
        chance = drawn.random() if may_repeat else 1.0
        if chance < _DUPLICATE:
            yield Publication(published + round(drawn.uniform(0.1, 5) * SECOND), message, told, "duplicate")
        elif chance < _DUPLICATE + _REPLAY:
            yield Publication(published + round(drawn.uniform(1, 8) * HOUR), message, told, "replay")

    def _new_session(self) -> Session:
        drawn = self._drawn
        return Session(f"01{drawn.getrandbits(24):06x}", b64encode(drawn.randbytes(16)).decode())

    def _first_number(self) -> int:
        """Where the counter stands when the simulation begins."""
        drawn, end = self._drawn, 1 << 16
        if drawn.random() < _NEAR_END:
            return end - drawn.randint(2, 30)
        if self._server.counters > end and drawn.random() < _BEYOND_END:
            return end + drawn.randint(1, 100_000)
        return drawn.randint(0, end - 20_000)

    def _told_at(self, at: int) -> dt.datetime:
        return self._moment(at + self._off if at < self._off_until else at)

    def _moment(self, at: int) -> dt.datetime:
        return self._begins + dt.timedelta(microseconds=at)

    def _later(self, at: int) -> int | None:
        return at if at < self._end else None

    def _since_begin(self, day: dt.date) -> int:
        begin = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
        return round((begin - self._begins) / dt.timedelta(microseconds=1))
