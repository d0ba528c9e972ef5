"""Levels of official keys in a list that mixes them, and dates of half-yearly editions."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from spark_jobs.transforms.areas import area_level
from spark_jobs.transforms.editions import half_year_end

# (delivery, key, level)
AREAS = [
    ("d1", "DG000000", "country"),
    ("d1", "05000000", "state"),
    ("d1", "05513000", "municipality"),
    ("d1", "05562000", "district"),
    ("d1", "05562024", "municipality"),
    ("d1", "05562032", "municipality"),
    ("d1", "02000000", "municipality"),
    ("d1", "11000000", "municipality"),
    ("d1", "11001001", "city_part"),
    # alone in its delivery, nothing says that it is a Kreis
    ("d2", "05562000", "municipality"),
]


def test_only_the_list_tells_a_district_from_a_city(spark: SparkSession) -> None:
    rows = spark.createDataFrame(AREAS, "_delivery_id string, ags string, level string")
    got = rows.withColumn("found", area_level(F.col("ags"))).collect()
    assert len(got) == len(AREAS)
    assert {(r["_delivery_id"], r["ags"]): r["found"] for r in got} == {(d, ags): level for d, ags, level in AREAS}


@pytest.mark.parametrize(
    ("year", "half", "date"),
    [
        ("2018", "ende", "2018-12-31"),
        ("2019", "mitte", "2019-06-30"),
        ("2021", "1", "2021-06-30"),
        ("2021", "2", "2021-12-31"),
        ("2021", "3", None),
    ],
)
def test_a_half_year_ends_on_its_last_day(spark: SparkSession, year: str, half: str, date: str | None) -> None:
    row = spark.range(1).select(half_year_end(F.lit(year), F.lit(half)).alias("date")).head()
    assert row is not None and row["date"] == date
