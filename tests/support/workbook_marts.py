"""A mart of one workbook table on rows of a test, without dbt and without a lake."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyspark.sql import Row, SparkSession

from lakehouse.administrations import ADMINISTRATIONS, KREIS
from lakehouse.settings import CHECKOUT
from lakehouse.spec.discovery import load_sources
from tests.support.models import render

CITIES = [(ags, name) for ags, name in ADMINISTRATIONS.items() if ags != KREIS]


def mart_of(spark: SparkSession, mart: str, feed: str, rows: Sequence[dict[str, Any]]) -> list[Row]:
    """The rows of a mart that reads one feed and the ten cities.

    Args:
        spark: the session; its ANSI mode is off for the query, as dbt-spark has it.
        mart: name of the mart.
        feed: id of the table.
        rows: of silver; a column that is left out is NULL.
    """
    columns = load_sources(CHECKOUT / "sources", [feed])[feed].stored_columns
    assert not {name for row in rows for name in row} - set(columns)
    schema = ", ".join(f"{name} {type_}" for name, type_ in columns.items())
    told = [tuple(row.get(name) for name in columns) for row in rows]
    spark.createDataFrame(told, schema).createOrReplaceTempView("told")
    spark.createDataFrame(CITIES, "ags string, name string").createOrReplaceTempView("cities")
    spark.conf.set("spark.sql.ansi.enabled", "false")
    try:
        return spark.sql(render(mart, **{feed: "told"}, dim_municipality="cities")).collect()
    finally:
        spark.conf.set("spark.sql.ansi.enabled", "true")
