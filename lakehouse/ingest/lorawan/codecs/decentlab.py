"""Frames of Decentlab: a version, the device's number, a mask of its sensors, then 16-bit words for each of them.

Source: the manufacturer's decoders, https://github.com/decentlab/decentlab-decoders
"""

from __future__ import annotations

from lakehouse.ingest.lorawan.codecs.decentlab_models import MODELS
from lakehouse.ingest.lorawan.messages import Reading, Undecodable

VERSION = 2
HEADER = 5


def read(model: str, data: bytes) -> list[Reading]:
    """The readings of a frame, in the order of the model's table.

    Raises:
        KeyError: there is no such model.
        Undecodable: another version, a sensor that the model does not have, or fewer or more words than its sensors
            have.
    """
    sensors = MODELS[model]
    if len(data) < HEADER or data[0] != VERSION:
        raise Undecodable(f"it does not begin as version {VERSION} of the manufacturer's frames")
    mask = int.from_bytes(data[3:HEADER], "big")
    if mask >> len(sensors):
        raise Undecodable(f"it has sensors {mask:#b}, and the model {len(sensors)} of them")
    present = [sensor for bit, sensor in enumerate(sensors) if mask >> bit & 1]
    wanted = HEADER + 2 * sum(sensor.words for sensor in present)
    if len(data) != wanted:
        raise Undecodable(f"it has {len(data)} bytes, and its sensors {wanted}")
    words = [int.from_bytes(data[i : i + 2], "big") for i in range(HEADER, len(data), 2)]
    found: list[Reading] = []
    for sensor in present:
        own, words = words[: sensor.words], words[sensor.words :]
        for value in sensor.values:
            number = value.of(own)
            if number is not None:
                found.append(Reading(value.quantity, float(number), value.unit))
    return found
