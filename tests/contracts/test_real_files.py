"""Every feed on its real files: complete, conserved, as counted independently, and the same as ever to the last bit."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pyspark.sql import SparkSession

from infra.local import feed_files
from lakehouse.errors import LakehouseError
from lakehouse.settings import CHECKOUT
from lakehouse.spec.discovery import discover
from lakehouse.spec.source import Source
from spark_jobs.checksum import checksum
from tests.support.feed import bronze, deliveries, ranked
from tests.support.real import place, real

SOURCES = {feed: s for feed, s in discover(CHECKOUT / "sources").items() if s.is_fetched}
REVIEWED = yaml.safe_load(Path(__file__).with_name("reviewed.yml").read_text("utf-8"))
CLASSES = ("filtered", "quarantined", "duplicate", "superseded")


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_real_files_give_what_was_counted(
    source: Source, spark: SparkSession, shared_dir: Path, tmp_path: Path
) -> None:
    folder, work, known = tmp_path / "served", tmp_path / "work", real(source)
    work.mkdir()
    folder.mkdir()
    if known is not None:
        place(source, known, shared_dir / "data", folder)
    else:
        _place_as_recorded(source, shared_dir / "data", folder)
    landed = deliveries(source, folder, work)
    records = bronze(source, landed, work)
    batch = spark.createDataFrame(ranked(spark, source, landed, records)).cache()
    try:
        valid = batch.where("_class = 'valid'")
        assert list(checksum(valid.select(*source.silver_columns))) == REVIEWED[source.id]
        if known is not None:
            assert records.num_rows == known.records
            counted = {row["_class"]: row["count"] for row in batch.groupBy("_class").count().collect()}
            expected = {name: getattr(known, name) for name in CLASSES} | {"valid": known.silver}
            assert counted == {name: count for name, count in expected.items() if count}
            valid.createOrReplaceTempView("silver")
            for check in known.checks:
                rows = spark.sql(check.sql).collect()
                assert [str(value) for row in rows for value in row] == [check.equals], check.why
    finally:
        batch.unpersist()


def _place_as_recorded(source: Source, data: Path, into: Path) -> None:
    """Files that were recorded under their declared addresses, or the sample where nobody recorded any."""
    try:
        feed_files.place({source.id: source}, into, data)
    except LakehouseError:
        feed_files.place({source.id: source}, into)
