"""Six questions of an analyst: DuckDB on a released mart and on plain Parquet, and the warm Spark server."""

from __future__ import annotations

import math
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from pyspark.sql import SparkSession

from lakehouse import names
from lakehouse.lake import release_files, sql
from lakehouse.lake.release import MartColumn, MartPin
from tests.bench.measure import ratio, summary, table
from tests.support.stack import LocalStack, silver_versions

QUERIES = {
    "rows and mean": "SELECT count(*), avg(value) FROM {t}",
    "one sensor": "SELECT observed_at, value FROM {t} WHERE sensor_id = 'S0042' ORDER BY observed_at DESC LIMIT 100",
    "one day": """SELECT sensor_id, max(value) FROM {t} WHERE observed_at >= TIMESTAMP '2026-01-02 00:00:00'
        AND observed_at < TIMESTAMP '2026-01-03 00:00:00' GROUP BY sensor_id ORDER BY sensor_id""",
    "daily means": """SELECT CAST(observed_at AS date) AS day, avg(value), count(*) FROM {t}
        GROUP BY CAST(observed_at AS date) ORDER BY day""",
    "ten highest sensors": """SELECT sensor_id, avg(value) AS mean FROM {t} GROUP BY sensor_id
        ORDER BY mean DESC, sensor_id LIMIT 10""",
    "latest of each sensor": """SELECT sensor_id, max(observed_at), max_by(value, observed_at) FROM {t}
        GROUP BY sensor_id ORDER BY sensor_id""",
}
OURS, PARQUET, SPARK = "ours", "DuckDB on Parquet", "Spark SQL, warm"

MART = "bench"
PLAIN = f"s3://{names.LAKE}/bench/plain.parquet"

Engine = Callable[[str], list[tuple[Any, ...]]]
Measured = dict[str, dict[str, list[float]]]


def compare(stack: LocalStack, spark: SparkSession, feed: str, repetitions: int) -> str:
    """Asks every question of everyone in turn; the answers must be the same.

    Returns:
        a Markdown table.
    """
    mart = _mart(stack, spark, feed)
    # the analyst's connection, and DuckDB as it is
    with sql.connect(stack.settings, "spark", sql.RELEASED) as connection, stack.lake() as plain:
        tables = {OURS: f"({sql.released(mart)})", PARQUET: f"'{PLAIN}'", SPARK: f"delta.`{_location()}`"}
        plain.execute(f"COPY ({sql.released(mart)}) TO '{PLAIN}' (FORMAT parquet)")

        def released(statement: str) -> list[tuple[Any, ...]]:
            return connection.execute(statement).fetchall()

        def duck(statement: str) -> list[tuple[Any, ...]]:
            return plain.execute(statement).fetchall()

        def warm(statement: str) -> list[tuple[Any, ...]]:
            return [tuple(row) for row in spark.sql(statement).collect()]

        engines: dict[str, Engine] = {OURS: released, PARQUET: duck, SPARK: warm}
        measured = ask_all(engines, tables, repetitions)
    rows = [
        [
            name,
            *(summary(found[who]) for who in engines),
            ratio(found[OURS], found[PARQUET]),
            ratio(found[OURS], found[SPARK]),
        ]
        for name, found in measured.items()
    ]
    header = ["question", *engines, "ours ÷ Parquet", "ours ÷ Spark SQL"]
    return (
        f"(c) six questions over the rows of the merged silver table as a released mart, {repetitions} repetitions, "
        f"connection open (median, min–max); opening ours takes {_connect_seconds(stack):.2f} s:\n\n"
        + table(header, rows)
        + f"\n\ngeometric mean of ours ÷ Parquet: {mean(measured, OURS, PARQUET):.2f}, "
        f"of ours ÷ Spark SQL: {mean(measured, OURS, SPARK):.2f}"
    )


def ask_all(engines: dict[str, Engine], tables: dict[str, str], repetitions: int) -> Measured:
    """Asks every question of everyone, each time in another order; the answers must be the same."""
    measured: Measured = {name: defaultdict(list) for name in QUERIES}
    order = list(engines.items())
    for number in range(repetitions + 1):
        for name, query in QUERIES.items():
            answers = []
            random.shuffle(order)
            for who, ask in order:
                started = time.perf_counter()
                answers.append(ask(query.format(t=tables[who])))
                if number > 0:
                    measured[name][who].append(time.perf_counter() - started)
            assert all(_same(answers[0], answer) for answer in answers), (name, [a[:2] for a in answers])
    return measured


def mean(measured: Measured, one: str, other: str) -> float:
    """Geometric mean over the questions of how many times the other's median one's is."""
    return statistics.geometric_mean(
        statistics.median(found[one]) / statistics.median(found[other]) for found in measured.values()
    )


def _mart(stack: LocalStack, spark: SparkSession, feed: str) -> MartPin:
    """A mart with the rows of silver, and its files as a release lists them."""
    with stack.lake() as connection:
        version = silver_versions(connection)[feed]
    rows = f"SELECT sensor_id, observed_at, value FROM silver.{feed} VERSION AS OF {version}"
    spark.sql(f"CREATE OR REPLACE TABLE delta.`{_location()}` USING delta AS {rows}")
    types = dict(spark.sql(rows).dtypes)
    files = release_files.files(stack.store("spark"), MART, 0, types)
    return MartPin(
        version=0,
        uri=names.uri("marts", MART),
        rows=sum(file.rows for file in files),
        checksum="",
        description="",
        inputs=[feed],
        columns=[
            MartColumn(name=name, type=type_, description="", label_de="", unit=None, publish=False)
            for name, type_ in types.items()
        ],
        files=files,
    )


def _location() -> str:
    return names.spark_uri("marts", MART)


def _connect_seconds(stack: LocalStack) -> float:
    started = time.perf_counter()
    sql.connect(stack.settings, "analyst", sql.RELEASED).close()
    return time.perf_counter() - started


def _same(one: list[tuple[Any, ...]], other: list[tuple[Any, ...]]) -> bool:
    """Equal but for the precision of a mean: one engine averages decimals, the other doubles."""
    return len(one) == len(other) and all(
        _close(a, b) for left, right in zip(one, other, strict=True) for a, b in zip(left, right, strict=True)
    )


def _close(a: Any, b: Any) -> bool:
    if hasattr(a, "tzinfo") and hasattr(b, "tzinfo"):
        # Spark hands out times without a zone, DuckDB those of UTC with it
        return bool(a.replace(tzinfo=None) == b.replace(tzinfo=None))
    try:
        return math.isclose(a, b, rel_tol=1e-6)
    except TypeError:
        return bool(a == b)
