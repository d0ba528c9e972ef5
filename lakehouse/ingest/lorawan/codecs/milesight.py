"""Frames of Milesight: channel, type and a value of a length that both tell, one after the other.

Source: the manufacturer's decoders, https://github.com/Milesight-IoT/SensorDecoders
"""

from __future__ import annotations

import datetime as dt

from lakehouse.ingest.lorawan.codecs.milesight_models import ABOUT_THE_DEVICE, MODELS, Field
from lakehouse.ingest.lorawan.members import FIRST_YEAR, LAST_YEAR
from lakehouse.ingest.lorawan.messages import Reading, Undecodable


def read(model: str, data: bytes) -> list[Reading]:
    """The readings of a frame. What is told twice holds as it was told last.

    Raises:
        KeyError: there is no such model.
        Undecodable: a channel that the model does not have, a state without a meaning, or the frame was cut off.
    """
    items = {**ABOUT_THE_DEVICE, **MODELS[model]}
    found: dict[tuple[str, dt.datetime | None], Reading] = {}
    at = 0
    while at < len(data):
        channel = next((key for size in (3, 2) if (key := data[at : at + size].hex()) in items), None)
        if channel is None:
            raise Undecodable(f"it has {data[at : at + 2].hex()} at byte {at + 1}, which is no channel of the model")
        at += len(channel) // 2
        moment = None
        for field in items[channel]:
            if at + field.size > len(data):
                raise Undecodable(f"it was cut off within channel and type {channel}")
            raw = int.from_bytes(data[at : at + field.size], "little", signed=field.is_signed)
            at += field.size
            if field.is_time:
                moment = _moment(raw)
            elif field.quantity:
                found[field.quantity, moment] = Reading(field.quantity, _value(field, raw), field.unit, moment)
    return list(found.values())


def _value(field: Field, raw: int) -> float | str:
    if raw in field.faults:
        return "fault"
    if field.states is None:
        return raw / field.over
    if raw in field.states:
        return field.states[raw]
    if field.otherwise is None:
        raise Undecodable(f"it has {raw} for {field.quantity}, which means nothing")
    return field.otherwise


def _moment(seconds: int) -> dt.datetime:
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise Undecodable(f"it keeps readings of {moment:%Y-%m-%d}, when there was no LoRaWAN")
    return moment
