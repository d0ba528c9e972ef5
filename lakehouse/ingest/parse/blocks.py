"""Pieces of a file that end where a line or a character ends, so that a large file is handled by the piece."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO

SIZE = 1 << 18


def blocks(raw: BinaryIO) -> Iterator[bytes]:
    """The rest of a file in pieces of about `SIZE` bytes; a longer line stays whole."""
    while piece := raw.read(SIZE):
        yield piece if piece.endswith(b"\n") else piece + raw.readline()


def utf8_blocks(raw: BinaryIO) -> Iterator[bytes]:
    """The rest of a file in pieces of about `SIZE` bytes that end where a character ends; or, not UTF-8, a line."""
    rest = b""
    while piece := raw.read(SIZE):
        block = rest + piece
        try:
            _, end = codecs.utf_8_decode(block, "strict", False)
        except UnicodeDecodeError:
            block += b"" if block.endswith(b"\n") else raw.readline()
            end = len(block)
        rest = block[end:]
        yield block[:end]
    if rest:
        yield rest
