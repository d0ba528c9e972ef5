"""How a column of a mart becomes one of PostgreSQL, and how DuckDB has to give its values for that."""

from __future__ import annotations

import re

from lakehouse.errors import LakehouseError
from lakehouse.lake.release import MartColumn
from lakehouse.lake.sql import quoted

JSON = "jsonb"
_SCALARS = {
    "string": "text",
    "boolean": "boolean",
    "tinyint": "smallint",
    "smallint": "smallint",
    "int": "integer",
    "bigint": "bigint",
    "float": "real",
    "double": "double precision",
    "binary": "bytea",
    "date": "date",
    "timestamp": "timestamp with time zone",
    "timestamp_ntz": "timestamp without time zone",
}
_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")
_ARRAY = re.compile(r"array<(.+)>")


def postgres_type(spark_type: str) -> str:
    """PostgreSQL's type for one of Spark: lists of values are arrays, of decimals and all else that is nested `jsonb`.

    Raises:
        LakehouseError: there is none for it.
    """
    if found := _DECIMAL.fullmatch(spark_type):
        return f"numeric({found[1]},{found[2]})"
    if spark_type in _SCALARS:
        return _SCALARS[spark_type]
    if found := _ARRAY.fullmatch(spark_type):
        # as DuckDB writes it, which is the only type that PostgreSQL takes for it; it writes no list of decimals
        element = "character varying" if found[1] == "string" else _SCALARS.get(found[1])
        return f"{element}[]" if element else JSON
    if spark_type.startswith("struct<"):
        return JSON
    raise LakehouseError(f"PostgreSQL has no type for a column of type {spark_type}")


def value(column: MartColumn) -> str:
    """Expression of DuckDB for the values of a column, as PostgreSQL's binary format wants them."""
    name, type_ = quoted(column.name), postgres_type(column.type)
    if type_ == JSON:
        # the binary format of jsonb is this version number, then text
        return f"chr(1) || to_json({name})::VARCHAR"
    # as the same type but for tinyint, which PostgreSQL lacks
    return f"CAST({name} AS {type_})" if "tinyint" in column.type else name
