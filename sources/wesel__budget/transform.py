"""The product of a budget item."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def derive(rows: DataFrame) -> DataFrame:
    """Adds `product_code`, the profit centre without its last two digits: the key of wesel__product."""
    return rows.withColumn("product_code", F.regexp_extract("profit_center", r"^(\d+)\d{2}$", 1))
