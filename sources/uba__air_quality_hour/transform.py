"""Hour labels in local time."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.transforms.time import hour_end_to_utc


def prepare(rows: DataFrame) -> DataFrame:
    """Adds `observed_at`, the start of the hour in UTC; the label stands in inner quotes."""
    label = F.regexp_replace("hour_label", "^'(.*)'$", "$1")
    return rows.withColumn("observed_at", hour_end_to_utc(label, "Europe/Berlin", "station_code"))
