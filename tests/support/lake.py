"""Delta tables in a folder, read by DuckDB as the lake is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from deltalake import write_deltalake
from duckdb_extensions import import_extension

from lakehouse import names
from lakehouse.lake import health, ledger

TIMESTAMP = pa.timestamp("us", tz="UTC")
TEXTS = pa.list_(pa.string())


class Lake:
    """A lake below a folder: `names.uri` and the constants made of it lead there as long as a test runs."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        monkeypatch.setattr(names, "uri", self.uri)
        monkeypatch.setattr(ledger, "LEDGER", self.uri("ops", "ledger"))
        monkeypatch.setattr(health, "LEDGER", self.uri("ops", "ledger"))
        monkeypatch.setattr(health, "TABLE", self.uri("ops", "source_health"))
        self.connection = duckdb.connect()
        import_extension("delta", con=self.connection)
        self.connection.load_extension("delta")
        self.connection.execute("SET TimeZone = 'UTC'")

    def uri(self, layer: str, name: str) -> str:
        return str(self.root / layer / name)

    def write(self, layer: str, name: str, columns: dict[str, pa.DataType], *rows: tuple[Any, ...]) -> None:
        """Replaces a table."""
        arrays = zip(*rows, strict=True) if rows else [()] * len(columns)
        table = pa.table(
            {column: pa.array(list(v), type_) for (column, type_), v in zip(columns.items(), arrays, strict=True)}
        )
        write_deltalake(self.uri(layer, name), table, mode="overwrite")
