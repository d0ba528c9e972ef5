"""Bronze: delivered files, parsed record by record, as text in Delta."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from lakehouse import names
from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.inbox import is_withdrawal
from lakehouse.ingest.landing import Receipt
from lakehouse.ingest.parse import Parsed, parse_to_parquet, schema
from lakehouse.lake import delta, sql
from lakehouse.settings import Settings
from lakehouse.spec.inbox import Inbox
from lakehouse.spec.source import Source
from lakehouse.storage import ObjectStore
from spark_jobs.tables import bronze_columns, create_text

log = logging.getLogger("smartvest.bronze")

if TYPE_CHECKING:
    from lakehouse.workbook.check import Checked


@dataclass(frozen=True)
class Opened:
    """A delivery that can be parsed: its tables in the format of the upload, and which of them have no row in it.

    `checked` is what was found in an upload.
    """

    tables: Sequence[Source]
    empty: Collection[str] = ()
    checked: Checked | None = None


@dataclass
class Outcome:
    """What became of some deliveries.

    `parsed` is what was found, by table and delivery id; `opened` how they were read and `rejected` why they were not
    taken, by delivery id.
    """

    parsed: dict[str, dict[str, Parsed]]
    opened: dict[str, Opened] = field(default_factory=dict)
    rejected: dict[str, DeliveryRejected] = field(default_factory=dict)

    def records(self, feed: str) -> int:
        """Records of a table."""
        return sum(parsed.records for parsed in self.parsed[feed].values())

    def extra_columns(self, feed: str) -> list[str]:
        """Undeclared columns of a table."""
        return sorted({column for parsed in self.parsed[feed].values() for column in parsed.extra_columns})


def load(
    settings: Settings, store: ObjectStore, tables: Sequence[Source], receipts: Sequence[Receipt], run_id: str
) -> Outcome:
    """Parses deliveries and replaces their rows in the bronze table of each table that they fill, in one commit each.

    A repeated call changes nothing. A delivery that breaks a file rule is rejected for all of its tables and leaves
    bronze untouched; the others go on.
    """
    for source in tables:
        create_text(settings, source)
    outcome = Outcome({source.id: {} for source in tables})
    staged: list[tuple[Receipt, Path]] = []
    with tempfile.TemporaryDirectory() as name:
        for receipt in receipts:
            folder = Path(name) / receipt.delivery
            folder.mkdir()
            try:
                parsed, opened = _parse(store, tables, receipt, folder)
            except DeliveryRejected as error:
                outcome.rejected[receipt.delivery] = error
                continue
            staged.append((receipt, folder))
            for feed, found in parsed.items():
                outcome.parsed[feed][receipt.delivery] = found
            outcome.opened[receipt.delivery] = opened
        for source in tables if staged else ():
            arrived = rows(source, [(receipt, _parquet(folder, source)) for receipt, folder in staged])
            ids = [receipt.delivery for receipt, _ in staged]
            delta.replace_deliveries(settings, "bronze", source.id, arrived, ids, {"run_id": run_id})
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
    columns_of_bronze = delta.arrow_schema(bronze_columns(source))

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
                        for field in columns_of_bronze
                    ]
                    yield pa.RecordBatch.from_arrays(columns, schema=columns_of_bronze)

    return pa.RecordBatchReader.from_batches(columns_of_bronze, batches())


def _parquet(folder: Path, source: Source) -> Path:
    return folder / f"{source.id}.parquet"


def _parse(
    store: ObjectStore, tables: Sequence[Source], receipt: Receipt, folder: Path
) -> tuple[dict[str, Parsed], Opened]:
    """Parses a delivery into a Parquet file for each table."""
    delivered = folder / "delivered"
    store.download(names.RAW, receipt.object_key, delivered)
    opened = _open(tables, receipt, delivered)
    parsed = {}
    for source in opened.tables:
        into = _parquet(folder, source)
        if source.id in opened.empty:
            pq.write_table(schema(source).empty_table(), into)
            parsed[source.id] = Parsed()
        else:
            values = source.fetch.path_values(receipt.address)
            parsed[source.id] = parse_to_parquet(source, delivered, receipt.file, into, values)
    delivered.unlink()
    return parsed, opened


def _open(tables: Sequence[Source], receipt: Receipt, delivered: Path) -> Opened:
    """What an upload holds, after it was examined as a whole; anything else is what it is declared to be."""
    if not isinstance(tables[0].fetch, Inbox):
        return Opened(tables)
    # loads libraries that few feeds need
    from lakehouse.workbook.check import check
    from lakehouse.workbook.check_place import check_period
    from lakehouse.workbook.opening import Refused

    told = tables[0].fetch.path_values(receipt.address)
    try:
        if is_withdrawal(receipt):
            check_period(tables[0], told["period"])
            return Opened(tables, empty={source.id for source in tables})
        checked = check(delivered, tables, told["ags"], told["period"])
    except Refused as error:
        raise DeliveryRejected(receipt.feed, receipt.file, str(error)) from error
    except (OSError, MemoryError):
        raise
    # anybody may have written it: what nobody foresaw in one file must not stop the uploads of all others
    except Exception as error:
        log.exception("%s: %s of %s cannot be examined", receipt.feed, receipt.file, receipt.delivery)
        reason = f"cannot be examined ({type(error).__name__})"
        raise DeliveryRejected(receipt.feed, receipt.file, reason) from error
    empty = {feed for feed, rows in checked.rows.items() if not rows}
    return Opened([checked.source(source) for source in tables], empty, checked)
