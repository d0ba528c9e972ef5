"""Sites with and without a scheme."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def prepare(rows: DataFrame) -> DataFrame:
    """Adds `website_host`, the site's host name in small letters."""
    host = F.regexp_replace(F.lower(F.trim("website")), r"^(?:https?://)?(?:www\.)?([^/]*).*$", "$1")
    return rows.withColumn("website_host", host)
