"""Marts that grow, built where nothing changed: after a build that was left behind, every one of them is."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from pyspark.sql import SparkSession

from lakehouse.lake.dbt_artifacts import write_sources
from lakehouse.settings import CHECKOUT
from lakehouse.spec.discovery import discover
from tests.support.models import DBT, THIS, render

CONTRACTS = {
    mart["name"]: mart["columns"]
    for path in DBT.glob("models/marts/**/_*.yml")
    for mart in yaml.safe_load(path.read_text("utf-8")).get("models", [])
}
GROWING = sorted(
    path.stem for path in DBT.glob("models/marts/**/*.sql") if "materialized='incremental'" in path.read_text("utf-8")
)


@pytest.fixture(scope="module")
def views(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A view without rows for every silver table, every table that a build pins, and every mart."""
    into = tmp_path_factory.mktemp("sources") / "sources.yml"
    sources = discover(CHECKOUT / "sources")
    write_sources(sources, sources, into)
    declared: dict[str, list[dict[str, Any]]] = dict(CONTRACTS)
    for source in yaml.safe_load(into.read_text("utf-8"))["sources"]:
        declared |= {table["name"]: table["columns"] for table in source["tables"]}
    for name, columns in declared.items():
        made = ", ".join(f"cast(null as {column['data_type']}) as {column['name']}" for column in columns)
        spark.sql(f"select {made} where false").createOrReplaceTempView(f"empty_{name}")
    return {name: f"empty_{name}" for name in declared}


@pytest.mark.parametrize("mart", GROWING)
def test_where_nothing_changed_nothing_is_added(spark: SparkSession, views: dict[str, str], mart: str) -> None:
    added = spark.sql(render(mart, changed={}, **{**views, THIS: views[mart]}))
    assert sorted(added.columns) == sorted(column["name"] for column in CONTRACTS[mart])
    assert added.count() == 0


def test_these_are_all_that_grow() -> None:
    said = [path.stem for path in DBT.glob("models/marts/**/*.sql") if "'grows_with'" in path.read_text("utf-8")]
    assert GROWING == sorted(said) != []
