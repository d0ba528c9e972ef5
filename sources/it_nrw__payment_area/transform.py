"""Areas of districts are sums of binary fractions, written with all their noise."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

NOISE = 1e-6


def prepare(rows: DataFrame) -> DataFrame:
    """Adds `area_km2`: 407.09999999999997 is 407.10; a number that is no such sum, or no number, stays as it is."""
    exact = F.when(F.regexp_like("size", F.lit(r"^\d+\.\d{3,}\z")), F.col("size").try_cast("decimal(30,18)"))
    area = F.round(exact, 2)
    return rows.withColumn(
        "area_km2", F.when(F.abs(exact - area) < NOISE, area.cast("string")).otherwise(F.col("size"))
    )
