"""Which tables a feed has; creates what is missing and registers what already lies in the lake.

Delta takes schema and properties from the files when a location holds a table, so the same statements that create an
empty lake rebuild a lost catalogue. Only Spark's own tables are in the catalogue: silver, and the marts.
"""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import SparkSession

from lakehouse import names
from lakehouse.lake import delta, ops
from lakehouse.settings import Settings
from lakehouse.spec.source import Source
from lakehouse.storage import ObjectStore

QUARANTINE = {**names.TECHNICAL, "run_id": "string", "reasons": "array<string>", "raw": "string"}


def bronze_columns(source: Source) -> dict[str, str]:
    """Columns of a bronze table: where each record came from and how it was read, then text as delivered.

    What files are found by comes first: Delta keeps bounds of the first 32 columns only.
    """
    delivered = {column.name: "string" for column in source.bronze}
    return {**names.TECHNICAL, "_record_error": "string", "_raw": "string", "_extra": "string", **delivered}


def stored_feeds(store: ObjectStore) -> list[str]:
    """Feeds of which the lake holds a table, whether or not the catalogue knows of it."""
    return [prefix.split("/")[1] for prefix in store.list(names.LAKE, "bronze/", recursive=False)]


def create_all(spark: SparkSession, settings: Settings, sources: Mapping[str, Source]) -> None:
    """Creates or registers every schema and table. Raises LakehouseError if a stored table contradicts its source."""
    for schema in ("silver", "candidate"):
        spark.sql(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    ops.create_all(settings)
    for source in sources.values():
        create_text(settings, source)
        create_silver(spark, settings, source)
        _register(spark, source)


def create_text(settings: Settings, source: Source) -> None:
    """Creates bronze and quarantine of a feed, or adds new columns. Raises LakehouseError on a changed type."""
    delta.create(settings, "bronze", source.id, bronze_columns(source))
    delta.create(settings, "quarantine", source.id, QUARANTINE)


def create_silver(spark: SparkSession, settings: Settings, source: Source) -> None:
    """Creates silver of a feed, or adds new columns; without a statement where nothing is missing.

    Raises:
        LakehouseError: a stored column has another type than the source declares.
    """
    columns, stored = source.stored_columns, delta.find(settings, "silver", source.id)
    if stored is None:
        properties = {
            **delta.retention(settings.release_retention_days),
            "delta.enableDeletionVectors": "true",
        }
        options = ", ".join(f"'{key}' = '{value}'" for key, value in properties.items())
        spark.sql(
            f"CREATE TABLE IF NOT EXISTS silver.{source.id} ({_declared(columns)}) USING delta "
            f"LOCATION '{names.spark_uri('silver', source.id)}' TBLPROPERTIES ({options})"
        )
        return
    if stored.version() == 0:
        # a server that was killed in the middle of that statement wrote the table and told its catalogue nothing
        _register(spark, source)
    if new := delta.missing(f"silver.{source.id}", stored, columns):
        spark.sql(f"ALTER TABLE {path('silver', source.id)} ADD COLUMNS ({_declared(new)})")


def _register(spark: SparkSession, source: Source) -> None:
    """Tells the catalogue of a table that the lake holds; nothing happens where it knows."""
    location = names.spark_uri("silver", source.id)
    spark.sql(f"CREATE TABLE IF NOT EXISTS silver.{source.id} USING delta LOCATION '{location}'")


def path(layer: str, name: str) -> str:
    """A table by its place, for a statement: by name Spark would also tell Hive each change, which Hive refuses."""
    return f"delta.`{names.spark_uri(layer, name)}`"


def _declared(columns: Mapping[str, str]) -> str:
    return ", ".join(f"`{column}` {type_}" for column, type_ in columns.items())
