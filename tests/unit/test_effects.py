"""What each delivery of a batch did to silver: the one a changed row names, or the one behind what is gone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest

from lakehouse.ingest.landing import Receipt
from lakehouse.spec.source import Source
from spark_jobs.effects import effects
from tests.support import example
from tests.support.uploads import CITY, DELIVERY, one_table

HERTEN = "05562020"
Row = tuple[str, str, str, str]  # delivery, change, ags, period


def receipt(number: int, ags: str = CITY, period: str = "2025") -> Receipt:
    """A delivery that was published on a day."""
    return Receipt(
        feed=DELIVERY, delivery=f"d{number}", file="a.xlsx", address=f"inbox/{ags}/{DELIVERY}/{period}/a.xlsx",
        fetched_at=dt.datetime(2026, 2, 1, tzinfo=dt.UTC), published_at=dt.datetime(2026, 1, number, tzinfo=dt.UTC),
        sha256="0" * 64, bytes=1, content_type="x", etag=None, last_modified=None, licence=None, run_id="run",
    )  # fmt: skip


def found(source: Source, rows: list[Row], pending: list[Receipt], replayed: list[Receipt]) -> dict[str, Any]:
    """Rows inserted, updated and removed, whether it was late, and its scope, by delivery."""
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE change (_delivery_id VARCHAR, _change VARCHAR, ags VARCHAR, period VARCHAR)")
        connection.executemany("INSERT INTO change VALUES (?, ?, ?, ?)", rows)
        made = effects(connection, source, pending, replayed)
    return {e.delivery: (e.inserted, e.updated, e.removed, e.late, e.scope.get("ags", "")) for e in made}


@pytest.fixture
def workbook(tmp_path: Path) -> Source:
    """A table of a workbook, which each city replaces for each period."""
    return one_table(tmp_path)[0]


def test_each_city_s_delivery_answers_for_its_own_rows(workbook: Source) -> None:
    rows = [
        ("d2", "insert", CITY, "2025"), ("d2", "insert", CITY, "2025"), ("d3", "update", HERTEN, "2025"),
        ("d0", "remove", HERTEN, "2025"), ("d0", "remove", "05562016", "2025"),
    ]  # fmt: skip
    # a withdrawal brings no row; the last delivery changed nothing
    pending = [receipt(2), receipt(3, HERTEN), receipt(4, "05562016"), receipt(5, CITY, "2024")]
    assert found(workbook, rows, pending, []) == {
        "d2": (2, 0, 0, False, CITY), "d3": (0, 1, 1, False, HERTEN), "d4": (0, 0, 1, False, "05562016"),
    }  # fmt: skip


def test_the_last_of_two_deliveries_of_a_city_replaced_the_other(workbook: Source) -> None:
    rows = [("d3", "update", CITY, "2025"), ("d0", "remove", CITY, "2025")]
    assert found(workbook, rows, [receipt(3), receipt(2)], []) == {"d3": (0, 1, 1, False, CITY)}


def test_a_delivery_below_later_ones_is_late(workbook: Source) -> None:
    rows = [("d2", "insert", CITY, "2025"), ("d5", "insert", HERTEN, "2025")]
    pending = [receipt(2), receipt(5, HERTEN)]
    assert found(workbook, rows, pending, [receipt(4, HERTEN)]) == {
        "d2": (1, 0, 0, True, CITY), "d5": (1, 0, 0, False, HERTEN),
    }  # fmt: skip


def test_rows_of_a_part_that_was_not_loaded_are_of_what_was_applied_again(workbook: Source) -> None:
    rows = [("d2", "insert", CITY, "2025"), ("d4", "update", HERTEN, "2025")]
    assert found(workbook, rows, [receipt(2)], [receipt(4, HERTEN)]) == {
        "d2": (1, 0, 0, True, CITY),
        "d4": (0, 1, 0, False, HERTEN),
    }


@pytest.mark.parametrize(
    ("load", "removed_by"),
    [({"kind": "snapshot"}, {"d3"}), ({"kind": "snapshot", "replaces": ["species"]}, {"d2", "d3"})],
)
def test_what_is_gone_without_an_address_that_says_why_is_of_the_last_or_of_all(
    tmp_path: Path, load: dict[str, Any], removed_by: set[str]
) -> None:
    source = example.source(tmp_path, load=load)
    rows = [("d2", "insert", "", ""), ("d3", "insert", "", ""), ("d1", "remove", "", "")]
    made = found(source, rows, [receipt(2), receipt(3)], [])
    assert {delivery for delivery, effect in made.items() if effect[2]} == removed_by
    assert {delivery: effect[0] for delivery, effect in made.items()} == {"d2": 1, "d3": 1}


def test_a_row_that_comes_back_from_a_later_delivery_is_of_the_one_that_was_put_below(tmp_path: Path) -> None:
    source = example.source(tmp_path, load={"kind": "upsert"})
    made = found(source, [("d4", "update", "", "")], [receipt(2)], [receipt(4)])
    assert made == {"d2": (0, 1, 0, True, "")}
