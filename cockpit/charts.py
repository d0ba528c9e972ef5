"""Charts as SVG that stands in the page: drawn by Vega-Altair and vl-convert, without a browser.

A chart is one image with a title and a description; its numbers stand in a table beside it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import altair as alt
import vl_convert
from lxml import etree
from markupsafe import Markup

from cockpit import german
from cockpit.measures import Point, following

# on white each has at least three times its brightness, and neighbours differ without colour: by dashes
PALETTE = ("#0b5394", "#9a3412", "#166534", "#6b21a8", "#92400e", "#334155")
DASHES: tuple[list[int], ...] = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [1, 3])
INK, LINE = "#1b2430", "#c3ccd5"
FONT = "Liberation Sans, Arial, sans-serif"
WIDTH, BAR, HEIGHT = 440, 24, 180
# room for the longest name of a city, also in a wider font than the one by which it is measured
NAMES = 125
_SVG = "{http://www.w3.org/2000/svg}"
_VEGA_LITE = "6.4"


def bars(name: str, title: str, unit: str, values: Sequence[tuple[str, Any]]) -> Markup:
    """A bar per value, in the given order; a missing value has words instead of a bar.

    Args:
        name: of the chart within its page.
        title: what it shows.
        unit: of the values.
        values: label and value.
    """
    rows = [
        {"label": label, "value": None if value is None else float(value), "said": german.said(value)}
        for label, value in values
    ]
    said = ", ".join(f"{row['label']}: {row['said']}" for row in rows)
    return svg(_bars(unit, len(rows)), {"rows": rows}, name, title, f"Balken in {unit or 'Anzahl'}. {said}.")


def lines(name: str, title: str, unit: str, step: str, series: Mapping[str, Sequence[Point]]) -> Markup:
    """A line per series, interrupted where a value is missing or the definition changed."""
    by_day = all(isinstance(point.period, dt.date) for points in series.values() for point in points)
    rows, breaks = [], set()
    for label, points in series.items():
        for point in points:
            at = str(point.period) if by_day else german.short_period(str(point.period))
            if point.is_break:
                breaks.add(at)
            if point.value is not None:
                rows.append(
                    {"at": at, "value": float(point.value), "series": label, "part": f"{label} {point.segment}"}
                )
    periods = _dates(series, step) if by_day else _periods(series)
    names = tuple(series) if len(series) > 1 else ()
    spec = _lines(unit, names, step, periods, by_day, len(rows) <= 40 * len(series), bool(breaks))
    marked = [{"at": at, "said": "neue Definition"} for at in sorted(breaks)]
    parts = [f"{label}: {_course(points, step)}" for label, points in series.items()]
    return svg(spec, {"rows": rows, "breaks": marked}, name, title, f"Linie in {unit or 'Anzahl'}. {' '.join(parts)}")


# Many charts differ only in their data, and making one costs Altair as much as drawing it.
@cache
def _bars(unit: str, count: int) -> dict[str, Any]:
    base = alt.Chart(alt.NamedData("rows")).encode(
        y=alt.Y("label:N", title=None, sort=None, axis=alt.Axis(labelLimit=220, ticks=False, minExtent=NAMES))
    )
    length = alt.X("value:Q", title=unit or None, axis=alt.Axis(tickCount=5), scale=alt.Scale(zero=True))
    drawn = base.mark_bar(color=PALETTE[0], height=16).encode(x=length)
    told = base.mark_text(align="left", dx=4, color=INK).encode(x=length, text="said:N")
    return configured(alt.layer(drawn, told).properties(width=WIDTH, height=BAR * max(count, 1)))


@cache
def _lines(
    unit: str,
    names: tuple[str, ...],
    step: str,
    periods: tuple[str, ...],
    by_day: bool,
    with_points: bool,
    with_breaks: bool,
) -> dict[str, Any]:
    x = _days(periods, step) if by_day else _ordinal(periods)
    base = alt.Chart(alt.NamedData("rows")).encode(
        x=x,
        y=alt.Y("value:Q", title=unit or None, axis=alt.Axis(tickCount=5)),
        color=_legend("color", names, PALETTE),
        detail="part:N",
    )
    drawn: list[Any] = [base.mark_line(strokeWidth=2).encode(strokeDash=_legend("strokeDash", names, DASHES))]
    if with_points:
        drawn.append(base.mark_point(filled=True, size=45, opacity=1))
    if with_breaks:
        rule = alt.Chart(alt.NamedData("breaks")).encode(x=x)
        drawn.append(rule.mark_rule(color=INK, strokeDash=[4, 3]))
        words = rule.mark_text(align="right", dx=8, dy=-4, baseline="bottom", color=INK)
        drawn.append(words.encode(y=alt.value(0), text="said:N"))
    return configured(alt.layer(*drawn).properties(width=WIDTH, height=HEIGHT))


def configured(chart: alt.LayerChart | alt.FacetChart) -> dict[str, Any]:
    """A chart as Vega-Lite, in the look of all charts."""
    # set part by part, Altair would copy the whole chart each time
    return {**chart.to_dict(), "config": _look()}


@cache
def _look() -> dict[str, Any]:
    words: dict[str, Any] = {"labelFontSize": 12, "labelColor": INK}
    look: dict[str, Any] = alt.Config(
        font=FONT,
        background="transparent",
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(**words, titleColor=INK, gridColor=LINE, domainColor=INK, titleFontSize=12),
        text=alt.MarkConfig(fontSize=12, font=FONT),
        legend=alt.LegendConfig(**words),
    ).to_dict()
    return look


def _days(dates: tuple[str, ...], step: str) -> alt.X:
    axis = alt.Axis(format="%m/%Y" if step == "month" else "%d.%m.%Y", labelOverlap=True, tickCount=5)
    if dates:
        axis.values = [_utc(date) for date in dates]
    # the day itself, wherever the page is made
    return alt.X("at:T", title=None, scale=alt.Scale(type="utc"), axis=axis)


def _dates(series: Mapping[str, Sequence[Point]], step: str) -> tuple[str, ...]:
    """Reference dates, which an axis has to name; those of a regular series it may choose from."""
    return () if step == "day" else tuple(sorted({str(point.period) for points in series.values() for point in points}))


def _utc(date: str) -> int:
    return int(dt.datetime.fromisoformat(date).replace(tzinfo=dt.UTC).timestamp() * 1000)


def _periods(series: Mapping[str, Sequence[Point]]) -> tuple[str, ...]:
    """All periods from the first to the last, also those of which nothing is known."""
    known = sorted({str(point.period) for points in series.values() for point in points})
    domain = known[:1]
    while domain and domain[-1] != known[-1]:
        upcoming = following(domain[-1])
        domain.append(upcoming if upcoming and upcoming < known[-1] else next(p for p in known if p > domain[-1]))
    return tuple(german.short_period(period) for period in domain)


def _ordinal(periods: tuple[str, ...]) -> alt.X:
    angle = -35 if len(periods) > 3 else 0
    return alt.X("at:O", title=None, scale=alt.Scale(domain=list(periods)), axis=alt.Axis(labelAngle=angle))


def _legend(channel: str, names: tuple[str, ...], values: Sequence[Any]) -> Any:
    """How lines differ, with a legend; one alone needs no name, and so all alike are one chart."""
    if not names:
        return alt.value(values[0])
    kind = alt.Color if channel == "color" else alt.StrokeDash
    chosen = [values[position % len(values)] for position in range(len(names))]
    legend = alt.Legend(title=None, orient="bottom", symbolSize=300)
    return kind("series:N", scale=alt.Scale(domain=list(names), range=chosen), legend=legend)


def _course(points: Sequence[Point], step: str) -> str:
    told = [point for point in points if point.value is not None]
    if not told:
        return "keine Werte."
    first, last = told[0], told[-1]
    course = (
        f"{german.said(first.value)} ({german.period(first.period, step)}) bis "
        f"{german.said(last.value)} ({german.period(last.period, step)})"
    )
    interrupted = len({point.segment for point in told}) - 1
    return (
        f"{course}, {german.count(interrupted, 'Unterbrechung', 'Unterbrechungen')}." if interrupted else f"{course}."
    )


def svg(spec: dict[str, Any], rows: dict[str, list[dict[str, Any]]], name: str, title: str, description: str) -> Markup:
    """One chart with its data as an image that stands in a page."""
    drawn = vl_convert.vegalite_to_svg(
        {**spec, "datasets": rows}, vl_version=_VEGA_LITE, format_locale="de-DE", time_format_locale="de-DE"
    )
    return Markup(etree.tostring(_as_image(etree.fromstring(drawn), name, title, description), encoding="unicode"))


def _as_image(svg: Any, name: str, title: str, description: str) -> Any:
    """One image for whoever reads with ears: its parts say nothing of their own. Names and styles stay in the SVG."""
    for element in svg.iter():
        for attribute in list(element.attrib):
            if attribute.startswith("aria-") or attribute in ("role", "style", "class"):
                del element.attrib[attribute]
            elif attribute == "id":
                element.set("id", f"{name}-{element.get('id')}")
            elif "url(#" in element.get(attribute):
                element.set(attribute, element.get(attribute).replace("url(#", f"url(#{name}-"))
    for attribute in ("width", "height"):
        del svg.attrib[attribute]
    said = {"title": title, "desc": description}
    for position, (tag, text) in enumerate(said.items()):
        child = etree.Element(f"{_SVG}{tag}", id=f"{name}-{tag}")
        child.text = text
        svg.insert(position, child)
    svg.set("role", "img")
    svg.set("aria-labelledby", f"{name}-title {name}-desc")
    width = svg.get("viewBox").split()[2]
    svg.set("class", "chart wide-chart" if float(width) > WIDTH + 120 else "chart")
    return svg
