"""How far a daily figure can be trusted."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.transforms import plausibility

# no quantity of energy is below zero; ten GWh a day is five times what the Kreis has used
RANGE = (0, 10_000_000)
QUANTITIES = (
    "consumption",
    "consumption_private",
    "consumption_commercial",
    "consumption_public",
    "generation",
    "generation_renewable",
    "generation_biomass",
    "generation_solar",
    "generation_hydro",
    "generation_wind",
    "generation_other_renewable",
    "generation_non_renewable",
    "grid_feed_in",
    "grid_draw",
)


def derive(rows: DataFrame) -> DataFrame:
    """Adds `plausibility`."""
    end = (F.col("observed_on") + F.expr("INTERVAL 1 DAY")).cast("timestamp")
    flag = plausibility.flag(F.col("value"), end, dict.fromkeys(QUANTITIES, RANGE))
    return rows.withColumn("plausibility", flag)
