"""Section D of the pact: bodies, responsibilities, positions and projects, from what the administrations delivered."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from infra.region.facts import PERMANENT_POSTS
from lakehouse.administrations import ADMINISTRATIONS, KREIS
from tests.integration.test_8_figures.region import Figures


def _newest(rows: list[dict[str, Any]], *key: str) -> list[dict[str, Any]]:
    """The row with the newest period of each key, such as of each body."""
    last: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: str(row["period"])):
        last[tuple(row[column] for column in key)] = row
    return list(last.values())


def test_bodies_stay_after_their_end(all_marts: Figures) -> None:
    rows = all_marts.rows("vest__organisation", "vest__body")
    year = max(row["period"] for row in rows)
    bodies = {
        (row["ags"], row["body_id"]): (
            row["name"],
            row["chair_function"],
            row["participating_ags"],
            row["members"],
            row["period"] == year and row["ended_on"] is None,
        )
        for row in _newest(rows, "ags", "body_id")
    }
    found = all_marts.query(
        "select ags, body_id, body_name, chair_function, member_ags, members, is_active from dim_body"
    )
    assert {(ags, body): tuple(told) for ags, body, *told in found} == bodies
    assert sum(not body[-1] for body in bodies.values()) == 1, "the network that ended in 2024"


def test_each_administration_names_one_cdo_by_function(all_marts: Figures) -> None:
    rows = all_marts.rows("vest__organisation", "vest__role")
    year = max(row["period"] for row in rows)
    cdos = {
        ADMINISTRATIONS[row["ags"]]: (row["function_title"], row["status"], 1)
        for row in rows
        if row["role"] == "cdo" and row["period"] == year
    }
    found = all_marts.query(
        "select name, function_title, status, cdos from mart_governance where is_latest and role = 'cdo'"
    )
    assert {name: tuple(told) for name, *told in found} == cdos and len(found) == len(ADMINISTRATIONS)

    vacant: dict[str, int] = defaultdict(int)
    for row in rows:
        vacant[row["period"]] += row["status"] == "vacant"
    found = all_marts.query(
        "select period, count_if(is_vacant) from mart_governance where kind = 'role' group by period"
    )
    assert dict(found) == vacant and sum(vacant.values()) > 0

    bodies = all_marts.rows("vest__organisation", "vest__body")
    assert all_marts.query("select count(*) from mart_governance where kind = 'body'") == [(len(bodies),)]


def test_projects_cost_and_were_decided_as_reported(all_marts: Figures) -> None:
    expected: dict[tuple[str, str], list[Any]] = defaultdict(lambda: [0, Decimal(0), 0, None])
    for row in _newest(all_marts.rows("vest__organisation", "vest__project"), "ags", "project_id"):
        told = expected[row["action_field"], row["status"]]
        told[0] += 1
        told[1] += row["cost_eur"]
        told[2] += row["decision_paper"] is not None
        told[3] = max(filter(None, (told[3], row["decided_on"])), default=None)
    found = all_marts.query(
        "select action_field, status, count(*), sum(cost_eur), count(decision_paper), max(decided_on)"
        " from mart_project where is_reported and body_name is not null group by all"
    )
    assert {(field, status): told for field, status, *told in found} == expected
    assert any(told[2] for told in expected.values())


def test_positions_are_planned_and_filled_as_reported(all_marts: Figures) -> None:
    rows = all_marts.rows("vest__organisation", "vest__position")
    expected: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for row in rows:
        expected[row["period"], row["purpose"]][0] += row["planned_fte"]
        expected[row["period"], row["purpose"]][1] += row["filled_fte"]
    found = all_marts.query("select period, purpose, sum(planned_fte), sum(filled_fte) from mart_position group by all")
    assert {(period, purpose): told for period, purpose, *told in found} == expected

    pact = all_marts.query(
        "select ags, position_id, plan_year, permanent, planned_fte from mart_position where is_pact_post and is_latest"
    )
    assert len(pact) == PERMANENT_POSTS == 2
    assert {(ags, *told) for ags, _, *told in pact} == {(KREIS, 2023, True, Decimal("1.00"))}

    # a position of which a part is free since 2 July is so for 182 days on 31 December
    [free] = [row for row in rows if (row["ags"], row["period"], row["position_id"]) == (KREIS, "2025", "S-7")]
    days = all_marts.query(
        f"select vacant_days from mart_position where ags = '{KREIS}' and period = '2025' and position_id = 'S-7'"
    )
    assert (str(free["vacant_since"]), days) == ("2025-07-02", [(182,)])
