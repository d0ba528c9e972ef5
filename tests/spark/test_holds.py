"""The generic dbt test `holds`, rendered as dbt renders it, and how a broken rule is told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import jinja2
import pytest
from pyspark.sql import Row, SparkSession

from lakehouse.settings import CHECKOUT
from spark_jobs.checksum import checksum, checksums
from spark_jobs.marts import _explained

TREES = [
    Row(city="05562024", number=1, kind="oak", height=9),
    Row(city="05562024", number=2, kind="elm's", height=4),
    Row(city="05562024", number=2, kind="oak", height=7),
    Row(city="05999999", number=3, kind="oak", height=None),
    Row(city=None, number=4, kind="oak", height=5),
    Row(city="11000000", number=5, kind=None, height=5),
]


@dataclass(frozen=True)
class Relation:
    """A relation as dbt gives it to a test."""

    identifier: str

    def __str__(self) -> str:
        return self.identifier


@pytest.fixture(scope="module")
def trees(spark: SparkSession) -> None:
    types = "city string, number int, kind string, height int"
    spark.createDataFrame(TREES, types).createOrReplaceTempView("trees")
    spark.createDataFrame([("05562024",), ("05562024",)], "city string").createOrReplaceTempView("cities")


def sql(table: str = "trees", **arguments: Any) -> str:
    texts = [(CHECKOUT / "dbt" / path).read_text("utf-8") for path in ("macros/quoted.sql", "tests/generic/holds.sql")]
    macros = re.sub(
        r"{% test (.*?) %}(.*){% endtest %}", r"{% macro \1 %}\2{% endmacro %}", "".join(texts), flags=re.DOTALL
    )
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, extensions=["jinja2.ext.do"])
    rendered: str = environment.from_string(macros).module.holds(table, **arguments)  # type: ignore[attr-defined]
    return rendered


def broken(spark: SparkSession, **arguments: Any) -> dict[str, int]:
    return {row.rule: row.broken_rows for row in spark.sql(sql(**arguments)).collect()}


@pytest.mark.usefixtures("trees")
def test_one_row_comes_out_for_every_broken_rule(spark: SparkSession) -> None:
    found = broken(
        spark,
        key=["city", "number"],
        rules=["number > 0", "kind in ('oak', 'elm\\'s')", "height > 4"],
        parents=[
            {"column": "city", "to": Relation("cities"), "field": "city"},
            {"column": "city", "to": Relation("cities"), "field": "city", "where": "left(city, 2) = '05'"},
        ],
    )
    assert found == {
        "key city, number is complete": 1,
        "key city, number is unique": 1,
        "kind in ('oak', 'elm\\'s')": 1,
        "height > 4": 2,
        "city is in cities": 2,
        "city is in cities where left(city, 2) = '05'": 1,
    }


@pytest.mark.usefixtures("trees")
def test_nothing_comes_out_of_what_holds(spark: SparkSession) -> None:
    assert broken(spark, key=["number", "kind", "city", "height"], rules=["number between 1 and 5"]) == {
        "key number, kind, city, height is complete": 3
    }
    assert broken(spark, rules=["number > 0"]) == {}
    assert broken(spark, parents=[{"column": "kind", "to": Relation("trees"), "field": "kind"}]) == {}


@pytest.mark.usefixtures("trees")
def test_the_outcome_names_the_rules_that_are_broken(spark: SparkSession) -> None:
    def told(status: str, statement: str, kind: str = "test") -> str:
        outcome = {"kind": kind, "status": status, "message": "Got 2 results", "sql": statement}
        return str(_explained(spark, outcome)["message"])

    statement = sql(rules=["height > 4", "kind <> 'elm'"])
    assert told("fail", statement) == "Got 2 results: height > 4: 2 rows; kind <> 'elm': 1 rows"
    assert told("warn", statement) == told("fail", statement)
    assert told("pass", statement) == "Got 2 results"
    assert told("fail", "SELECT city FROM trees") == "Got 2 results", "rows are told to nobody"


@pytest.mark.usefixtures("trees")
def test_the_outcome_names_the_administrations_whose_rows_break_a_rule(spark: SparkSession) -> None:
    rows = [("05562024", 1), ("05562024", 2), ("05562000", 3), ("05562004", 9), (None, 4)]
    spark.createDataFrame(rows, "ags string, number int").createOrReplaceTempView("trees_of_all")
    parents = [{"column": "ags", "to": Relation("cities"), "field": "city"}]
    statement = sql("trees_of_all", key=["ags", "number"], rules=["number > 3"], parents=parents)
    outcome = {"kind": "test", "status": "fail", "message": "Got 2 results", "sql": statement}
    assert _explained(spark, outcome)["message"] == (
        "Got 2 results: key ags, number is complete: 1 rows; number > 3: 3 rows of Kreis Recklinghausen, Marl; "
        "ags is in cities: 2 rows of Kreis Recklinghausen, Castrop-Rauxel"
    )


@pytest.mark.usefixtures("trees")
def test_many_tables_are_summed_up_in_one_statement(spark: SparkSession) -> None:
    tables = {name: spark.table(name) for name in ("trees", "cities")}
    assert checksums(tables) == {name: checksum(rows) for name, rows in tables.items()}
    assert checksums({"empty": spark.table("trees").limit(0)}) == {"empty": (0, "0")}
    assert checksums({}) == {}
