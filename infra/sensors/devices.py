"""The devices and gateways of the made-up region, spread over its ten cities."""

from __future__ import annotations

import datetime as dt
import math
import random
from dataclasses import dataclass
from types import MappingProxyType

from infra.sensors.models import MODELS, Model, Quantity
from lakehouse.administrations import ADMINISTRATIONS

# what the demo's workbooks list, and what its simulation lets send
DEMO_DEVICES, DEMO_GATEWAYS = 60, 12
# latitude and longitude of each city's centre, and kilometres around it that lie in the city
CITIES = MappingProxyType(
    {
        "05562004": (51.553877, 7.310925, 2.5),
        "05562008": (51.653082, 7.342615, 2.5),
        "05562012": (51.660837, 6.964689, 3.5),
        "05562014": (51.573424, 6.992723, 2.0),
        "05562016": (51.743737, 7.187214, 3.5),
        "05562020": (51.594650, 7.140236, 2.0),
        "05562024": (51.658211, 7.101811, 3.0),
        "05562028": (51.639877, 7.260829, 2.0),
        "05562032": (51.614576, 7.197544, 3.0),
        "05562036": (51.622128, 7.400687, 2.5),
    }
)
KM_PER_DEGREE = 111.2
_AGS = tuple(CITIES)
_FIRST_DAY, _LAST_DAY = dt.date(2023, 3, 1), dt.date(2026, 6, 30)
_LAST_RETIRED = dt.date(2026, 10, 31)
_PRIVATE_SHARE, _RETIRED_SHARE = 0.2, 0.08


@dataclass(frozen=True, slots=True)
class Device:
    """A device as its administration registers it.

    Attributes:
        device_eui: 16 hexadecimal digits in lower case.
        name: what its office calls it, in German.
        ags: city in which it stands.
        owner_function: office that runs it, never a person.
        model: name of its model.
        latitude: degrees, WGS 84.
        longitude: degrees, WGS 84.
        private_place: whether it stands in a private home or garden.
        commissioned_on: first day.
        retired_on: last day; None while it is in use.
        reporting_interval_min: minutes between two reports.
        quantities: what it measures.
    """

    device_eui: str
    name: str
    ags: str
    owner_function: str
    model: str
    latitude: float
    longitude: float
    private_place: bool
    commissioned_on: dt.date
    retired_on: dt.date | None
    reporting_interval_min: int
    quantities: tuple[Quantity, ...]


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway: its id (16 hexadecimal digits), WGS 84 degrees, metres above sea level, number of antennas."""

    gateway_id: str
    ags: str
    latitude: float
    longitude: float
    altitude_m: int
    antennas: int


def devices(seed: int, count: int) -> list[Device]:
    """Devices of every city in turn; with one seed, fewer devices are the first of more.

    Raises:
        ValueError: more than 65,536 are asked for, which EUIs do not tell apart.
    """
    if count > 1 << 16:
        raise ValueError(f"{count} devices are asked for, and there are EUIs for {1 << 16}")
    return [_device(seed, number) for number in range(count)]


def gateways(seed: int, count: int) -> list[Gateway]:
    """Gateways of every city in turn, each near its centre; with one seed, fewer are the first of more."""
    return [_gateway(seed, number) for number in range(count)]


def _device(seed: int, number: int) -> Device:
    drawn = random.Random(f"{seed}/device/{number}")
    # another model in each round through the cities, and another one in each city
    turn, city = divmod(number, len(_AGS))
    ags, model = _AGS[city], MODELS[(turn + city) % len(MODELS)]
    latitude, longitude = _place(drawn, ags, 1)
    commissioned_on = _day(drawn, _FIRST_DAY, _LAST_DAY)
    retired_on = _day(drawn, commissioned_on, _LAST_RETIRED) if drawn.random() < _RETIRED_SHARE else None
    return Device(
        # the second bit of the first byte says that nobody assigned it
        f"02f1c7{number:04x}{drawn.getrandbits(24):06x}",
        _name(model, ags, turn),
        ags,
        model.owner_function,
        model.model,
        latitude,
        longitude,
        drawn.random() < _PRIVATE_SHARE,
        commissioned_on,
        retired_on,
        model.interval_min,
        model.quantities,
    )


def _gateway(seed: int, number: int) -> Gateway:
    drawn = random.Random(f"{seed}/gateway/{number}")
    ags = _AGS[number % len(_AGS)]
    latitude, longitude = _place(drawn, ags, 0.6)
    # one in five has two antennas, and tells each uplink once for each
    antennas = 2 if number % 5 == 4 else 1
    return Gateway(
        f"02f1c8fffe{number & 0xFFFF:04x}{drawn.getrandbits(8):02x}",
        ags,
        latitude,
        longitude,
        drawn.randint(55, 140),
        antennas,
    )


def _name(model: Model, ags: str, turn: int) -> str:
    return f"{model.label} {ADMINISTRATIONS[ags]} {turn + 1:02d}"


def _place(drawn: random.Random, ags: str, share: float) -> tuple[float, float]:
    """A place at most the given share of the city's radius from its centre, as likely anywhere there."""
    latitude, longitude, radius_km = CITIES[ags]
    distance, angle = radius_km * share * math.sqrt(drawn.random()), drawn.uniform(0, math.tau)
    north, east = distance * math.cos(angle), distance * math.sin(angle)
    return (
        round(latitude + north / KM_PER_DEGREE, 6),
        round(longitude + east / (KM_PER_DEGREE * math.cos(math.radians(latitude))), 6),
    )


def _day(drawn: random.Random, first: dt.date, last: dt.date) -> dt.date:
    return first + dt.timedelta(drawn.randint(0, (last - first).days))
