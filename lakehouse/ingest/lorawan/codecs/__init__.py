"""Readings in the bytes of a device, by its model's codec: tables of what manufacturers publish, none of their code.

A name of a quantity is the one that the manufacturer's decoder gives it; units are those of the lake (`degC`, `ug/m3`).
"""

from __future__ import annotations

from collections.abc import Callable

from lakehouse.ingest.lorawan.codecs import decentlab, milesight
from lakehouse.ingest.lorawan.messages import Reading

# by manufacturer and model; lakehouse/spec/lorawan_format.py lists the same names
BRANDS: dict[str, Callable[[str, bytes], list[Reading]]] = {"decentlab": decentlab.read, "milesight": milesight.read}


def read(codec: str, data: bytes) -> list[Reading]:
    """The readings that a frame holds.

    Args:
        codec: manufacturer and model, as in `decentlab/dl-smtp`.
        data: bytes of the frame.

    Raises:
        KeyError: there is no such codec.
        Undecodable: the frame is none of this model, was cut off, or holds something that the table does not know.
    """
    brand, _, model = codec.partition("/")
    return BRANDS[brand](model, data)
