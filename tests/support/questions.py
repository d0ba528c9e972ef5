"""The worked questions, asked of a release in DuckDB and in PostgreSQL, and their answers cell by cell."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg

from lakehouse import open_release
from lakehouse.lake.asking import Release
from lakehouse.settings import CHECKOUT, StoreSettings

QUESTIONS = sorted((CHECKOUT / "questions").glob("*.sql"))
# of means and shares: DuckDB adds doubles in an order of its own
CLOSE = 1e-9


@dataclass(frozen=True)
class Answer:
    """Columns by name, and rows in the order in which they came."""

    columns: list[str]
    rows: list[tuple[Any, ...]]


def in_duckdb(opened: Release, query: str) -> Answer:
    """The answer as `lakehouse sql` gives it."""
    found = opened.sql(query)
    return Answer(found.columns, found.fetchall())


def in_postgres(reader: psycopg.Connection, query: str) -> Answer:
    """The answer as a reader of PostgreSQL gets it."""
    cursor = reader.execute(query.encode())
    return Answer([column.name for column in cursor.description or ()], cursor.fetchall())


def asked(settings: StoreSettings, reader: psycopg.Connection, number: int) -> dict[str, int]:
    """Asks every question of one release of both engines.

    Args:
        settings: where the release is.
        reader: of a PostgreSQL that serves it.
        number: of the release.

    Returns:
        how many rows each answer has.

    Raises:
        AssertionError: two answers differ; it names the first cell of each such question.
    """
    found, wrong = {}, []
    for path in QUESTIONS:
        query = path.read_text("utf-8")
        opened = open_release(number, settings=settings, query=query)
        with reader.transaction():
            reader.execute(f"SET LOCAL search_path = r_{number}".encode())
            theirs = in_postgres(reader, query)
        ours = in_duckdb(opened, query)
        found[path.stem] = len(ours.rows)
        if said := difference(ours, theirs):
            wrong.append(f"{path.stem}: {said}")
    assert not wrong, "\n".join(wrong)
    return found


def difference(ours: Answer, theirs: Answer) -> str:
    """The first difference of two answers in a sentence; empty if there is none. Their order counts."""
    if ours.columns != theirs.columns:
        return f"columns {ours.columns} and {theirs.columns}"
    if len(ours.rows) != len(theirs.rows):
        return f"{len(ours.rows)} and {len(theirs.rows)} rows"
    for number, (one, other) in enumerate(zip(ours.rows, theirs.rows, strict=True), start=1):
        for column, a, b in zip(ours.columns, one, other, strict=True):
            if not same(a, b):
                return f"row {number}, {column}: {a!r} and {b!r}"
    return ""


def same(one: Any, other: Any) -> bool:
    """Whether two cells are equal, whatever type of number, list or JSON an engine hands out."""
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
        return one is other
    if isinstance(one, int | float | Decimal) and isinstance(other, int | float | Decimal):
        return one == other or math.isclose(one, other, rel_tol=CLOSE) or (one != one and other != other)
    if isinstance(one, dt.datetime) and isinstance(other, dt.datetime):
        return one == other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, Sequence) and isinstance(other, Sequence) and not isinstance(one, str | bytes):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    return type(one) is type(other) and bool(one == other)
