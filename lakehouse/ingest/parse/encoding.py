"""Whether the bytes can be what is declared: encoding, byte order marks, NUL bytes, packed bytes."""

from __future__ import annotations

import codecs
import io
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse.blocks import SIZE, blocks, utf8_blocks
from lakehouse.ingest.parse.records import Part
from lakehouse.spec.source import Source

UTF16_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
# the longer mark first: UTF-32 begins like UTF-16
MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    **dict.fromkeys(UTF16_MARKS, "UTF-16"),
    b"PK\x03\x04": "a zip archive",
    b"\x1f\x8b": "a gzip archive",
}
UTF8_MARK = codecs.BOM_UTF8
# UTF-8 of letters and signs that nobody writes as 8-bit text: of Latin letters ("Ã¤"), two letters of another script,
# or three bytes ("â€“"). One Hebrew letter alone would be "×" and a no-break space.
UTF8_SIGNS = re.compile(
    rb"[\xc2-\xc5\xcc][\x80-\xbf]|\xc8[\x98-\x9b]|(?:[\xc6-\xdf][\x80-\xbf]){2}|[\xe0-\xef][\x80-\xbf]{2}"
    rb"|[\xf0-\xf4][\x80-\xbf]{3}"
)
# what every such sequence holds: a first byte and one that follows, as letters of a text to be searched much faster
FIRST, FOLLOWS = bytes(range(0xC2, 0xF5)), bytes(range(0x80, 0xC0))
CLASSES = bytes.maketrans(b"LC" + FIRST + FOLLOWS, b".." + b"L" * len(FIRST) + b"C" * len(FOLLOWS))


@dataclass(frozen=True)
class Witness:
    """Bytes that stand, as the group of a pattern, where only another encoding has a letter or sign."""

    signs: bytes
    pattern: re.Pattern[bytes]
    other: str


_CONTROLS = Witness(bytes(range(0x80, 0xA0)), re.compile(rb"([\x80-\x9f])"), "cp1252")
_SHARP_S = Witness(b"\xe1", re.compile(rb"(?:tra|[Gg]ro|ei)(\xe1)"), "cp850")
_CURRENCY = Witness(b"\xa4", re.compile(rb"(\xa4)"), "iso-8859-15")
_UMLAUT = Witness(b"\x84\x94", re.compile(rb"([\x84\x94])(?<=[A-Za-z].)[a-z]"), "cp850")
_WINDOWS = Witness(
    b"\xc4\xdc\xdf\xf6\xfc",
    re.compile(rb"([\xc4\xdc\xdf\xf6\xfc])(?:(?<=[\xc4\xdc])[a-z]|(?<=[A-Za-z]\xdf)|(?<=[A-Za-z][\xf6\xfc])[a-z])"),
    "cp1252",
)
WITNESSES = {
    "latin-1": [_CONTROLS, _SHARP_S, _CURRENCY],
    "iso-8859-15": [_CONTROLS, _SHARP_S],
    "cp1252": [_UMLAUT, _SHARP_S, _CURRENCY],
    "cp850": [_WINDOWS],
    "cp858": [_WINDOWS],
    "cp437": [_WINDOWS],
}
SIGNS = {encoding: b"".join(witness.signs for witness in found) for encoding, found in WITNESSES.items()}


@contextmanager
def checked(source: Source, part: Part, encoding: str) -> Iterator[tuple[Path, str]]:
    """A file to be read by the line, and its codec: the part itself, but UTF-16 is rewritten as UTF-8.

    Raises:
        DeliveryRejected: the bytes contradict the declared encoding; names the first line.
    """
    if not encoding.startswith("utf-16"):
        check(source, part, encoding)
        yield part.path, encoding
        return
    with tempfile.TemporaryDirectory() as folder:
        rewritten = Path(folder) / "utf-8"
        _rewrite(source, part, encoding, rewritten)
        yield rewritten, "utf-8"


def check(source: Source, part: Part, encoding: str) -> None:
    """Reads the bytes once.

    Raises:
        DeliveryRejected: they contradict the declared encoding, which is not UTF-16; names the first line.
    """
    with part.path.open("rb") as raw:
        head = raw.read(4)
        raw.seek(0)
        for mark, form in MARKS.items():
            if head.startswith(mark):
                raise DeliveryRejected(source.id, part.where, f"is {form}, declared is {encoding}")
        if head.startswith(UTF8_MARK) and encoding != "utf-8-sig":
            raise DeliveryRejected(
                source.id, part.where, f"begins with the byte order mark of utf-8-sig, declared is {encoding}"
            )
        # lines before a block, and bytes of the line in which it begins: only an 8-bit encoding needs whole lines
        before = start = 0
        for block in utf8_blocks(raw) if encoding.startswith("utf-8") else blocks(raw):
            if _needs_a_look(block, encoding):
                for number, line in enumerate(io.BytesIO(block), before + 1):
                    if problem := _problem(line, encoding, 0 if number > before + 1 else start):
                        raise DeliveryRejected(source.id, f"{part.where}, line {number}", problem)
            before += block.count(b"\n")
            start = len(block) - block.rfind(b"\n") - 1 if b"\n" in block else start + len(block)


def _rewrite(source: Source, part: Part, encoding: str, into: Path) -> None:
    with part.path.open("rb") as raw, into.open("wb") as out:
        codec = UTF16_MARKS.get(raw.read(2))
        if codec is None and encoding == "utf-16":
            raise DeliveryRejected(
                source.id, part.where, "has no byte order mark of utf-16; without one, declare utf-16-le or utf-16-be"
            )
        if codec is not None and encoding != "utf-16":
            raise DeliveryRejected(
                source.id, part.where, f"begins with the byte order mark of utf-16, declared is {encoding}"
            )
        if codec is None:
            raw.seek(0)
        decoder = codecs.getincrementaldecoder(codec or encoding)()
        line, piece = 1, None
        while piece != b"":
            piece = raw.read(SIZE)
            problem = None
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                text = error.object[: error.start].decode(codec or encoding)
                problem = f"is not {encoding}: {error.reason}"
            if "\0" in text:
                text, problem = text.partition("\0")[0], "holds a NUL character"
            line += text.count("\n")
            if problem:
                raise DeliveryRejected(source.id, f"{part.where}, line {line}", problem)
            out.write(text.encode())


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
    if b"LC" in block.translate(CLASSES) and UTF8_SIGNS.search(block):
        return True
    if len(block.translate(None, SIGNS[encoding])) == len(block):
        return False
    return any(witness.pattern.search(block) for witness in WITNESSES[encoding])


def _problem(line: bytes, encoding: str, start: int = 0) -> str | None:
    if b"\0" in line:
        return "holds a NUL byte"
    if line.isascii():
        return None
    try:
        # a mark may stand where a piece of a line begins, and counts as bytes
        line.decode(encoding.removesuffix("-sig"))
    except UnicodeDecodeError as error:
        return f"is not {encoding}: {error.reason} at byte {start + error.start + 1}"
    if encoding.startswith("utf-8"):
        return None
    if (sign := UTF8_SIGNS.search(line)) and _is_utf8(line):
        return f"is UTF-8, declared is {encoding}: {sign[0].decode()!r} would be read as {sign[0].decode(encoding)!r}"
    for witness in WITNESSES[encoding]:
        if found := witness.pattern.search(line):
            byte, said = found[1], f"is not {encoding}: byte {found[1].hex()} is"
            if witness is _CONTROLS:
                return f"{said} a control character there, a sign in cp1252, a letter in cp850"
            return f"{said} {byte.decode(encoding)!r} there, {byte.decode(witness.other)!r} in {witness.other}"
    return None


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
