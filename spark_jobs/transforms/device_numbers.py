"""One spelling of the number of a LoRaWAN device, as messages have it."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def prepare(rows: DataFrame) -> DataFrame:
    """Writes `device_eui` in small letters, without the blanks, hyphens and colons between bytes."""
    return rows.withColumn("device_eui", F.regexp_replace(F.lower("device_eui"), r"[\s:-]", ""))
