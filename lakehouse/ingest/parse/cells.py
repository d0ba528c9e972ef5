"""Cells of a workbook as the text that their column declares."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby

from lakehouse.spec.column import Column
from lakehouse.spec.model import MOMENTS
from lakehouse.spec.times import EPOCHS, MONTHS

# beyond it neighbours are one number
LARGEST_WHOLE = 2**53
# of larger numbers fifteen digits would lose what the cell holds
LARGEST_EXACT = 1e15
Cell = str | int | float | bool | dt.date | dt.time | dt.timedelta


def plain(cell: Cell) -> str:
    """The text of a cell that no column declares: numbers to fifteen digits, dates and times in ISO form."""
    match cell:
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case int() | float():
            # what a formula adds behind the fifteenth digit is rounding, and no spreadsheet shows it
            exact = f"{cell:.15g}" if abs(cell) < LARGEST_EXACT else repr(cell)
            written = format(Decimal(exact), "f")
            written = written.rstrip("0").rstrip(".") if "." in written else written
            return "0" if written == "-0" else written
        case dt.timedelta():
            return _duration(cell)
        case _:
            return cell.isoformat()


def text(column: Column, cell: Cell) -> str:
    """The text of a cell such that the column's declaration reads its value, or refuses it.

    Raises:
        ValueError: nobody can tell what the cell means.
    """
    match cell:
        case str():
            return cell
        case bool() if column.type == "boolean":
            words = column.booleans.true if cell else column.booleans.false
            return words[0] if words else plain(cell)
        case bool():
            return plain(cell)
        case int() | float() if abs(cell) > LARGEST_WHOLE:
            raise ValueError(f"holds the number {plain(cell)}, of which a workbook keeps only the first digits")
        case int() | float() if column.type not in ("string", "boolean", *MOMENTS):
            return _number(column, plain(cell))
        case dt.date() | dt.time() if column.type in MOMENTS:
            return _moment(column, cell)
        case _:
            return plain(cell)


def _number(column: Column, figure: str) -> str:
    numbers = column.numbers
    if figure in column.nulls:
        return figure
    if "%" in numbers.prefix + numbers.suffix:
        raise ValueError(f"holds the number {figure} without the declared %, and 0.5 may be 0.5 % or 50 %")
    # a sign that the column does not declare, so that it is refused, and not read as one between thousands
    decimal = numbers.decimal or ("," if numbers.thousands == "." else ".")
    figure = figure.replace(".", decimal)
    if figure.startswith("-") and numbers.negative != "leading":
        figure = f"{figure[1:]}-" if numbers.negative == "trailing" else f"({figure[1:]})"
    return figure if numbers.affixes == "optional" else f"{numbers.prefix}{figure}{numbers.suffix}"


def _moment(column: Column, cell: dt.date | dt.time) -> str:
    if column.format in EPOCHS:
        return plain(cell)
    if column.format is not None:
        pieces = list(_pieces(column, column.format, cell))
        return plain(cell) if None in pieces else "".join(filter(None, pieces))
    if column.type == "timestamp" and isinstance(cell, dt.date):
        moment = cell if isinstance(cell, dt.datetime) else dt.datetime.combine(cell, dt.time())
        return f"{moment.isoformat()}Z"
    return plain(cell)


def _pieces(column: Column, written: str, cell: dt.date | dt.time) -> Iterator[str | None]:
    """The pieces of a declared format; None is among them if it cannot say all that the cell holds."""
    parts = _parts(cell)
    for letter, run in groupby(written):
        length = len(list(run))
        if letter not in "yMdHmsSX":
            yield letter * length
        elif letter not in parts:
            yield None
        elif letter == "S":
            # of six digits those behind the declared ones must be zeros
            fraction = f"{parts.pop('S'):06}".ljust(length, "0")
            yield None if fraction[length:].strip("0") else fraction[:length]
        elif letter == "y" and length == 2:
            assert column.pivot is not None  # it belongs to the format
            year = parts.pop("y")
            yield f"{year % 100:02}" if 0 <= column.pivot - year < 100 else None
        elif letter == "M" and length > 2:
            assert column.months is not None  # it belongs to the format
            yield MONTHS[column.months][parts.pop("M") - 1].split()[0]
        else:
            yield f"{parts.pop(letter):0{length}}"
    # what is left unsaid must be what is read where nothing is said
    if any(value != (1 if name in "Md" else 0) for name, value in parts.items()):
        yield None


def _parts(cell: dt.date | dt.time) -> dict[str, int]:
    parts: dict[str, int] = {}
    if isinstance(cell, dt.date):
        parts |= {"y": cell.year, "M": cell.month, "d": cell.day}
    if isinstance(cell, dt.time | dt.datetime):
        return parts | {"H": cell.hour, "m": cell.minute, "s": cell.second, "S": cell.microsecond}
    return parts | {"H": 0, "m": 0, "s": 0, "S": 0}


def _duration(duration: dt.timedelta) -> str:
    sign = "-" if duration < dt.timedelta() else ""
    seconds = abs(duration) // dt.timedelta(seconds=1)
    fraction = abs(duration) % dt.timedelta(seconds=1) // dt.timedelta(microseconds=1)
    written = f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{written}.{fraction:06}".rstrip("0") if fraction else written
