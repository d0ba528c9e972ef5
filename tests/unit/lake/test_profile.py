"""What a mart looks like as a whole, and how far it may move from one release to the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import duckdb
import pytest

from expectations.suites import marts
from lakehouse.lake.profile import Profile, profile
from lakehouse.lake.release import MartColumn

COLUMNS = [
    MartColumn(name=name, type=type_, description="", label_de="", unit=None, publish=False)
    for name, type_ in {"ags": "string", "period": "string", "amount_eur": "decimal(14,2)", "points": "int"}.items()
]
ROWS = """SELECT * FROM (VALUES
    ('05562024', '2025', 10.50, 3), ('05562024', '2024', 9.50, NULL), ('05562004', '2025', NULL, NULL),
    ('05562', '2025', 40, NULL), ('05513000', '2025', 60, NULL)
) t (ags, period, amount_eur, points)"""
BEFORE = Profile(
    rows=100, areas={"05562024": 10, "05562000": 4}, filled={"amount_eur": 90, "note": 50}, means={"amount_eur": 20.0}
)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def test_a_mart_is_told_in_figures(connection: duckdb.DuckDBPyConnection) -> None:
    assert profile(connection, ROWS, COLUMNS) == Profile(
        rows=5,
        areas={"05562024": 2, "05562004": 1},
        filled={"ags": 5, "period": 5, "amount_eur": 4, "points": 1},
        means={"amount_eur": 30.0, "points": 3.0},
    )


def test_a_mart_without_rows_or_areas_has_none(connection: duckdb.DuckDBPyConnection) -> None:
    assert profile(connection, f"{ROWS} WHERE false", COLUMNS) == Profile(
        rows=0,
        areas={},
        filled={"ags": 0, "period": 0, "amount_eur": 0, "points": 0},
        means={"amount_eur": None, "points": None},
    )
    assert profile(connection, ROWS, COLUMNS[1:2]) == Profile(rows=5, areas={}, filled={"period": 5}, means={})


def judged(now: Profile, before: Profile | None, **options: Any) -> dict[str, tuple[bool, str, str]]:
    """By subject: whether it holds, how severe it is, and the rule."""
    frame, expectations = marts.release(now, before, "Office", **{"by_people": False, **options})
    [row] = frame.to_pylist()
    found = {}
    for one in expectations:
        least, most = one.min_value, one.max_value
        held = (least is None or row[one.column] >= least) and (most is None or row[one.column] <= most)
        assert one.meta["owner"] == "Office" and one.meta["sentence_de"].endswith(".")
        found[one.column] = held, one.severity, one.meta["rule"]
    return found


def test_what_stayed_as_it_was_and_what_is_new_holds() -> None:
    for now, before in ((BEFORE, BEFORE), (BEFORE, None), (replace(BEFORE, rows=0), None)):
        assert all(held for held, *_ in judged(now, before).values())
    more = Profile(200, {"05562024": 5, "05562000": 9}, {"amount_eur": 180, "note": 61}, {"amount_eur": 59.9})
    assert all(held for held, *_ in judged(more, BEFORE).values())


@pytest.mark.parametrize(
    ("now", "subject", "rule"),
    [
        (replace(BEFORE, rows=89), "rows", "at least 90 rows (90% of the 100 released)"),
        (replace(BEFORE, areas={"05562024": 4, "05562000": 4}), "areas",
         "no administration lost more than 50% of its rows, but Marl has 4 of 10"),
        (replace(BEFORE, areas={"05562024": 10}), "areas",
         "no administration lost more than 50% of its rows, but Kreis Recklinghausen has 0 of 4"),
        (replace(BEFORE, filled={"amount_eur": 69, "note": 50}), "filled",
         "no column lost more than 20 points of its filled share, but amount_eur fell from 90 to 69 percent"),
        (replace(BEFORE, means={"amount_eur": 61.0}), "means",
         "no mean is more than 3 times what it was, or less than its part, but amount_eur went from 20 to 61"),
        (replace(BEFORE, means={"amount_eur": -20.0}), "means",
         "no mean is more than 3 times what it was, or less than its part, but amount_eur went from 20 to -20"),
    ],
)  # fmt: skip
def test_what_moved_too_far_is_told_and_nothing_else(now: Profile, subject: str, rule: str) -> None:
    found = judged(now, BEFORE)
    assert found[subject] == (False, "critical" if subject in ("rows", "areas") else "warning", rule)
    assert [name for name, (held, *_) in found.items() if not held] == [subject]
    assert judged(now, BEFORE, by_people=True)[subject] == (False, "warning", rule)
