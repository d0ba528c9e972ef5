"""A city that is missing from a delivery is named, whatever else the batch holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from expectations.gate import Gate, Result
from lakehouse.errors import GateFailed
from lakehouse.spec.source import Source
from spark_jobs.ranking import alike_values, missing_values, strange_values
from tests.support import example
from tests.support.memory import MemoryStore
from tests.support.rows import PLACE, SNAPSHOT, TREE

ROWS = [
    ("d1", "Marl", "superseded"), ("d1", "Herten", "duplicate"), ("d1", "Datteln", "quarantined"),
    ("d1", "Waltrop", "filtered"), ("d1", None, "quarantined"),
    ("d2", "Marl", "valid"), ("d2", "Herten", "valid"), ("d2", "Datteln", "valid"), ("d2", "Waltrop", "valid"),
    ("d0", "Marl", "superseded"),
]  # fmt: skip
SETTINGS: Any = None
CITIES = ["Marl", "Datteln", "Waltrop", "Herten"]


Batch = duckdb.DuckDBPyConnection


@pytest.fixture
def batch() -> Iterator[Batch]:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE delivery (_sequence INTEGER, _delivery_id VARCHAR)")
        connection.execute("INSERT INTO delivery VALUES (1, 'd0'), (2, 'd1'), (3, 'd2')")
        connection.execute("CREATE TABLE batch (_sequence INTEGER, place VARCHAR, _class VARCHAR)")
        connection.executemany(
            "INSERT INTO batch SELECT _sequence, ?, ? FROM delivery WHERE _delivery_id = ?",
            [(place, class_, delivery) for delivery, place, class_ in ROWS],
        )
        yield connection


def feed(folder: Path, **expects: Any) -> Source:
    declared = {"column": "place", "values": CITIES, **expects}
    return example.source(folder, columns=[TREE, PLACE], load=SNAPSHOT, expects=declared)


def test_what_a_delivery_lacks_is_told_by_delivery(batch: Batch, tmp_path: Path) -> None:
    source = feed(tmp_path)
    assert missing_values(batch, source, ["d1", "d2"]) == {"d1": ["Datteln", "Waltrop"]}
    assert missing_values(batch, source, ["d2"]) == {}, "an older delivery that is applied again was accepted before"
    assert missing_values(batch, source, ["d3"]) == {"d3": CITIES}, "a delivery of which nothing is left"
    assert missing_values(batch, example.source(tmp_path), ["d1"]) == {}


class Recorded(Gate):
    """A gate that keeps its results instead of writing them into the lake."""

    results: list[Result]

    def _record(self, results: list[Result]) -> None:
        self.results = results


def run(source: Source, batch: Batch, pending: list[str]) -> Recorded:
    gate = Recorded(SETTINGS, MemoryStore(), "run-1")
    valid = pa.table({"tree": ["1"], "place": ["Marl"]})
    rules = {"missing": missing_values, "strange": strange_values, "alike": alike_values}
    found = {rule: values(batch, source, pending) for rule, values in rules.items()}
    gate.silver_batch(source, valid, batch_rows=9, valid_rows=4, quarantined=0, current=0, found=found)
    return gate


def test_a_missing_city_stops_the_batch_and_is_named(batch: Batch, tmp_path: Path) -> None:
    with pytest.raises(GateFailed) as stopped:
        run(feed(tmp_path), batch, ["d1", "d2"])
    assert stopped.value.failures == [
        "missing: every delivery holds the 4 expected values of place, but d1 lacks Datteln, Waltrop "
        + f"({json.dumps({'element_count': 1, 'unexpected_count': 1, 'missing_count': 0})})"
    ]


def test_where_it_is_declared_a_missing_city_is_only_recorded(batch: Batch, tmp_path: Path) -> None:
    gate = run(feed(tmp_path, severity="warn"), batch, ["d1"])
    (found,) = (result for result in gate.results if result.subject == "missing")
    assert (found.severity, found.success) == ("warn", False)
    assert found.expectation.endswith("but d1 lacks Datteln, Waltrop")


def test_a_complete_delivery_passes(batch: Batch, tmp_path: Path) -> None:
    gate = run(feed(tmp_path), batch, ["d2"])
    (found,) = (result for result in gate.results if result.subject == "missing")
    assert (found.success, found.expectation) == (True, "every delivery holds the 4 expected values of place")


def test_another_subject_stops_the_batch_where_no_other_is_expected(batch: Batch, tmp_path: Path) -> None:
    source = feed(tmp_path, values=["Marl", "Herten"], only=True)
    assert strange_values(batch, source, ["d0", "d1", "d2"]) == {"d2": ["Datteln", "Waltrop"]}
    assert strange_values(batch, feed(tmp_path / "others", values=["Marl"]), ["d2"]) == {}
    with pytest.raises(GateFailed) as stopped:
        run(source, batch, ["d2"])
    (said,) = stopped.value.failures
    assert said.startswith("strange: no delivery holds other values of place, but d2 holds Datteln, Waltrop")
    run(source, batch, ["d1"])


def test_a_value_that_only_its_form_leaves_out_is_told_with_both_spellings(batch: Batch, tmp_path: Path) -> None:
    rows = ["castrop \u2013 Rauxel", "Castrop Rauxel", "RECKLINGHAUSEN  ", "Luenen", "Herten", None]
    insert = "INSERT INTO batch SELECT _sequence, ?, 'filtered' FROM delivery WHERE _delivery_id = 'd2'"
    batch.executemany(insert, [(place,) for place in rows])
    scope = {"column": "place", "values": ["Castrop-Rauxel", "Recklinghausen", "Lünen"]}
    source = example.source(tmp_path, columns=[TREE, PLACE], load=SNAPSHOT, scope=scope)
    alike = [
        "'Luenen' for 'L\\xfcnen'",
        "'RECKLINGHAUSEN  ' for 'Recklinghausen'",
        "'castrop \\u2013 Rauxel' for 'Castrop-Rauxel'",
    ]
    assert alike_values(batch, source, ["d2"]) == {"d2": alike}
    assert alike_values(batch, source, ["d1"]) == {}, "Waltrop is left out for what it says"
    (found,) = (result for result in run(source, batch, ["d2"]).results if result.subject == "alike")
    assert (found.severity, found.success) == ("warn", False)
    assert found.expectation == f"no value of place is left out for its form only, but d2 has {', '.join(alike)}"
