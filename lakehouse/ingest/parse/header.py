"""Whether a delivery has the declared columns: one message names what is missing, new and probably renamed."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from lakehouse.errors import DeliveryRejected
from lakehouse.spec.column import Column
from lakehouse.spec.normal_form import declared, spelled_out
from lakehouse.spec.source import Source

SHOWN = 20


def match(source: Source, header: Sequence[str], where: str) -> tuple[list[int | None], list[int]]:
    """Positions of the delivered columns in a header (None: an absent optional one), and of the undeclared ones.

    Raises:
        DeliveryRejected: a column is missing, or is there twice.
    """
    header = [spelled_out(name).strip(" ") for name in header]
    if doubled := sorted({name for name in header if name and header.count(name) > 1}):
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
    new = [i for i in range(len(header)) if i not in positions]
    if missing:
        raise DeliveryRejected(source.id, where, f"the header {difference(missing, [header[i] for i in new])}")
    return positions, new


def held(source: Source, header: Sequence[str]) -> int:
    """How many of the delivered columns a header names."""
    header = [spelled_out(name).strip(" ") for name in header]
    return sum(any(name in header for name in _names(c)) for c in source.delivered)


def _names(column: Column) -> list[str]:
    """The headers that mean a column, in the form in which delivered ones are compared."""
    return list(dict.fromkeys(declared(name) for name in (str(column.source), *column.aliases)))


def difference(missing: Sequence[Column], new: Sequence[str]) -> str:
    """One sentence on columns that are missing, new and probably renamed."""
    lacking = []
    for column in missing:
        close = _renamed(column, new)
        lacking.append(f"{column.source!r} (probably renamed to {close!r})" if close else repr(column.source))
    shown = ", ".join(map(repr, new[:SHOWN])) + (f" and {len(new) - SHOWN} more" if len(new) > SHOWN else "")
    return f"lacks {', '.join(lacking)}; new: {shown or 'nothing'}"


def _renamed(column: Column, new: Sequence[str]) -> str | None:
    plain = {"".join(name.casefold().split()): name for name in new}
    for name in (str(column.source), *column.aliases):
        if close := get_close_matches("".join(name.casefold().split()), plain, n=1):
            return plain[close[0]]
    return None
