"""What a paper is about, without its title."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.transforms.council import topics


def prepare(rows: DataFrame) -> DataFrame:
    """Adds `topics` and `consultation_count`."""
    consultations = F.coalesce(F.json_array_length("consultations"), F.lit(0))
    return rows.withColumns({"topics": topics(F.col("title")), "consultation_count": consultations.cast("string")})
