"""The stack that the integration tests share, and what it is loaded with.

Each test asks for what it needs and puts back what it changes, so each also runs alone. What is loaded stays, so in the
order of the modules' names the samples are loaded once and replaced by the real files once.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse.lake.dbt_artifacts import awaited_feeds
from lakehouse.settings import CHECKOUT
from tests.integration import sensors
from tests.integration.region import Region
from tests.support.stack import LocalStack


@pytest.fixture(scope="session")
def stack() -> Iterator[LocalStack]:
    """One running stack for all of these tests, whatever it holds: the feeds that a release waits for, and sensors."""
    # dbt takes the one session of its process, and pyspark refuses to connect while that of other tests is open
    if SparkSession._instantiatedSession is not None:
        SparkSession._instantiatedSession.stop()
    with tempfile.TemporaryDirectory(prefix="smartvest-") as folder:
        made = LocalStack(Path(folder), feeds=[*awaited_feeds(CHECKOUT / "dbt"), sensors.DELIVERY])
        try:
            made.up()
            yield made
        finally:
            made.clean()


@pytest.fixture(scope="session")
def loaded(stack: LocalStack) -> Region:
    """What the stack is loaded with."""
    return Region(stack)


@pytest.fixture
def region(loaded: Region) -> LocalStack:
    """The stack with the samples of all feeds that a release waits for, released and published."""
    loaded.load_samples()
    return loaded.stack


@pytest.fixture
def real_region(shared_dir: Path, loaded: Region) -> LocalStack:
    """The same with the real files and the official shapes."""
    loaded.load_real(shared_dir)
    return loaded.stack
