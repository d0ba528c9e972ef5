"""Proposes the `source.yml` of a new feed from one of its files, and reads the file by the proposal.

The file is read as what it looks like by the parser that every run uses, all columns as text; then all values of each
column say how they are written. What a file cannot tell is a comment `unsure` in the proposal.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from pydantic import ValidationError

from lakehouse import names as ids
from lakehouse.errors import DeliveryRejected, LakehouseError
from lakehouse.ingest.parse import parse_to_parquet
from lakehouse.ingest.propose import draft
from lakehouse.ingest.propose.columns import Proposed, columns, key, names
from lakehouse.ingest.propose.look import look
from lakehouse.spec.fetch import Http
from lakehouse.spec.source import Source

ERROR = "_record_error"
SHOWN = 3


@dataclass
class Proposal:
    """A proposed declaration and what came of reading the file by it.

    `text` is the `source.yml`; `records` were found, of which `unreadable` could not be read, for `reasons` (the most
    frequent ones first, each with its number).
    """

    text: str
    source: Source
    records: int = 0
    unreadable: int = 0
    reasons: list[tuple[str, int]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """The address at which the file is declared to be."""
        assert isinstance(self.source.fetch, Http)  # what is proposed is
        (address,) = self.source.fetch.addresses
        return address

    def told(self, file: str) -> str:
        """What became of the records of the file, one line for each reason why some cannot be read."""
        counted = f"{file}: {self.records:,} records, {self.unreadable:,} of them cannot be read"
        return "\n".join([counted, *(f"  {times:>9,}  {reason}" for reason, times in self.reasons)])


def propose(feed: str, path: Path) -> Proposal:
    """Looks at all of a file.

    Raises:
        LakehouseError: the id is none, or the file cannot be made out; says why in one sentence.
    """
    try:
        source, _, entity = ids.check_feed_id(feed).partition("__")
    except ValueError as error:
        raise LakehouseError(str(error)) from None
    if not path.is_file():
        raise LakehouseError(f"there is no file {path}")
    seen = look(path)
    named = names(seen.columns)
    plain = [Proposed({"from": s, "name": n}, []) for s, n in zip(seen.columns, named, strict=True)]
    suffix = "".join(c for c in path.suffix.lower() if c.isalnum() or c == ".") or ".txt"
    head = {
        "file": path.name, "source": source, "entity": entity, "address": f"{source}/{entity}{suffix}",
        # room to grow
        "max_bytes": max(20_000_000, 10 * path.stat().st_size),
    }  # fmt: skip

    def written(found: list[Proposed], chosen: tuple[list[str], list[str]]) -> str:
        return draft.text(head, seen.format, seen.notes, found, chosen)

    try:
        table = _read(_source(feed, written(plain, ([], []))), path)
    except DeliveryRejected as error:
        if seen.format["type"] != "csv" or "quotes" not in error.reason:
            raise
        seen.format["one_line_per_record"] = True
        seen.notes.append(f"unsure: {error.reason}; so each line is read as one record")
        table = _read(_source(feed, written(plain, ([], []))), path)
    readable = table.filter(pa.compute.is_null(table[ERROR]))
    found = columns(seen, named, readable)
    text = written(found, key(found, readable))
    proposed = _source(feed, text)
    return _outcome(Proposal(text, proposed), _read(proposed, path))


def _source(feed: str, text: str) -> Source:
    declared: dict[str, Any] = yaml.safe_load(text)
    try:
        return Source(**declared, id=feed, delivery=feed, folder=Path(feed))
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise LakehouseError(f"{feed}: what would be proposed cannot be declared: {problems}") from None


def _read(source: Source, path: Path) -> pa.Table:
    with tempfile.TemporaryDirectory() as folder:
        into = Path(folder) / "read.parquet"
        parse_to_parquet(source, path, path.name, into)
        return pq.read_table(into, memory_map=False)


def _outcome(proposal: Proposal, table: pa.Table) -> Proposal:
    proposal.records = table.num_rows
    errors = [error for error in table[ERROR].to_pylist() if error is not None]
    proposal.unreadable = len(errors)
    proposal.reasons = Counter(errors).most_common(SHOWN)
    return proposal
