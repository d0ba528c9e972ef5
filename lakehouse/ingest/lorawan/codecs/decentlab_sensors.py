"""What a sensor of Decentlab tells in its 16-bit words, and the sensors that several models have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

# zero of a signed word
SIGNED = 32768


class Value(NamedTuple):
    """A quantity of a sensor: its unit, and how it comes from the sensor's words; None if nothing is connected."""

    quantity: str
    unit: str
    of: Callable[[Sequence[int]], float | None]


class Sensor(NamedTuple):
    """A sensor: the number of its words, and its quantities."""

    words: int
    values: tuple[Value, ...]


def word(
    at: int,
    quantity: str,
    unit: str = "",
    *,
    zero: float = 0,
    times: float = 1,
    over: float = 1,
    plus: float = 0,
    empty: int | None = None,
) -> Value:
    """A quantity that is linear in one word: (word - zero) * times / over + plus; `empty` is the word of no sensor."""
    return Value(
        quantity,
        unit,
        lambda words: None if words[at] == empty else (words[at] - zero) * times / over + plus,
    )


def total(at: int, quantity: str, unit: str = "", times: float = 1) -> Value:
    """A counter of two words, the lower one first."""
    return Value(quantity, unit, lambda words: (words[at] + (words[at + 1] << 16)) * times)


def sensor(words: int, *values: Value) -> Sensor:
    """A sensor and its quantities."""
    return Sensor(words, values)


def permittivity(words: Sequence[int]) -> float:
    """Dielectric permittivity of soil, from the raw value of TEROS 11 and 12."""
    raw = words[0] / 10
    return float((2.887e-9 * raw**3 - 2.08e-5 * raw**2 + 5.276e-2 * raw - 43.39) ** 2)


def topp(words: Sequence[int]) -> float:
    """Volumetric water content from the permittivity (Topp et al. 1980)."""
    permittivity = words[0] / 50
    return 4.3e-6 * permittivity**3 - 5.5e-4 * permittivity**2 + 2.92e-2 * permittivity - 5.3e-2


def albedo(words: Sequence[int]) -> float:
    """The share of incoming radiation that is reflected."""
    incoming, reflected = words[0] - SIGNED, words[1] - SIGNED
    return reflected / incoming if incoming > 0 and reflected > 0 else 0


def illuminance(words: Sequence[int]) -> float:
    """Illuminance in lx, from a photodiode for all light and one for infrared."""
    both, infrared = words
    return max(both - 1.64 * infrared, 0.59 * both - 0.86 * infrared, 0) * 1.5504


BATTERY = sensor(1, word(0, "battery_voltage", "V", over=1000))
SHT = sensor(
    2,
    word(0, "air_temperature", "degC", times=175, over=65535, plus=-45),
    word(1, "air_humidity", "%", times=100, over=65535),
)
SHT21 = sensor(
    2,
    word(0, "air_temperature", "degC", times=175.72, over=65536, plus=-46.85),
    word(1, "air_humidity", "%", times=125, over=65536, plus=-6),
)
SOIL = (
    Value("dielectric_permittivity", "", permittivity),
    word(0, "volumetric_water_content", "m3/m3", times=0.0003879, over=10, plus=-0.6956),
    word(1, "soil_temperature", "degC", zero=SIGNED, over=10),
)
ROAD = sensor(
    6,
    word(0, "surface_temperature", "degC", zero=SIGNED, over=100),
    word(1, "air_temperature", "degC", zero=SIGNED, over=100),
    word(2, "air_humidity", "%", zero=SIGNED, over=100),
    word(3, "dew_point", "degC", zero=SIGNED, over=100),
    word(4, "angle", "deg", zero=SIGNED),
    word(5, "sensor_temperature", "degC", zero=SIGNED, over=100),
)
PRESSURE = word(0, "barometric_pressure", "Pa", times=2)
