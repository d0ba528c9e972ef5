"""Delta tables that are written without a JVM: bronze, quarantine and ops. Spark never writes them.

Each commit is created by a conditional PUT, so several processes may append to one table at once. Spark's own log store
puts without a condition: a table has one kind of writer, and silver and the marts are Spark's.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Schema, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, TableNotFoundError

from lakehouse import names
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings
from lakehouse.storage import ObjectStore

CONFIGURATION = {"delta.checkpointInterval": "20"}
# Spark reads the groups of a file side by side
WRITER = WriterProperties(max_row_group_size=131_072, compression="ZSTD")
# Whoever reads a table opens each of its files, and a feed of events appends to the ledger by the minute.
MOST_FILES = 50
# what has grown to this is not written again
_JOINED_BYTES = 16 * 2**20
_ARROW = {
    "string": pa.string(),
    "boolean": pa.bool_(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "array<string>": pa.list_(pa.string()),
}
_SQL = {"integer": "int", "long": "bigint"}
_log = logging.getLogger(__name__)


def arrow_schema(columns: Mapping[str, str]) -> pa.Schema:
    """Arrow schema of columns that are declared by their Spark SQL types."""
    return pa.schema([(name, _arrow(type_)) for name, type_ in columns.items()])


def storage(settings: Settings) -> dict[str, str]:
    """How delta-rs reaches the lake, with the keys of the role that builds; commits are conditional PUTs."""
    return {**ObjectStore.for_role(settings, "spark").delta_options(), "AWS_CONDITIONAL_PUT": "etag"}


def find(settings: Settings, layer: str, name: str) -> DeltaTable | None:
    """A table at its newest version; None if there is none."""
    try:
        return DeltaTable(names.uri(layer, name), storage_options=storage(settings))
    except TableNotFoundError:
        return None


def columns(table: DeltaTable) -> dict[str, str]:
    """Columns of a table and their Spark SQL types."""
    return {field.name: _sql(field.type) for field in table.schema().fields}


def retention(days: int) -> dict[str, str]:
    """Table properties that keep every version readable for so many days."""
    return {
        "delta.deletedFileRetentionDuration": f"interval {days} days",
        "delta.logRetentionDuration": f"interval {days} days",
    }


def create(
    settings: Settings,
    layer: str,
    name: str,
    declared: Mapping[str, str],
    properties: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Creates a table with columns of Spark SQL types, or adds the columns that it lacks.

    Args:
        settings: addresses and keys.
        layer: bronze, quarantine or ops.
        name: of the table.
        declared: its columns.
        properties: of the table if it is created.

    Raises:
        LakehouseError: a stored column has another type.
    """
    table = find(settings, layer, name)
    if table is None:
        DeltaTable.create(
            names.uri(layer, name), arrow_schema(declared), mode="ignore", storage_options=storage(settings),
            configuration={**CONFIGURATION, **properties},
        )  # fmt: skip
    elif new := missing(f"{layer}.{name}", table, declared):
        table.alter.add_columns(Schema.from_arrow(arrow_schema(new)).fields)


def missing(name: str, table: DeltaTable, declared: Mapping[str, str]) -> dict[str, str]:
    """Declared columns that a table lacks; raises LakehouseError if a stored one has another type."""
    stored = columns(table)
    changed = {c: type_ for c, type_ in declared.items() if stored.get(c, type_) != type_}
    if changed:
        was = ", ".join(f"{c} is {stored[c]}, declared as {type_}" for c, type_ in changed.items())
        raise LakehouseError(f"{name}: {was}; a changed type needs a new feed id or a reload")
    return {c: type_ for c, type_ in declared.items() if c not in stored}


def append(settings: Settings, layer: str, name: str, rows: pa.Table) -> None:
    """Adds rows in one commit; once the table has more than `MOST_FILES` files, a second one joins the small ones."""
    table = DeltaTable(names.uri(layer, name), storage_options=storage(settings))
    write_deltalake(table, rows, mode="append")
    if len(table.file_uris()) > MOST_FILES:
        try:
            table.optimize.compact(target_size=_JOINED_BYTES)
        except CommitFailedError as error:
            _log.info("%s.%s: its files are joined another time: %s", layer, name, error)


def overwrite(settings: Settings, layer: str, name: str, rows: pa.Table) -> None:
    """Replaces all rows in one commit."""
    write_deltalake(names.uri(layer, name), rows, mode="overwrite", storage_options=storage(settings))


def replace_deliveries(
    settings: Settings,
    layer: str,
    name: str,
    rows: pa.Table | pa.RecordBatchReader,
    deliveries: Sequence[str],
    metadata: Mapping[str, str],
) -> None:
    """Replaces the rows of some deliveries in one commit; a delivery that was never there costs no reading.

    Args:
        settings: addresses and keys.
        layer: bronze or quarantine.
        name: feed.
        rows: rows of these deliveries only; a table without rows only removes.
        deliveries: ids whose rows are replaced.
        metadata: said in the commit.
    """
    table = DeltaTable(names.uri(layer, name), storage_options=storage(settings))
    said = CommitProperties(custom_metadata=dict(metadata))
    held = _may_hold(table, deliveries)
    if isinstance(rows, pa.Table) and not rows.num_rows:
        if held:
            table.delete(_among(deliveries), commit_properties=said)
        return
    if held:
        write_deltalake(
            table,
            rows,
            mode="overwrite",
            predicate=_among(deliveries),
            commit_properties=said,
            writer_properties=WRITER,
        )
    else:
        write_deltalake(table, rows, mode="append", commit_properties=said, writer_properties=WRITER)


def compact(table: DeltaTable) -> str:
    """Joins small files, removes what a week ago was no longer part of the table, and shortens the log.

    Returns:
        what was done, in a few words.
    """
    before = len(table.file_uris())
    table.optimize.compact()
    table.vacuum(dry_run=False)
    table.create_checkpoint()
    table.cleanup_metadata()
    return f"{before} files, now {len(table.file_uris())}"


def _may_hold(table: DeltaTable, deliveries: Sequence[str]) -> bool:
    """Whether a file's bounds leave room for one of the deliveries."""
    files = pa.table(table.get_add_actions(flatten=True))
    if not {"min._delivery_id", "max._delivery_id"} <= set(files.column_names):
        return bool(files.num_rows)
    bounds = zip(files["min._delivery_id"].to_pylist(), files["max._delivery_id"].to_pylist(), strict=True)
    return any(
        low is None or high is None or any(low <= delivery <= high for delivery in deliveries) for low, high in bounds
    )


def _among(deliveries: Sequence[str]) -> str:
    return f"_delivery_id IN ({', '.join(repr(delivery) for delivery in deliveries)})"


def _arrow(type_: str) -> pa.DataType:
    if type_.startswith("decimal"):
        precision, scale = map(int, type_.removeprefix("decimal(").rstrip(")").split(","))
        return pa.decimal128(precision, scale)
    return _ARROW[type_]


def _sql(type_: Any) -> str:
    if type_.type == "array":
        return f"array<{_sql(type_.element_type)}>"
    return _SQL.get(type_.type, str(type_.type))
