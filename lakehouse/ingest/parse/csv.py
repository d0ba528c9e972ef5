"""Delimited text: plain lines at once, see `lakehouse.ingest.parse.fast_csv`, all others record by record.

A record that cannot be read is one record of the quarantine as long as it is clear where it ends: it must lie on one
line with an even number of quotes, so that no quoted field is open at the line's end. Otherwise nobody can say which of
the following lines belong to it, and the file is refused.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import TextIO

import pyarrow as pa

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse import encoding, header
from lakehouse.ingest.parse.blocks import blocks
from lakehouse.ingest.parse.fast_csv import Columns, PlainLines
from lakehouse.ingest.parse.records import MAX_FIELD, Findings, Part, Record, json_text, unreadable
from lakehouse.spec.format import Csv
from lakehouse.spec.source import Source


def records(
    source: Source, dialect: Csv, part: Part, findings: Findings, careful: bool = False
) -> Iterator[Record | pa.RecordBatch]:
    """Records of a delimited file: one by one, or many at once where their lines are plain.

    Args:
        source: the feed.
        dialect: how the file is written.
        part: the file.
        findings: takes up the undeclared columns.
        careful: read every record by itself, as if no line were plain.

    Raises:
        DeliveryRejected: encoding, header, quotes, or the declared last line.
    """
    encoding.check(source, part, dialect.encoding)
    csv.field_size_limit(MAX_FIELD)
    with part.path.open(encoding=dialect.encoding, newline="") as text:
        yield from _File(source, dialect, part, findings, text).records(careful)


class _Lines:
    """Lines of a text, and of the blocks behind it as long as a record goes on in them.

    `taken` are the lines that the record at hand is made of.
    """

    def __init__(self, text: TextIO, codec: str) -> None:
        self.text, self.codec = text, codec
        self.blocks: Iterator[bytes] = iter(())
        self.number = 0
        self.taken: list[str] = []

    def open(self, block: bytes) -> None:
        self.text = io.TextIOWrapper(io.BytesIO(block), self.codec, newline="")

    def __iter__(self) -> Iterator[str]:
        while True:
            for line in self.text:
                self.number += 1
                self.taken.append(line)
                yield line
            # between two records the next block may be plain
            block = next(self.blocks, None) if self.taken else None
            if block is None:
                return
            self.open(block)


class _File:
    def __init__(self, source: Source, dialect: Csv, part: Part, findings: Findings, text: TextIO) -> None:
        self.source, self.dialect, self.part, self.findings = source, dialect, part, findings
        # a mark can only stand at the beginning of the file, before all blocks
        self.lines = _Lines(text, dialect.encoding.removesuffix("-sig"))
        self.footer = re.compile(dialect.footer) if dialect.footer else None
        self.ended = False

    def records(self, careful: bool) -> Iterator[Record | pa.RecordBatch]:
        lines = iter(self.lines)
        self._skip(lines, self.dialect.skip_lines)
        reader = self._reader(lines)
        names = self.dialect.header or self._header(reader)
        positions, extra = header.match(self.source, names, self.part.where)
        columns = Columns(names, positions, {i: names[i] or f"column {i + 1}" for i in extra})
        for name in columns.extra.values():
            self.findings.note_extra(name)
        self._skip(lines, self.dialect.units_lines)
        yield from self._records(reader, columns) if careful else self._blocks(columns)
        if self.footer and not self.ended:
            raise DeliveryRejected(self.source.id, self.part.where, "was cut off: the declared last line is missing")

    def _reader(self, lines: Iterator[str]) -> Iterator[list[str]]:
        return csv.reader(lines, delimiter=self.dialect.delimiter, strict=True)

    def _blocks(self, columns: Columns) -> Iterator[Record | pa.RecordBatch]:
        """Block by block: at once where all lines are plain, else record by record."""
        plain = PlainLines(self.source, self.dialect, columns)
        with self.part.path.open("rb") as raw:
            head = "".join(self.lines.taken).encode(self.lines.codec)
            mark = raw.read(len(encoding.UTF8_MARK)) == encoding.UTF8_MARK
            raw.seek(len(head) + mark * len(encoding.UTF8_MARK))
            self.lines.taken.clear()
            self.lines.blocks = blocks(raw)
            for block in self.lines.blocks:
                batch = None if self.ended else plain.batch(block)
                if batch is not None:
                    self.lines.number += block.count(b"\n")
                    yield batch
                else:
                    self.lines.open(block)
                    yield from self._records(self._reader(iter(self.lines)), columns)

    def _records(self, reader: Iterator[list[str]], columns: Columns) -> Iterator[Record]:
        for fields in self._fields(reader):
            if isinstance(fields, Record):
                yield fields
            elif (error := self._misfit(fields, columns.names)) is not None:
                yield unreadable(error, fields)
            else:
                values = [None if i is None else fields[i] for i in columns.positions]
                more = {name: fields[i] for i, name in columns.extra.items()}
                yield Record(values, extra=json_text(more) if more else None)

    def _skip(self, lines: Iterator[str], count: int) -> None:
        for _ in range(count):
            if next(lines, None) is None:
                raise DeliveryRejected(self.source.id, self.part.where, "ends before its first record")

    def _header(self, reader: Iterator[list[str]]) -> list[str]:
        try:
            names = next(reader, None)
        except csv.Error as error:
            raise self._open_quotes(error) from None
        if names is None:
            reason = "ends before its header" if self.lines.number else "is empty"
            raise DeliveryRejected(self.source.id, self.part.where, reason)
        return names

    def _fields(self, reader: Iterator[list[str]]) -> Iterator[list[str] | Record]:
        taken = self.lines.taken
        while True:
            taken.clear()
            try:
                fields = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                if len(taken) != 1 or taken[0].count('"') % 2:
                    raise self._open_quotes(error) from None
                fields = []
                broken: Record | None = unreadable(_reason(error), [taken[0].rstrip("\r\n")])
            else:
                broken = None
                if not fields:
                    continue
            if self.ended:
                raise DeliveryRejected(self.source.id, self.part.where, "goes on after its last line")
            if self._is_footer(fields):
                self.ended = True
            else:
                yield broken or fields

    def _is_footer(self, fields: list[str]) -> bool:
        if self.footer is None or len(self.lines.taken) != 1:
            return False
        # the line itself, because the last line may hold the delimiter; and as a field, because it may be quoted
        line = self.lines.taken[0].rstrip("\r\n")
        return bool(self.footer.search(line) or (len(fields) == 1 and self.footer.search(fields[0])))

    def _misfit(self, fields: list[str], names: list[str]) -> str | None:
        width = len(names)
        if self.dialect.drop_trailing_empty and len(fields) > width and not any(fields[width:]):
            del fields[width:]
        if len(fields) != width:
            return f"has {len(fields)} fields, the header has {width}"
        return "repeats the header" if fields == names else None

    def _open_quotes(self, error: csv.Error) -> DeliveryRejected:
        return DeliveryRejected(
            self.source.id, f"{self.part.where}, line {self.lines.number}", f"the quotes or fields do not end: {error}"
        )


def _reason(error: csv.Error) -> str:
    if "larger than field limit" in str(error):
        return f"has a field of more than {MAX_FIELD} characters"
    return "has text behind a closing quote"
