"""Texts read as a column declares, many declarations at once: a table of cases and what each must become."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, NamedTuple

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lakehouse.spec.column import Column
from spark_jobs.transforms.typed import problem, text, value

# when the deliveries of all cases were fetched
FETCHED = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Case:
    declared: dict[str, Any]
    text: str | None
    value: Any = None
    says: str | None = None


class Reading(NamedTuple):
    """What became of a case: the column's name, its value, and the problem."""

    name: str
    value: Any
    says: str | None


def read_all(spark: SparkSession, cases: Sequence[Case]) -> list[Reading]:
    """Column, value and problem of every case; all are read at once, one column per declaration."""
    every = [case.declared for case in cases]
    declarations = [declared for n, declared in enumerate(every) if declared not in every[:n]]
    columns = [Column(source="x", name=f"c{n}", **declared) for n, declared in enumerate(declarations)]
    texts = [[case.text for case in cases if case.declared == declared] for declared in declarations]
    frame = spark.createDataFrame(
        [(n, *row) for n, row in enumerate(zip_longest(*texts))],
        "row int, " + ", ".join(f"{column.name} string" for column in columns),
    )
    # as a batch does before anything else reads them
    frame = frame.select("row", F.lit(FETCHED).alias("_ingested_at"), *(text(c.name).alias(c.name) for c in columns))
    results = frame.select("row", *(f(c).alias(f"{f.__name__} {c.name}") for c in columns for f in (value, problem)))
    rows = results.orderBy("row").collect()
    places = [declarations.index(declared) for declared in every]
    found = []
    for n, declaration in enumerate(places):
        row, name = rows[places[:n].count(declaration)], columns[declaration].name
        found.append(Reading(name, row[f"value {name}"], row[f"problem {name}"]))
    return found


def assert_reads(case: Case, read: Reading) -> None:
    """The case became its value, or its sentence."""
    got = read.value
    if isinstance(got, dt.datetime):
        got = got.astimezone(dt.UTC).replace(tzinfo=None)
    assert (got, type(got)) == (case.value, type(case.value))
    quoted = f" '{case.text.strip(' ')}'" if case.text and case.text.strip(" ") else ""
    assert read.says == (None if case.says is None else f"{read.name}:{quoted} {case.says}")
