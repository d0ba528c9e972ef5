"""Proposals made of files that a test writes, and the values that their declarations mean."""

from __future__ import annotations

import datetime as dt
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from lakehouse.ingest.parse import parse_to_parquet
from lakehouse.ingest.propose import Proposal, propose
from lakehouse.spec.column import Column

FEED = "town__tree"
FORMS = {
    None: "%Y-%m-%d", "dd.MM.yyyy": "%d.%m.%Y", "yyyy/MM/dd": "%Y/%m/%d", "yyyyMMdd": "%Y%m%d",
    "dd.MM.yyyy HH:mm": "%d.%m.%Y %H:%M",
}  # fmt: skip


def proposed(folder: Path, content: bytes | str, file: str = "file.csv") -> Proposal:
    path = folder / file
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return propose(FEED, path)


def declared(proposal: Proposal) -> dict[str, Column]:
    return {column.name: column for column in proposal.source.columns}


def notes(proposal: Proposal) -> list[str]:
    return [line.strip() for line in proposal.text.splitlines() if line.strip().startswith("# unsure")]


def value(column: Column, text: str | None) -> Any:
    """The value that the declaration means, read by rules of our own."""
    text = (text or "").strip()
    if text in column.nulls:
        return None
    if column.type in ("date", "timestamp"):
        moment = dt.datetime.strptime(text, FORMS[column.format])
        return moment if column.type == "timestamp" else moment.date()
    if column.type == "string":
        return text
    plain = text.removesuffix(column.numbers.suffix).strip().replace(column.numbers.thousands or "_", "")
    return Decimal(plain.replace(column.numbers.decimal or ".", "."))


def read(proposal: Proposal, path: Path) -> list[tuple[Any, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        parse_to_parquet(proposal.source, path, path.name, Path(folder) / "read")
        table = pq.read_table(Path(folder) / "read", memory_map=False)
    columns = [[value(c, text) for text in table[c.name].to_pylist()] for c in proposal.source.columns]
    return list(zip(*columns, strict=True))
