"""Which boxes lie in the rectangle around the Kreis."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

# the outermost points of the ten cities in geo_nrw__boundary, rounded outwards to 0.001 degrees
WEST, EAST = 6.893, 7.466
SOUTH, NORTH = 51.520, 51.823


def derive(rows: DataFrame) -> DataFrame:
    """Adds `extent`: inside or outside."""
    inside = F.col("longitude").between(WEST, EAST) & F.col("latitude").between(SOUTH, NORTH)
    return rows.withColumn("extent", F.when(inside, "inside").otherwise("outside"))
