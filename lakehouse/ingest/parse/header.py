"""Whether a delivery has the declared columns: one message names what is missing, new and probably renamed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from difflib import get_close_matches

from lakehouse.errors import DeliveryRejected
from lakehouse.spec.column import Column
from lakehouse.spec.normal_form import declared, spelled_out
from lakehouse.spec.source import Source

SHOWN = 20
# a header that is looked for begins in one of so many lines or rows
SEARCHED = 200


def match(source: Source, header: Sequence[str], where: str) -> tuple[list[int | None], list[int]]:
    """Positions of the delivered columns in a header (None: an absent optional one), and of the undeclared ones.

    Raises:
        DeliveryRejected: a column is missing, or is there twice.
    """
    positions, missing = _placed(source, header, where)
    new = [i for i in range(len(header)) if i not in positions]
    if missing:
        names = [spelled_out(header[i]).strip() for i in new]
        raise DeliveryRejected(source.id, where, f"the header {difference(missing, names)}")
    return positions, new


def _placed(source: Source, header: Sequence[str], where: str) -> tuple[list[int | None], list[Column]]:
    """Positions of the delivered columns in a header, and which must be there and are not. Raises DeliveryRejected."""
    header = [spelled_out(name).strip() for name in header]
    # a sheet may have 16,384 columns, and a header is looked for in each of its first rows
    if doubled := sorted(name for name, times in Counter(header).items() if name and times > 1):
        raise DeliveryRejected(source.id, where, f"the header names columns twice: {', '.join(doubled)}")
    positions: list[int | None] = []
    missing: list[Column] = []
    for column in source.delivered:
        found = [name for name in _names(column) if name in header]
        if len(found) > 1:
            raise DeliveryRejected(source.id, where, f"the header has one column twice: {', '.join(map(repr, found))}")
        if not found and not column.optional:
            missing.append(column)
        positions.append(header.index(found[0]) if found else None)
    return positions, missing


def held(source: Source, header: Sequence[str]) -> int:
    """How many of the delivered columns a header names."""
    header = [spelled_out(name).strip() for name in header]
    return sum(any(name in header for name in _names(c)) for c in source.delivered)


def fits(source: Source, header: Sequence[str]) -> bool:
    """Whether a header names every column that must be there, and at least one."""
    try:
        _, missing = _placed(source, header, "")
    except DeliveryRejected:
        return False
    return not missing and held(source, header) > 0


def named(rows: Sequence[Sequence[str]], spread: Collection[int] = ()) -> list[str]:
    """Names of the columns: texts of one column from top to bottom, or its place.

    Args:
        rows: rows of the header.
        spread: indexes of the rows in which a text stands over each of its columns already; in the others an empty
            cell above a text belongs to the cell at its left.
    """
    if len(rows) == 1:
        return [name or place(i) for i, name in enumerate(rows[0])]
    width = max(map(len, rows), default=0)
    padded = [[*row, *[""] * (width - len(row))] for row in rows]
    for number in reversed(range(len(padded) - 1)):
        above, below = padded[number], padded[number + 1]
        for i in range(1, width if number not in spread else 0):
            if not above[i].strip() and below[i].strip():
                above[i] = above[i - 1]
    columns = zip(*padded, strict=True)
    return [" ".join(text.strip() for text in column if text.strip()) or place(i) for i, column in enumerate(columns)]


def place(i: int) -> str:
    """What a column without a name is called."""
    return f"column {i + 1}"


def check_order(source: Source, names: Sequence[str], positions: Sequence[int | None], where: str) -> None:
    """A column that is known by its place only is the declared one if the others stand as declared.

    Raises:
        DeliveryRejected: they do not.
    """
    places = [i for i in positions if i is not None]
    unnamed = [names[i] for i in places if names[i] == place(i)]
    if unnamed and places != sorted(places):
        raise DeliveryRejected(
            source.id,
            where,
            f"the header has its columns in another order than declared, and {unnamed[0]!r} is known by its place only",
        )


def _names(column: Column) -> list[str]:
    """The headers that mean a column, in the form in which delivered ones are compared."""
    return list(dict.fromkeys(declared(name) for name in (str(column.source), *column.aliases)))


def difference(missing: Sequence[Column], new: Sequence[str]) -> str:
    """One sentence on columns that are missing, new and probably renamed."""
    lacking = []
    for column in missing:
        close = renamed(column, new)
        lacking.append(f"{column.source!r} (probably renamed to {close!r})" if close else repr(column.source))
    shown = ", ".join(map(repr, new[:SHOWN])) + (f" and {len(new) - SHOWN} more" if len(new) > SHOWN else "")
    return f"lacks {', '.join(lacking)}; new: {shown or 'nothing'}"


def renamed(column: Column, new: Sequence[str]) -> str | None:
    """Which of some new names probably means a column."""
    plain = {"".join(name.casefold().split()): name for name in new}
    for name in (str(column.source), *column.aliases):
        if close := get_close_matches("".join(name.casefold().split()), plain, n=1):
            return plain[close[0]]
    return None
