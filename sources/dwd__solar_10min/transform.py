"""The start of the interval, which the file names by its end."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def derive(rows: DataFrame) -> DataFrame:
    """Adds `observed_at`."""
    return rows.withColumn("observed_at", F.col("interval_end") - F.expr("INTERVAL 10 MINUTES"))
