"""What goes wrong when people type: faults on the way from typed rows into cells, and what must come of them."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from infra.region.facts import Row, Value
from lakehouse.spec.column import Column
from lakehouse.spec.source import Source

# a rule that one day must not be before another
_ORDER = re.compile(r"(\w+) >=? (\w+)")


@dataclass(frozen=True)
class Waiting:
    """A row that cannot be taken: its table, its place below the header from 0, and the column to mend."""

    table: str
    row: int
    column: str
    fault: str


@dataclass(frozen=True)
class Spoiled:
    """Rows with faults, and the truth about them.

    `cells` are the rows of each table as they stand in the workbook: a text where a value is spoiled, or written by
    hand in a readable way, else the typed value. `taken` are the typed rows that silver must hold, `duplicates` how
    often a row stands there again, and `waiting` the rows that must come back; their column is one of the reasons. Of
    a delivery that is all or nothing none is taken if one waits: that is for its loader to know.
    """

    cells: dict[str, list[Row]]
    taken: dict[str, list[Row]]
    duplicates: dict[str, int]
    waiting: list[Waiting]


def spoil(drawn: random.Random, tables: Sequence[Source], rows: Mapping[str, Sequence[Row]], share: float) -> Spoiled:
    """Puts at most one fault into each row.

    Rows to which another sheet refers are only written by hand or repeated: so no row waits because another one does.

    Args:
        drawn: decides which rows get which fault.
        tables: declarations of the workbook's tables.
        rows: typed rows by id of the table, without `ags` and `period`.
        share: of the rows that get a fault, 0 to 1.
    """
    spoiled = Spoiled({}, {}, {}, [])
    for table in tables:
        cells: list[Row] = []
        repeated: list[Row] = []
        taken = spoiled.taken[table.id] = []
        for row in rows[table.id]:
            fault = (
                _draw(drawn, table, row, _is_referred_to(table, row, tables, rows)) if drawn.random() < share else None
            )
            if fault is None or fault.readable:
                taken.append(row)
            else:
                spoiled.waiting.append(Waiting(table.id, len(cells), fault.column, fault.kind))
            if fault is not None and fault.kind == _REPEATED:
                repeated.append(row)
            cells.append(row if fault is None else {**row, fault.column: fault.cell})
        spoiled.cells[table.id], spoiled.duplicates[table.id] = [*cells, *repeated], len(repeated)
    return spoiled


@dataclass(frozen=True)
class Fault:
    """One cell as it is typed; a `readable` one means the same as before."""

    kind: str
    column: str
    cell: Value
    readable: bool = False


_REPEATED = "row again"
Spoiler = Callable[[Source, Column, Row], Value]


def _german_date(table: Source, column: Column, row: Row) -> Value:
    value = row[column.name]
    return f"{value.day}.{value.month}.{value.year}" if isinstance(value, dt.date) else None


def _german_number(table: Source, column: Column, row: Row) -> Value:
    value = row[column.name]
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return f"{value:,}".translate(str.maketrans(",.", ".,"))


def _blanks(table: Source, column: Column, row: Row) -> Value:
    value = row[column.name]
    return f"\u00a0{value}\u200b " if isinstance(value, str) and not column.codes else None


def _again(table: Source, column: Column, row: Row) -> Value:
    return row[column.name] if column.name == table.key[-1] else None


def _about(table: Source, column: Column, row: Row) -> Value:
    return "ca. 500" if _is_number(column) else None


def _not_known(table: Source, column: Column, row: Row) -> Value:
    return "k. A." if _is_number(column) or column.type == "date" else None


def _see_annex(table: Source, column: Column, row: Row) -> Value:
    return "siehe Anlage" if _is_number(column) or column.type in ("date", "boolean") else None


def _wrong_code(table: Source, column: Column, row: Row) -> Value:
    return "Sonstiges, siehe Bemerkung" if column.codes and column.name not in table.key else None


def _before_its_begin(table: Source, column: Column, row: Row) -> Value:
    for rule in table.rules:
        order = _ORDER.fullmatch(rule.check)
        begin = row[order[2]] if order and order[1] == column.name and order[2] in row else None
        if isinstance(begin, dt.date) and rule.column == column.name:
            return begin - dt.timedelta(days=1)
    return None


def _unknown_parent(table: Source, column: Column, row: Row) -> Value:
    return f"{row[column.name]}999" if column.refers_to and row[column.name] is not None else None


def _is_number(column: Column) -> bool:
    return column.type in ("int", "bigint") or column.type.startswith("decimal")


READABLE: Mapping[str, Spoiler] = {
    "date as text": _german_date,
    "number as text": _german_number,
    "blanks around": _blanks,
    _REPEATED: _again,
}
UNREADABLE: Mapping[str, Spoiler] = {
    "about": _about,
    "not known": _not_known,
    "see annex": _see_annex,
    "wrong code": _wrong_code,
    "before its begin": _before_its_begin,
    "unknown parent": _unknown_parent,
}
MISSING = "missing"


def _draw(drawn: random.Random, table: Source, row: Row, referred_to: bool) -> Fault | None:
    """One of the faults that are possible in this row, each kind as likely as another."""
    kinds = [*READABLE, *([] if referred_to else [*UNREADABLE, MISSING])]
    for kind in drawn.sample(kinds, len(kinds)):
        if kind == MISSING:
            required = [column.name for column in table.delivered if column.required]
            return Fault(kind, drawn.choice(required), None)
        spoiler = READABLE.get(kind) or UNREADABLE[kind]
        cells = [(column.name, spoiler(table, column, row)) for column in table.delivered]
        if possible := [(name, cell) for name, cell in cells if cell is not None]:
            return Fault(kind, *drawn.choice(possible), readable=kind in READABLE)
    return None


def _is_referred_to(table: Source, row: Row, tables: Sequence[Source], rows: Mapping[str, Sequence[Row]]) -> bool:
    return any(
        column.refers_to == f"{table.id}.{name}" and any(child[column.name] == value for child in rows[other.id])
        for other in tables
        for column in other.columns
        for name, value in row.items()
    )
