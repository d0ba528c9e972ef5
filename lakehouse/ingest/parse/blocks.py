"""Pieces of a file that end where a line ends, so that a large file is handled by the piece."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

SIZE = 1 << 18


def blocks(raw: BinaryIO) -> Iterator[bytes]:
    """The rest of a file in pieces of about `SIZE` bytes; a longer line stays whole."""
    while piece := raw.read(SIZE):
        yield piece if piece.endswith(b"\n") else piece + raw.readline()
