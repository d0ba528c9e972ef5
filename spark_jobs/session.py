"""The one place that connects to Spark, and what every commit says about itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyspark.sql import SparkSession

from lakehouse.settings import Settings

USER_METADATA = "spark.databricks.delta.commitInfo.userMetadata"


# Tables are written by path: by name, Spark would also tell Hive the schema after each commit, which Hive refuses.


def connect(settings: Settings) -> SparkSession:
    """A session of its own on the warm server."""
    return SparkSession.builder.remote(settings.spark_remote.get_secret_value()).create()


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
