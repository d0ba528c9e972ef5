"""Writes what `lakehouse.health` found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple

from pyspark.sql import SparkSession

from lakehouse import names
from lakehouse.health import Health
from spark_jobs.session import committing
from spark_jobs.tables import SOURCE_HEALTH


def write(spark: SparkSession, lines: Iterable[Health], run_id: str) -> None:
    """Replaces `ops.source_health`; its history is that of the Delta table."""
    columns = ", ".join(f"{name} {type_}" for name, type_ in SOURCE_HEALTH.items())
    with committing(spark, run_id=run_id):
        spark.createDataFrame([astuple(line) for line in lines], columns).write.format("delta").mode("overwrite").save(
            names.spark_uri("ops", "source_health")
        )
