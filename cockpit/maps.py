"""Maps of the ten cities: the boundaries of a release, and shares drawn into them in classes.

A share is also written into its city and told by the table beside the map, so that nobody has to tell colours apart.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import altair as alt
import duckdb
from markupsafe import Markup

from cockpit import charts, german
from cockpit.origins import origin
from lakehouse.administrations import ADMINISTRATIONS
from lakehouse.lake.release import Manifest

MART = "dim_boundary"
# light to dark, so that a print without colours keeps the order
RAMP = ("#e3edf7", "#b5cfe8", "#7fadd6", "#4a86bd", "#1f5c96")
NOTHING_KNOWN = "keine Angabe"
_EMPTY = "#ffffff"
_STEPS = [Decimal(step).scaleb(power) for power in range(-4, 9) for step in (1, 2, 5)]

Place = tuple[float, float]
Ring = list[Place]


@dataclass(frozen=True)
class Boundaries:
    """The cities as they are drawn.

    Attributes:
        areas: polygons of each city by its AGS, in pixels.
        height: of the map; it is as wide as any chart.
        about: whose boundaries these are, and of when.
    """

    areas: Mapping[str, list[list[Ring]]]
    height: int
    about: str


def boundaries(connection: duckdb.DuckDBPyConnection, manifest: Manifest) -> Boundaries | None:
    """The newest boundaries of the cities; None if the release has none."""
    if MART not in manifest.marts:
        return None
    query = f"""
        SELECT ags, geometry, territorial_status_date FROM {MART} WHERE is_vest
        QUALIFY row_number() OVER (PARTITION BY ags ORDER BY territorial_status_date DESC) = 1
        ORDER BY ags
    """
    rows = connection.sql(query).fetchall()
    if not rows:
        return None
    areas, height = _drawn({ags: _polygons(json.loads(geometry)) for ags, geometry, _ in rows})
    sources = origin(manifest, [MART]).sources
    whose = ", ".join(f"{source.attribution or source.title} ({source.licence})" for source in sources)
    dates = " und ".join(sorted({german.day(date) for *_, date in rows}))
    return Boundaries(areas, height, f"Grenzen der Städte, vereinfacht: {whose}; Gebietsstand {dates}.")


def shares(name: str, title: str, unit: str, values: Mapping[str, Decimal | float], within: Boundaries) -> Markup:
    """A map whose cities are as dark as their values are high.

    Args:
        name: of the chart within its page.
        title: what it shows.
        unit: of the values.
        values: by AGS; of a city that is left out nothing is known.
        within: the boundaries.
    """
    known = {ags: Decimal(str(value)) for ags, value in values.items()}
    edges = _edges(list(known.values()))
    classes = [*_labels(edges), *([NOTHING_KNOWN] if within.areas.keys() - known.keys() else [])]
    areas, labels, said = [], [], dict[str, list[str]]()
    for ags, polygons in within.areas.items():
        its_class = classes[_class(known[ags], edges)] if ags in known else NOTHING_KNOWN
        label = ADMINISTRATIONS[ags]
        x, y = _centre(max((polygon[0] for polygon in polygons), key=lambda ring: abs(_area(ring))))
        areas.append(
            {
                "type": "Feature",
                "geometry": {"type": "MultiPolygon", "coordinates": polygons},
                "class": its_class,
            }
        )
        lines_of = label.replace("-", "-\n")
        labels.append({"x": x, "y": y, "said": f"{lines_of}\n{german.said(values.get(ags))}"})
        said.setdefault(its_class, []).append(f"{label} {german.said(values[ags])}" if ags in known else label)
    told = "; ".join(f"{one}: {', '.join(said[one])}" for one in classes if one in said)
    description = f"Karte der Städte in {unit}. {told}."
    spec = _map(unit, tuple(classes), within.height)
    return charts.svg(spec, {"areas": areas, "labels": labels}, name, title, description)


def _edges(values: Sequence[Decimal]) -> list[Decimal]:
    """Round edges of at most five classes of one width; a single one where all values are the same."""
    if len(set(values)) < 2:
        return list(values[:1])
    least, most = min(values), max(values)
    for step in _STEPS:
        first = least // step * step
        count = math.ceil((most - first) / step)
        if count <= len(RAMP):
            return [first + step * position for position in range(count + 1)]
    raise ValueError(f"shares from {least} to {most}")


def _labels(edges: Sequence[Decimal]) -> list[str]:
    """The last class has its upper edge, so that 100 percent need no class of their own."""
    said = [german.number(edge.normalize() if edge % 1 else edge.quantize(Decimal(1))) for edge in edges]
    if len(said) < 2:
        return said
    upper = [f"unter {edge}" for edge in said[1:-1]] + [said[-1]]
    return [f"{low} bis {high}" for low, high in zip(said, upper, strict=False)]


def _class(value: Decimal, edges: Sequence[Decimal]) -> int:
    return max(0, min(sum(value >= edge for edge in edges), len(edges) - 1) - 1)


@cache
def _map(unit: str, classes: tuple[str, ...], height: int) -> dict[str, Any]:
    count = len(classes) - (NOTHING_KNOWN in classes)
    last = len(RAMP) - 1
    colours = [RAMP[round(n * last / (count - 1)) if count > 1 else last // 2] for n in range(count)]
    if NOTHING_KNOWN in classes:
        colours.append(_EMPTY)
    legend = alt.Legend(
        title=unit,
        orient="bottom",
        columns=3,
        columnPadding=16,
        symbolType="square",
        symbolSize=250,
        symbolStrokeColor=charts.INK,
    )
    colour = alt.Color("class:N", scale=alt.Scale(domain=list(classes), range=colours), legend=legend)
    # a clip would be named by how many charts the process has drawn before
    outline: dict[str, Any] = {"stroke": charts.INK, "strokeWidth": 1, "clip": False}
    areas = alt.Chart(alt.NamedData("areas")).mark_geoshape(**outline).encode(color=colour)
    # what is drawn is in pixels already: no projection may move it
    areas = areas.project(type="identity", scale=1, translate=[0, 0])
    x, y = alt.X("x:Q", scale=None, axis=None), alt.Y("y:Q", scale=None, axis=None)
    words = alt.Chart(alt.NamedData("labels")).encode(x=x, y=y, text="said:N")
    style: dict[str, Any] = {"lineBreak": "\n", "fontSize": 11, "fontWeight": "bold", "baseline": "middle"}
    halo = words.mark_text(**style, stroke="#ffffff", strokeWidth=3.5, strokeJoin="round")
    drawn = alt.layer(areas, halo, words.mark_text(**style, color=charts.INK))
    return charts.configured(drawn.properties(width=charts.WIDTH, height=height))


def _polygons(geometry: Mapping[str, Any]) -> list[list[Ring]]:
    """The polygons of a GeoJSON geometry, each as its rings, the outer one first."""
    found: list[list[Ring]] = geometry["coordinates"]
    return found if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]


def _drawn(areas: Mapping[str, list[list[Ring]]]) -> tuple[dict[str, list[list[Ring]]], int]:
    """Degrees as pixels, north above; what is too near to the point before it is left out."""
    every = [place for polygons in areas.values() for polygon in polygons for ring in polygon for place in ring]
    west, east = min(x for x, _ in every), max(x for x, _ in every)
    south, north = min(y for _, y in every), max(y for _, y in every)
    # a degree to the east is shorter than one to the north
    shorter = math.cos(math.radians((south + north) / 2))
    scale = charts.WIDTH / ((east - west) * shorter)

    def ring_in_pixels(ring: Ring) -> Ring:
        made: Ring = []
        for lon, lat in ring:
            place = (round((lon - west) * shorter * scale, 1), round((north - lat) * scale, 1))
            if not made or math.dist(made[-1], place) >= 0.5:
                made.append(place)
        return [*made[:-1], made[0]] if len(made) > 3 else made

    drawn = {ags: [[ring_in_pixels(ring) for ring in polygon] for polygon in its] for ags, its in areas.items()}
    return drawn, math.ceil((north - south) * scale)


def _area(ring: Ring) -> float:
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(ring, ring[1:], strict=False)) / 2


def _centre(ring: Ring) -> Place:
    """The centre of gravity."""
    x = y = 0.0
    for (x1, y1), (x2, y2) in zip(ring, ring[1:], strict=False):
        part = x1 * y2 - x2 * y1
        x, y = x + (x1 + x2) * part, y + (y1 + y2) * part
    six = 6 * _area(ring)
    if not six:
        return ring[0]
    return round(x / six, 1), round(y / six, 1)
