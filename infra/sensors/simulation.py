"""The region at work: messages in the order in which network servers publish them, with the truth about them."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import NamedTuple

from infra.sensors.devices import Device, Gateway, devices
from infra.sensors.node import Node, Publication
from infra.sensors.truth import Truth

# how the EUIs of devices begin that are in no register
UNKNOWN_EUI = "02f1c9"
_UNKNOWN_SHARE, _FEWEST_UNKNOWN = 0.025, 2


class Message(NamedTuple):
    """An MQTT message and when it is published, in UTC."""

    topic: str
    payload: bytes
    published_at: dt.datetime


class Simulation:
    """Devices that send from `begins` to `ends`; what is late, and copies, are published up to half a day later.

    Iterating yields the messages, always the same ones, and `truth` is about those that were yielded.
    """

    def __init__(
        self,
        seed: int,
        devices: Sequence[Device],
        gateways: Sequence[Gateway],
        begins: dt.datetime,
        ends: dt.datetime,
        keeps_rows: bool = True,
    ) -> None:
        """Nothing is simulated before it is asked for.

        Args:
            seed: decides all that is left to chance.
            devices: of the register; a few more that are in none send as well.
            gateways: of the region.
            begins: first time that a device sends, with its zone.
            ends: when devices stop to send.
            keeps_rows: see `Truth`.
        """
        self._seed, self._devices, self._gateways = seed, devices, gateways
        self._begins, self._ends = begins.astimezone(dt.UTC), ends.astimezone(dt.UTC)
        self._keeps_rows = keeps_rows
        self.truth = Truth(keeps_rows)

    def __iter__(self) -> Iterator[Message]:
        """Messages by `published_at`."""
        truth = self.truth = Truth(self._keeps_rows)
        nodes = [
            Node(self._seed, device, self._gateways, self._begins, self._ends, truth, has_decoder)
            for device, has_decoder in self._all_devices()
        ]
        awake = [(node.next_at, number) for number, node in enumerate(nodes) if node.next_at is not None]
        heapq.heapify(awake)
        waiting: list[tuple[int, int, Publication]] = []
        order = count()
        while awake:
            at, number = awake[0]
            yield from self._due(waiting, at)
            node = nodes[number]
            for publication in node.wake():
                heapq.heappush(waiting, (publication.at, next(order), publication))
            if node.next_at is None:
                heapq.heappop(awake)
            else:
                heapq.heapreplace(awake, (node.next_at, number))
        yield from self._due(waiting, None)

    def _due(self, waiting: list[tuple[int, int, Publication]], until: int | None) -> Iterator[Message]:
        while waiting and (until is None or waiting[0][0] <= until):
            at, _, publication = heapq.heappop(waiting)
            self.truth.publishes(publication.told, publication.copy)
            if publication.told.device_eui.startswith(UNKNOWN_EUI):
                self.truth.unknown_devices.add(publication.told.device_eui)
            yield Message(*publication.message, self._begins + dt.timedelta(microseconds=at))

    def _all_devices(self) -> Iterator[tuple[Device, bool | None]]:
        """Those of the register, then some that are in none, of which the first has no decoder."""
        for device in self._devices:
            yield device, None
        unknown = max(_FEWEST_UNKNOWN, round(_UNKNOWN_SHARE * len(self._devices)))
        for number, device in enumerate(devices(self._seed + 1, unknown)):
            eui = UNKNOWN_EUI + device.device_eui[len(UNKNOWN_EUI) :]
            changed = replace(
                device,
                device_eui=eui,
                name=f"unbekannt {number + 1}",
                commissioned_on=self._begins.date(),
                retired_on=None,
            )
            yield changed, number > 0
