"""Numbers among the observed values."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

JSON_NUMBER = r"^-?\d+(\.\d+)?([eE][+-]?\d+)?\z"


def derive(rows: DataFrame) -> DataFrame:
    """Adds `value_number`, the value where it is a number; a status such as "free" has none."""
    return rows.withColumn(
        "value_number", F.when(F.regexp_like("value", F.lit(JSON_NUMBER)), F.col("value").try_cast("double"))
    )
