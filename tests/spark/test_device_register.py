"""The register of LoRaWAN devices: the number of a device is one, however it was typed."""

from __future__ import annotations

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from lakehouse.lake import delta
from lakehouse.settings import CHECKOUT
from lakehouse.spec.discovery import load_sources
from spark_jobs.batch import type_rows
from spark_jobs.tables import bronze_columns
from tests.support.feed import FETCHED

TYPED = [
    "70b3d57ed0051a2c",
    "70B3D57ED0051A2C",
    " 70-B3-D5-7E-D0-05-1A-2C",
    "70:b3:d5:7e d0:05:1a:2c",
    "70b3d57ed0051a2",
]


@pytest.mark.parametrize("feed", ["lorawan__device", "lorawan__device_quantity"])
def test_capitals_and_signs_between_bytes_break_no_match(spark: SparkSession, feed: str) -> None:
    source = load_sources(CHECKOUT / "sources", [feed])[feed]
    record = {column.name: column.example for column in source.delivered}
    told = {"_delivery_id": "d", "_source_object": "s3://raw", "_ingested_at": FETCHED}
    told |= {"ags": "05562024", "period": "2025-H2"}
    records = [told | record | {"_record_number": n, "device_eui": typed} for n, typed in enumerate(TYPED, 1)]
    bronze = pa.Table.from_pylist(records, delta.arrow_schema(bronze_columns(source)))
    rows = type_rows(source, spark.createDataFrame(bronze), ["d"], unreadable=False).orderBy("_record_number").collect()
    assert [row.device_eui for row in rows[:-1]] == [TYPED[0]] * 4
    assert [row._kept for row in rows] == [True] * 4 + [False]
    assert rows[-1]._reasons == ["device_eui: '70b3d57ed0051a2' does not match [0-9a-f]{16}"]
