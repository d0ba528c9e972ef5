"""Fixtures that more than one kind of test needs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

CHECKOUT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("SMARTVEST_SHARED_DIR") or CHECKOUT.parent / "shared")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-expected", action="store_true", help="write the samples' expected rows again; read the diff"
    )


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Folder with the real input files and the official shapes."""
    if not SHARED.is_dir():
        reason = f"the real files and official shapes are not there: {SHARED} (set SMARTVEST_SHARED_DIR)"
        # an automatic run that says where they are means to use them
        if os.environ.get("CI") == "true" and os.environ.get("SMARTVEST_SHARED_DIR"):
            pytest.fail(reason)
        pytest.skip(reason)
    return SHARED


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """One small local session for pure transforms; what needs Delta or MinIO is an integration test."""
    os.environ.pop("SPARK_REMOTE", None)
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.ansi.enabled", "true")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        # a few rows a test: compiling a plan takes longer than interpreting it, and so does the JVM's second compiler
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.files.openCostInBytes", "0")
        .config("spark.sql.files.minPartitionNum", "1")
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1")
        .getOrCreate()
    )
    yield session
    session.stop()
