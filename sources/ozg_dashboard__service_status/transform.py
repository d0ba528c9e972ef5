"""Whose row it is: levels of the twelve-digit regional key."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

# state 2, government region 1, district 2, association 4, municipality 3 digits; the first rule that fits counts
LEVELS = {
    r"^0{12}\z": "federation",
    r"^\d{2}0{10}\z": "state",
    r"^\d{3}0{9}\z": "government_region",
    r"^\d{5}0{7}\z": "district",
    r"^\d{9}0{3}\z": "association",
    r"^\d{12}\z": "municipality",
}


def prepare(rows: DataFrame) -> DataFrame:
    """Adds `ars_level`, and `ags` where the area is a municipality."""
    level = F.coalesce(*(F.when(F.regexp_like("ars", F.lit(pattern)), name) for pattern, name in LEVELS.items()))
    ags = F.concat(F.substring("ars", 1, 5), F.substring("ars", 10, 3))
    return rows.withColumns({"ars_level": level, "ags": F.when(level == "municipality", ags)})
