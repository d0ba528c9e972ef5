"""The flag of an observation: what is doubtful is named, and the first doubt counts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from spark_jobs.transforms import plausibility

RANGES: dict[str, tuple[float, float]] = {"humidity": (0, 100), "sunshine": (0, 0.167)}
INGESTED = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)

# (quantity, value, observed at, flag)
OBSERVATIONS = [
    ("humidity", "50", INGESTED, "plausible"),
    ("humidity", "0", INGESTED, "plausible"),
    ("humidity", "100", INGESTED, "plausible"),
    ("humidity", "100.001", INGESTED, "out_of_range"),
    ("humidity", "-0.001", INGESTED, "out_of_range"),
    ("sunshine", "0.167", INGESTED, "plausible"),
    ("sunshine", "50", INGESTED, "out_of_range"),
    ("wind", "-9999", INGESTED, "plausible"),
    ("humidity", None, INGESTED, "missing"),
    ("humidity", None, INGESTED + SECOND, "missing"),
    ("humidity", "50", INGESTED + SECOND, "future"),
    ("humidity", "500", INGESTED + SECOND, "future"),
]


def test_each_doubt_has_its_flag(spark: SparkSession) -> None:
    rows = spark.createDataFrame(
        [(n, q, Decimal(v) if v else None, at, INGESTED) for n, (q, v, at, _) in enumerate(OBSERVATIONS)],
        "n int, quantity string, value decimal(9,3), observed_at timestamp, _ingested_at timestamp",
    )
    flag = plausibility.flag(F.col("value"), F.col("observed_at"), RANGES)
    flags = [row["flag"] for row in rows.select("n", flag.alias("flag")).orderBy("n").collect()]
    assert flags == [expected for *_, expected in OBSERVATIONS]


def test_without_ranges_every_value_is_plausible(spark: SparkSession) -> None:
    rows = spark.sql("SELECT 'x' AS quantity, -1.0 AS value, now() AS at, now() AS _ingested_at")
    flag = plausibility.flag(F.col("value"), F.col("at"), {})
    assert rows.select(flag.alias("flag")).collect()[0]["flag"] == "plausible"
