"""Channels of Milesight's models: what stands behind channel and type, or these and a third byte, little-endian."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Field(NamedTuple):
    """One value of a channel.

    `size` is in bytes. A number is divided by `over`, and is a fault instead where it is one of `faults`; a state is
    one of `states`, or `otherwise`. A field without a quantity is skipped; `is_time` is when what follows was measured.
    """

    quantity: str
    size: int
    unit: str = ""
    over: float = 1
    is_signed: bool = False
    faults: tuple[int, ...] = ()
    states: Mapping[int, float | str] | None = None
    otherwise: str | None = None
    is_time: bool = False


Item = tuple[Field, ...]


def state(quantity: str, *states: float | str) -> Field:
    """A state of one byte, by its number."""
    return Field(quantity, 1, states=dict(enumerate(states)))


def skipped(size: int) -> Item:
    """Something that is no reading."""
    return (Field("", size),)


TIME = Field("time", 4, is_time=True)
BATTERY = {"0175": (Field("battery", 1, "%"),)}
TEMPERATURE = Field("temperature", 2, "degC", over=10, is_signed=True)
HUMIDITY = Field("humidity", 1, "%", over=2)
# history of the AM300 series keeps it in two bytes
LONG_HUMIDITY = HUMIDITY._replace(size=2)
CO2 = Field("co2", 2, "ppm")
PRESSURE = Field("pressure", 2, "hPa", over=10)
DISTANCE = Field("distance", 2, "mm")
POSITION = state("position", "normal", "tilt")
LEAKAGE = state("leakage_status", "normal", "leak")
OCCUPANCY = state("occupancy", "vacant", "occupied")
PIR = state("pir", "idle", "trigger")
LIGHT = Field("light_level", 1)
TVOC = Field("tvoc", 2)
PM2_5, PM10 = Field("pm2_5", 2, "ug/m3"), Field("pm10", 2, "ug/m3")
HCHO = Field("hcho", 2, "mg/m3", over=100)
ALARM = state("temperature_alarm", "threshold alarm release", "threshold alarm")

# versions, serial numbers, and what the device answers to settings: `ff` by itself, `fe` on request
ABOUT_THE_DEVICE: dict[str, Item] = {
    **{f"ff{type_}": skipped(size) for type_, size in {"01": 1, "08": 6, "09": 2, "0a": 2, "0b": 1, "0f": 1, "16": 8,
                                                        "18": 2, "fe": 1, "ff": 2}.items()},
    **{f"{channel}{type_}": skipped(size) for channel in ("fe", "ff") for type_, size in {
        "02": 2, "03": 2, "06": 9, "10": 1, "11": 4, "17": 2, "27": 1, "28": 1, "68": 1, "69": 1, "6a": 3, "f2": 2,
    }.items()},
}  # fmt: skip

_TH: dict[str, Item] = {**BATTERY, "0367": (TEMPERATURE,), "0468": (HUMIDITY,)}
_AM100: dict[str, Item] = {
    **_TH,
    "056a": (Field("activity", 2),),
    "0665": (Field("illumination", 2, "lx"), Field("infrared_and_visible", 2), Field("infrared", 2)),
}
_AM102: dict[str, Item] = {**_TH, "20ce": (TIME, TEMPERATURE, HUMIDITY)}
_AM103: dict[str, Item] = {**_TH, "077d": (CO2,), "20ce": (TIME, TEMPERATURE, HUMIDITY, CO2)}
_AM300: dict[str, Item] = {
    **_TH,
    "0500": (PIR,),
    "06cb": (LIGHT,),
    "077d": (CO2,),
    "087d": (TVOC,),
    "0973": (PRESSURE,),
    "0e01": (Field("beep", 1, states={1: "yes"}, otherwise="no"),),
}
_AM300_HISTORY = (TIME, TEMPERATURE, LONG_HUMIDITY, PIR._replace(quantity="trigger"), LIGHT, CO2, TVOC, PRESSURE)
_PM: dict[str, Item] = {"0b7d": (PM2_5,), "0c7d": (PM10,)}
# a smaller model may write channels of the larger ones, whose sensors it does not have
_NOT_THERE = {channel: skipped(2) for channel in ("0a7d", "0b7d", "0c7d", "0d7d")}
_AM307: dict[str, Item] = {**_AM300, **_NOT_THERE, "20ce": _AM300_HISTORY}
_AM308: dict[str, Item] = {**_AM300, **_NOT_THERE, **_PM, "20ce": (*_AM300_HISTORY, PM2_5, PM10)}
_AM319: dict[str, Item] = {**_AM300, **_PM, "0a7d": (HCHO,), "20ce": (*_AM300_HISTORY, PM2_5, PM10, HCHO)}
_EM400: dict[str, Item] = {
    **BATTERY,
    "0367": (TEMPERATURE,),
    "0482": (DISTANCE,),
    "0500": (POSITION,),
    "8367": (TEMPERATURE, state("temperature_abnormal", 0, 1)),
    "8482": (DISTANCE, state("distance_alarming", 0, 1)),
}
# what sensors of the EM500 series write instead of a value: out of range, and not connected
_FAULTS = (0xFFFD, 0xFFFF)
# sound levels by their weighting of frequency (first two bits) and time (next two), which the third byte tells
_SOUND: dict[str, Item] = {
    f"055b{slow << 2 | loud:02x}": (
        Field(f"L{frequency}{time}", 2, "dB", over=10),
        Field(f"L{frequency}eq", 2, "dB", over=10),
        Field(f"L{frequency}{time}max", 2, "dB", over=10),
    )
    for loud, frequency in enumerate("ZAC")
    for slow, time in enumerate("IFS")
}

MODELS: dict[str, dict[str, Item]] = {
    "am102": _AM102,
    "am102l": _AM102,
    "am103": _AM103,
    "am103l": _AM103,
    "am104": _AM100,
    "am107": {**_AM100, "077d": (CO2,), "087d": (TVOC,), "0973": (PRESSURE,)},
    "am307": _AM307,
    "am307l": _AM307,
    "am308": _AM308,
    "am308l": _AM308,
    "am319": _AM319,
    "am319l": _AM319,
    "em300-mcs": {**_TH, "0600": (state("magnet_status", "close", "open"),)},
    "em300-mld": {**BATTERY, "0500": (LEAKAGE,)},
    "em300-th": {**_TH, "20ce": (TIME, TEMPERATURE, HUMIDITY, *skipped(1))},
    "em310-udl": {**BATTERY, "0382": (DISTANCE,), "0400": (POSITION,)},
    "em320-th": _TH,
    "em400-tld": _EM400,
    "em400-udl": _EM400,
    "em500-co2": {**_TH, "057d": (CO2,), "0673": (PRESSURE,), "20ce": (TIME, CO2, PRESSURE, TEMPERATURE, HUMIDITY)},
    "em500-lgt": {**BATTERY, "0394": (Field("illumination", 4, "lx"),)},
    "em500-pp": {**BATTERY, "037b": (Field("pressure", 2, "kPa", is_signed=True),)},
    "em500-pt100": {**BATTERY, "0367": (TEMPERATURE,)},
    "em500-smtc": {
        **BATTERY,
        "0367": (TEMPERATURE,),
        "0468": (Field("moisture", 1, "%", over=2),),
        "04ca": (Field("moisture", 2, "%", over=100, faults=_FAULTS),),
        "057f": (Field("ec", 2, "uS/cm", faults=_FAULTS),),
    },
    "em500-swl": {**BATTERY, "0377": (Field("water_level", 2, "cm", is_signed=True),)},
    "em500-udl": {**BATTERY, "0382": (DISTANCE,)},
    "gs101": {
        "058e": (state("state", "normal", "alarm"),),
        "0601": (state("valve", "close", "open"),),
        "0701": (state("relay", "close", "open"),),
    },
    "ts101": {**BATTERY, "0367": (TEMPERATURE,), "8367": (TEMPERATURE, ALARM)},
    "vs330": {
        **BATTERY,
        "0282": (DISTANCE,),
        "038e": (OCCUPANCY,),
        "048e": (state("calibration", "failed", "success"),),
    },
    "vs340": {**BATTERY, "0300": (OCCUPANCY,)},
    "ws101": {**BATTERY, "ff2e": (Field("press", 1, states={1: "short", 2: "long", 3: "double"}),)},
    "ws201": {**BATTERY, "0382": (DISTANCE,), "04d6": (Field("remaining", 1, "%"),)},
    "ws202": {**BATTERY, "0300": (state("pir", "normal", "trigger"),), "0400": (state("daylight", "dark", "light"),)},
    "ws301": {
        **BATTERY,
        "0300": (state("magnet_status", "close", "open"),),
        "0400": (state("tamper_status", "installed", "uninstalled"),),
    },
    "ws302": {**BATTERY, **_SOUND},
    "ws303": {**BATTERY, "0300": (LEAKAGE,)},
}  # fmt: skip
