"""Workbook Organisation of the made-up region."""

from __future__ import annotations

from decimal import Decimal

from infra.region import rows_of
from infra.region.facts import ACTION_FIELDS, DECIDED_ON, YEARS
from lakehouse.administrations import ADMINISTRATIONS, KREIS
from tests.unit.region.history import everything, histories

ORGANISATION = "vest__organisation"
PROJECT_ORDER = {
    "idea": 0,
    "in_preparation": 1,
    "decided": 2,
    "running": 3,
    "in_operation": 4,
    "completed": 4,
    "stopped": 4,
}


def test_the_two_permanent_posts_come_with_the_stellenplan_of_2023_and_are_filled_later() -> None:
    filled = {}
    for year in YEARS:
        rows = rows_of(ORGANISATION, KREIS, year)["vest__position"]
        posts = [row for row in rows if row["purpose"] == "coordination"]
        assert [row["planned_fte"] for row in posts] == ([] if year == "2022" else [Decimal("1.00")] * 2)
        assert {row["permanent"] for row in posts} <= {True}
        assert {row["plan_year"] for row in posts} <= {2023}
        assert all(f"{DECIDED_ON:%d.%m.%Y}" in str(row["basis"]) for row in posts)
        filled[year] = sum(Decimal(str(row["filled_fte"])) for row in posts)
    assert filled["2023"] <= filled["2026"]
    assert filled["2026"] >= Decimal("1.50")


def test_only_the_kreis_has_the_posts_of_the_pact() -> None:
    posts = {ags for ags, _, rows in everything(ORGANISATION, "vest__position") for row in rows if row["basis"]}
    assert posts == {KREIS}


def test_every_administration_names_one_cdo_and_some_are_vacant_for_a_time() -> None:
    for ags, year, rows in everything(ORGANISATION, "vest__role"):
        assert [row["role_id"] for row in rows if row["role"] == "cdo"] == ["Z-1"], f"{ags} {year}"
    said = {row["status"] for _, _, rows in everything(ORGANISATION, "vest__role") for row in rows}
    assert said == {"filled", "acting", "vacant"}


def test_each_action_field_is_led_once() -> None:
    for year in YEARS:
        leads = [
            row["action_field"]
            for ags in ADMINISTRATIONS
            for row in rows_of(ORGANISATION, ags, year)["vest__role"]
            if row["role"] == "action_field_lead"
        ]
        assert sorted(map(str, leads)) == sorted(ACTION_FIELDS)


def test_the_advisory_board_begins_in_2023_and_a_network_that_ended_is_told_of_until_then() -> None:
    kinds = {year: {row["kind"] for row in rows_of(ORGANISATION, KREIS, year)["vest__body"]} for year in YEARS}
    assert [year for year in YEARS if "advisory_board" in kinds[year]] == list(YEARS[1:])
    ended = [
        (year, row["ended_on"] is not None)
        for year in YEARS
        for row in rows_of(ORGANISATION, KREIS, year)["vest__body"]
        if "Serviceportal" in str(row["name"])
    ]
    assert ended == [("2022", False), ("2023", False), ("2024", True)]


def test_a_project_keeps_its_title_and_its_status_goes_forward() -> None:
    told = histories(ORGANISATION, "vest__project", "project_id")
    for said in told:
        assert len({(row["title"], row["cost_eur"], row["kind"]) for row in said}) == 1
        order = [PROJECT_ORDER[str(row["status"])] for row in said]
        assert order == sorted(order)
    assert {row["status"] for said in told for row in said} == set(PROJECT_ORDER)
    assert {"approved", "approved_with_conditions", "rejected"} <= {row["decision"] for said in told for row in said}


def test_digital_twin_and_data_platform_are_projects_of_the_kreis_with_all_cities() -> None:
    shared = [
        row
        for row in rows_of(ORGANISATION, KREIS, "2024")["vest__project"]
        if row["kind"] in ("digital_twin", "urban_data_platform")
    ]
    assert [len(set(row["participating_ags"])) for row in shared] == [10, 10]  # type: ignore[arg-type]


def test_a_body_keeps_its_name() -> None:
    for said in histories(ORGANISATION, "vest__body", "body_id"):
        assert len({(row["name"], row["involved_since"], row["members"]) for row in said}) == 1
