"""Section C of the pact: fields, measures and milestones, counted again from what the administrations delivered."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from infra.region.facts import ACTION_FIELDS, DECIDED_ON, DECISION
from lakehouse.administrations import ADMINISTRATIONS, KREIS
from tests.integration.test_8_figures.region import Figures

_DONE = ("reached", "dropped")


def _end(period: str) -> dt.date:
    return dt.date(int(period[:4]), 6, 30) if period.endswith("-H1") else dt.date(int(period[:4]), 12, 31)


def _newest(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of the newest half-year of each administration."""
    last: dict[str, str] = defaultdict(str)
    for row in rows:
        last[row["ags"]] = max(last[row["ags"]], row["period"])
    return [row for row in rows if row["period"] == last[row["ags"]]]


def test_fields_are_the_five_of_the_pact(all_marts: Figures) -> None:
    found = all_marts.query("select action_field, name_de from dim_action_field order by position")
    assert found == list(ACTION_FIELDS.items())


def test_measures_stand_with_owner_funding_and_milestones(all_marts: Figures) -> None:
    steps: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for step in _newest(all_marts.rows("vest__strategie", "vest__milestone")):
        steps[step["ags"], step["measure"]].append(step)
    expected = []
    for plan in _newest(all_marts.rows("vest__strategie", "vest__measure")):
        own, today = steps[plan["ags"], plan["measure"]], _end(plan["period"])
        is_open = [step["due_on"] for step in own if step["status"] not in _DONE]
        expected.append(
            (
                ADMINISTRATIONS[plan["ags"]],
                plan["measure"],
                plan["action_field"],
                plan["responsible_body"],
                plan["participating_ags"],
                plan["status"],
                len(own),
                sum(step["status"] == "reached" for step in own),
                sum(due < today for due in is_open),
                min((due for due in is_open if due >= today), default=None),
                plan["funding_source"],
                plan["funding_source_on"],
                plan["climate_note"],
            )
        )
    found = all_marts.query(
        "select name, measure, action_field, responsible_body, participating_ags, status, milestones_total,"
        " milestones_reached, milestones_overdue, next_due_on, funding_source, funding_source_on, climate_note"
        " from mart_strategy"
    )
    assert len(found) > 50
    assert sorted(found, key=lambda row: row[:2]) == sorted(expected, key=lambda row: row[:2])

    [cited] = all_marts.query(
        "select count(*) from mart_strategy where is_citable and fictitious"
        f" and ags = '{KREIS}' and funding_source = '{DECISION}' and funding_source_on = '{DECIDED_ON}'"
    )
    assert cited == (2,), "what the pact itself decided to fund"


def test_milestones_are_late_as_often_as_they_were_reported_so(all_marts: Figures) -> None:
    expected: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in all_marts.rows("vest__strategie", "vest__milestone"):
        days = (row["due_on"] - _end(row["period"])).days
        figures = expected[row["period"]]
        figures[0] += 1
        figures[1] += row["status"] not in _DONE and days < 0
        figures[2] += row["status"] in ("planned", "at_risk") and 0 <= days <= 90
        figures[3] += (row["due_on"] - row["first_due_on"]).days
    found = all_marts.query(
        "select period, count(*), count_if(is_overdue), count_if(is_overdue_soon), sum(slipped_days)"
        " from mart_measure_status where is_reported group by period"
    )
    assert {period: [int(figure) for figure in figures] for period, *figures in found} == dict(expected)
    assert sum(figures[1] for figures in expected.values()) > 0 < sum(figures[2] for figures in expected.values())
    assert all_marts.query("select count(*) from mart_measure_status where is_illegal_step or not is_reported") == [
        (0,)
    ]
