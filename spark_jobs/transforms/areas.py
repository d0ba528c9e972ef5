"""Which kind of area an official key means, where a list mixes municipalities with their sums."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

GERMANY = "DG000000"
# Hamburg and Berlin: the Land is the municipality, and what a list names below it is a part of the city
CITY_STATES = ("02", "11")


def prepare(rows: DataFrame) -> DataFrame:
    """Adds `area_level` from `ags`, so that only municipalities are in scope."""
    return rows.withColumn("area_level", area_level(F.col("ags")))


def area_level(ags: Column) -> Column:
    """Country, state, district, municipality or part of a city, for a list with eight characters for every level.

    A key that ends in 000 is a district or a city that belongs to none; only the list itself tells them apart: a
    district has municipalities beside it that share its first five digits.

    Args:
        ags: official keys of one list, with `_delivery_id` telling one delivery from another.
    """
    land, district = F.left(ags, F.lit(2)), F.left(ags, F.lit(5))
    rows_of_district = F.count(ags).over(Window.partitionBy("_delivery_id", district))
    in_city_state = land.isin(*CITY_STATES)
    return (
        F.when(ags == GERMANY, "country")
        .when(ags.endswith("000000"), F.when(in_city_state, "municipality").otherwise("state"))
        .when(in_city_state, "city_part")
        .when(ags.endswith("000") & (rows_of_district > 1), "district")
        .otherwise("municipality")
    )
