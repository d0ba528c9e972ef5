"""Lists of the catalogue in the forms that can be counted; times of its CKAN in UTC."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.transforms.catalogue import as_json, canonical, code, strings, utc


def prepare(rows: DataFrame) -> DataFrame:
    """Adds `keywords`, `licences`, `themes`, `formats`, counts and the two times."""
    distributions = F.coalesce(F.size(strings("distributions")), F.lit(0))
    return rows.withColumns(
        {
            "description_length": F.length("description").cast("string"),
            "keywords": as_json(strings("keyword_texts")),
            "themes": as_json(F.transform(strings("theme_iris"), code)),
            "licences": as_json(F.transform(strings("licence_iris"), canonical)),
            "distribution_count": F.when(F.col("distributions").isNull(), "0").otherwise(distributions.cast("string")),
            "formats": as_json(F.transform(strings("format_iris"), code)),
            "issued_at": utc(F.col("issued_text")),
            "modified_at": utc(F.col("modified_text")),
        }
    )
