"""One spelling of the number of a device, however people type it off its label."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def prepare(rows: DataFrame) -> DataFrame:
    """Writes `device_eui` as messages have it: small letters, without the blanks, hyphens and colons between bytes."""
    return rows.withColumn("device_eui", F.regexp_replace(F.lower("device_eui"), r"[\s:-]", ""))
