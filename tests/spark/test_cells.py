"""Cells of a workbook in the text of their column: what Spark reads in it is what the cell holds, or nothing."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from pyspark.sql import SparkSession

from lakehouse.ingest.parse.cells import Cell, text
from lakehouse.spec.column import Column
from spark_jobs.transforms.typed import value

DAY, NOON = dt.date(2023, 3, 15), dt.datetime(2023, 3, 15, 12, 30)
AMOUNT = {"type": "decimal(14,2)"}
CASES: list[tuple[dict[str, Any], Cell, Any]] = [
    ({**AMOUNT, "numbers": {"decimal": ",", "thousands": "."}}, -1234.5, Decimal("-1234.50")),
    ({**AMOUNT, "numbers": {"decimal": ",", "suffix": " €"}}, 1234.5, Decimal("1234.50")),
    ({**AMOUNT, "numbers": {"decimal": ",", "prefix": "€", "suffix": "p.a."}}, 12.0, Decimal("12.00")),
    ({**AMOUNT, "numbers": {"decimal": ",", "negative": "trailing", "suffix": "€"}}, -1.5, Decimal("-1.50")),
    ({**AMOUNT, "numbers": {"decimal": ".", "negative": "brackets", "prefix": "€"}}, -1.5, Decimal("-1.50")),
    ({**AMOUNT, "numbers": {"decimal": "."}}, 1.234, None),
    ({"type": "int", "numbers": {"thousands": "."}}, 1.234, None),
    ({"type": "int", "numbers": {"thousands": ","}}, 1.234, None),
    ({"type": "int", "numbers": {"decimal": ","}}, 1.5, None),
    ({"type": "double"}, 1e-7, 1e-7),
    ({"type": "bigint"}, 1e15, 10**15),
    ({"type": "int"}, DAY, None),
    ({"type": "date"}, DAY, DAY),
    ({"type": "date"}, NOON, None),
    ({"type": "date"}, 45000.0, None),
    ({"type": "date", "format": "d.M.yyyy"}, DAY, DAY),
    ({"type": "date", "format": "d.M.yyyy"}, NOON, None),
    ({"type": "date", "format": "MM.yyyy"}, DAY, None),
    ({"type": "date", "format": "d. MMM yyyy", "months": "de"}, DAY, DAY),
    ({"type": "timestamp", "format": "dd.MM.yyyy HH:mm:ss.SS"}, NOON, NOON),
    ({"type": "timestamp", "format": "dd.MM.yyyy HH:mm:ss.SS"}, NOON.replace(microsecond=120), None),
    ({"type": "timestamp", "format": "dd.MM.yyyy HH:mmXXX"}, NOON, None),
    ({"type": "timestamp", "format": "epoch", "minimum": DAY}, NOON, None),
    ({"type": "timestamp", "format": "epoch", "minimum": DAY}, 1718893200.0, dt.datetime(2024, 6, 20, 14, 20)),
    ({"type": "date", "format": "MM.yyyy"}, DAY.replace(day=1), DAY.replace(day=1)),
    ({"type": "date", "format": "dd.MM.yy", "pivot": 2030}, dt.date(1931, 1, 2), dt.date(1931, 1, 2)),
    ({"type": "date", "format": "yy-MM-dd", "pivot": 2030}, dt.date(1930, 1, 2), None),
    ({"type": "date", "format": "dd.MM.yyyy"}, dt.time(0), None),
    ({"type": "timestamp"}, NOON, NOON),
    ({"type": "timestamp"}, DAY, dt.datetime(2023, 3, 15)),
    ({"type": "timestamp", "format": "dd.MM.yyyy HH:mm", "zone": "Europe/Berlin"}, NOON, NOON.replace(hour=11)),
    ({"type": "timestamp", "format": "yyyy-MM-ddTHH:mm:ss"}, NOON.replace(microsecond=5), None),
    ({"type": "boolean", "booleans": {"true": ["ja"], "false": ["nein"]}}, False, False),
    ({"type": "string"}, 5562004.0, "5562004"),
]  # fmt: skip


def test_what_spark_reads_is_what_the_cell_holds(spark: SparkSession) -> None:
    columns = [Column(**{"from": "a", "name": f"c{n}", **declared}) for n, (declared, _, _) in enumerate(CASES)]
    texts = [text(column, cell) for column, (_, cell, _) in zip(columns, CASES, strict=True)]
    frame = spark.createDataFrame([texts], ", ".join(f"{column.name} string" for column in columns))
    row = frame.select(*(value(column).alias(column.name) for column in columns)).collect()[0]
    read = [one.astimezone(dt.UTC).replace(tzinfo=None) if isinstance(one, dt.datetime) else one for one in row]
    assert read == [holds for *_, holds in CASES]
