"""The file's name tells the edition, and the edition tells the definition."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.transforms.editions import half_year_end


def prepare(rows: DataFrame) -> DataFrame:
    """Adds `reference_date` and `definition_version`, which is missing where nobody has named one yet."""
    edition = half_year_end(F.col("edition_year"), F.col("edition_half"))
    return rows.withColumns(
        {
            "reference_date": edition,
            "definition_version": F.when(edition == "2018-12-31", "households-2018").when(
                edition.between("2019-06-30", "2021-12-31"), "households-2019"
            ),
        }
    )
