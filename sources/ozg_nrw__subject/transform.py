"""Names come with blanks at their ends."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def prepare(rows: DataFrame) -> DataFrame:
    """Adds `subject_name`, the name without blanks around it."""
    return rows.withColumn("subject_name", F.trim("name_text"))
