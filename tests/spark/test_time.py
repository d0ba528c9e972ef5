"""Hours labelled by their end in local time: both clock changes of every year of the real files."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from spark_jobs.transforms.time import hour_end_to_utc

# (delivery, station, label, start of the hour in UTC) in the order of the file
HOURS = [
    ("d1", "A", "2020-01-01 01:00", "2019-12-31T23:00:00Z"),
    ("d1", "A", "2020-01-01 24:00", "2020-01-01T22:00:00Z"),
    ("d1", "A", "2020-07-01 24:00", "2020-07-01T21:00:00Z"),
    ("d1", "A", "2020-02-29 12:00", "2020-02-29T10:00:00Z"),
    # 29 March 2020: after 01:00-02:00 comes 03:00-04:00; a label 03:00 names an hour that never was
    ("d1", "A", "2020-03-29 02:00", "2020-03-29T00:00:00Z"),
    ("d1", "A", "2020-03-29 03:00", "2020-03-29 03:00"),
    ("d1", "A", "2020-03-29 04:00", "2020-03-29T01:00:00Z"),
    # 25 October 2020: 02:00-03:00 comes twice, first in summer time
    ("d1", "A", "2020-10-25 02:00", "2020-10-24T23:00:00Z"),
    ("d1", "A", "2020-10-25 03:00", "2020-10-25T00:00:00Z"),
    ("d1", "A", "2020-10-25 03:00", "2020-10-25T01:00:00Z"),
    ("d1", "A", "2020-10-25 04:00", "2020-10-25T02:00:00Z"),
    # another series or delivery starts with summer time again
    ("d1", "B", "2020-10-25 03:00", "2020-10-25T00:00:00Z"),
    ("d2", "A", "2020-10-25 03:00", "2020-10-25T00:00:00Z"),
    ("d2", "A", "2020-10-25 03:00", "2020-10-25T01:00:00Z"),
    # the changes of the other years
    ("d1", "A", "2021-03-28 03:00", "2021-03-28 03:00"),
    ("d1", "A", "2021-03-28 04:00", "2021-03-28T01:00:00Z"),
    ("d1", "A", "2021-10-31 03:00", "2021-10-31T00:00:00Z"),
    ("d1", "A", "2021-10-31 03:00", "2021-10-31T01:00:00Z"),
    ("d1", "A", "2022-03-27 03:00", "2022-03-27 03:00"),
    ("d1", "A", "2022-03-27 04:00", "2022-03-27T01:00:00Z"),
    ("d1", "A", "2022-10-30 03:00", "2022-10-30T00:00:00Z"),
    ("d1", "A", "2022-10-30 03:00", "2022-10-30T01:00:00Z"),
    ("d1", "A", "2023-03-26 03:00", "2023-03-26 03:00"),
    ("d1", "A", "2023-03-26 04:00", "2023-03-26T01:00:00Z"),
    ("d1", "A", "2023-10-29 03:00", "2023-10-29T00:00:00Z"),
    ("d1", "A", "2023-10-29 03:00", "2023-10-29T01:00:00Z"),
    # a label that comes twice on any other day is a doubled row, not another hour
    ("d1", "A", "2023-05-01 03:00", "2023-05-01T00:00:00Z"),
    ("d1", "A", "2023-05-01 03:00", "2023-05-01T00:00:00Z"),
    *(
        ("d1", "A", nonsense, nonsense)
        for nonsense in (
            "2020-01-01 00:00", "2020-01-01 25:00", "2020-01-01 01:30", "2020-02-30 01:00", "2020-13-01 01:00",
            "2020-01-01T01:00", " 2020-01-01 01:00", "2020-01-01 01:00\n", "2020-01-01", "01.01.2020 01:00", "", "-",
        )
    ),
    ("d1", "A", None, None),
]  # fmt: skip


@pytest.fixture(scope="module")
def converted(spark: SparkSession) -> dict[int, str | None]:
    rows = [(delivery, station, n, label) for n, (delivery, station, label, _) in enumerate(HOURS)]
    frame = spark.createDataFrame(rows, "_delivery_id string, station string, _record_number long, label string")
    utc = hour_end_to_utc(F.col("label"), "Europe/Berlin", "station")
    # not in the order of the file, which only the record number says
    found = frame.orderBy(F.col("_record_number").desc()).select("_record_number", utc.alias("utc")).collect()
    return {row["_record_number"]: row["utc"] for row in found}


@pytest.mark.parametrize("n", range(len(HOURS)), ids=[f"{d} {s} {label!r}" for d, s, label, _ in HOURS])
def test_hour_end_to_utc(n: int, converted: dict[int, str | None]) -> None:
    assert converted[n] == HOURS[n][3]


def test_a_whole_year_has_every_utc_hour_once(spark: SparkSession) -> None:
    # labels as a German publisher writes them, made here from UTC with Python's own zone data
    import datetime as dt
    from zoneinfo import ZoneInfo

    begin = dt.datetime(2023, 1, 1, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(dt.UTC)
    hours = [begin + dt.timedelta(hours=n) for n in range(365 * 24)]
    local = [hour.astimezone(ZoneInfo("Europe/Berlin")) for hour in hours]
    rows = [("d", n, f"{hour:%Y-%m-%d} {hour.hour + 1:02d}:00") for n, hour in enumerate(local)]
    frame = spark.createDataFrame(rows, "_delivery_id string, _record_number long, label string")
    utc = hour_end_to_utc(F.col("label"), "Europe/Berlin").alias("utc")
    found = [row["utc"] for row in frame.select("_record_number", utc).orderBy("_record_number").collect()]
    assert found == [f"{hour:%Y-%m-%dT%H:%M:%SZ}" for hour in hours]
