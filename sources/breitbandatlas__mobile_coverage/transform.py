"""The file's name tells the edition."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.transforms.editions import half_year_end


def prepare(rows: DataFrame) -> DataFrame:
    """Adds `reference_date`, the end of the half-year that the file is named by."""
    return rows.withColumn("reference_date", half_year_end(F.col("edition_year"), F.col("edition_half")))
