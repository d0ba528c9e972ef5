"""The registry of key figures: complete, no figure defined twice, and its index against a fixed reference."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import duckdb
import jinja2
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lakehouse.lake.build_plan import DBT_DIR

TEXT = (DBT_DIR / "macros" / "kpis.sql").read_text("utf-8")
[REGISTRY] = re.findall(r"{%- set registry -%}(.*?){%- endset -%}", TEXT, re.DOTALL)
KPIS: list[dict[str, Any]] = yaml.safe_load(REGISTRY)["kpis"]
MARTS = {path.stem for path in DBT_DIR.glob("models/marts/**/*.sql")}
NEEDED = {"kpi", "version", "valid_from", "theme", "mart", "numerator", "denominator", "title_de", "numerator_de",
          "denominator_de", "unit_de", "factor", "worst", "best", "reference_de"}  # fmt: skip
ALLOWED = NEEDED | {"valid_until", "field", "where", "period", "fictitious", "u4ssc", "bitkom"}
points = st.decimals(min_value=-1000, max_value=1000, places=2)


@pytest.mark.parametrize("kpi", KPIS, ids=[f"{kpi['kpi']} {kpi['version']}" for kpi in KPIS])
def test_a_key_figure_says_what_it_is(kpi: dict[str, Any]) -> None:
    assert set(kpi) >= NEEDED and set(kpi) <= ALLOWED
    assert kpi["mart"] in MARTS and kpi["worst"] != kpi["best"]
    assert isinstance(kpi["valid_from"], dt.date)


def test_a_version_of_a_key_figure_is_defined_once_and_the_older_one_ends() -> None:
    versions = [(kpi["kpi"], kpi["version"]) for kpi in KPIS]
    assert len(set(versions)) == len(versions) > 10
    for kpi in KPIS:
        assert ("valid_until" in kpi) == ((kpi["kpi"], kpi["version"] + 1) in versions)
    assert {kpi["theme"] for kpi in KPIS} >= {"A", "B1", "B2", "B3", "B4", "C", "D", "E", "F", "money"}


def test_no_other_model_knows_a_key_figure() -> None:
    codes = {kpi["kpi"] for kpi in KPIS}
    for path in DBT_DIR.glob("models/**/*.sql"):
        assert not {code for code in codes if re.search(rf"\b{code}\b", path.read_text("utf-8"))} - {path.stem}, (
            path.stem
        )


def index(value: Decimal, worst: Decimal, best: Decimal) -> Decimal:
    """The macro itself, with DuckDB in the place of Spark."""
    macros = jinja2.Environment().from_string((DBT_DIR / "macros" / "divide.sql").read_text("utf-8")).module
    text = macros.min_max(f"({value})", f"({worst})", f"({best})")  # type: ignore[attr-defined]
    # DuckDB has no try_divide, and divides as doubles
    text = text.replace("try_divide(100 * ", "(100.0 * ").replace(
        f", ({best}) - ({worst}))", f") / (({best}) - ({worst}))"
    )
    [(found,)] = duckdb.sql(f"SELECT CAST({text} AS DECIMAL(18, 1))").fetchall()
    return Decimal(found)


@given(points, points, points, points)
def test_the_index_depends_on_the_value_and_the_frozen_reference_only(
    value: Decimal, higher: Decimal, worst: Decimal, best: Decimal
) -> None:
    value, higher = sorted((value, higher))
    if worst == best or abs(worst - best) < 1:
        return
    assert (index(worst, worst, best), index(best, worst, best)) == (0, 100)
    low, high = index(value, worst, best), index(higher, worst, best)
    assert low <= high if best > worst else low >= high
    exact = 100 * (value - worst) / (best - worst)
    assert abs(low - exact) <= Decimal("0.051")
