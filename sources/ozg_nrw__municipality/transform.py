"""Names come with blanks at their ends, sites with and without a scheme."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def prepare(rows: DataFrame) -> DataFrame:
    """Adds `municipality_name` without blanks around it, and `website_host`, the site's host name in small letters."""
    host = F.regexp_replace(F.lower(F.trim("website")), r"^(?:https?://)?(?:www\.)?([^/]*).*$", "$1")
    return rows.withColumns({"municipality_name": F.trim("name_text"), "website_host": host})
