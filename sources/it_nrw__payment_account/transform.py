"""The file keeps income and spending in two lists."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def prepare(rows: DataFrame) -> DataFrame:
    """Adds `direction` (income, spending) from the name of the list."""
    direction = F.when(F.col("list") == "incomeAccounts", "income").when(
        F.col("list") == "spendingsAccounts", "spending"
    )
    return rows.withColumn("direction", direction)
