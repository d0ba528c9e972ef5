"""The list mixes municipalities with their sums."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.transforms.areas import area_level


def prepare(rows: DataFrame) -> DataFrame:
    """Adds `area_level`, so that only municipalities are in scope."""
    return rows.withColumn("area_level", area_level(F.col("ags")))
