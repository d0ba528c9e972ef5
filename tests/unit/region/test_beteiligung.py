"""Workbook Beteiligung of the made-up region."""

from __future__ import annotations

import datetime as dt

from infra.region import rows_of
from infra.region.facts import CITIES, DECIDED_ON, HALF_YEARS, YEARS
from lakehouse.administrations import ADMINISTRATIONS, KREIS
from tests.unit.region.history import everything

BETEILIGUNG = "vest__beteiligung"
DIGITAL_DAYS = ["2022-06-24", "2023-06-16", "2024-06-07", "2025-06-27", "2026-06-26"]


def formats(ags: str, period: str, kind: str) -> list[dt.date]:
    rows = rows_of(BETEILIGUNG, ags, period)["vest__participation"]
    return [row["begins_on"] for row in rows if row["format"] == kind]  # type: ignore[misc]


def test_every_administration_takes_part_in_the_yearly_digitaltag() -> None:
    for ags in ADMINISTRATIONS:
        days = [day for period in HALF_YEARS for day in formats(ags, period, "digital_day")]
        assert [day.isoformat() for day in days] == DIGITAL_DAYS


def test_the_advisory_board_meets_once_in_a_half_year_from_2023_on() -> None:
    assert [len(formats(KREIS, period, "advisory_board")) for period in HALF_YEARS] == [0, 0, *[1] * 8]
    assert not any(formats(city, period, "advisory_board") for city in CITIES for period in HALF_YEARS)


def test_nothing_happens_before_the_decision() -> None:
    days = [row["begins_on"] for _, _, rows in everything(BETEILIGUNG, "vest__participation") for row in rows]
    days += [row["published_on"] for _, _, rows in everything(BETEILIGUNG, "vest__communication") for row in rows]
    assert min(map(str, days)) > DECIDED_ON.isoformat()


def test_concerns_meet_every_answer_and_each_that_is_decided_has_one() -> None:
    rows = [row for _, _, rows in everything(BETEILIGUNG, "vest__participation") for row in rows]
    said = {row["concern_status"] for row in rows}
    assert said == {None, "under_review", "taken_up", "partly_taken_up", "not_taken_up"}
    decided = [row for row in rows if row["concern_status"] not in (None, "under_review")]
    assert all(row["outcome"] and row["feedback_on"] for row in decided)


def test_the_shared_brand_is_used_more_and_more() -> None:
    used: dict[str, list[bool]] = {year: [] for year in YEARS}
    for ags, period, rows in everything(BETEILIGUNG, "vest__communication"):
        used[period[:4]] += [bool(row["brand_used"]) for row in rows if ags != KREIS]
    assert sum(used["2022"]) / len(used["2022"]) < sum(used["2026"]) / len(used["2026"]) - 0.1


def test_invitations_name_the_format_that_they_are_for() -> None:
    invited = 0
    for ags, period, rows in everything(BETEILIGUNG, "vest__communication"):
        kinds = {
            row["participation_id"]: row["format"] for row in rows_of(BETEILIGUNG, ags, period)["vest__participation"]
        }
        named = [row["participation_id"] for row in rows if row["participation_id"]]
        assert {kinds[name] for name in named} <= {"digital_day"}
        invited += len(named)
    assert invited == len(ADMINISTRATIONS) * len(YEARS)


def test_a_smaller_city_has_smaller_figures() -> None:
    def participants(ags: str) -> int:
        rows = [row for period in HALF_YEARS for row in rows_of(BETEILIGUNG, ags, period)["vest__participation"]]
        return sum(int(str(row["participants"])) for row in rows)

    assert participants("05562036") < participants("05562004") < participants("05562032")
