"""Station numbers as the station list writes them, the start of the interval, and how far a value can be trusted."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.transforms import plausibility

# sums of ten minutes: the sun above the atmosphere brings about 82 J/cm2, and cloud edges focus a little more
RANGES = {
    "diffuse_radiation": (0, 100),
    "global_radiation": (0, 110),
    "longwave_radiation": (0, 40),
    "sunshine_duration": (0, 0.167),
}


def prepare(rows: DataFrame) -> DataFrame:
    """Adds `station_id`, the station's number with its leading zeros, which the file leaves out."""
    number = F.trim("station_number")
    five_digits = F.lpad(number, 5, "0")
    return rows.withColumn(
        "station_id", F.when(F.regexp_like(number, F.lit(r"^\d{1,5}\z")), five_digits).otherwise(number)
    )


def derive(rows: DataFrame) -> DataFrame:
    """Adds `observed_at` and `plausibility`."""
    start = F.col("interval_end") - F.expr("INTERVAL 10 MINUTES")
    flag = plausibility.flag(F.col("value"), F.col("interval_end"), RANGES)
    return rows.withColumns({"observed_at": start, "plausibility": flag})
