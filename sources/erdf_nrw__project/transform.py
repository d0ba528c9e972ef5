"""What kind of area a key filled up with zeros means."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def derive(rows: DataFrame) -> DataFrame:
    """Adds `area_level`: state, government_region, district (also an independent city) or municipality."""
    level = (
        F.when(F.col("ags").isNull(), None)
        .when(F.col("ags").endswith("000000"), "state")
        .when(F.col("ags").endswith("00000"), "government_region")
        .when(F.col("ags").endswith("000"), "district")
        .otherwise("municipality")
    )
    return rows.withColumn("area_level", level)
