"""Maps: every city in its class, readable without colours, and left out where a release has no boundaries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import duckdb
import pytest
from lxml import html

from cockpit import maps, site
from lakehouse.lake.release import Manifest
from tests.support import cockpit
from tests.support.cockpit import CITIES, HERTEN, MARL
from tests.unit.cockpit.conftest import Document, text
from tests.unit.cockpit.test_site import contrast, luminance

NAME = "kpi_ozg_online-map"
Release = tuple[duckdb.DuckDBPyConnection, Manifest]


@pytest.fixture(scope="module")
def within(release: Release) -> maps.Boundaries:
    found = maps.boundaries(*release)
    assert found
    return found


def drawn(within: maps.Boundaries, values: dict[str, Decimal]) -> Document:
    return html.document_fromstring(str(maps.shares("m", "Anteile", "Prozent", values, within)))


def areas(svg: Document) -> list[tuple[str, str]]:
    """Outline and colour of each area, in the order of the keys."""
    group = svg.xpath(".//*[local-name()='path'][@fill and @d and not(contains(@fill, 'none'))]")
    return [(path.get("d"), path.get("fill")) for path in group if path.get("d").count("Z") and "L" in path.get("d")]


def test_a_share_is_drawn_into_its_cities(page: Callable[[str], Document]) -> None:
    (section,) = page("b1").xpath('//section[@id="kpi_ozg_online"]')
    (map_,) = section.xpath(f".//*[local-name()='svg'][contains(@aria-labelledby, '{NAME}-title')]")
    assert text(map_[0]).startswith("Karte: ") and "(erfundene Angaben)" in text(map_[0])
    assert text(map_[1]).startswith("Karte der Städte in Prozent. 30: Castrop-Rauxel 30,00, ")
    # that of Marl is of another half-year, so it may not be compared
    assert text(map_[1]).endswith("keine Angabe: Marl.")
    words = {text(word) for word in map_.xpath(".//*[local-name()='tspan']")}
    assert {"Herten", "30,00", "Marl", "–"} <= words
    assert "Grenzen der Städte, vereinfacht: Land <b>NRW</b> (dl-by-de/2.0); Gebietsstand 01.09.2010." in text(section)


def test_only_shares_have_a_map(page: Callable[[str], Document]) -> None:
    (section,) = page("a").xpath('//section[@id="gigabit_missing"]')
    assert "Karte" not in text(section)
    assert "Karte" not in text(page(f"stadt-{HERTEN}"))


@pytest.mark.parametrize("without", ["dim_boundary", ""])
def test_a_release_without_boundaries_says_so_and_has_all_else(without: str) -> None:
    rows = {name: some for name, some in cockpit.example().items() if name != "dim_boundary"}
    with cockpit.connection(rows, without=without) as connection:
        pages = site.render(connection, cockpit.manifest(rows, without=without))
    (section,) = html.document_fromstring(pages["b1.html"].decode()).xpath('//section[@id="kpi_ozg_online"]')
    assert "Ohne Karte: Diese Veröffentlichung enthält keine Grenzen der Städte." in text(section)
    assert len(section.xpath(".//*[local-name()='svg']")) == 2 and section.xpath(".//table")


def test_of_several_editions_the_newest_is_drawn(release: Release) -> None:
    rows = cockpit.example()
    old = [{**row, "territorial_status_date": dt.date(2000, 1, 1), "geometry": "{}"} for row in rows["dim_boundary"]]
    with cockpit.connection({"dim_boundary": [*rows["dim_boundary"], *old]}) as connection:
        assert maps.boundaries(connection, release[1]) == maps.boundaries(*release)


def test_a_city_is_as_dark_as_its_value_is_high(within: maps.Boundaries) -> None:
    values = {ags: Decimal(10 * place) for place, ags in enumerate(CITIES) if ags != MARL}
    svg = drawn(within, values)
    colours = [colour for _, colour in areas(svg)]
    assert len(colours) >= len(CITIES)
    lights = [luminance(colour) for ags, colour in zip(within.areas, colours, strict=False) if ags != MARL]
    assert lights == sorted(lights, reverse=True) and len(set(lights)) == 5
    assert dict(zip(within.areas, colours, strict=False))[MARL] == "#ffffff"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ("75.08 97.03 83", ["75 bis unter 80", "80 bis unter 85", "85 bis unter 90", "90 bis unter 95", "95 bis 100"]),
        ("0 100", ["0 bis unter 20", "20 bis unter 40", "40 bis unter 60", "60 bis unter 80", "80 bis 100"]),
        ("0.6 4.24", ["0 bis unter 1", "1 bis unter 2", "2 bis unter 3", "3 bis unter 4", "4 bis 5"]),
        ("99.9 99.95", ["99,9 bis unter 99,91", "99,91 bis unter 99,92", "99,92 bis unter 99,93",
                        "99,93 bis unter 99,94", "99,94 bis 99,95"]),
        ("100 100", ["100"]),
        ("", []),
    ],
)  # fmt: skip
def test_classes_have_round_edges_and_hold_every_value(values: str, said: list[str]) -> None:
    numbers = [Decimal(value) for value in values.split()]
    edges = maps._edges(numbers)
    assert maps._labels(edges) == said
    for number in numbers:
        place = maps._class(number, edges)
        assert 0 <= place < len(said)
        assert len(edges) == 1 or edges[place] <= number <= edges[place + 1]


def test_north_is_above_and_the_map_has_the_shape_of_the_land(within: maps.Boundaries) -> None:
    first, last = within.areas[CITIES[0]][0][0], within.areas[CITIES[-1]][0][0]
    assert min(y for _, y in first) > max(y for _, y in last)
    width, height = (max(place[axis] for place in first) - min(place[axis] for place in first) for axis in (0, 1))
    assert width / height == pytest.approx(0.62, abs=0.02), "at 51.6 degrees north"
    assert len(within.areas[HERTEN]) == 2, "an exclave is drawn"


def test_neighbours_differ_without_colours_and_words_can_be_read() -> None:
    ramp = [luminance(colour) for colour in maps.RAMP]
    assert ramp == sorted(ramp, reverse=True)
    assert all(contrast(one, other) > 1.3 for one, other in zip(maps.RAMP, maps.RAMP[1:], strict=False))
