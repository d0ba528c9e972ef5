"""Members of a message's JSON objects, each read as what it has to be.

Messages follow the JSON mapping of Protocol Buffers (https://protobuf.dev/programming-guides/json/): a member that is
zero, false or empty is left out, and 64-bit numbers are quoted.
"""

from __future__ import annotations

import binascii
import datetime as dt
import math
import re
from base64 import b64decode
from typing import Any

from lakehouse.ingest.lorawan.messages import Reading, Undecodable
from lakehouse.ingest.parse.json_values import Number
from lakehouse.ingest.parse.json_values import written as json_of
from lakehouse.ingest.parse.records import is_unicode

# LoRaWAN 1.0 is of January 2015; a clock that was never set says less, one that is broken may say anything
FIRST_YEAR, LAST_YEAR = 2015, 2099
MAX_DATA = 255
MAX_F_CNT = 2**32 - 1
MAX_QUANTITIES = 1_000
MAX_NAME = 200
MAX_SHOWN = 60
_WHOLE = re.compile(r"(-?\d{1,18})(?:\.0+)?", re.ASCII)
_RFC3339 = re.compile(r"(\d{4})-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)


class Members:
    """The members of one object; `path` is where it stands in the message. Each method raises Undecodable."""

    def __init__(self, value: Any, path: str = "") -> None:
        """`value` must be an object, or None for one that is left out."""
        if value is not None and type(value) is not dict:
            raise Undecodable(f"has {shown(value)} at {path or 'its top'}, no object")
        self.value: dict[str, Any] = value or {}
        self.path = path

    def has(self, name: str) -> bool:
        """Whether the member is there, and not null."""
        return self.value.get(name) is not None

    def below(self, name: str) -> Members:
        """The object that a member holds; one without members if it is left out."""
        return Members(self.value.get(name), self._at(name))

    def each(self, name: str) -> list[Members]:
        """The objects of the array that a member holds."""
        found = self.value.get(name)
        if found is not None and type(found) is not list:
            raise self._wrong(name, "array")
        return [Members(one, f"{self._at(name)}.{i}") for i, one in enumerate(found or [])]

    def text(self, name: str) -> str:
        """A text, empty if it is left out."""
        found = self.value.get(name)
        if found is None:
            return ""
        if type(found) is not str or not _is_name(found):
            raise self._wrong(name, f"text of at most {MAX_NAME} characters of Unicode")
        return found

    def flag(self, name: str) -> bool:
        """True or false, which it is if it is left out."""
        found = self.value.get(name)
        if found is not None and type(found) is not bool:
            raise self._wrong(name, "true or false")
        return bool(found)

    def whole(self, name: str, low: int, high: int) -> int:
        """A whole number within bounds, zero if it is left out."""
        found = self.value.get(name)
        if found is None:
            return 0
        written = _WHOLE.fullmatch(found) if isinstance(found, str) else None
        if written is None or not low <= int(written[1]) <= high:
            raise self._wrong(name, f"whole number from {low} to {high}")
        return int(written[1])

    def number(self, name: str, low: float, high: float) -> float:
        """A number within bounds, zero if it is left out."""
        found = self.value.get(name)
        if found is None:
            return 0.0
        if not isinstance(found, Number) or not low <= float(found) <= high:
            raise self._wrong(name, f"number from {low:g} to {high:g}")
        return float(found)

    def moment(self, name: str) -> dt.datetime | None:
        """A time in UTC, cut to microseconds; None if it is left out."""
        found = self.value.get(name)
        if found is None:
            return None
        try:
            return moment(found)
        except ValueError as error:
            raise Undecodable(f"has {shown(found)} at {self._at(name)}, {error}") from None

    def identifier(self, name: str, size: int) -> str:
        """Bytes of an address or EUI in hexadecimal digits, which may be written in base64; empty if left out."""
        found = self.value.get(name)
        if found is None or found == "":
            return ""
        if type(found) is str and len(found) == 2 * size and re.fullmatch(r"[0-9A-Fa-f]+", found):
            return found.lower()
        read = _base64(found)
        if read is None or len(read) != size:
            raise self._wrong(name, f"identifier of {size} bytes")
        return read.hex()

    def data(self, name: str) -> bytes:
        """The bytes of a frame."""
        found = self.value.get(name)
        read = b"" if found is None else _base64(found)
        if read is None:
            raise self._wrong(name, "base64")
        if len(read) > MAX_DATA:
            raise Undecodable(f"has {len(read)} bytes at {self._at(name)}, more than a frame holds")
        return read

    def _at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def _wrong(self, name: str, wanted: str) -> Undecodable:
        return Undecodable(f"has {shown(self.value[name])} at {self._at(name)}, no {wanted}")


def moment(written: Any) -> dt.datetime:
    """The time that an RFC 3339 text means, in UTC and cut to microseconds.

    Raises:
        ValueError: it is none, or of a year in which no LoRaWAN device was or will be heard.
    """
    match = _RFC3339.fullmatch(written) if type(written) is str else None
    if match is None:
        raise ValueError("no time as RFC 3339 writes it")
    if not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        raise ValueError(f"no time of the years {FIRST_YEAR} to {LAST_YEAR}")
    try:
        return dt.datetime.fromisoformat(written).astimezone(dt.UTC)
    except ValueError:
        raise ValueError("no time that exists") from None


def readings(decoded: Any, path: str) -> tuple[Reading, ...] | None:
    """Readings of an object that the server's decoder made, None of an empty one.

    Names of nested objects and places in arrays are joined by dots. True and false are 1 and 0, a text stays one, and
    null is no reading.

    Raises:
        Undecodable: it is no object, a number does not fit a double, a name is missing, too long or there twice, or it
            has more quantities than a frame can hold.
    """
    found: dict[str, float | str] = {}
    _flatten(Members(decoded, path).value, "", path, found)
    return tuple(Reading(name, value) for name, value in found.items()) or None


def _flatten(node: Any, name: str, path: str, found: dict[str, float | str]) -> None:
    if node is None:
        return
    if type(node) in (dict, list):
        for key, value in node.items() if type(node) is dict else enumerate(node):
            _flatten(value, f"{name}.{key}" if name else str(key), path, found)
        return
    if not name or not _is_name(name) or name in found:
        reason = "twice" if name in found else "which is no name of a quantity"
        raise Undecodable(f"has {shown(name)} in {path}, {reason}")
    if len(found) == MAX_QUANTITIES:
        raise Undecodable(f"has more than {MAX_QUANTITIES} quantities in {path}")
    if isinstance(node, Number):
        if not math.isfinite(float(node)):
            raise Undecodable(f"has {shown(node)} at {path}.{name}, too large for a double")
        found[name] = float(node)
    else:
        found[name] = float(node) if type(node) is bool else node


def place(location: Members) -> tuple[float, float, float] | tuple[None, None, None]:
    """Latitude and longitude in degrees and altitude in metres; the point 0, 0 is what is told of none.

    Raises:
        Undecodable: there is no such place.
    """
    latitude, longitude = location.number("latitude", -90, 90), location.number("longitude", -180, 180)
    altitude = location.number("altitude", -1_000, 100_000)
    return (latitude, longitude, altitude) if latitude or longitude else (None, None, None)


def shown(value: Any) -> str:
    """A value for a reason: as JSON, cut when it is long."""
    text = json_of(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]} …"


def _is_name(text: str) -> bool:
    """Whether a table takes a text as the name of something."""
    return len(text) <= MAX_NAME and "\0" not in text and is_unicode(text)


def _base64(written: Any) -> bytes | None:
    try:
        return b64decode(written, validate=True) if type(written) is str else None
    except (binascii.Error, ValueError):
        return None
