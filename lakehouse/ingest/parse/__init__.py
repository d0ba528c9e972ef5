"""One parser for every run: a delivered file becomes Arrow batches of text, each record accounted for.

The batches hold the columns of bronze as text plus
`_record_number` (int64, from 1 over all members of an archive, the header is no record), `_record_error` (why the
record cannot be read, or null), `_raw` (the record's fields as JSON, only with an error, or as they were delivered
where a text was not in normal form) and `_extra` (undeclared columns as JSON object, or null).
"""

from __future__ import annotations

import tempfile
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse import archive, csv, damaged, fixed_width, header, json
from lakehouse.ingest.parse.records import MAX_FIELD, Findings, Part, Record, is_unicode, json_text, unreadable
from lakehouse.ingest.parse.verify import Verification
from lakehouse.spec.inbox import Inbox
from lakehouse.spec.json_format import Json
from lakehouse.spec.lorawan_format import Lorawan
from lakehouse.spec.normal_form import spelled_out
from lakehouse.spec.rdf_format import Rdf
from lakehouse.spec.sheet_format import Sheet
from lakehouse.spec.source import Source
from lakehouse.spec.text_format import Csv, FixedWidth
from lakehouse.spec.xml_format import Xml

BATCH_ROWS = 50_000
NUMBER = "_record_number"
# what a `Record` says beside its values, in the order of the columns of bronze
ABOUT = ("error", "raw", "extra")


@dataclass
class Parsed:
    """What the parser found in one delivery."""

    records: int = 0
    extra_columns: list[str] = field(default_factory=list)


def schema(source: Source) -> pa.Schema:
    """Arrow schema of the parsed batches of a feed."""
    return pa.schema(
        [(column.name, pa.string()) for column in source.bronze]
        + [
            (NUMBER, pa.int64()),
            ("_record_error", pa.string()),
            ("_raw", pa.string()),
            ("_extra", pa.string()),
        ]
    )


def parse_to_parquet(
    source: Source, path: Path, file: str, into: Path, path_values: Mapping[str, str] | None = None
) -> Parsed:
    """Parses a delivered file into a Parquet file of text.

    Args:
        source: the feed.
        path: the delivered bytes.
        file: the file's name as delivered, for messages.
        into: Parquet file to write.
        path_values: what the delivery's address says, by column.

    Raises:
        DeliveryRejected: the file as a whole cannot be trusted (archive, encoding, header, cut off, no record, written
            in another dialect than declared).
    """
    return _parse(source, path, file, into, dict(path_values or {}))


def _parse(
    source: Source, path: Path, file: str, into: Path, path_values: dict[str, str], careful: bool = False
) -> Parsed:
    """`careful` reads every record by itself; the result is the same, and the tests hold one against the other."""
    delivery = _Delivery(source, file, path_values, careful)
    with tempfile.TemporaryDirectory() as folder, pq.ParquetWriter(into, schema(source), compression="zstd") as writer:
        for batch in delivery.batches(path, Path(folder)):
            writer.write_batch(batch)
    delivery.finish()
    return Parsed(delivery.count, list(delivery.findings.extra))


class _Delivery:
    """A delivery on its way through the parser: how many records there were, and where each part began."""

    def __init__(self, source: Source, file: str, path_values: dict[str, str], careful: bool) -> None:
        self.source, self.file, self.path_values, self.careful = source, file, path_values, careful
        self.schema = schema(source)
        self.findings = Findings(source.unpivot.ignored_names if source.unpivot else None)
        self.count = self.errors = 0
        self.first_error: str | None = None
        self.starts: list[int] = []
        self.parts: list[str] = []
        self.read = 0
        self.verification = Verification(source, path_values)

    def batches(self, path: Path, folder: Path) -> Iterator[pa.RecordBatch]:
        """Numbered and verified batches of `BATCH_ROWS` records; the last one has fewer."""
        rows: list[Record] = []
        ready: list[pa.RecordBatch] = []
        waiting = 0
        for found in self._found(path, folder):
            if isinstance(found, Record):
                rows.append(found)
                waiting += 1
            else:
                if rows:
                    ready.append(self._of_records(rows))
                    rows = []
                ready.append(self._of_columns(found))
                waiting += len(found)
            if waiting < BATCH_ROWS:
                continue
            if rows:
                ready.append(self._of_records(rows))
                rows = []
            batch = pa.concat_batches(ready)
            while waiting >= BATCH_ROWS:
                yield self._numbered(batch[:BATCH_ROWS])
                batch = batch[BATCH_ROWS:]
                waiting -= BATCH_ROWS
            ready = [batch] if waiting else []
        if rows:
            ready.append(self._of_records(rows))
        if ready:
            yield self._numbered(pa.concat_batches(ready))

    def _found(self, path: Path, folder: Path) -> Iterator[Record | pa.RecordBatch]:
        for part in archive.parts(self.source, self.source.format.archive, path, self.file, folder):
            self.starts.append(self.read + 1)
            self.parts.append(part.where)
            for found in _records(self.source, part, self.findings, self.careful):
                self.read += 1 if isinstance(found, Record) else len(found)
                yield found

    def _of_records(self, rows: list[Record]) -> pa.RecordBatch:
        try:
            batch = self._arrow(rows)
        except UnicodeEncodeError:
            batch = None
        if batch is None or _may_hold_bad_text(batch):
            names = [column.name for column in self.source.delivered]
            rows = [_checked(names, record) for record in rows]
            batch = self._arrow(rows)
        failed = [record.error for record in rows if record.error is not None]
        self.errors += len(failed)
        self.first_error = self.first_error or next(iter(failed), None)
        return batch

    def _numbered(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        numbers = pa.arange(self.count + 1, self.count + len(batch) + 1)
        batch = batch.set_column(self.schema.get_field_index(NUMBER), NUMBER, numbers)
        self.count += len(batch)
        self.verification.check(batch, self.where)
        return batch

    def where(self, number: int) -> str:
        """Names a record for messages: file, member, number in the delivery."""
        return f"{self.parts[bisect_right(self.starts, number) - 1]}, record {number}"

    def finish(self) -> None:
        """Raises DeliveryRejected for what only the whole delivery shows."""
        if self.count == 0 and self.source.bounds.min_rows > 0:
            raise DeliveryRejected(self.source.id, self.file, "holds no record")
        readable = self.count - self.errors
        # whoever typed them is told about each one, and each message is of another device
        is_of_one_hand = not isinstance(self.source.fetch, Inbox) and not isinstance(self.source.format, Lorawan)
        if self.count and not readable and is_of_one_hand:
            raise DeliveryRejected(self.source.id, self.file, f"no record can be read; the first {self.first_error}")
        if readable and isinstance(self.source.format, Json | Rdf | Xml):
            absent = [c for c in self.source.delivered if not c.optional and c.name not in self.findings.columns]
            if absent:
                raise DeliveryRejected(self.source.id, self.file, header.difference(absent, list(self.findings.extra)))
        if self.findings.suspicious:
            names = ", ".join(map(repr, islice(self.findings.suspicious, header.SHOWN)))
            reason = f"has columns that may be measures, but are neither declared nor `ignored` in unpivot: {names}"
            raise DeliveryRejected(self.source.id, self.file, reason)
        self.verification.finish()

    def _arrow(self, rows: list[Record]) -> pa.RecordBatch:
        nothing = [None] * len(self.source.delivered)
        columns = zip(*(nothing if row.values is None else row.values for row in rows), strict=True)
        delivered = [pa.array(column, pa.string()) for column in columns]
        return self._batch(delivered, *(pa.array([getattr(row, name) for row in rows], pa.string()) for name in ABOUT))

    def _of_columns(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        *delivered, extra = batch.columns
        if any(map(damaged.may_be, delivered)):
            rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
            return self._of_records([Record(values, extra=more) for *values, more in rows])
        nothing = pa.nulls(len(batch), pa.string())
        return self._batch(delivered, nothing, nothing, extra)

    def _batch(self, delivered: list[pa.Array], *about: pa.Array) -> pa.RecordBatch:
        """A batch of bronze, its records not yet numbered."""
        count = len(about[0])
        columns = iter(delivered)
        arrays = [
            pa.repeat(pa.scalar(self.path_values.get(column.name), pa.string()), count)
            if column.source is None
            else next(columns)
            for column in self.source.bronze
        ]
        return pa.RecordBatch.from_arrays([*arrays, pa.nulls(count, pa.int64()), *about], schema=self.schema)


def _records(
    source: Source, part: Part, findings: Findings, careful: bool
) -> Iterator[Record] | Iterator[Record | pa.RecordBatch]:
    match source.format:
        case Csv() as dialect:
            return csv.records(source, dialect, part, findings, careful)
        case FixedWidth() as layout:
            return fixed_width.records(source, layout, part, findings)
        case Json() as format_:
            return json.records(source, format_, part, findings, careful)
        case Lorawan() as format_:
            # here, as those below, because few feeds need it, and it or its library takes a while to load
            from lakehouse.ingest.lorawan import batch

            return batch.records(source, format_, part)
        case Rdf() as format_:
            from lakehouse.ingest.parse import rdf

            return rdf.records(source, format_, part, findings)
        case Sheet() as format_:
            from lakehouse.ingest.parse import sheet

            return sheet.records(source, format_, part, findings)
        case Xml() as format_:
            from lakehouse.ingest.parse import xml

            return xml.records(source, format_, part, findings)


def _may_hold_bad_text(batch: pa.RecordBatch) -> bool:
    texts = [column for column in batch.columns if pa.types.is_string(column.type)]
    if any(map(damaged.may_be, texts)):
        return True
    if any(pc.any(pc.match_substring(column, "\0")).as_py() for column in texts):
        return True
    return any((pc.max(pc.binary_length(column)).as_py() or 0) > MAX_FIELD for column in texts)


def _checked(names: list[str], record: Record) -> Record:
    """The record in normal form with its text as delivered in `raw` where that differs, or a quarantined one.

    That is one with a damaged value, or one that no table takes.
    """
    if record.values is None:
        return record
    for name, value in zip(names, record.values, strict=True):
        if problem := _problem(damaged.unmarked(value or "")):
            return unreadable(f"{problem} in {name}", dict(zip(names, record.values, strict=True)))
    values = [None if value is None else spelled_out(value) for value in record.values]
    if values == list(record.values):
        return record
    return record._replace(values=values, raw=record.raw or json_text(dict(zip(names, record.values, strict=True))))


def _problem(value: str) -> str | None:
    if "\0" in value:
        return "holds a NUL character"
    if len(value) > MAX_FIELD:
        return f"holds more than {MAX_FIELD} characters"
    return damaged.problem(value) if is_unicode(value) else "holds half of a surrogate pair"
