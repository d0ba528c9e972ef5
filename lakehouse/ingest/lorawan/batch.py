"""A batch of MQTT messages as records of a table: readings, receptions or events."""

from __future__ import annotations

import datetime as dt
import gzip
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.lorawan import members, rows
from lakehouse.ingest.lorawan.decode import decode
from lakehouse.ingest.lorawan.messages import Undecodable, Uplink, message_id
from lakehouse.ingest.parse.archive import BROKEN
from lakehouse.ingest.parse.json_values import Invalid, decoder, document
from lakehouse.ingest.parse.records import MAX_RAW, Part, Record, unreadable
from lakehouse.spec.archive import MAX_UNPACKED_BYTES
from lakehouse.spec.lorawan_format import Lorawan
from lakehouse.spec.source import Source

# a payload of the largest size that `decode` takes, with a few thousand signs that JSON escapes
MAX_LINE = 1 << 21
_DECODER = decoder()


def records(source: Source, format_: Lorawan, part: Part) -> Iterator[Record]:
    """Records of the declared rows, in the order of the messages.

    Only readings have those messages that cannot be read: they would be counted again by each table.

    Raises:
        DeliveryRejected: the file is no gzip, was cut off, or unpacks to more than `MAX_UNPACKED_BYTES`.
    """
    make = {"readings": rows.readings, "receptions": rows.receptions, "events": rows.events}[format_.rows]
    columns = [str(column.source) for column in source.delivered]
    # copies of an uplink that tells no time would differ in nothing but this
    first_received: dict[str, dt.datetime] = {}
    for number, line in _lines(source, part):
        told: Any = line[:MAX_RAW].decode(errors="backslashreplace").rstrip("\r\n")
        try:
            told = _document(line)
            topic, received_at, payload = _envelope(told)
            message = decode(topic, payload)
            if isinstance(message, Uplink) and message.observed_at is None:
                received_at = first_received.setdefault(message_id(message), received_at)
            found = [] if message is None else make(format_, message, received_at)
        except Undecodable as problem:
            if format_.rows == "readings":
                yield unreadable(f"{problem} (line {number})", told)
            continue
        for row in found:
            yield Record([_text(row[name]) for name in columns])


def _lines(source: Source, part: Part) -> Iterator[tuple[int, bytes]]:
    """Numbers and bytes of the lines that are not blank; of one that is too long, the first `MAX_LINE` + 1 bytes."""
    if part.path.stat().st_size == 0:
        raise DeliveryRejected(source.id, part.where, "is empty")
    size = number = 0
    goes_on = False
    with gzip.open(part.path) as unpacked:
        try:
            while piece := unpacked.readline(MAX_LINE + 1):
                size += len(piece)
                if size > MAX_UNPACKED_BYTES:
                    raise DeliveryRejected(source.id, part.where, f"unpacks to more than {MAX_UNPACKED_BYTES} bytes")
                if not goes_on:
                    number += 1
                    if piece.strip() or len(piece) > MAX_LINE:
                        yield number, piece
                goes_on = not piece.endswith(b"\n")
        except BROKEN as error:
            raise DeliveryRejected(source.id, part.where, f"is broken or was cut off: {error}") from None


def _document(line: bytes) -> Any:
    if len(line) > MAX_LINE:
        raise Undecodable(f"is longer than {MAX_LINE} bytes")
    try:
        return document(_DECODER, line.decode())
    except UnicodeDecodeError:
        raise Undecodable("stands in a line that is not UTF-8") from None
    except Invalid as problem:
        raise Undecodable(f"stands in a line that {problem}") from None


def _envelope(told: Any) -> tuple[str, dt.datetime, bytes]:
    """Topic of a message, when the bridge received it, and its bytes. Raises Undecodable."""
    line = members.Members(told)
    kinds = set(line.value) - {"topic", "received_at"}
    if kinds not in ({"payload"}, {"payload_base64"}):
        raise Undecodable("stands in a line without topic, received_at and either payload or payload_base64")
    (kind,) = kinds
    topic, written, received_at = line.value["topic"], line.value[kind], line.moment("received_at")
    if type(topic) is not str or type(written) is not str or received_at is None:
        raise Undecodable(f"stands in a line whose topic, received_at and {kind} are no texts")
    try:
        return topic, received_at, written.encode() if kind == "payload" else b64decode(written, validate=True)
    except UnicodeEncodeError:
        raise Undecodable("holds half of a surrogate pair") from None
    except ValueError:
        raise Undecodable("stands in a line whose payload_base64 is no base64") from None


def _text(value: str | float | bool | None) -> str | None:
    if value is None or type(value) is str:
        return value or None
    if type(value) is bool:
        return "true" if value else "false"
    # also a column of whole numbers reads it
    return str(value).removesuffix(".0")
