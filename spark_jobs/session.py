"""The one place that connects to Spark, and what every commit says about itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql.connect.client.retries import DefaultPolicy

from lakehouse.settings import Settings

# Half a minute in all: a server that comes back has lost the session anyway, so what is left is Airflow's own retry.
_RETRIES = 10
_MAX_BACKOFF_MS = 5000

USER_METADATA = "spark.databricks.delta.commitInfo.userMetadata"
# Few rows: generating and compiling code for a plan takes longer than interpreting it, and each task has a price.
FEW_ROWS = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.shuffle.partitions": "1",
}


# Tables are written by path: by name, Spark would also tell Hive the schema after each commit, which Hive refuses.


@contextmanager
def connect(settings: Settings, *, few_rows: bool = False) -> Iterator[SparkSession]:
    """A session of its own on the warm server, given back at the end.

    A client that is not closed calls the server once more when its process exits, and waits there for a dead one.

    Args:
        settings: address of the server.
        few_rows: whether the session's statements are for so few rows that generated code does not pay.
    """
    builder = SparkSession.builder.remote(settings.spark_remote.get_secret_value())
    for key, value in FEW_ROWS.items() if few_rows else ():
        builder = builder.config(key, value)
    spark = builder.create()
    spark.client.set_retry_policies([DefaultPolicy(max_retries=_RETRIES, max_backoff=_MAX_BACKOFF_MS)])
    try:
        yield spark
    finally:
        spark.stop()


def suit(spark: SparkSession, *, few_rows: bool) -> None:
    """Makes a session suit the statements that follow; see `connect`."""
    for key, value in FEW_ROWS.items():
        if few_rows:
            spark.conf.set(key, value)
        else:
            spark.conf.unset(key)


@contextmanager
def committing(spark: SparkSession, **metadata: Any) -> Iterator[None]:
    """Every Delta commit inside carries the metadata as JSON, so that a retry recognises its own work."""
    spark.conf.set(USER_METADATA, json.dumps(metadata, sort_keys=True))
    try:
        yield
    finally:
        spark.conf.unset(USER_METADATA)


def version(spark: SparkSession, table: str) -> int:
    """Latest version of a Delta table."""
    row = spark.sql(f"DESCRIBE HISTORY {table} LIMIT 1").first()
    assert row is not None
    return int(row["version"])
