"""What a mart looks like as a whole: rows, rows of each administration, how full its columns are, where figures lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from lakehouse.administrations import ADMINISTRATIONS
from lakehouse.lake.release import MartColumn

AREA = "ags"
_NUMBERS = ("int", "bigint", "double", "decimal")


@dataclass(frozen=True)
class Profile:
    """A mart in figures.

    Attributes:
        rows: how many it has.
        areas: rows of each administration of the region, by AGS; those without a row are left out.
        filled: rows that have a value, by column.
        means: mean of the values, by column of numbers; None where there is no value.
    """

    rows: int
    areas: dict[str, int]
    filled: dict[str, int]
    means: dict[str, float | None]


def profile(connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[MartColumn]) -> Profile:
    """Reads a mart once.

    Args:
        connection: with the right to read it.
        table: SQL of what stands behind FROM.
        columns: of the mart.
    """
    numbers = [column.name for column in columns if column.type.startswith(_NUMBERS)]
    counted = [f'count("{column.name}")' for column in columns]
    means = [f'avg("{name}")::DOUBLE' for name in numbers]
    own = "NULL"
    if any(column.name == AREA for column in columns):
        entries = ", ".join(f"{{key: '{ags}', value: count_if({AREA} = '{ags}')}}" for ags in ADMINISTRATIONS)
        own = f"map_from_entries(list_filter([{entries}], entry -> entry.value > 0))"
    ((rows, areas, *figures),) = connection.execute(
        f"SELECT {', '.join(['count(*)', own, *counted, *means])} FROM ({table})"
    ).fetchall()
    filled = {column.name: int(count) for column, count in zip(columns, figures, strict=False)}
    return Profile(int(rows), dict(areas or {}), filled, dict(zip(numbers, figures[len(columns) :], strict=True)))
