"""Whether the bytes can be what is declared: encoding, byte order marks, NUL bytes, packed bytes."""

from __future__ import annotations

import io
import re

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse.blocks import blocks
from lakehouse.ingest.parse.records import Part
from lakehouse.spec.source import Source

# the longer mark first: UTF-32 begins like UTF-16
MARKS = {
    b"\xff\xfe\0\0": "UTF-32",
    b"\0\0\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"PK\x03\x04": "a zip archive",
    b"\x1f\x8b": "a gzip archive",
}
UTF8_MARK = b"\xef\xbb\xbf"
# UTF-8 of the letters and signs of German text: ä, ß, §, ², – or „. Read as latin-1 they are "Ã¤" or "â€“".
UTF8_SIGNS = re.compile(rb"[\xc2\xc3][\x80-\xbf]|\xe2[\x80-\x82][\x80-\xbf]")
CONTROLS = re.compile(rb"[\x80-\x9f]")


def check(source: Source, part: Part, encoding: str) -> None:
    """Reads the bytes once.

    Raises:
        DeliveryRejected: they contradict the declared encoding; names the first line.
    """
    with part.path.open("rb") as raw:
        start = raw.read(4)
        raw.seek(0)
        for mark, form in MARKS.items():
            if start.startswith(mark):
                raise DeliveryRejected(source.id, part.where, f"is {form}, declared is {encoding}")
        if start.startswith(UTF8_MARK) and encoding != "utf-8-sig":
            raise DeliveryRejected(
                source.id, part.where, f"begins with the byte order mark of utf-8-sig, declared is {encoding}"
            )
        before = 0
        for block in blocks(raw):
            if _needs_a_look(block, encoding):
                for number, line in enumerate(io.BytesIO(block), before + 1):
                    if problem := _problem(line, encoding):
                        raise DeliveryRejected(source.id, f"{part.where}, line {number}", problem)
            before += block.count(b"\n")


def _needs_a_look(block: bytes, encoding: str) -> bool:
    """Whether one of the lines may have a problem: what no line can have is ruled out for all of them at once."""
    if b"\0" in block:
        return True
    if block.isascii():
        return False
    try:
        block.decode(encoding)
    except UnicodeDecodeError:
        return True
    if encoding.startswith("utf-8"):
        return False
    return UTF8_SIGNS.search(block) is not None or (encoding == "latin-1" and CONTROLS.search(block) is not None)


def _problem(line: bytes, encoding: str) -> str | None:
    if b"\0" in line:
        return "holds a NUL byte"
    if line.isascii():
        return None
    try:
        line.decode(encoding)
    except UnicodeDecodeError as error:
        return f"is not {encoding}: {error.reason} at byte {error.start + 1}"
    if encoding.startswith("utf-8"):
        return None
    if (sign := UTF8_SIGNS.search(line)) and _is_utf8(line):
        return f"is UTF-8, declared is {encoding}: {sign[0].decode()!r} would be read as {sign[0].decode(encoding)!r}"
    if encoding == "latin-1" and (sign := CONTROLS.search(line)):
        return f"is not latin-1: byte {sign[0].hex()} is a control character there, a sign in cp1252"
    return None


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
