"""Payments of municipal finance statistics: which way the money went, and which rows are sums of others."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

ALL_PRODUCTS = "999"


def with_direction(rows: DataFrame) -> DataFrame:
    """Adds `direction` (income, spending), and `is_total`: the account or the product sums up others."""
    return rows.withColumns(
        {
            "direction": F.when(F.col("account").startswith("6"), "income").when(
                F.col("account").startswith("7"), "spending"
            ),
            "is_total": F.col("account").isin("6", "7") | (F.col("product") == ALL_PRODUCTS),
        }
    )
