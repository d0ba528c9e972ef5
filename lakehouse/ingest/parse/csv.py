"""Delimited text: plain lines at once, see `lakehouse.ingest.parse.fast_csv`, all others record by record.

A record that cannot be read is one record of the quarantine as long as it is clear where it ends: it must lie on one
line with an even number of quotes, so that no quoted field is open at the line's end. Otherwise nobody can say which of
the following lines belong to it, and the file is refused, unless it is declared that each record is one line.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse import csv_head, encoding
from lakehouse.ingest.parse.blocks import blocks
from lakehouse.ingest.parse.damaged import unmarked
from lakehouse.ingest.parse.fast_csv import Columns, PlainLines
from lakehouse.ingest.parse.lines import Lines
from lakehouse.ingest.parse.records import MAX_FIELD, Findings, Part, Record, json_text, unreadable
from lakehouse.spec.source import Source
from lakehouse.spec.text_format import Csv


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
    csv.field_size_limit(MAX_FIELD)
    with (
        encoding.checked(source, part, dialect.encoding) as (path, codec),
        path.open(encoding=codec, newline="") as text,
    ):
        lines = Lines(source, dialect, part, text, codec)
        yield from _File(source, dialect, path, findings, lines).records(careful)


class _LineByLine:
    """Fields of one line after the other: a quote that is open at a line's end is an error of that line."""

    def __init__(self, lines: Iterator[str], delimiter: str) -> None:
        self.lines, self.delimiter = lines, delimiter

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        return next(csv.reader([next(self.lines)], delimiter=self.delimiter, strict=True), [])


class _File:
    def __init__(self, source: Source, dialect: Csv, path: Path, findings: Findings, lines: Lines) -> None:
        self.source, self.dialect, self.path, self.findings, self.lines = source, dialect, path, findings, lines

    def records(self, careful: bool) -> Iterator[Record | pa.RecordBatch]:
        self.lines.above()
        reader = self._reader(iter(self.lines))
        try:
            columns = csv_head.columns(self.dialect, self.lines, reader)
        except csv.Error as error:
            raise self._open_quotes(error) from None
        for name in columns.extra.values():
            self.findings.note_extra(name)
        self.lines.skip(self.dialect.units_lines)
        yield from self._records(reader, columns) if careful else self._blocks(columns)
        self.lines.check_end()

    def _reader(self, lines: Iterator[str]) -> Iterator[list[str]]:
        if self.dialect.one_line_per_record:
            return _LineByLine(lines, self.dialect.delimiter)
        return csv.reader(lines, delimiter=self.dialect.delimiter, strict=True)

    def _blocks(self, columns: Columns) -> Iterator[Record | pa.RecordBatch]:
        """Block by block: at once where all lines are plain, else record by record."""
        plain = PlainLines(self.source, self.dialect, columns, self.lines.codec)
        with self.path.open("rb") as raw:
            head = "".join(self.lines.taken).encode(self.lines.codec)
            mark = raw.read(len(encoding.UTF8_MARK)) == encoding.UTF8_MARK and self.dialect.encoding == "utf-8-sig"
            raw.seek(len(head) + mark * len(encoding.UTF8_MARK))
            self.lines.begin()
            self.lines.blocks = blocks(raw)
            for block in self.lines.blocks:
                batch = None if self.lines.ended or self.lines.in_footer else plain.batch(block)
                if batch is not None:
                    self.lines.number += block.count(b"\n")
                    if batch.num_rows:
                        yield batch
                else:
                    self.lines.open(block)
                    yield from self._records(self._reader(iter(self.lines)), columns)

    def _records(self, reader: Iterator[list[str]], columns: Columns) -> Iterator[Record]:
        for fields in self._fields(reader, len(columns.names)):
            if isinstance(fields, Record):
                yield fields
            elif fields in columns.header and self.lines.marked:
                continue  # the header of a file that was joined on
            elif self.lines.marked and sorted(fields) in map(sorted, columns.header):
                raise self.lines.refused("is joined of files with their columns in different orders")
            elif (error := self._misfit(fields, columns)) is not None:
                yield unreadable(error, fields)
            else:
                absent = [None] * (len(columns.names) - len(fields))
                found = [*fields, *absent]
                values = [None if i is None else found[i] for i in columns.positions]
                more = {name: found[i] for i, name in columns.extra.items()}
                yield Record(values, extra=json_text(more) if more else None)

    def _fields(self, reader: Iterator[list[str]], width: int) -> Iterator[list[str] | Record]:
        lines = self.lines
        while True:
            lines.begin()
            try:
                fields = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                if not self.dialect.one_line_per_record and (len(lines.taken) != 1 or lines.taken[0].count('"') % 2):
                    raise self._open_quotes(error) from None
                fields = []
                broken: Record | None = unreadable(
                    self._explained(_reason(error), width), [lines.taken[0].rstrip("\r\n")]
                )
            else:
                broken = None
                if not fields or (width > 1 and not any(field.strip(" ") for field in fields)):
                    continue
            if lines.ended:
                raise lines.refused("goes on after its last line")
            if self._is_footer(fields):
                lines.ended = True
            else:
                yield broken or fields

    def _is_footer(self, fields: list[str]) -> bool:
        footer = self.lines.footer
        if footer is None or self.dialect.footer_begins is not None or len(self.lines.taken) != 1:
            return False
        # the line itself, because the last line may hold the delimiter; and as a field, because it may be quoted
        line = unmarked(self.lines.taken[0]).rstrip("\r\n")
        return bool(footer.search(line) or (len(fields) == 1 and footer.search(fields[0])))

    def _misfit(self, fields: list[str], columns: Columns) -> str | None:
        width = len(columns.names)
        if self.dialect.drop_trailing_empty and len(fields) > width and not any(fields[width:]):
            del fields[width:]
        if len(fields) > width or (len(fields) < width and not self.dialect.short_rows):
            error = f"has {len(fields)} fields, the header has {width}"
            return self._explained(error, width) if len(fields) == 1 else error
        return "repeats the header" if fields in columns.header else None

    def _explained(self, error: str, width: int) -> str:
        """The error of a record, and why if another delimiter gives it the header's width."""
        other = csv_head.other_delimiter(self.dialect, "".join(self.lines.taken), width)
        return f"{error}: {other}" if other else error

    def _open_quotes(self, error: csv.Error) -> DeliveryRejected:
        where = f"{self.lines.part.where}, line {self.lines.number}"
        return DeliveryRejected(self.source.id, where, f"the quotes or fields do not end: {error}")


def _reason(error: csv.Error) -> str:
    if "larger than field limit" in str(error):
        return f"has a field of more than {MAX_FIELD} characters"
    return "has a quote that does not end" if "unexpected end" in str(error) else "has text behind a closing quote"
