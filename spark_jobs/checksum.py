"""A table's checksum: free of row order, over business columns only."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F


def content_hash(columns: list[str]) -> Column:
    """64-bit hash of a row. Spark's hash skips NULL, so a value that moves to an empty neighbour needs the flags."""
    return F.xxhash64(*columns, *(F.isnull(name) for name in columns))


def checksum(rows: DataFrame) -> tuple[int, str]:
    """Number of rows and the sum of their 64-bit hashes, as text.

    Columns that say when or by which run a row came (they begin with `_`) and the copies of them in marts
    (`source_delivery_id`, `source_record_number`) are left out.
    """
    return checksums({"": rows})[""]


def checksums(tables: Mapping[str, DataFrame]) -> dict[str, tuple[int, str]]:
    """Number of rows and checksum of each table, in one statement."""
    if not tables:
        return {}
    sums = reduce(DataFrame.unionAll, (_sum(name, rows) for name, rows in tables.items())).collect()
    return {found["name"]: (int(found["rows"]), str(found["sum"] or 0)) for found in sums}


def _sum(name: str, rows: DataFrame) -> DataFrame:
    columns = [c for c in rows.columns if not c.startswith("_") and not c.startswith("source_")]
    return rows.agg(
        F.lit(name).alias("name"),
        F.count(F.lit(1)).alias("rows"),
        F.sum(content_hash(columns).cast("decimal(38,0)")).alias("sum"),
    )
