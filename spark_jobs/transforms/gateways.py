"""Where gateways stand, as they tell it with every uplink that they hear."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.transforms.grid import cell, projected


def derive(rows: DataFrame) -> DataFrame:
    """Adds `gateway_cell_1km`; NULL where a gateway tells no place, or one outside of Europe such as 0, 0."""
    easting, northing = projected(F.col("gateway_latitude"), F.col("gateway_longitude"))
    return rows.withColumn("gateway_cell_1km", cell(easting, northing, 1000))
