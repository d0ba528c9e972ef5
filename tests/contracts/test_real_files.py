"""Every feed that has recorded real files: complete, conserved, and as counted independently."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse.settings import CHECKOUT
from lakehouse.spec import Source, discover
from tests.feed import bronze, deliveries, ranked
from tests.real import Real, place, real

KNOWN = [(source, known) for source in discover(CHECKOUT / "sources").values() if (known := real(source))]
CLASSES = ("filtered", "quarantined", "duplicate", "superseded")


@pytest.mark.parametrize(("source", "known"), KNOWN, ids=[source.id for source, _ in KNOWN])
def test_real_files_give_what_was_counted(
    source: Source, known: Real, spark: SparkSession, shared_dir: Path, tmp_path: Path
) -> None:
    folder, work = tmp_path / "served", tmp_path / "work"
    work.mkdir()
    place(source, known, shared_dir / "data", folder)
    landed = deliveries(source, folder, work)
    records = bronze(source, landed, work)
    assert records.num_rows == known.records
    batch = spark.createDataFrame(ranked(spark, source, landed, records)).cache()
    try:
        counted = {row["_class"]: row["count"] for row in batch.groupBy("_class").count().collect()}
        expected = {name: getattr(known, name) for name in CLASSES} | {"valid": known.silver}
        assert counted == {name: count for name, count in expected.items() if count}
        batch.where("_class = 'valid'").createOrReplaceTempView("silver")
        for check in known.checks:
            rows = spark.sql(check.sql).collect()
            assert [str(value) for row in rows for value in row] == [check.equals], check.why
    finally:
        batch.unpersist()
