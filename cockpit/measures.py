"""A figure by area and period: its newest values, its history, and where that history is interrupted."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cockpit.answers import Answer, Row
from cockpit.registry import FICTITIOUS

_HALF = re.compile(r"(\d{4})-H([12])")
_YEAR = re.compile(r"\d{4}")


@dataclass(frozen=True)
class Point:
    """One value of a series. Points of one `segment` may be joined by a line; `is_break`: another definition begins."""

    period: str | dt.date
    value: Any
    segment: int
    is_break: bool
    version: Any = None
    fictitious: bool = False


def newest(answer: Answer) -> list[Row]:
    """The newest row of each area; of one period the one by the newest definition."""
    found: dict[str, Row] = {}
    for row in answer.rows:
        if row["ags"] not in found or _age(row) >= _age(found[row["ags"]]):
            found[row["ags"]] = row
    return list(found.values())


def region(answer: Answer) -> Row | None:
    """The newest row of the region, if there is one."""
    return next((row for row in newest(answer) if row["level"] == "district"), None)


def history(answer: Answer, ags: str) -> list[Point]:
    """All values of an area in their order."""
    rows = [row for row in answer.rows if row["ags"] == ags]
    begins: dict[Any, Any] = {}
    for row in rows:
        version = row.get("definition_version")
        begins[version] = min(begins.get(version, row["period"]), row["period"])
    # numbered definitions follow by number, also where the newer one reaches further back; named ones have no order
    rows.sort(key=lambda row: (_number(row), begins[row.get("definition_version")], _version(row), row["period"]))
    return points(rows, answer.figure.step)


def points(rows: Sequence[Row], step: str = "") -> list[Point]:
    """Rows as points: a line ends where a value is missing, a period was left out, or the definition changed."""
    made: list[Point] = []
    segment, before = 0, None
    for row in rows:
        is_break = before is not None and _version(row) != _version(before)
        if before is not None and (
            is_break or before["value"] is None or row["value"] is None or _skips(before["period"], row["period"], step)
        ):
            segment += 1
        version = row.get("definition_version")
        made.append(Point(row["period"], row["value"], segment, is_break, version, bool(row.get(FICTITIOUS))))
        before = row
    return made


def following(period: str) -> str | None:
    """The half-year or year after a period; None for whatever has no next one."""
    if half := _HALF.fullmatch(period):
        return f"{half[1]}-H2" if half[2] == "1" else f"{int(half[1]) + 1}-H1"
    return str(int(period) + 1) if _YEAR.fullmatch(period) else None


def _skips(before: str | dt.date, period: str | dt.date, step: str) -> bool:
    if isinstance(before, dt.date) and isinstance(period, dt.date):
        days = (period - before).days
        return (step == "day" and days > 1) or (step == "month" and days > 31)
    expected = following(str(before))
    return expected is not None and period != expected


def _version(row: Row) -> str:
    # numbers in the order of numbers
    return str(row.get("definition_version") or "").rjust(20)


def _number(row: Row) -> int:
    version = row.get("definition_version")
    return version if isinstance(version, int) else 0


def _age(row: Row) -> tuple[Any, str]:
    return row["period"], _version(row)
