"""The list spreads its keys over five columns."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def prepare(rows: DataFrame) -> DataFrame:
    """Adds `ars`, all five parts in a row, and `ags`, the same without the Verband."""
    return rows.withColumns(
        {
            "ars": F.concat("land", "rb", "kreis", "vb", "gemeinde"),
            "ags": F.concat("land", "rb", "kreis", "gemeinde"),
        }
    )
