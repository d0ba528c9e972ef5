"""Municipalities, their boundaries and inhabitants, and the calendar, counted again without the lakehouse."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections import Counter
from decimal import Decimal

from tests.integration.test_8_figures.region import Figures

# no Kreis has this key: the sample keeps its bad rows under it
BAD = "05599"
MONTHS = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()


def municipalities(all_marts: Figures) -> dict[str, dict[str, str]]:
    """The municipalities of the list by their key, as delivered."""
    (path,) = all_marts.file("gvisys__municipality")
    with path.open(encoding="utf-8-sig", newline="") as file:
        units = [row for row in csv.DictReader(file) if row["satzart"] == "60"]
    keyed = {row["land"] + row["rb"] + row["kreis"] + row["gemeinde"]: row for row in units}
    return {ags: row for ags, row in keyed.items() if not ags.startswith(BAD)}


def number(text: str) -> int:
    return int(text.replace(" ", ""))


def test_municipalities_are_those_of_the_list(all_marts: Figures) -> None:
    found = all_marts.query(
        f"""select ags, official_name, inhabitants, valid_from::varchar, valid_until, is_current, is_vest
        from dim_municipality where kreis_ags <> '{BAD}'"""
    )
    assert {ags: tuple(rest) for ags, *rest in found} == {
        ags: (row["gemeindename"], number(row["bevoelkerung"]), "2020-12-31", None, True, ags.startswith("05562"))
        for ags, row in municipalities(all_marts).items()
    }
    assert sum(vest for *_, vest in found) == 10


def test_boundaries_are_those_of_the_file(all_marts: Figures) -> None:
    (path,) = all_marts.file("geo_nrw__boundary")
    areas = json.loads(path.read_text("utf-8"))["features"]
    found = all_marts.query(
        "select ags, name, territorial_status_date::varchar, is_vest, geometry_type, geometry from dim_boundary"
    )
    assert len(found) == len(areas)
    assert {ags: (*rest, json.loads(geometry)) for ags, *rest, geometry in found} == {
        area["properties"]["KN"]: (
            area["properties"]["GN"], area["properties"]["STAND"].replace("/", "-"),
            area["properties"]["KN"].startswith("05562"), area["geometry"]["type"], area["geometry"],
        )
        for area in areas
    }  # fmt: skip


def test_inhabitants_of_municipalities_and_kreise(all_marts: Figures) -> None:
    people: Counter[str] = Counter()
    area: Counter[str] = Counter()
    for ags, row in municipalities(all_marts).items():
        for key in (ags, ags[:5]):
            people[key] += number(row["bevoelkerung"])
            # in hundredths of a square kilometre
            area[key] += int(100 * Decimal(row["flaeche"].replace(" ", "")))
    found = all_marts.query(
        f"""select ags, inhabitants, inhabitants_male + inhabitants_female, 100 * area_km2, is_additive
        from fct_inhabitants where kreis_ags <> '{BAD}' and inhabitants_date = '2019-12-31'"""
    )
    assert {ags: tuple(rest) for ags, *rest in found} == {
        ags: (count, count, area[ags], True) for ags, count in people.items()
    }


def test_every_day_of_half_a_century(all_marts: Figures) -> None:
    first, last = dt.date(2000, 1, 1), dt.date(2050, 12, 31)
    days = [first + dt.timedelta(n) for n in range((last - first).days + 1)]
    found = all_marts.query(
        """select date, year, quarter, half_year, month, month_name_de, iso_year, iso_week, weekday, is_weekend,
            period_year, period_half_year from dim_date order by date"""
    )
    assert [tuple(row) for row in found] == [
        (
            day, day.year, (day.month + 2) // 3, (day.month + 5) // 6, day.month, MONTHS[day.month - 1],
            *day.isocalendar(), day.isoweekday() > 5, f"{day.year}", f"{day.year}-H{(day.month + 5) // 6}",
        )
        for day in days
    ]  # fmt: skip
