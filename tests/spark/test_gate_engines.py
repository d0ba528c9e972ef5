"""Rows in memory and rows in Spark: both engines of Great Expectations give the same verdicts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import great_expectations.expectations as gxe
import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from expectations.gate import Frame, Gate, Result
from expectations.suites import generic
from expectations.suites.silver import gvisys__municipality, uba__air_quality_hour
from lakehouse.errors import GateFailed
from lakehouse.lake import delta
from lakehouse.spec.source import Source
from tests.support import example
from tests.support.memory import MemoryStore

SETTINGS: Any = None
COLUMNS = [
    {"from": "Baum", "name": "tree", "required": True},
    {"from": "Tag", "name": "day", "type": "timestamp", "required": True},
    {"from": "Art", "name": "species", "values": ["oak", "elm"]},
    {"from": "Höhe", "name": "height", "type": "decimal(5,2)", "minimum": 0, "maximum": 100},
    {"from": "Alter", "name": "age", "type": "int", "minimum": 1},
    {"from": "Neigung", "name": "lean", "type": "double", "maximum": 90},
]
NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
GOOD = {"tree": "a", "day": NOON, "species": "oak", "height": Decimal("1.50"), "age": 3, "lean": 0.5}
EMPTY = {"species": None, "height": None, "age": None, "lean": None}
FAULTS: dict[str, dict[str, Any]] = {
    "none": {},
    "a key twice": {"tree": "a"},
    "no key": {"tree": None},
    "a name that is not declared": {"species": "fir"},
    "below the least": {"height": Decimal("-0.01")},
    "above the most": {"height": Decimal("100.01")},
    "an integer below the least": {"age": 0},
    "a double above the most": {"lean": 90.5},
    "not a number": {"lean": float("nan")},
}


class Recorded(Gate):
    """A gate that keeps its results instead of writing them into the lake."""

    def __init__(self) -> None:
        super().__init__(SETTINGS, MemoryStore(), "run-1")
        self.results: list[Result] = []

    def _record(self, results: list[Result]) -> None:
        self.results = results


def verdicts(frame: Frame, suite: list[gxe.Expectation]) -> list[tuple[str, str, str, bool]]:
    gate = Recorded()
    try:
        gate.check({"suite": (frame, suite)})
    except GateFailed as error:
        assert error.failures
    return sorted((r.subject, r.expectation, r.severity, r.success) for r in gate.results)


def both(spark: SparkSession, rows: pa.Table, suite: list[gxe.Expectation]) -> list[tuple[str, str, str, bool]]:
    found = verdicts(rows, suite)
    assert found == verdicts(spark.createDataFrame(rows), suite)
    return found


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return example.source(tmp_path, columns=COLUMNS, key=["tree", "day"], load={"kind": "upsert"})


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_seen_by_both(spark: SparkSession, source: Source, fault: str) -> None:
    rows = [GOOD, {**GOOD, "tree": "b", **EMPTY}, {**GOOD, "tree": "c", **FAULTS[fault]}]
    table = pa.Table.from_pylist(rows, delta.arrow_schema(source.silver_columns))
    found = both(spark, table, generic.silver(source))
    failed = [verdict for verdict in found if not verdict[3]]
    assert len(found) == 1 + 2 + 1 + 3
    assert len(failed) == (0 if fault == "none" else 1), failed


def test_a_feed_with_one_key_column_and_no_rows(spark: SparkSession, tmp_path: Path) -> None:
    source = example.source(tmp_path, columns=COLUMNS, key=["tree"])
    empty = delta.arrow_schema(source.silver_columns).empty_table()
    assert all(success for *_, success in both(spark, empty, generic.silver(source)))


@pytest.mark.parametrize("share", [0.0, 0.0005, 0.01])
def test_suites_that_a_person_wrote(spark: SparkSession, share: float) -> None:
    doubtful = int(2000 * share)
    flags = ["out_of_range"] * doubtful + ["plausible"] * (2000 - doubtful)
    found = both(spark, pa.table({"plausibility": flags}), uba__air_quality_hour.expectations("Office"))
    assert [success for *_, success in found] == [True, share < 0.001]


def test_the_ten_cities_and_pairs_of_columns(spark: SparkSession) -> None:
    ags = list(gvisys__municipality.TEN_CITIES_AND_KREIS)
    people = {"inhabitants": list(range(10, 10 + len(ags))), "inhabitants_male": [5] * (len(ags) - 1) + [None]}
    assert all(success for *_, success in both(spark, pa.table({"ags": ags, **people}), _gvisys()))
    people["inhabitants_male"][0] = 11
    found = both(spark, pa.table({"ags": ["05562"] * len(ags), **people}), _gvisys())
    assert [success for *_, success in found] == [False, False]


def _gvisys() -> list[gxe.Expectation]:
    return gvisys__municipality.expectations("Office")
