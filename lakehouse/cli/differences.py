"""Differences between two releases as a table, a line of totals, and a CSV file."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from lakehouse.cli.base import console

if TYPE_CHECKING:
    import duckdb

MANY = 10_000


def show(differences: duckdb.DuckDBPyRelation, limit: int) -> None:
    """Prints the first differences, and how many there are for which causes."""
    table = Table("key", "column", "old", "new", "why", box=None, padding=(0, 2, 0, 0))
    total: Counter[str] = Counter()
    for row in _rows(differences):
        if sum(total.values()) < limit:
            table.add_row(
                *map(Text, (_key(row["key"]), row["column"] or row["change"], *_values(row), row["sentence"]))
            )
        total[said(row["causes"], row["told_apart"])] += 1
    if total:
        console.print(table)
    if (more := sum(total.values()) - limit) > 0:
        console.print(f"… and {more:,} more; --limit shows more, --csv writes all")
    console.print(totals(total), markup=False)


def save(differences: duckdb.DuckDBPyRelation, path: Path) -> None:
    """Writes all differences; a list is its values with `; ` between them."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(differences.columns)
        for row in _rows(differences):
            lists = {name: "; ".join(map(str, value)) for name, value in row.items() if isinstance(value, list)}
            writer.writerow({**row, **lists, "key": _key(row["key"])}.values())


def totals(causes: Mapping[str, int]) -> str:
    """A line with how many differences have which causes."""
    listed = ", ".join(f"{count:,} {cause}" for cause, count in sorted(causes.items(), key=lambda kv: (-kv[1], kv[0])))
    count = sum(causes.values())
    return f"{count:,} difference{'s' if count > 1 else ''}: {listed}" if count else "Nothing differs."


def said(causes: Sequence[str], told_apart: bool) -> str:
    """Causes in a few words: those of several releases, or of one that does not tell them apart."""
    return (" and " if told_apart else " or ").join(causes)


def _rows(differences: duckdb.DuckDBPyRelation) -> Any:
    result = differences.execute()
    while rows := result.fetchmany(MANY):
        yield from (dict(zip(differences.columns, row, strict=True)) for row in rows)


def _key(key: Mapping[str, Any] | None) -> str:
    return ", ".join(f"{name}={value}" for name, value in key.items()) if key else "every row"


def _values(row: Mapping[str, Any]) -> tuple[str, str]:
    return tuple("" if row[side] is None else row[side] for side in ("old", "new"))  # type: ignore[return-value]
