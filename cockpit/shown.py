"""How an answer is shown: large figures, charts, and the tables beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from cockpit import charts, german, maps, measures
from cockpit.answers import Answer, Row
from cockpit.maps import Boundaries
from cockpit.measures import Point
from lakehouse.administrations import ADMINISTRATIONS, KREIS

# rows of a list that a page shows, and bars that a chart can show
ROWS, BARS = 40, 20
NO_MAP = "Ohne Karte: Diese Veröffentlichung enthält keine Grenzen der Städte."
MADE_UP = {"alle": "erfundene Angaben", "manche": "zum Teil erfundene Angaben"}


@dataclass(frozen=True)
class Cell:
    """One value in words; `raw` is the number itself, and None for whatever is none."""

    text: str
    raw: str | None = None


@dataclass(frozen=True)
class Line:
    """One row of a table; `key` names it, such as an AGS or a period."""

    cells: list[Cell]
    made_up: bool = False
    key: str = ""


@dataclass(frozen=True)
class Table:
    """A table; the first column heads each row. `left_out` are rows of the answer that are not shown."""

    name: str
    caption: str
    headings: list[tuple[str, bool]]
    lines: list[Line]
    left_out: int = 0


@dataclass(frozen=True)
class Large:
    """A figure that is shown large: what it is, the figure with its unit, and of when."""

    label: str
    value: Cell
    unit: str
    when: str


@dataclass(frozen=True)
class Shown:
    """A figure as a page shows it: the answer, its large figures, charts, and tables; `history` is the last table.

    `about_map` says whose boundaries the map has, or why there is none.
    """

    answer: Answer
    when: str
    large: list[Large]
    chart: Markup | None = None
    map: Markup | None = None
    about_map: str = ""
    table: Table | None = None
    course: Markup | None = None
    history: Table | None = None


def shown(answer: Answer, ags: str = "", boundaries: Boundaries | None = None) -> Shown:
    """A figure for the region, with a map if there are boundaries, or for the page of one administration."""
    if not answer.rows:
        return Shown(answer, "", [])
    kind = answer.figure.kind
    if kind == "areas":
        return _of_one(answer, ags) if ags else _areas(answer, boundaries)
    if kind == "series":
        return _series(answer)
    return _facts(answer) if kind == "facts" else _list(answer)


def cell(value: Any, answer: Answer | None = None, column: str = "") -> Cell:
    """A value in words, and the number behind it."""
    codes = next((c.codes for c in answer.columns if c.name == column), None) if answer else None
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return Cell(german.said(value, codes), str(value) if is_number else None)


def title(answer: Answer, of: str = "") -> str:
    """What a chart shows; whoever hears only this must hear as well that it is made up."""
    made_up = MADE_UP.get(answer.made_up)
    return answer.figure.title + (f", {of}" if of else "") + (f" ({made_up})" if made_up else "")


def _areas(answer: Answer, boundaries: Boundaries | None) -> Shown:
    figure, rows = answer.figure, measures.newest(answer)
    of_region = measures.region(answer)
    rows.sort(key=lambda row: (row["level"] != "district", row["ags"]))
    when, of_one_time = _compared(answer, [r for r in rows if r["level"] != "district" and r["value"] is not None])
    chart, drawn, about_map = _charts(answer, when, of_one_time, boundaries) if of_one_time else (None, None, "")
    points = measures.history(answer, of_region["ags"]) if of_region else []
    course, history = _history(answer, points, _name(of_region) if of_region else "")
    table = Table(f"{figure.id}-areas", f"{figure.title}: neueste Angabe je Gebiet", *_area_lines(answer, rows))
    large = [_large(answer, of_region)] if of_region else []
    newest = german.period(max(row["period"] for row in rows), figure.step)
    return Shown(answer, newest, large, chart, drawn, about_map, table, course, history)


def _compared(answer: Answer, rows: Sequence[Row]) -> tuple[str, Sequence[Row]]:
    """What may be compared, as it is of one period: the one of which most areas have their newest value."""
    if not rows:
        return "", []
    counted = Counter(row["period"] for row in rows)
    period = max(counted, key=lambda one: (counted[one], one))
    return german.period(period, answer.figure.step), [row for row in rows if row["period"] == period]


def _charts(
    answer: Answer, when: str, rows: Sequence[Row], boundaries: Boundaries | None
) -> tuple[Markup, Markup | None, str]:
    """Bars, and of a share also a map, with what is to be said of it."""
    figure = answer.figure
    of_time = title(answer, when)
    bars = charts.bars(f"{figure.id}-chart", of_time, figure.unit, [(_name(row), row["value"]) for row in rows])
    cities = {row["ags"]: row["value"] for row in rows if row["level"] == "city"}
    if not figure.is_share or not cities:
        return bars, None, ""
    if boundaries is None:
        return bars, None, NO_MAP
    return bars, maps.shares(f"{figure.id}-map", f"Karte: {of_time}", figure.unit, cities, boundaries), boundaries.about


def _of_one(answer: Answer, ags: str) -> Shown:
    row = measures.newest(answer)[0]
    course, history = _history(answer, measures.history(answer, ags), ADMINISTRATIONS[ags])
    when = german.period(row["period"], answer.figure.step)
    table = (
        None
        if history
        else Table(f"{answer.figure.id}-areas", f"{answer.figure.title}: Angabe", *_area_lines(answer, [row]))
    )
    return Shown(answer, when, [_large(answer, row)], table=table, course=course, history=history)


def _history(answer: Answer, points: Sequence[Point], who: str) -> tuple[Markup | None, Table | None]:
    if len(points) < 2:
        return None, None
    figure = answer.figure
    course = charts.lines(
        f"{figure.id}-course", title(answer, f"Verlauf, {who}"), figure.unit, figure.step, {who: points}
    )
    with_versions = any(point.version is not None for point in points)
    headings = [("Zeitraum", False), (_measured(answer), True)] + (
        [("Fassung der Definition", False)] if with_versions else []
    )
    lines = [
        Line(
            [Cell(german.period(p.period, figure.step)), cell(p.value)]
            + ([Cell(str(p.version or german.NOTHING))] if with_versions else []),
            p.fictitious,
            str(p.period),
        )
        for p in points
    ]
    return course, Table(f"{figure.id}-history", f"{figure.title}, Verlauf, {who}", headings, lines)


def _area_lines(answer: Answer, rows: Sequence[Row]) -> tuple[list[tuple[str, bool]], list[Line]]:
    more = [c for c in answer.columns if c.name not in ("ags", "name", "level", "period", "value")]
    headings = [("Gebiet", False), (_measured(answer), True), ("Stand", False)]
    lines = [
        Line(
            [Cell(_name(row)), cell(row["value"]), Cell(german.period(row["period"], answer.figure.step))]
            + [_part(row[column.name]) for column in more],
            answer.is_made_up(row),
            row["ags"],
        )
        for row in rows
    ]
    return headings + [(column.heading, column.is_number) for column in more], lines


def _part(value: Any) -> Cell:
    """Numerator or denominator, which count things as often as euros."""
    is_whole = isinstance(value, Decimal) and value == value.to_integral_value()
    return Cell(german.number(int(value)), str(value)) if is_whole else cell(value)


def _series(answer: Answer) -> Shown:
    figure = answer.figure
    names = list(dict.fromkeys(row["series"] for row in answer.rows))
    series = {name: measures.points([r for r in answer.rows if r["series"] == name], figure.step) for name in names}
    course = charts.lines(f"{figure.id}-course", title(answer), figure.unit, figure.step, series)
    headings = [("Reihe", False), ("Zeitraum", False), (_measured(answer), True)]
    lines = [
        Line([Cell(name), Cell(german.period(point.period, figure.step)), cell(point.value)], point.fictitious, name)
        for name, points in series.items()
        for point in points
    ]
    newest = max(row["period"] for row in answer.rows)
    table = Table(f"{figure.id}-history", f"{figure.title}: alle Angaben", headings, lines)
    return Shown(answer, german.period(newest, figure.step), [], course=course, history=table)


def _facts(answer: Answer) -> Shown:
    (row,) = answer.rows
    when = german.said(row["as_of_date"]) if "as_of_date" in row else ""
    columns = [column for column in answer.columns if column.name != "as_of_date"]
    large = [Large(column.label, cell(row[column.name]), column.unit, when) for column in columns]
    return Shown(answer, when, large)


def _list(answer: Answer) -> Shown:
    figure, rows = answer.figure, answer.rows[:ROWS]
    lines = [
        Line([cell(row[c.name], answer, c.name) for c in answer.columns], answer.is_made_up(row), str(position))
        for position, row in enumerate(rows)
    ]
    headings = [(column.heading, column.is_number) for column in answer.columns]
    table = Table(f"{figure.id}-list", f"{figure.title}: alle Angaben", headings, lines, len(answer.rows) - len(rows))
    chart = None
    if figure.chart and not answer.of_one_city and len(answer.rows) <= BARS:
        category, value = figure.chart.category, figure.chart.value
        heading = next(column.heading for column in answer.columns if column.name == value)
        values = [(cell(row[category], answer, category).text, row[value]) for row in answer.rows]
        chart = charts.bars(f"{figure.id}-chart", title(answer), heading, values)
    return Shown(answer, _when(answer), [], chart, table=table)


def _when(answer: Answer) -> str:
    """Of when a list is, where all its rows say the same."""
    for column in ("as_of_date", "reference_date", "as_of_at", "month", "period", "local_date"):
        said = {german.said(row[column]) for row in answer.rows if row.get(column) is not None}
        if len(said) == 1:
            return said.pop()
    return ""


def _large(answer: Answer, row: Row) -> Large:
    when = german.period(row["period"], answer.figure.step)
    return Large(_name(row), cell(row["value"]), answer.figure.unit, when)


def _measured(answer: Answer) -> str:
    return f"Wert ({answer.figure.unit})" if answer.figure.unit else "Wert"


def _name(row: Row) -> str:
    """The region and the administration of the Kreis have one name, and are not the same."""
    if row["level"] == "district_administration":
        return "Kreisverwaltung"
    return f"{row['name']} (zehn Städte)" if row["name"] == ADMINISTRATIONS[KREIS] else str(row["name"])
