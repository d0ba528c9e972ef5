"""How gateways hear a device: path loss, spreading factor and what is lost on the way.

The mean path loss at d km is 128.95 + 23.2 log10(d) dB, as measured in Oulu (J. Petäjäjärvi et al., "On the coverage of
LPWANs", ITST 2015, https://doi.org/10.1109/ITST.2015.7377400). A link has a lasting deviation (what stands in between),
a frame one of its own (fading). What a spreading factor needs is of Semtech's SX1276 data sheet.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from infra.sensors.devices import KM_PER_DEGREE, Device, Gateway

# dB below the noise at which a frame is still understood, by spreading factor
REQUIRED_SNR = {7: -7.5, 8: -10.0, 9: -12.5, 10: -15.0, 11: -17.5, 12: -20.0}
FREQUENCIES = (868_100_000, 868_300_000, 868_500_000, 867_100_000, 867_300_000, 867_500_000, 867_700_000, 867_900_000)
_LOSS_AT_1_KM, _LOSS_PER_DECADE = 128.95, 23.2
_LINK_DB, _FADING_DB = 4.0, 3.0
# power of the device and gain of a roof antenna
_BUDGET_DBM = 14 + 6
_INDOOR_DB, _INDOOR = 10, ("vest-air-4", "vest-parking-3")
# thermal noise in 125 kHz and 6 dB of the receiver
_NOISE_DBM = -117
# what a demodulator shows at most
_MAX_SNR = 13.5
# a device keeps this above what its spreading factor needs
_MARGIN_DB = 8
# frames that another one destroys: a longer one is on air for twice as long
_COLLISIONS_AT_7 = 0.002
_MOST_LINKS = 8


@dataclass(frozen=True, slots=True)
class Link:
    """A device and a gateway with the mean SNR between them, in dB."""

    gateway: Gateway
    distance_km: float
    snr: float


class Heard(NamedTuple):
    """One antenna of a gateway that heard a frame: RSSI in dBm, SNR in dB."""

    gateway: Gateway
    antenna: int
    rssi: int
    snr: float


def links(drawn: random.Random, device: Device, gateways: Iterable[Gateway]) -> list[Link]:
    """The gateways that may hear a device, the best first."""
    walls = _INDOOR_DB if device.model in _INDOOR else 0
    found = []
    for gateway in gateways:
        distance = distance_km(device, gateway)
        loss = _LOSS_AT_1_KM + _LOSS_PER_DECADE * math.log10(distance)
        snr = _BUDGET_DBM - walls - loss + drawn.gauss(0, _LINK_DB) - _NOISE_DBM
        if snr > REQUIRED_SNR[12] - 4 * _FADING_DB:
            found.append(Link(gateway, distance, snr))
    return sorted(found, key=lambda link: -link.snr)[:_MOST_LINKS]


def distance_km(device: Device, gateway: Gateway) -> float:
    """Kilometres between a device and a gateway, at least ten metres."""
    north = device.latitude - gateway.latitude
    east = (device.longitude - gateway.longitude) * math.cos(math.radians(device.latitude))
    return max(0.01, KM_PER_DEGREE * math.hypot(north, east))


def spreading_factor(of: list[Link]) -> int:
    """The lowest one that the best gateway hears with a margin, else 12."""
    best = of[0].snr - _MARGIN_DB if of else -math.inf
    return next((factor for factor, needed in REQUIRED_SNR.items() if best >= needed), 12)


def hear(drawn: random.Random, of: list[Link], factor: int) -> list[Heard]:
    """The antennas that hear one frame; of a gateway with two the worse one comes first or last."""
    needed = REQUIRED_SNR[factor]
    if drawn.random() < _COLLISIONS_AT_7 * 2 ** (factor - 7):
        return []
    found: list[Heard] = []
    for link in of:
        snr = link.snr + drawn.gauss(0, _FADING_DB)
        if snr < needed:
            continue
        rssi = round(snr + _NOISE_DBM)
        heard = [Heard(link.gateway, 0, rssi, _shown(snr))]
        if link.gateway.antennas == 2:
            worse = drawn.randint(1, 6)
            heard.insert(drawn.getrandbits(1), Heard(link.gateway, 1, rssi - worse, _shown(snr - worse)))
        found += heard
    return found


def _shown(snr: float) -> float:
    return min(_MAX_SNR, round(4 * snr) / 4)
