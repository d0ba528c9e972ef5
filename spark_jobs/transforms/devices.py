"""What the register of LoRaWAN devices needs beyond YAML: one spelling of the number of a device, and its cells."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.transforms.grid import derive

__all__ = ["derive", "prepare"]


def prepare(rows: DataFrame) -> DataFrame:
    """Writes `device_eui` as messages have it: small letters, without the blanks, hyphens and colons between bytes."""
    return rows.withColumn("device_eui", F.regexp_replace(F.lower("device_eui"), r"[\s:-]", ""))
