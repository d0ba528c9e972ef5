"""Overdue, slipped and impossible steps of milestones, and what a measure makes of them, by brute force."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession

from lakehouse.administrations import ADMINISTRATIONS
from tests.support.models import render

PERIODS = [f"{year}-H{half}" for year in (2023, 2024, 2025) for half in (1, 2)]
STATUSES = ["planned", "running", "at_risk", "reached", "dropped"]
MEASURE = (
    "ags string, period string, measure string, title string, action_field string, goal string, "
    "responsible_body string, participating_ags string, begins_on date, ends_on date, status string, "
    "status_since date, funding_basis string, funding_source string, funding_source_on date, climate_note string, "
    "climate_reason string, fictitious boolean"
)
MILESTONE = (
    "ags string, period string, measure string, milestone int, title string, first_due_on date, due_on date, "
    "status string, status_since date, reached_on date, status_reason string, fictitious boolean"
)
Rows = list[dict[str, Any]]


@dataclass
class Reports:
    """What administrations reported, with every fault that a report can have."""

    measures: Rows = field(default_factory=list)
    milestones: Rows = field(default_factory=list)


def end_of(period: str) -> dt.date:
    return dt.date(int(period[:4]), 6, 30) if period.endswith("H1") else dt.date(int(period[:4]), 12, 31)


def some_day(drawn: random.Random, period: str) -> dt.date:
    """Often on a boundary: the period's last day and the 90th after it."""
    return end_of(period) + dt.timedelta(days=drawn.choice([-1, 0, 1, 89, 90, 91, drawn.randint(-400, 400)]))


def random_reports(seed: int) -> Reports:
    drawn, told = random.Random(seed), Reports()
    for ags in ADMINISTRATIONS:
        delivered = [p for p in PERIODS if drawn.random() < 0.8]
        for number in range(1, 7):
            first = drawn.choice(PERIODS)
            for period in delivered:
                if period < first or drawn.random() < 0.15:
                    continue
                told.measures.append(measure(drawn, ags, period, number))
                for milestone in range(1, drawn.choice([1, 3, 5])):
                    if drawn.random() < 0.85:
                        told.milestones.append(step(drawn, ags, period, number, milestone))
    return told


def measure(drawn: random.Random, ags: str, period: str, number: int) -> dict[str, Any]:
    source = drawn.random() < 0.7
    return {
        "ags": ags,
        "period": period,
        "measure": f"M-{number}",
        "title": f"title {period}",
        "action_field": "smart_mobility",
        "responsible_body": "office",
        "participating_ags": drawn.choice([None, '["05562024","05562032"]']),
        "ends_on": drawn.choice([None, some_day(drawn, period)]),
        "status": drawn.choice(["idea", "planned", "running", "completed", "stopped"]),
        "funding_basis": drawn.choice(["open", "budget"]),
        "funding_source": "paper" if source else None,
        "funding_source_on": some_day(drawn, period) if source else None,
        "fictitious": drawn.random() < 0.5,
    }


def step(drawn: random.Random, ags: str, period: str, number: int, milestone: int) -> dict[str, Any]:
    status = drawn.choice(STATUSES)
    return {
        "ags": ags,
        "period": period,
        "measure": f"M-{number}",
        "milestone": milestone,
        "first_due_on": dt.date(2024, 3, milestone) if drawn.random() < 0.9 else dt.date(2024, 4, 1),
        "due_on": some_day(drawn, period),
        "status": status,
        "reached_on": end_of(period) if status == "reached" else None,
        "fictitious": drawn.random() < 0.5,
    }


def view(spark: SparkSession, name: str, rows: Rows, types: str) -> None:
    names = [column.split()[0] for column in types.split(", ")]
    values = [tuple(row.get(n) for n in names) for row in rows]
    spark.createDataFrame(values, types).createOrReplaceTempView(name)


def built(spark: SparkSession, told: Reports) -> tuple[list[Row], list[Row]]:
    """Rows of mart_measure_status and mart_strategy on these reports."""
    view(spark, "told_measure", told.measures, MEASURE)
    view(spark, "told_milestone", told.milestones, MILESTONE)
    cities = [{"ags": ags, "name": name} for ags, name in ADMINISTRATIONS.items() if ags != "05562000"]
    view(spark, "cities", cities, "ags string, name string")
    feeds = {"vest__measure": "told_measure", "vest__milestone": "told_milestone", "dim_municipality": "cities"}
    status = spark.sql(render("mart_measure_status", **feeds)).cache()
    status.createOrReplaceTempView("built_status")
    strategy = spark.sql(render("mart_strategy", mart_measure_status="built_status", **feeds)).collect()
    return status.collect(), strategy


def by_force(told: Reports) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Walks through the half-years of every milestone, one after the other."""
    plans = {(m["ags"], m["measure"], m["period"]): m for m in told.measures}
    steps = {(s["ags"], s["measure"], s["milestone"], s["period"]): s for s in told.milestones}
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for ags, number, milestone in {key[:3] for key in steps}:
        delivered = sorted({r["period"] for r in [*told.measures, *told.milestones] if r["ags"] == ags})
        last, planned_on, plan = None, None, None
        for period in delivered:
            now = steps.get((ags, number, milestone, period), last)
            if now is None:
                continue
            planned_on = planned_on or now["first_due_on"]
            if (ags, number, milestone, period) in steps:
                plan = plans.get((ags, number, period))
            left = (now["due_on"] - end_of(period)).days
            is_open = now["status"] in ("planned", "running", "at_risk")
            before = last["status"] if last else None
            rows[ags, number, milestone, period] = {
                "name": ADMINISTRATIONS[ags],
                "action_field": plan["action_field"] if plan else None,
                "measure_status": plan["status"] if plan else None,
                "as_of_date": end_of(period),
                "is_latest": period == delivered[-1],
                "is_reported": (ags, number, milestone, period) in steps,
                "status": now["status"],
                "reached_on": now["reached_on"],
                "first_due_on": planned_on,
                "due_on": now["due_on"],
                "due_on_before": last["due_on"] if last else None,
                "slipped_days": (now["due_on"] - planned_on).days,
                "is_first_due_on_changed": now["first_due_on"] != planned_on,
                "is_overdue": is_open and left < 0,
                "overdue_days": -left if is_open and left < 0 else 0,
                "is_overdue_soon": now["status"] in ("planned", "at_risk") and 0 <= left <= 90,
                "status_before": before,
                "is_illegal_step": (before, now["status"]) in IMPOSSIBLE,
                "fictitious": now["fictitious"] or bool(plan and plan["fictitious"]),
            }
            last = now
    return rows


IMPOSSIBLE = {
    *(("reached", after) for after in STATUSES if after != "reached"),
    *(("dropped", after) for after in STATUSES if after != "dropped"),
    ("running", "planned"),
}


def summed(told: Reports, status: dict[tuple[Any, ...], dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """What the newest half-year of each administration says of each of its measures."""
    rows = {}
    for ags, number in {(m["ags"], m["measure"]) for m in told.measures}:
        newest = max(m["period"] for m in told.measures if m["ags"] == ags)
        plan = max((m for m in told.measures if (m["ags"], m["measure"]) == (ags, number)), key=lambda m: m["period"])
        steps = [s for key, s in status.items() if key[:2] == (ags, number) and s["is_latest"]]
        still = [s for s in steps if s["status"] not in ("reached", "dropped")]
        reached, dropped = (sum(s["status"] == code for s in steps) for code in ("reached", "dropped"))
        rows[ags, number] = {
            "name": ADMINISTRATIONS[ags],
            "title": plan["title"],
            "period": newest,
            "is_reported": plan["period"] == newest,
            "participating_ags": plan["participating_ags"] and ["05562024", "05562032"],
            "is_overdue": plan["status"] not in ("completed", "stopped")
            and plan["ends_on"] is not None
            and plan["ends_on"] < end_of(newest),
            "milestones_total": len(steps),
            "milestones_reached": reached,
            "milestones_dropped": dropped,
            "milestones_overdue": sum(s["is_overdue"] for s in steps),
            "milestones_overdue_soon": sum(s["is_overdue_soon"] for s in steps),
            "milestones_missing": sum(not s["is_reported"] for s in steps),
            "milestones_reached_pct": pytest.approx(100 * reached / (len(steps) - dropped), abs=0.005)
            if len(steps) > dropped
            else None,
            "next_due_on": min((s["due_on"] for s in still if s["due_on"] >= end_of(newest)), default=None),
            "is_citable": plan["funding_basis"] == "budget"
            and plan["status"] != "stopped"
            and plan["funding_source_on"] is not None
            and plan["funding_source_on"] <= end_of(newest),
        }
    return rows


def only(row: Row, columns: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in columns}


@pytest.mark.parametrize("seed", range(2))
def test_histories_are_what_a_walk_through_them_finds(spark: SparkSession, seed: int) -> None:
    told = random_reports(seed)
    status, strategy = built(spark, told)
    expected = by_force(told)
    assert expected and any(not row["is_reported"] for row in expected.values())
    got = {(r.ags, r.measure, r.milestone, r.period): r for r in status}
    assert len(got) == len(status)
    assert {key: only(row, expected.get(key, {})) for key, row in got.items()} == expected

    sums = summed(told, expected)
    assert {(r.ags, r.measure): only(r, sums.get((r.ags, r.measure), {})) for r in strategy} == sums


def test_a_milestone_that_is_no_longer_reported_stays_and_becomes_overdue(spark: SparkSession) -> None:
    drawn = random.Random(1)
    told = Reports([measure(drawn, "05562024", p, 1) for p in ("2024-H1", "2024-H2", "2025-H1")])
    due = {**step(drawn, "05562024", "2024-H1", 1, 1), "status": "planned", "due_on": dt.date(2024, 9, 30)}
    told.milestones.append(due)
    rows, strategy = built(spark, told)
    assert [
        (r.period, r.is_reported, r.is_overdue_soon, r.overdue_days) for r in sorted(rows, key=lambda r: r.period)
    ] == [
        ("2024-H1", True, False, 0),
        ("2024-H2", False, False, 92),
        ("2025-H1", False, False, 273),
    ]
    assert [(r.milestones_overdue, r.milestones_missing) for r in strategy] == [(1, 1)]


def test_a_milestone_without_its_measure_has_no_field(spark: SparkSession) -> None:
    drawn = random.Random(2)
    told = Reports([measure(drawn, "05562024", "2024-H1", 1)], [step(drawn, "05562024", "2024-H1", 2, 1)])
    [orphan], strategy = built(spark, told)
    assert (orphan.measure, orphan.action_field) == ("M-2", None), "which the rules of the mart refuse"
    assert [r.measure for r in strategy] == ["M-1"]
