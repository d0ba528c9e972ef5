"""The lines of a text: what stands above and below its records is taken away, and known to be there."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TextIO

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse.damaged import unmarked
from lakehouse.ingest.parse.records import Part
from lakehouse.spec import text_format as spec
from lakehouse.spec.source import Source


class Lines:
    """Lines of a text, and of the blocks behind it as long as a record goes on in them.

    `taken` are the lines that the record at hand is made of; `marked` says that a byte order mark stood before it,
    which is taken away: there another file was joined on. Lines from `footer_begins` on are left out.
    """

    def __init__(self, source: Source, declared: spec.Lines, part: Part, text: TextIO, codec: str) -> None:
        """Begins before the first line of `text`, which is written in `codec`."""
        self.source, self.declared, self.part, self.text = source, declared, part, text
        # a mark that the codec knows can only stand at the beginning of the file, before all blocks
        self.codec = codec.removesuffix("-sig")
        self.footer, self.footer_begins, self.preamble = (
            None if pattern is None else re.compile(pattern)
            for pattern in (declared.footer, declared.footer_begins, declared.preamble)
        )
        self.blocks: Iterator[bytes] = iter(())
        self.number = 0
        self.taken: list[str] = []
        self.marked = False
        self.ended = self.in_footer = False
        self.returned: str | None = None
        self.last = ""

    def open(self, block: bytes) -> None:
        """Goes on with a block."""
        self.text, self.returned = io.TextIOWrapper(io.BytesIO(block), self.codec, newline=""), None

    def begin(self) -> None:
        """The next line begins a record."""
        self.taken.clear()
        self.marked = False

    def __iter__(self) -> Iterator[str]:
        """The lines up to the end of the text; a record that is not complete there goes on in the next block."""
        while True:
            while (line := self._next()) is not None:
                self.number += 1
                plain = line if self.taken else unmarked(line)
                if self.in_footer or self._begins_the_footer(plain):
                    self.in_footer = True
                    self.last = plain.strip() or self.last
                    continue
                self.marked = self.marked or plain != line
                self.taken.append(line)
                yield plain
            # between two records the next block may be plain
            block = next(self.blocks, None) if self.taken else None
            if block is None:
                return
            self.open(block)

    def _next(self) -> str | None:
        line, self.returned = self.returned, None
        return line if line is not None else next(self.text, None)

    def _begins_the_footer(self, line: str) -> bool:
        return (
            self.footer_begins is not None and not self.taken and bool(self.footer_begins.search(line.rstrip("\r\n")))
        )

    def above(self) -> None:
        """Takes the lines above the header or the first record."""
        self.skip(self.declared.skip_lines)
        while self.preamble is not None and (line := self._next()) is not None:
            if not self.preamble.search(unmarked(line).rstrip("\r\n")):
                self.returned = line
                break
            self.number += 1
            self.taken.append(line)

    def skip(self, count: int) -> None:
        """Takes some lines. Raises DeliveryRejected if there are fewer."""
        for _ in range(count):
            if (line := self._next()) is None:
                raise self.refused("ends before its first record")
            self.number += 1
            self.taken.append(line)

    def check_end(self) -> None:
        """Raises DeliveryRejected if the text was cut off."""
        if self.footer_begins is not None:
            if not self.in_footer:
                raise self.refused("was cut off: the declared footer is missing")
            self.ended = self.footer is not None and bool(self.footer.search(self.last))
        if self.footer is not None and not self.ended:
            raise self.refused("was cut off: the declared last line is missing")

    def refused(self, reason: str) -> DeliveryRejected:
        """The error that refuses the file."""
        return DeliveryRejected(self.source.id, self.part.where, reason)
