"""Reads rows against their declarations by means of its own: what the house itself does is what it is held against."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import duckdb

from infra.region.facts import Row, Value
from lakehouse.spec.column import Column
from lakehouse.spec.normal_form import declared, folded
from lakehouse.spec.source import FICTITIOUS, Source

WHOLE = r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)"
DUCKDB = duckdb.connect()
SQL_TYPES = {"string": "VARCHAR", "int": "INTEGER"}


class Problem(NamedTuple):
    """Why a row cannot be taken: its table, its place from 0, the column."""

    table: str
    row: int
    column: str
    reason: str


class Unreadable(Exception):
    pass


def problems(
    tables: Sequence[Source], rows: Mapping[str, Sequence[Row]], ags: str, period: str, today: dt.date
) -> list[Problem]:
    """Everything in the rows of one delivery, typed or as cells, that their declarations do not allow."""
    assert set(rows) == {table.id for table in tables}
    found: list[Problem] = []
    typed: dict[str, list[Row]] = {}
    for table in tables:
        typed[table.id] = []
        for number, row in enumerate(rows[table.id]):
            assert list(row) == [column.name for column in table.delivered], f"{table.id}: columns differ"
            values, unread = _read_row(table, row, today)
            found += [Problem(table.id, number, column, reason) for column, reason in unread]
            typed[table.id].append({"ags": ags, "period": period, **values})
        found += _broken_rules(table, typed[table.id])
        found += _repeated(table, typed[table.id])
        found += _without_parent(table, typed)
    return found


def _read_row(table: Source, row: Row, today: dt.date) -> tuple[Row, list[tuple[str, str]]]:
    values: Row = {}
    unread: list[tuple[str, str]] = []
    for column in table.delivered:
        try:
            values[column.name] = read(column, row[column.name], today)
        except Unreadable as reason:
            values[column.name] = None
            unread.append((column.name, str(reason)))
    return values, unread


def read(column: Column, cell: Value, today: dt.date) -> Value:
    """The typed value of a cell. Raises Unreadable."""
    value = _from_text(column, declared(cell)) if isinstance(cell, str) else cell
    if value is None:
        if column.required:
            raise Unreadable("is missing")
        return None
    if not _fits(column, value):
        raise Unreadable(f"{value!r} is no {column.type}")
    if column.pattern and not re.fullmatch(column.pattern, str(value)):
        raise Unreadable(f"{value!r} does not match")
    if column.minimum is not None and value < column.minimum:  # type: ignore[operator]
        raise Unreadable(f"{value!r} is below {column.minimum}")
    if column.maximum is not None and value > column.maximum:  # type: ignore[operator]
        raise Unreadable(f"{value!r} is above {column.maximum}")
    if isinstance(value, dt.date) and value > today and not column.future:
        raise Unreadable(f"{value} is later than {today}")
    return value


def _from_text(column: Column, text: str) -> Value:
    if not text:
        return None
    if column.codes:
        said = {folded(word): code for code, label in column.codes.items() for word in (code, label)}
        codes = [said.get(folded(word), "") for word in (text.split(";") if column.many else [text])]
        if "" in codes:
            raise Unreadable(f"{text!r} is no code")
        return list[str](codes) if column.many else codes[0]
    decimals = re.fullmatch(rf"({WHOLE})(?:,(\d{{1,{_scale(column)}}}))?", text) if _scale(column) else None
    day = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text)
    match column.type:
        case "string":
            return text
        case "int" | "bigint" if re.fullmatch(WHOLE, text):
            return int(text.replace(".", ""))
        case "boolean" if text in ("ja", "nein"):
            return text == "ja"
        case "date" if day:
            return dt.date(int(day[3]), int(day[2]), int(day[1]))
        case _ if decimals:
            return Decimal(text.replace(".", "").replace(",", "."))
    raise Unreadable(f"{text!r} is no {column.type}")


def _fits(column: Column, value: Value) -> bool:
    if column.many:
        known = isinstance(value, list) and set(value) <= set(column.codes)
        return known and len(set(value)) == len(value) > 0  # type: ignore[arg-type]
    match column.type:
        case "string":
            return isinstance(value, str) and value == declared(value) and (not column.codes or value in column.codes)
        case "int" | "bigint":
            return isinstance(value, int) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "date":
            return type(value) is dt.date
        case _:
            exponent = value.as_tuple().exponent if isinstance(value, Decimal) else None
            return isinstance(exponent, int) and -exponent <= _scale(column)


def _scale(column: Column) -> int:
    return int(column.type.partition(",")[2].rstrip(")")) if column.type.startswith("decimal") else 0


def _broken_rules(table: Source, rows: Sequence[Row]) -> Iterator[Problem]:
    if not rows:
        return
    # no rule is on what Spark derives
    derived = {column.name for column in table.columns if column.made_by == "derive"}
    columns = {name: sql for name, sql in table.silver_columns.items() if name not in derived | {FICTITIOUS}}
    types = ", ".join(f'"{name}" {SQL_TYPES.get(sql, sql)}' for name, sql in columns.items())
    DUCKDB.execute(f"CREATE OR REPLACE TABLE batch (_row INTEGER, {types})")
    values = [
        json.dumps(value) if isinstance(value, list) else value
        for number, row in enumerate(rows)
        for value in (number, *(row[name] for name in columns))
    ]
    # one statement: each costs DuckDB more than all rows
    places = ", ".join([f"({', '.join('?' * (len(columns) + 1))})"] * len(rows))
    DUCKDB.execute(f"INSERT INTO batch VALUES {places}", values)
    for rule in table.rules:
        for (number,) in DUCKDB.execute(f"SELECT _row FROM batch WHERE NOT ({rule.check})").fetchall():
            yield Problem(table.id, number, rule.column, rule.reason)


def _repeated(table: Source, rows: Sequence[Row]) -> Iterator[Problem]:
    seen: set[tuple[Value, ...]] = set()
    for number, row in enumerate(rows):
        key = tuple(row[name] for name in table.key)
        if None not in key and key in seen:
            yield Problem(table.id, number, table.key[-1], "the row again")
        seen.add(key)


def _without_parent(table: Source, typed: Mapping[str, Sequence[Row]]) -> Iterator[Problem]:
    for column in table.columns:
        if column.refers_to is not None:
            feed, _, name = column.refers_to.partition(".")
            there = {row[name] for row in typed[feed]}
            for number, row in enumerate(typed[table.id]):
                if row[column.name] is not None and row[column.name] not in there:
                    yield Problem(table.id, number, column.name, f"{row[column.name]} is not in {column.refers_to}")
