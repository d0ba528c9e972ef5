"""Levels of official keys in a list that mixes them."""

from __future__ import annotations

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from spark_jobs.transforms.areas import area_level

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
