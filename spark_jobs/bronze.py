"""Bronze: delivered files, parsed record by record, as text in Delta."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from lakehouse import names
from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.landing import Receipt
from lakehouse.ingest.parse import Parsed, parse_to_parquet
from lakehouse.lake import delta, sql
from lakehouse.settings import Settings
from lakehouse.spec.source import Source
from lakehouse.storage import ObjectStore
from spark_jobs.tables import bronze_columns, create_text


@dataclass
class Outcome:
    """What became of some deliveries, by delivery id."""

    parsed: dict[str, Parsed] = field(default_factory=dict)
    rejected: dict[str, DeliveryRejected] = field(default_factory=dict)

    @property
    def records(self) -> int:
        """Records of all deliveries that could be parsed."""
        return sum(parsed.records for parsed in self.parsed.values())

    @property
    def extra_columns(self) -> list[str]:
        """Undeclared columns of all deliveries."""
        return sorted({column for parsed in self.parsed.values() for column in parsed.extra_columns})


def load(settings: Settings, store: ObjectStore, source: Source, receipts: list[Receipt], run_id: str) -> Outcome:
    """Parses deliveries and replaces their rows of the bronze table in one commit.

    A repeated call changes nothing. A delivery that breaks a file rule is rejected and leaves bronze untouched; the
    others go on.
    """
    create_text(settings, source)
    outcome = Outcome()
    staged: list[tuple[Receipt, Path]] = []
    with tempfile.TemporaryDirectory() as folder:
        for receipt in receipts:
            path = Path(folder) / f"{receipt.delivery}.parquet"
            try:
                outcome.parsed[receipt.delivery] = _parse(store, source, receipt, path)
            except DeliveryRejected as error:
                outcome.rejected[receipt.delivery] = error
            else:
                staged.append((receipt, path))
        if staged:
            delta.replace_deliveries(
                settings, "bronze", source.id, rows(source, staged), list(outcome.parsed), {"run_id": run_id}
            )
    return outcome


def stored(connection: duckdb.DuckDBPyConnection, source: Source, receipts: list[Receipt]) -> int:
    """Records that bronze holds of some deliveries."""
    if not receipts:
        return 0
    found = connection.execute(
        f"SELECT count(*) FROM {sql.scan(names.uri('bronze', source.id))} WHERE list_contains(?, _delivery_id)",
        [[receipt.delivery for receipt in receipts]],
    ).fetchone()
    assert found is not None
    return int(found[0])


def rows(source: Source, parsed: list[tuple[Receipt, Path]]) -> pa.RecordBatchReader:
    """Parsed records of some deliveries with where they came from, read from Parquet as they are needed."""
    schema = delta.arrow_schema(bronze_columns(source))

    def batches() -> Iterator[pa.RecordBatch]:
        for receipt, path in parsed:
            origin = {
                "_delivery_id": receipt.delivery,
                "_source_object": f"s3://{names.RAW}/{receipt.object_key}",
                "_ingested_at": receipt.fetched_at,
            }
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches():
                    columns = [
                        pa.repeat(pa.scalar(origin[field.name], field.type), batch.num_rows)
                        if field.name in origin
                        else batch.column(field.name)
                        for field in schema
                    ]
                    yield pa.RecordBatch.from_arrays(columns, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _parse(store: ObjectStore, source: Source, receipt: Receipt, into: Path) -> Parsed:
    delivered = into.with_name("delivered")
    store.download(names.RAW, receipt.object_key, delivered)
    return parse_to_parquet(
        source, delivered, receipt.file, into, path_values=source.fetch.path_values(receipt.address)
    )
