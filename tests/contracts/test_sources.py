"""Every `source.yml` and every sample: expected silver rows and expected quarantine."""

from __future__ import annotations

import csv
import importlib
import io
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse.settings import CHECKOUT
from lakehouse.spec.discovery import discover
from lakehouse.spec.source import SAMPLE_INPUT, Source
from spark_jobs.ranking import CLASSES
from tests.support.feed import classified, deliveries

# what the region fills in is held against silver by tests/integration/test_7_uploads.py
SOURCES = {feed: s for feed, s in discover(CHECKOUT / "sources").items() if (s.is_fetched or s.load.kind == "append")}


def test_feeds_are_discovered() -> None:
    assert len(SOURCES) >= 4


def test_code_is_the_exception() -> None:
    with_code = {feed for feed, source in SOURCES.items() if (source.folder / "transform.py").exists()}
    assert len(with_code) <= 20, "say what three feeds need in source.yml"
    texts = [(SOURCES[feed].folder / "transform.py").read_text("utf-8") for feed in with_code]
    assert len(set(texts)) == len(texts), "the same code twice: name a module of spark_jobs/transforms"
    for feed, source in SOURCES.items():
        if source.transform is not None:
            assert feed not in with_code, f"{feed} has two transforms"
            named = importlib.import_module(f"spark_jobs.transforms.{source.transform}")
            assert hasattr(named, "prepare") or hasattr(named, "derive"), f"{source.transform} does nothing"


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_sample_gives_the_expected_rows(
    source: Source, spark: SparkSession, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    landed = deliveries(source, source.folder / SAMPLE_INPUT, tmp_path)
    batch = classified(spark, source, landed, tmp_path).cache()
    got = {
        "expected_silver.csv": _csv(
            batch.where("_class = 'valid'").select(*source.silver_columns, *_occurrence(source)), sort=True
        ),
        "expected_quarantine.csv": _csv(
            batch.where("_class = 'quarantined'")
            .select("_delivery_id", "_record_number", F.concat_ws(" | ", "_reasons").alias("reasons"))
            .orderBy("_delivery_id", "_record_number", "reasons")
        ),
        "expected_counts.csv": _counts(batch),
    }
    for name, text in got.items():
        path = _expected(source) / name
        if request.config.getoption("--write-expected"):
            path.write_text(text, "utf-8")
        assert text == path.read_text("utf-8"), f"{path} differs"


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_sample_shows_what_is_refused(source: Source) -> None:
    # what cannot be read at all is refused by one of the tables that a delivery fills
    others = [table for table in SOURCES.values() if table.delivery == source.delivery and table.id != source.id]
    refused = [
        (_expected(table) / "expected_quarantine.csv").read_text("utf-8").splitlines() for table in (source, *others)
    ]
    assert max(map(len, refused)) > 1, "a sample without a bad row proves nothing about quarantine"


def _expected(source: Source) -> Path:
    """Where the rows stand that must come out of a sample: of each table, where a delivery fills several."""
    return source.folder / "sample" / ("" if source.id == source.delivery else source.id)


def _occurrence(source: Source) -> list[str]:
    return [] if source.key else ["_occurrence"]


def _counts(batch: DataFrame) -> str:
    counted = {row["_class"]: row["count"] for row in batch.groupBy("_class").count().collect()}
    assert set(counted) <= set(CLASSES)
    return "class,rows\n" + "".join(f"{name},{counted.get(name, 0)}\n" for name in CLASSES)


def _csv(frame: DataFrame, *, sort: bool = False) -> str:
    rows = [["" if value is None else str(value) for value in row] for row in frame.collect()]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([frame.columns, *(sorted(rows) if sort else rows)])
    return text.getvalue()
