"""Who is responsible, by random reports: CDOs counted, bodies with and without roles, projects with their measure."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from typing import Any

from pyspark.sql import Row, SparkSession

from lakehouse.administrations import ADMINISTRATIONS
from tests.support.models import render

ROLE = (
    "ags string, period string, role_id string, role string, action_field string, function_title string, unit string, "
    "responsibility string, reports_to string, body_id string, working_time_pct decimal(5,2), status string, "
    "named_on date, fictitious boolean"
)
BODY = (
    "ags string, period string, body_id string, name string, kind string, reach string, tasks string, "
    "covers_egovernment boolean, action_fields string, participating_ags string, chair_function string, basis string, "
    "founded_on date, involved_since date, ended_on date, meetings int, members int, fictitious boolean"
)
PROJECT = (
    "ags string, period string, project_id string, title string, kind string, action_field string, goal string, "
    "lead_function string, participating_ags string, body_id string, measure string, begins_on date, ends_on date, "
    "cost_eur decimal(14,2), status string, status_since date, status_note string, decision string, decided_by string, "
    "decided_on date, decision_paper string, climate_note string, climate_reason string, fictitious boolean"
)
Rows = list[dict[str, Any]]


def view(spark: SparkSession, name: str, rows: Rows, types: str) -> None:
    names = [column.split()[0] for column in types.split(", ")]
    spark.createDataFrame([tuple(row.get(n) for n in names) for row in rows], types).createOrReplaceTempView(name)


def cities(spark: SparkSession) -> str:
    rows = [{"ags": ags, "name": name} for ags, name in ADMINISTRATIONS.items() if not ags.endswith("000")]
    view(spark, "the_cities", rows, "ags string, name string")
    return "the_cities"


def random_report(drawn: random.Random, ags: str, year: int) -> tuple[Rows, Rows]:
    """Bodies of which some ended, and roles of which some belong to none; zero, one or two CDOs."""
    said = {"ags": ags, "period": str(year), "fictitious": True}
    bodies = [
        {
            **said,
            "body_id": f"G-{number}",
            "name": f"body {number} of {ags}",
            "kind": drawn.choice(["network", "cdo_round"]),
            "chair_function": "chair",
            "action_fields": drawn.choice([None, '["smart_mobility","economy_work"]']),
            "ended_on": drawn.choice([None, dt.date(year, 12, 31), dt.date(year + 1, 1, 1)]),
        }
        for number in drawn.sample(range(1, 6), drawn.randint(1, 4))
    ]
    roles = [
        {
            **said,
            "role_id": f"Z-{number}",
            "role": drawn.choice(["cdo", "deputy_cdo", "training_contact", "action_field_lead"]),
            "function_title": "function",
            "body_id": drawn.choice([None, *(body["body_id"] for body in bodies)]),
            "status": drawn.choice(["filled", "acting", "vacant"]),
        }
        for number in range(1, drawn.randint(2, 7))
    ]
    for role in roles:
        role["action_field"] = "economy_work" if role["role"] == "action_field_lead" else None
    return bodies, roles


def entry(row: Row) -> tuple[Any, ...]:
    return (
        (row.ags, row.period, row.kind, row.entry_id),
        (row.name, row.is_latest, row.cdos, row.body_key, row.body_name, row.roles_of_body, row.status, row.is_vacant),
        row.action_fields,
    )


def test_every_role_and_every_body_is_told_with_its_administration(spark: SparkSession) -> None:
    drawn = random.Random(2022037)
    bodies: Rows = []
    roles: Rows = []
    for ags in ADMINISTRATIONS:
        for year in drawn.sample(range(2022, 2026), 2):
            report = random_report(drawn, ags, year)
            bodies, roles = bodies + report[0], roles + report[1]
    view(spark, "told_body", bodies, BODY)
    view(spark, "told_role", roles, ROLE)
    feeds = {"vest__body": "told_body", "vest__role": "told_role", "dim_municipality": cities(spark)}
    got = [entry(row) for row in spark.sql(render("mart_governance", **feeds)).collect()]

    cdos = Counter((r["ags"], r["period"]) for r in roles if r["role"] == "cdo")
    names = {(b["ags"], b["period"], b["body_id"]): b["name"] for b in bodies}
    newest = {ags: max(b["period"] for b in bodies if b["ags"] == ags) for ags in ADMINISTRATIONS}
    expected = []
    for told, kind in [*((b, "body") for b in bodies), *((r, "role") for r in roles)]:
        ags, period, body = told["ags"], told["period"], told["body_id"]
        its = sum((r["ags"], r["period"], r["body_id"]) == (ags, period, body) for r in roles)
        ended = told.get("ended_on") == dt.date(int(period), 12, 31)
        status = told["status"] if kind == "role" else "ended" if ended else "active"
        field = told["action_field"] if kind == "role" else None
        expected.append(
            (
                (ags, period, kind, told["role_id"] if kind == "role" else body),
                (
                    ADMINISTRATIONS[ags],
                    period == newest[ags],
                    cdos[ags, period],
                    f"{ags}/{body}" if body else None,
                    names.get((ags, period, body)),
                    its if kind == "body" else None,
                    status,
                    status == "vacant",
                ),
                ["smart_mobility", "economy_work"] if kind == "body" and told["action_fields"] else field and [field],
            )
        )
    assert sorted(got, key=lambda e: e[0]) == sorted(expected, key=lambda e: e[0])
    assert {0, 1, 2} <= {cdos[b["ags"], b["period"]] for b in bodies}, "every number of CDOs was tried"


def test_a_body_that_ended_stays_with_its_last_report(spark: SparkSession) -> None:
    def body(number: int, period: str, ended_on: dt.date | None = None) -> dict[str, Any]:
        return {"ags": "05562024", "body_id": f"G-{number}", "period": period, "name": period, "ended_on": ended_on}

    last = dt.date(2024, 12, 31)
    rows = [body(1, "2023"), body(1, "2024", last), body(2, "2024"), body(2, "2025"), body(3, "2025", last)]
    view(spark, "told_body", [*rows, body(4, "2025", dt.date(2026, 1, 15))], BODY)
    built = spark.sql(render("dim_body", vest__body="told_body", dim_municipality=cities(spark))).collect()
    assert {r.body_key: (r.name, r.body_name, r.is_latest, r.is_active) for r in built} == {
        "05562024/G-1": ("Marl", "2024", False, False),
        "05562024/G-2": ("Marl", "2025", True, True),
        "05562024/G-3": ("Marl", "2025", True, False),
        "05562024/G-4": ("Marl", "2025", True, True),
    }


def test_a_project_finds_body_and_measure_of_its_own_administration_only(spark: SparkSession) -> None:
    def project(number: int, period: str, body: str | None, measure: str | None) -> dict[str, Any]:
        said = {"ags": "05562024", "project_id": f"PR-{number}", "period": period, "status": "running"}
        return {**said, "body_id": body, "measure": measure, "ends_on": dt.date(2024, 12, 30)}

    told = [project(1, "2024", None, None), project(1, "2025", "G-1", "M-1"), project(2, "2024", "G-2", "M-2")]
    view(spark, "told_project", told, PROJECT)
    bodies = [{"body_key": "05562024/G-1", "body_name": "ours"}, {"body_key": "05562032/G-2", "body_name": "theirs"}]
    view(spark, "some_bodies", bodies, "body_key string, body_name string")
    measures = [{"ags": "05562024", "measure": "M-1", "title": "ours"}, {"ags": "05562032", "measure": "M-2"}]
    view(spark, "some_measures", measures, "ags string, measure string, title string")
    feeds = {"vest__project": "told_project", "dim_body": "some_bodies", "mart_strategy": "some_measures"}
    built = spark.sql(render("mart_project", dim_municipality=cities(spark), **feeds)).collect()
    assert {
        r.project_id: (r.period, r.is_reported, r.body_name, r.measure_title, r.is_measure_known, r.is_overdue)
        for r in built
    } == {
        "PR-1": ("2025", True, "ours", "ours", True, True),
        "PR-2": ("2025", False, None, None, False, True),
    }
