"""Hour labels in local time, and a flag that says how far a value can be trusted."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.transforms.time import hour_end_to_utc

# above what German stations have measured outside of New Year's Eve; a value beyond is kept and flagged
PLAUSIBLE_MAXIMUM = {"pm10": 1000, "pm2_5": 1000, "o3": 400, "no2": 500}


def prepare(rows: DataFrame) -> DataFrame:
    """Adds `observed_at`, the start of the hour in UTC; the label stands in inner quotes."""
    label = F.regexp_replace("hour_label", "^'(.*)'$", "$1")
    return rows.withColumn("observed_at", hour_end_to_utc(label, "Europe/Berlin", "station_code"))


def derive(rows: DataFrame) -> DataFrame:
    """Adds `plausibility`: missing, future, out_of_range or plausible."""
    limit = F.lit(None)
    for quantity, maximum in PLAUSIBLE_MAXIMUM.items():
        limit = F.when(F.col("quantity") == quantity, maximum).otherwise(limit)
    flag = (
        F.when(F.col("value").isNull(), "missing")
        .when(F.col("observed_at") > F.col("_ingested_at"), "future")
        .when((F.col("value") < 0) | (F.col("value") > limit), "out_of_range")
        .otherwise("plausible")
    )
    return rows.withColumn("plausibility", flag)
