"""Workbook of LoRaWAN devices of the made-up region: those that its simulation lets send, as far as they were known."""

from __future__ import annotations

import random
from decimal import Decimal

from infra.region.facts import DECIDED_ON, SEED, Row, as_of
from infra.sensors.devices import CITIES, DEMO_DEVICES, Device, devices
from infra.sensors.models import MODELS
from lakehouse.administrations import KREIS

# the house of the Kreis stands in Recklinghausen
_SEATS = {**CITIES, KREIS: CITIES["05562032"]}


def rows(random: random.Random, ags: str, period: str) -> dict[str, list[Row]]:
    """The devices of an administration at the end of a half-year, and one that was registered and never sends."""
    day = as_of(period)
    own = [_unused(ags), *(device for device in devices(SEED, DEMO_DEVICES) if device.ags == ags)]
    known = [device for device in own if device.commissioned_on <= day]
    return {
        "lorawan__device": [
            {
                "device_eui": device.device_eui,
                "name": device.name,
                "owner_function": device.owner_function,
                "model": device.model,
                "latitude": _decimal(device.latitude, "0.000001"),
                "longitude": _decimal(device.longitude, "0.000001"),
                "private_place": device.private_place,
                "commissioned_on": device.commissioned_on,
                "retired_on": device.retired_on if device.retired_on and device.retired_on <= day else None,
                "reporting_interval_min": device.reporting_interval_min,
            }
            for device in known
        ],
        "lorawan__device_quantity": [row for device in known for row in _quantities(device)],
    }


def _unused(ags: str) -> Device:
    latitude, longitude, _ = _SEATS[ags]
    model = MODELS[0]
    return Device(
        f"02f1c9{ags}00", "Prüfgerät der Verwaltung", ags, model.owner_function, model.model, latitude, longitude,
        private_place=False, commissioned_on=DECIDED_ON, retired_on=None,
        reporting_interval_min=model.interval_min, quantities=model.quantities,
    )  # fmt: skip


def _quantities(device: Device) -> list[Row]:
    return [
        {
            "device_eui": device.device_eui,
            "quantity": measured.quantity,
            "unit": measured.unit,
            "minimum": _decimal(measured.minimum, "0.0001"),
            "maximum": _decimal(measured.maximum, "0.0001"),
            "max_step": None if measured.max_step is None else _decimal(measured.max_step, "0.0001"),
            "stuck_after_h": measured.stuck_after_h,
        }
        for measured in device.quantities
    ]


def _decimal(figure: float, step: str) -> Decimal:
    return Decimal(str(figure)).quantize(Decimal(step))
