"""Which tables there are; creates what is missing and registers what already lies in the lake.

Delta takes schema and properties from the files when a location holds a table, so the same statements that create an
empty lake rebuild a lost catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import SparkSession

from lakehouse import names
from lakehouse.errors import LakehouseError
from lakehouse.spec import Source
from lakehouse.storage import ObjectStore

TECHNICAL = {
    "_delivery_id": "string",
    "_source_object": "string",
    "_record_number": "bigint",
    "_ingested_at": "timestamp",
}
LEDGER = {
    "feed": "string",
    "table_name": "string",
    "run_id": "string",
    "status": "string",
    "reason": "string",
    "deliveries": "array<string>",
    "replayed": "array<string>",
    "records": "bigint",
    "parsed": "bigint",
    "filtered": "bigint",
    "quarantined": "bigint",
    "duplicate": "bigint",
    "superseded": "bigint",
    "unchanged": "bigint",
    "inserted": "bigint",
    "updated": "bigint",
    "removed": "bigint",
    "extra_columns": "array<string>",
    "silver_version": "bigint",
    "published_until": "timestamp",
    "recorded_at": "timestamp",
}
QUALITY_RESULTS = {
    "run_id": "string",
    "suite": "string",
    "subject": "string",
    "expectation": "string",
    "severity": "string",
    "success": "boolean",
    "observed": "string",
    "checked_at": "timestamp",
}
MODEL_RESULTS = {
    "run_id": "string",
    "node": "string",
    "kind": "string",
    "status": "string",
    "seconds": "double",
    "message": "string",
    "finished_at": "timestamp",
}
SOURCE_HEALTH = {
    "feed": "string",
    "partition_value": "string",
    "owner": "string",
    "cadence_days": "double",
    "grace_days": "double",
    "last_published_at": "timestamp",
    "last_observed_at": "timestamp",
    "deadline": "timestamp",
    "is_late": "boolean",
    "lateness_days": "double",
    "last_run_id": "string",
    "last_run_status": "string",
    "last_run_at": "timestamp",
    "last_run_read": "bigint",
    "last_run_quarantined": "bigint",
    "last_fetch_at": "timestamp",
    "last_fetch_outcome": "string",
    "last_failure": "string",
    "failing_since": "timestamp",
    "outages": "int",
    "outage_hours": "double",
    "longest_outage_hours": "double",
    "checked_at": "timestamp",
}
OPS = {
    "ledger": LEDGER,
    "quality_results": QUALITY_RESULTS,
    "model_results": MODEL_RESULTS,
    "source_health": SOURCE_HEALTH,
}
QUARANTINE = {**TECHNICAL, "run_id": "string", "reasons": "array<string>", "raw": "string"}


def retention(days: int) -> dict[str, str]:
    """Table properties that keep every version readable for so many days."""
    return {
        "delta.deletedFileRetentionDuration": f"interval {days} days",
        "delta.logRetentionDuration": f"interval {days} days",
    }


def bronze_columns(source: Source) -> dict[str, str]:
    """Columns of a bronze table: text as delivered, then how each record was read and where it came from."""
    delivered = {column.name: "string" for column in source.bronze}
    return {**delivered, "_record_error": "string", "_raw": "string", "_extra": "string", **TECHNICAL}


def silver_columns(source: Source) -> dict[str, str]:
    """Columns of a silver table: business columns, the key of keyless feeds, where each row came from."""
    return {**source.silver_columns, **source.key_columns, **TECHNICAL}


def stored_feeds(store: ObjectStore) -> list[str]:
    """Feeds of which the lake holds a table, whether or not the catalogue knows of it."""
    return [prefix.split("/")[1] for prefix in store.list(names.LAKE, "bronze/", recursive=False)]


def create_all(spark: SparkSession, sources: Mapping[str, Source], retention_days: int) -> None:
    """Creates or registers every schema and table. Raises LakehouseError if a stored table contradicts its source."""
    for schema in ("bronze", "silver", "quarantine", "ops", "candidate", "marts"):
        spark.sql(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    for name, columns in OPS.items():
        _create(spark, "ops", name, columns, {})
    for source in sources.values():
        create_feed(spark, source, retention_days)


def create_feed(spark: SparkSession, source: Source, retention_days: int) -> None:
    """Creates or registers the tables of one feed. Raises LakehouseError if a stored table contradicts the source."""
    _create(spark, "bronze", source.id, bronze_columns(source), {}, partition="_delivery_id")
    _create(spark, "quarantine", source.id, QUARANTINE, {}, partition="_delivery_id")
    properties = {
        **retention(retention_days),
        "delta.enableChangeDataFeed": "true",
        "delta.enableDeletionVectors": "true",
    }
    _create(spark, "silver", source.id, silver_columns(source), properties)


def _create(
    spark: SparkSession,
    layer: str,
    name: str,
    columns: Mapping[str, str],
    properties: Mapping[str, str],
    partition: str | None = None,
) -> None:
    table = f"{layer}.{name}"
    if not spark.catalog.tableExists(table):
        location = names.spark_uri(layer, name)
        if _is_delta(spark, location):
            spark.sql(f"CREATE TABLE {table} USING delta LOCATION '{location}'")
        else:
            declared = ", ".join(f"`{column}` {type_}" for column, type_ in columns.items())
            partitioned = f"PARTITIONED BY ({partition})" if partition else ""
            options = ", ".join(f"'{key}' = '{value}'" for key, value in properties.items())
            spark.sql(
                f"CREATE TABLE {table} ({declared}) USING delta {partitioned} LOCATION '{location}'"
                + (f" TBLPROPERTIES ({options})" if options else "")
            )
            return
    _evolve(spark, table, columns)


def _is_delta(spark: SparkSession, location: str) -> bool:
    try:
        return not spark.sql(f"DESCRIBE DETAIL delta.`{location}`").isEmpty()
    except Exception as error:  # Connect wraps server errors in several classes; the condition is what is stable
        if "DELTA" in str(error) or "PATH_NOT_FOUND" in str(error):
            return False
        raise


def _evolve(spark: SparkSession, table: str, columns: Mapping[str, str]) -> None:
    stored = dict(spark.table(table).dtypes)
    changed = {c: (stored[c], t) for c, t in columns.items() if c in stored and stored[c] != t}
    if changed:
        was = ", ".join(f"{c} is {old}, declared as {new}" for c, (old, new) in changed.items())
        raise LakehouseError(f"{table}: {was}; a changed type needs a new feed id or a reload")
    if new := {c: t for c, t in columns.items() if c not in stored}:
        spark.sql(f"ALTER TABLE {table} ADD COLUMNS ({', '.join(f'`{c}` {t}' for c, t in new.items())})")
