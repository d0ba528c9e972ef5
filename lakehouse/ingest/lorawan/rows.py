"""Rows of the three kinds of tables that a message makes, by the names of their columns (`COLUMNS` of the format)."""

from __future__ import annotations

import datetime as dt

from lakehouse.ingest.lorawan import codecs
from lakehouse.ingest.lorawan.messages import DeviceEvent, Reading, Undecodable, Uplink, message_id
from lakehouse.spec.lorawan_format import Lorawan

Row = dict[str, str | float | bool | None]


def readings(format_: Lorawan, message: Uplink | DeviceEvent, received_at: dt.datetime) -> list[Row]:
    """A row for each quantity that an uplink tells.

    Raises:
        Undecodable: there is no decoded object, and no codec, or one that cannot read its bytes.
    """
    if not isinstance(message, Uplink):
        return []
    about = _about(message, received_at)
    return [
        {
            **about,
            **({"observed_at": reading.observed_at.isoformat()} if reading.observed_at else {}),
            "quantity": reading.quantity,
            "value": None if isinstance(reading.value, str) else reading.value,
            "text": reading.value if isinstance(reading.value, str) else None,
            "unit": format_.units.get(reading.quantity, reading.unit),
        }
        for reading in _measured(format_, message)
    ]


def _measured(format_: Lorawan, message: Uplink) -> list[Reading]:
    if message.readings is not None:
        return list(message.readings)
    # port 0 and frames without data are of the network, not of the sensors
    if not message.data or message.f_port == 0:
        return []
    profile = message.device.profile
    codec = format_.codec(profile)
    if codec is None:
        raise Undecodable(f"was not decoded by its server, and no codec is declared for device profile {profile!r}")
    try:
        return codecs.read(codec, message.data)
    except Undecodable as problem:
        raise Undecodable(f"has bytes that {codec} cannot read ({message.data.hex()}): {problem}") from None


def receptions(format_: Lorawan, message: Uplink | DeviceEvent, received_at: dt.datetime) -> list[Row]:
    """A row for each gateway that heard an uplink."""
    if not isinstance(message, Uplink):
        return []
    radio = message.radio
    about = {
        **_about(message, received_at),
        "session": message.session,
        "f_cnt": message.f_cnt,
        "f_port": message.f_port,
        "frequency_hz": radio.frequency,
        "spreading_factor": radio.spreading_factor,
        "bandwidth_hz": radio.bandwidth,
        "data_rate": radio.data_rate,
    }
    return [
        {
            **about,
            "gateway_id": heard.gateway_id,
            "rssi_dbm": heard.rssi,
            "snr_db": heard.snr,
            "latitude": heard.latitude,
            "longitude": heard.longitude,
            "altitude_m": heard.altitude,
        }
        for heard in message.receptions
    ]


def events(format_: Lorawan, message: Uplink | DeviceEvent, received_at: dt.datetime) -> list[Row]:
    """A row for an event."""
    if not isinstance(message, DeviceEvent):
        return []
    return [
        {
            **_about(message, received_at),
            "session": message.session,
            "event": message.kind,
            "battery_level_pct": message.battery_level,
            "margin_db": message.margin,
            "external_power": message.external_power,
        }
    ]


def _about(message: Uplink | DeviceEvent, received_at: dt.datetime) -> Row:
    return {
        "message_id": message_id(message, received_at),
        "device_eui": message.device.eui,
        "device_name": message.device.name,
        "device_profile": message.device.profile,
        "observed_at": (message.observed_at or received_at).isoformat(),
    }
