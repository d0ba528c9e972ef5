"""One parser for every run: a delivered file becomes Arrow batches of text, each record accounted for.

The batches hold the declared columns as text plus
`_record_number` (int64, from 1, the header is no record), `_record_error` (why the record cannot be read, or null),
`_raw` (the record's fields as JSON, only with an error) and `_extra` (undeclared columns as JSON object, or null).
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lakehouse.errors import DeliveryRejected
from lakehouse.spec import Csv, Source

BATCH_ROWS = 50_000
MAX_FIELD = 1 << 20


@dataclass
class Parsed:
    """What the parser found in one file."""

    records: int = 0
    extra_columns: list[str] = field(default_factory=list)


def schema(source: Source) -> pa.Schema:
    """Arrow schema of the parsed batches of a feed."""
    return pa.schema(
        [(column.name, pa.string()) for column in source.delivered]
        + [
            ("_record_number", pa.int64()),
            ("_record_error", pa.string()),
            ("_raw", pa.string()),
            ("_extra", pa.string()),
        ]
    )


def parse_to_parquet(source: Source, path: Path, file: str, into: Path) -> Parsed:
    """Parses a delivered file into a Parquet file of text.

    Args:
        source: the feed.
        path: the delivered bytes.
        file: the file's name as delivered, for messages.
        into: Parquet file to write.

    Raises:
        DeliveryRejected: the file as a whole cannot be trusted (encoding, header, cut off, no record).
    """
    parsed = Parsed()
    with pq.ParquetWriter(into, schema(source), compression="zstd") as writer:
        for batch in _csv_batches(source, path, file, parsed):
            writer.write_batch(batch)
    if parsed.records == 0:
        raise DeliveryRejected(source.id, file, "holds no record")
    return parsed


def _csv_batches(source: Source, path: Path, file: str, parsed: Parsed) -> Iterator[pa.RecordBatch]:
    dialect = source.format
    csv.field_size_limit(MAX_FIELD)
    with path.open("rb") as raw:
        text = io.TextIOWrapper(raw, encoding=dialect.encoding, errors="strict", newline="")
        reader = csv.reader(_without_nul(text, source.id, file), delimiter=dialect.delimiter, strict=True)
        try:
            yield from _records(source, reader, file, parsed)
        except UnicodeDecodeError as error:
            raise DeliveryRejected(
                source.id, file, f"is not {dialect.encoding} near line {reader.line_num + 1}: {error.reason}"
            ) from None
        except csv.Error as error:
            raise DeliveryRejected(
                source.id, f"{file}, line {reader.line_num}", f"the quotes or fields do not end: {error}"
            ) from None


def _without_nul(lines: Iterator[str], feed: str, file: str) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if "\0" in line:
            raise DeliveryRejected(feed, f"{file}, line {number}", "holds a NUL byte")
        yield line


def _records(source: Source, reader: Iterator[list[str]], file: str, parsed: Parsed) -> Iterator[pa.RecordBatch]:
    header = next(reader, None)
    if header is None:
        raise DeliveryRejected(source.id, file, "is empty")
    positions, extra = _match_header(source, header, file)
    parsed.extra_columns = [header[i] for i in extra]
    footer = re.compile(source.format.footer) if source.format.footer else None
    rows: list[tuple[str | int | None, ...]] = []
    ended = False
    for fields in reader:
        if not fields:
            continue
        if ended:
            raise DeliveryRejected(source.id, file, "goes on after its last line")
        if footer and len(fields) == 1 and footer.search(fields[0]):
            ended = True
            continue
        parsed.records += 1
        rows.append(_row(source.format, fields, header, positions, extra, parsed.records))
        if len(rows) == BATCH_ROWS:
            yield _batch(source, rows)
            rows = []
    if footer and not ended:
        raise DeliveryRejected(source.id, file, "was cut off: the declared last line is missing")
    if rows:
        yield _batch(source, rows)


def _match_header(source: Source, header: list[str], file: str) -> tuple[list[int], list[int]]:
    if doubled := sorted({name for name in header if name and header.count(name) > 1}):
        raise DeliveryRejected(source.id, file, f"the header names columns twice: {', '.join(doubled)}")
    wanted = [column.source for column in source.delivered]
    if missing := [name for name in wanted if name not in header]:
        found = [name for name in header if name not in wanted]
        raise DeliveryRejected(
            source.id, file, f"the header lacks {', '.join(map(repr, missing))}; it has instead {found or 'nothing'}"
        )
    return [header.index(name) for name in wanted if name], [i for i, n in enumerate(header) if n not in wanted]


def _row(
    dialect: Csv, fields: list[str], header: list[str], positions: list[int], extra: list[int], number: int
) -> tuple[str | int | None, ...]:
    width = len(header)
    if dialect.drop_trailing_empty and len(fields) > width and not any(fields[width:]):
        fields = fields[:width]
    if len(fields) != width:
        error = f"has {len(fields)} fields, the header has {width}"
        return (*(None for _ in positions), number, error, json.dumps(fields, ensure_ascii=False), None)
    more = json.dumps({header[i]: fields[i] for i in extra}, ensure_ascii=False) if extra else None
    return (*(fields[i] for i in positions), number, None, None, more)


def _batch(source: Source, rows: list[tuple[str | int | None, ...]]) -> pa.RecordBatch:
    target = schema(source)
    columns = [pa.array(values, type=f.type) for values, f in zip(zip(*rows, strict=True), target, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=target)
