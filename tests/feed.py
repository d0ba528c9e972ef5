"""Runs a feed's files through parser and classification without any store."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from urllib.parse import unquote

from pyspark.sql import DataFrame, SparkSession

from lakehouse.landing import Receipt
from lakehouse.parse import parse_to_parquet
from lakehouse.spec import Source
from spark_jobs.batch import classify
from spark_jobs.bronze import mark

FETCHED = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def receipt(source: Source, number: int, file: str) -> Receipt:
    """A receipt as landing would write it; later numbers were published later."""
    moment = FETCHED + dt.timedelta(minutes=number)
    return Receipt(
        feed=source.id, delivery=f"delivery-{number}", file=Path(file).name, address=f"http://feeds/{file}",
        fetched_at=moment, published_at=moment, sha256="0" * 64, bytes=1, content_type="text/csv", etag=None,
        last_modified=None, licence=None, run_id="test",
    )  # fmt: skip


def bronze(spark: SparkSession, source: Source, files: list[Path], work: Path) -> DataFrame:
    """Bronze rows of some files, each a delivery, in the order given."""
    receipts = [receipt(source, number, path.name) for number, path in enumerate(files)]
    parsed = []
    for path, made in zip(files, receipts, strict=True):
        into = work / f"{made.delivery}.parquet"
        parse_to_parquet(source, path, path.name, into, path_values=source.fetch.path_values(made.address))
        parsed.append(str(into))
    return mark(spark.read.parquet(*parsed), source, receipts)


def classified(spark: SparkSession, source: Source, files: list[Path], work: Path) -> DataFrame:
    """The silver batch of some files."""
    rows = bronze(spark, source, files, work)
    return classify(source, rows, [f"delivery-{number}" for number in range(len(files))])


def declared_files(source: Source, folder: Path) -> list[Path]:
    """Where the declared files of a feed lie below a folder."""
    return [folder / unquote(file) for file in source.fetch.files]
