"""How far a reading can be trusted."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.transforms import plausibility

# measuring range of the SDS011; its upper end is what a sensor says that sees too much to count
RANGES = {"pm10": (0, 1999.8), "pm2_5": (0, 999.8)}


def derive(rows: DataFrame) -> DataFrame:
    """Adds `plausibility`."""
    return rows.withColumn("plausibility", plausibility.flag(F.col("value"), F.col("observed_at"), RANGES))
