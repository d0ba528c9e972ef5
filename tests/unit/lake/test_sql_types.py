"""A type that is declared of a mart is the one that DuckDB finds in its file."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lakehouse.errors import LakehouseError
from lakehouse.lake import sql

PAIR = pa.struct([("value", pa.float64()), ("receptions", pa.int64())])


@pytest.mark.parametrize(
    ("declared", "stored"),
    [
        ("string", pa.string()),
        ("decimal(10,2)", pa.decimal128(10, 2)),
        ("array<string>", pa.list_(pa.string())),
        ("array<struct<value:double,receptions:bigint>>", pa.list_(PAIR)),
        (
            "struct<share:decimal(5,2),names:array<string>>",
            pa.struct([("share", pa.decimal128(5, 2)), ("names", pa.list_(pa.string()))]),
        ),
    ],
)
def test_a_declared_type_is_found_in_a_file(declared: str, stored: pa.DataType, tmp_path: Path) -> None:
    path = tmp_path / "mart.parquet"
    pq.write_table(pa.table({"column": pa.array([None], stored)}), path)
    assert sql.parquet(path) == (1, {"column": sql.duckdb_type(declared)})


@pytest.mark.parametrize("declared", ["interval", "map<string,int>", "array<interval>", "struct<a:interval>"])
def test_a_type_that_no_mart_may_have_is_named(declared: str) -> None:
    with pytest.raises(LakehouseError, match="a mart cannot have a column of type"):
        sql.duckdb_type(declared)
