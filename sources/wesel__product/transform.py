"""The area that a product belongs to."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def derive(rows: DataFrame) -> DataFrame:
    """Adds `product_area_code`: the code without the two digits of the product; an area is its own."""
    code = F.col("product_code")
    return rows.withColumn(
        "product_area_code", F.when(F.length(code) > 2, F.regexp_extract(code, r"^(\d+)\d{2}$", 1)).otherwise(code)
    )
