"""The models of devices, and the plausible range of each quantity that they measure. All are fictitious."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a device measures, as its register declares it.

    Attributes:
        quantity: name, as silver has it.
        unit: as the lake writes units; `1` of what only counts.
        minimum: lowest plausible value.
        maximum: highest plausible value.
        max_step: largest plausible change between two readings that follow each other; None: any.
        stuck_after_h: hours of the same value after which it is stuck; None: never.
    """

    quantity: str
    unit: str
    minimum: float
    maximum: float
    max_step: float | None
    stuck_after_h: int | None


@dataclass(frozen=True, slots=True)
class Model:
    """A kind of device.

    Attributes:
        model: its name, which network servers have as the profile of the device.
        label: what its devices are called, in German.
        owner_function: the office that runs them.
        interval_min: minutes between two reports.
        quantities: what it measures.
    """

    model: str
    label: str
    owner_function: str
    interval_min: int
    quantities: tuple[Quantity, ...]


# a step that is plausible is wider than what a device sees in a day: it must hold after a gap, too
_TEMPERATURE = Quantity("temperature", "degC", -30, 50, 18, 6)
_BATTERY = Quantity("battery_voltage", "V", 2, 4, None, None)
MODELS = (
    Model("vest-soil-1", "Bodenfeuchte", "Fachdienst Grünflächen", 30, (
        Quantity("soil.moisture", "%", 0, 60, 20, 24), Quantity("soil.temperature", "degC", -20, 45, 12, 12), _BATTERY,
    )),
    Model("vest-climate-2", "Stadtklima", "Fachdienst Umwelt und Klima", 15, (
        _TEMPERATURE, Quantity("humidity", "%", 0, 100, 40, 6),
    )),
    Model("vest-air-4", "Raumluft", "Gebäudemanagement", 10, (
        Quantity("temperature", "degC", 0, 45, 12, 6), Quantity("humidity", "%", 0, 100, 40, 6),
        Quantity("co2", "ppm", 350, 5000, 1500, 3),
    )),
    Model("vest-level-1", "Pegel", "Stadtentwässerung", 15, (
        Quantity("water_level", "cm", 0, 600, 80, 24), _BATTERY,
    )),
    Model("vest-parking-3", "Stellplatz", "Fachdienst Mobilität", 20, (Quantity("occupied", "1", 0, 1, None, None),)),
    Model("vest-bin-2", "Abfallbehälter", "Kommunaler Betriebshof", 60, (
        Quantity("fill_level", "%", 0, 100, None, None), _TEMPERATURE,
    )),
)  # fmt: skip
