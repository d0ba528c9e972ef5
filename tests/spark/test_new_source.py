"""The sample of a new feed gives the rows that are written beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse.spec.discovery import load_source
from lakehouse.spec.scaffold import SKELETON, write
from tests.contracts import test_sources as contract


def test_the_skeleton_passes_the_contract_of_every_feed(
    spark: SparkSession, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    source = load_source(write(tmp_path, "town__tree")[0])
    contract.test_sample_gives_the_expected_rows(source, spark, tmp_path, request)
    contract.test_sample_shows_what_is_refused(source)
    if request.config.getoption("--write-expected"):
        for path in (source.folder / "sample").glob("expected_*.csv"):
            (SKELETON / "sample" / path.name).write_bytes(path.read_bytes())
