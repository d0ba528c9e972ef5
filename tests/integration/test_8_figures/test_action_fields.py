"""Indicators of the action fields, recomputed from the files as they were served."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.integration.test_8_figures.region import Figures

BERLIN = ZoneInfo("Europe/Berlin")

Key = tuple[str, date]


def records(path: Path, delimiter: str, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding).splitlines(), delimiter=delimiter))


def shown(marts: Figures, indicator: str) -> dict[Key, tuple[Decimal | None, int]]:
    """Value and number of values by area and period."""
    rows = marts.query(
        "SELECT area_code, period_start, value, values_counted FROM mart_field_indicator "
        f"WHERE indicator = '{indicator}'"
    )
    return {(area, begin): (value, counted) for area, begin, value, counted in rows}


def exists(begin: datetime) -> bool:
    """Not so in the hour that is skipped in spring."""
    return begin.replace(tzinfo=BERLIN).astimezone(UTC).astimezone(BERLIN).replace(tzinfo=None) == begin


def test_air_is_the_mean_of_the_hours_of_a_year(all_marts: Figures) -> None:
    hours: dict[tuple[str, int], str] = {}
    for path in all_marts.file("uba__air_quality_hour"):
        times: Counter[str] = Counter()
        for line in records(path, ";"):
            if label := (line.get("Date") or "").strip("'"):
                times[label] += 1
                [no2] = [text for name, text in line.items() if name and name.startswith("Nitrogen")]
                hours[label, times[label]] = no2
    values: dict[int, list[float]] = defaultdict(list)
    for (label, _), text in hours.items():
        day, end = label.split()
        begin = datetime.fromisoformat(day) + timedelta(hours=int(end[:2]) - 1)
        if re.fullmatch(r"\d+(\.\d+)?", text or "") and exists(begin):
            values[begin.year].append(float(text))

    found = {begin.year: figure for (_, begin), figure in shown(all_marts, "air_no2_mean").items()}
    assert {year: counted for year, (_, counted) in found.items() if counted} == {
        year: len(of_year) for year, of_year in values.items()
    }
    for year, of_year in values.items():
        # the days are rounded to two decimals before
        assert float(found[year][0] or 0) == pytest.approx(sum(of_year) / len(of_year), abs=0.005)


def test_solar_power_of_a_year(all_marts: Figures) -> None:
    [path] = all_marts.file("mastr__solar_unit")
    added: Counter[int] = Counter()
    gained: Counter[int] = Counter()
    for unit in records(path, ","):
        watts = round(float(unit["nettonennleistung_kW"]) * 1000)
        if unit["status"] != "In Planung":
            added[int(unit["inbetriebnahme"][:4])] += watts
            gained[int(unit["inbetriebnahme"][:4])] += watts
            if unit["stilllegung"]:
                gained[int(unit["stilllegung"][:4])] -= watts

    by_year: Counter[int] = Counter()
    for (_, begin), (value, _) in shown(all_marts, "solar_power_added").items():
        by_year[begin.year] += round(float(value or 0) * 1000)
    assert +by_year == +added and sum(added.values()) > 0

    last: dict[str, tuple[date, Decimal]] = {}
    for (area, begin), (value, _) in shown(all_marts, "solar_power_installed").items():
        last[area] = max(last.get(area, (date.min, Decimal(0))), (begin, value or Decimal(0)))
    assert sum(round(float(value) * 1000) for _, value in last.values()) == sum(gained.values())


def test_charging_points_until_the_end_of_a_year(all_marts: Figures) -> None:
    [path] = all_marts.file("bnetza__charging_point")
    points: Counter[int] = Counter()
    for device in records(path, ";"):
        points[2000 + int(device["Inbetriebnahmedatum"][-2:])] += int(device["Anzahl Ladepunkte"])
    # every device stands in one city
    found = {begin.year: value for (_, begin), (value, _) in shown(all_marts, "charging_points_installed").items()}
    assert {area for area, _ in shown(all_marts, "charging_points_installed")} == {"05315000"}
    assert found == {year: sum(n for y, n in points.items() if y <= year) for year in points}


def test_bicycles_of_a_month_and_of_its_days(all_marts: Figures) -> None:
    files = [path for path in all_marts.file("bike_muenster__count") if path.stem == "2024-02"]
    [path] = files
    counts = [int(line[1]) for line in list(csv.reader(path.read_text("utf-8").splitlines()))[1:]]
    key = ("100031297", date(2024, 2, 1))
    assert shown(all_marts, "bicycles_counted")[key] == (sum(counts), len(counts))
    per_day, _ = shown(all_marts, "bicycles_per_day")[key]
    assert float(per_day or 0) == pytest.approx(96 * sum(counts) / len(counts), abs=0.006)
    [(expected,)] = all_marts.query(
        "SELECT values_expected FROM mart_field_indicator "
        "WHERE indicator = 'bicycles_counted' AND period_start = '2024-02-01'"
    )
    assert expected == 29 * 96


def test_accidents_with_bicycles(all_marts: Figures) -> None:
    [path] = all_marts.file("unfallatlas__bicycle_accident")
    severities = Counter(line["UKATEGORIE"] for line in records(path, ";") if line["GEN_K"] == "Recklinghausen")
    key = ("05562", date(2019, 1, 1))
    assert shown(all_marts, "bicycle_accidents")[key][0] == severities.total()
    assert shown(all_marts, "bicycle_accidents_severe")[key][0] == severities["1"] + severities["2"]


def test_occupied_spaces_leave_closed_car_parks_out(all_marts: Figures) -> None:
    [path] = all_marts.file("parking_muenster__garage")
    parks = [feature["properties"] for feature in json.loads(path.read_text("utf-8"))["features"]]
    spaces = sum(int(park["parkingTotal"]) for park in parks)
    [(value, _)] = [v for (area, _), v in shown(all_marts, "parking_spaces").items() if area == "05515000"]
    assert value == spaces
    opened = [park for park in parks if park["status"] != "geschlossen"]
    of_open = sum(int(park["parkingTotal"]) for park in opened)
    free = sum(int(park["parkingFree"]) for park in opened)
    [occupied] = [v for (area, _), v in shown(all_marts, "parking_occupied").items() if area == "05515000"]
    assert occupied[1] == len(opened)
    assert float(occupied[0] or 0) == pytest.approx(100 * (of_open - free) / of_open, abs=0.006)


def test_turnout_of_the_constituencies(all_marts: Figures) -> None:
    [path] = all_marts.file("bundeswahlleiterin__turnout")
    votes: dict[str, dict[str, int]] = defaultdict(dict)
    for line in csv.reader(path.read_text("utf-8-sig").splitlines(), delimiter=";"):
        if len(line) > 11 and line[2] == "Wahlkreis" and line[8] in ("Wahlberechtigte", "Wählende"):
            votes[line[3]][line[8]] = int(line[11])
    found = shown(all_marts, "turnout")
    assert {area for area, _ in found} <= set(votes) and len(found) == 3
    for (area, _), (value, _) in found.items():
        share = 100 * votes[area]["Wählende"] / votes[area]["Wahlberechtigte"]
        assert float(value or 0) == pytest.approx(share, abs=0.0006)


def test_radiation_of_a_day(all_marts: Figures) -> None:
    [path] = all_marts.file("dwd__solar_10min")
    with zipfile.ZipFile(path) as archive:
        [name] = [name for name in archive.namelist() if name.startswith("produkt_zehn_min_sd_")]
        text = archive.read(name).decode("latin-1")
    # 9 June 2023 in Europe/Berlin: intervals that end after 22:00 of 8 June and until 22:00 of 9 June, UTC
    sums = [
        float(line["GS_10"])
        for line in csv.DictReader(io.StringIO(text), delimiter=";")
        if 202306082200 < int(line["MESS_DATUM"]) <= 202306092200 and float(line["GS_10"]) >= 0
    ]
    value, counted = shown(all_marts, "weather_global_radiation")["01766", date(2023, 6, 9)]
    assert counted == len(sums) > 0
    assert float(value or 0) == pytest.approx(sum(sums), abs=0.0006)


def test_schools_per_inhabitant(all_marts: Figures) -> None:
    [areas] = [p for p in all_marts.file("it_nrw__payment_area") if p.parent.name.startswith("gemeinden")]
    people = {area["key"]: area["population"] for area in json.loads(areas.read_text("utf-8"))["areas"]}
    schools = [path for path in all_marts.file("it_nrw__municipal_payment") if "211" <= path.stem[:3] <= "249"]
    spent: dict[str, float] = defaultdict(float)
    unknown = set()
    for path in schools:
        for ags, accounts in json.loads(path.read_text("utf-8"))["areas"].items():
            if accounts.get("7") == ".":
                unknown.add(ags)
            else:
                spent[ags] += accounts.get("7", 0)
    found = shown(all_marts, "payments_schools")
    checked = 0
    for (ags, _), (value, counted) in found.items():
        if ags in unknown:
            assert (value, counted) == (None, 0)
        elif ags in spent:
            checked += 1
            assert float(value or 0) == pytest.approx(spent[ags] / people[ags], abs=0.006)
    assert checked > 0


def test_stations_are_those_of_the_lists(all_marts: Figures) -> None:
    [sites] = all_marts.file("bike_muenster__site")
    [boxes] = all_marts.file("opensensemap__box")
    listed = {site["directory"] for site in json.loads(sites.read_text("utf-8"))}
    found = all_marts.query("SELECT station_code FROM dim_station WHERE network = 'bike_muenster'")
    assert {code for (code,) in found} == listed
    places = {
        feature["properties"]["_id"]: tuple(round(degrees, 2) for degrees in feature["geometry"]["coordinates"][:2])
        for feature in json.loads(boxes.read_text("utf-8"))["features"]
    }
    rounded = all_marts.query(
        "SELECT station_code, longitude, latitude, name FROM dim_station WHERE network = 'opensensemap'"
    )
    assert rounded
    for code, longitude, latitude, name in rounded:
        assert (longitude, latitude) == pytest.approx(places[code], abs=0.0101) and name is None
