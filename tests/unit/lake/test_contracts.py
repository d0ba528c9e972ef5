"""What a new build may not take from those who read a mart."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any

import pytest

from lakehouse.lake.contracts import broken
from lakehouse.lake.release import Manifest, MartPin

TODAY = dt.date(2026, 11, 27)
COLUMNS = [
    {"name": "ags", "type": "string", "description": "", "label_de": "", "unit": None, "publish": False},
    {"name": "amount_eur", "type": "decimal(14,2)", "description": "", "label_de": "", "unit": "EUR", "publish": False},
]
MART: dict[str, Any] = {"columns": COLUMNS, "key": ["ags"]}


def released(**marts: dict[str, Any]) -> Manifest:
    pins = {
        name: MartPin(version=1, uri="", rows=1, checksum="", description="", inputs=[], files=[], **mart)
        for name, mart in marts.items()
    }
    return Manifest(
        release=7, previous=None, run_id="r", created_at=dt.datetime.now(dt.UTC), code="c", silver={}, marts=pins,
        publications=[], feeds={},
    )  # fmt: skip


def test_the_same_marts_and_more_columns_and_other_words_keep_it() -> None:
    now = copy.deepcopy(MART)
    now["columns"].reverse()
    now["columns"].append({**COLUMNS[0], "name": "name"})
    now["columns"][0]["description"] = "Said better"
    assert broken(released(mart_a=MART), {"mart_a": now, "mart_b": MART}, TODAY) == []


@pytest.mark.parametrize(
    ("column", "change", "said"),
    [
        (1, None, "mart_a: column amount_eur is gone"),
        (1, {"name": "amount"}, "mart_a: column amount_eur is gone"),
        (1, {"type": "double"}, "mart_a: column amount_eur was decimal(14,2) and is double"),
        (1, {"unit": "TEUR"}, "mart_a: the unit of amount_eur was EUR and is TEUR"),
    ],
)
def test_a_changed_column_is_named(column: int, change: dict[str, str] | None, said: str) -> None:
    now = copy.deepcopy(MART)
    if change is None:
        del now["columns"][column]
    else:
        now["columns"][column].update(change)
    assert broken(released(mart_a=MART), {"mart_a": now}, TODAY) == [said]


def test_another_grain_is_another_mart() -> None:
    now = {**MART, "key": ["ags", "year"]}
    assert broken(released(mart_a=MART), {"mart_a": now}, TODAY) == ["mart_a: a row was one ags and is one ags, year"]
    assert broken(released(mart_a={**MART, "key": []}), {"mart_a": now}, TODAY) == [], "was not recorded"


def test_a_mart_goes_after_the_announced_day_only() -> None:
    assert broken(released(mart_a=MART), {}, TODAY) == [
        "mart_a is gone, and no release announced it (deprecation_date)"
    ]
    until = {**MART, "deprecated_until": TODAY}
    assert broken(released(mart_a=until), {}, TODAY) == ["mart_a is gone, and was announced to stay until 2026-11-27"]
    assert broken(released(mart_a=until), {}, TODAY + dt.timedelta(days=1)) == []
