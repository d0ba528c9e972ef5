"""Rules of the pact in marts of workbooks: violations, jumps of a phase, reviews that are due, reach by its measure."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from typing import Any

from pyspark.sql import SparkSession

from tests.support.workbook_marts import CITIES, mart_of

RESULTS = ("digital", "partly_digital", "not_digital")
REASONS = (None, "legal", "technical", "financial", "organisational")
PROVISIONS = (None, "", " ", "§ 126 BGB")
PHASES = ("idea", "concept", "proof_of_concept", "mvp", "vertical_scaling", "horizontal_scaling")
POINTS = ("effect_points", "organisation_points", "technology_points", "resources_points", "law_points")


def test_only_a_provision_that_is_named_justifies_a_deviation(spark: SparkSession) -> None:
    cases = list(itertools.product(RESULTS, REASONS, PROVISIONS))
    told = [
        {
            "ags": "05562000" if number % 2 else "05562024",
            "period": "2025-H1",
            "task": f"V-{number}",
            "title": f"Aufgabe {number}",
            "checked_on": dt.date(2025, 3, 7),
            "result": result,
            "deviation_reason": reason,
            "legal_provision": provision,
        }
        for number, (result, reason, provision) in enumerate(cases)
    ]
    allowed = {*itertools.product(("digital",), REASONS, PROVISIONS)}
    allowed |= {("partly_digital", "legal", "§ 126 BGB"), ("not_digital", "legal", "§ 126 BGB")}

    mart = mart_of(spark, "mart_egov_check", "vest__egov_check", told)

    assert len(mart) == len(cases) == 60
    assert {(r.result, r.deviation_reason, r.legal_provision) for r in mart if not r.is_violation} == allowed
    assert sum(row.is_digital_by_default for row in mart) == 20
    for row in mart:
        assert row.is_violation == (row.violation_de is not None)
        if row.is_violation:
            assert row.violation_de.startswith(f"{row.name}: „{row.title}“ ({row.task}, geprüft am 07.03.2025) wird n")
            assert row.violation_de.endswith(".")
            assert ("nur teilweise digital" in row.violation_de) == (row.result == "partly_digital")
    assert {row.name for row in mart} == {"Kreis Recklinghausen", "Marl"}


def test_checks_of_a_task_are_numbered_by_their_day(spark: SparkSession) -> None:
    days = [dt.date(2024, 12, 31), dt.date(2023, 1, 2), dt.date(2025, 1, 1)]
    told = [
        {"ags": ags, "period": "-", "task": "V-1", "checked_on": day, "result": "digital"}
        for ags, of_city in (("05562024", days), ("05562028", days[:1]))
        for day in of_city
    ]
    mart = mart_of(spark, "mart_egov_check", "vest__egov_check", told)
    assert sorted((row.ags, row.checked_on.year, row.check_number, row.is_latest) for row in mart) == [
        ("05562024", 2023, 1, False),
        ("05562024", 2024, 2, False),
        ("05562024", 2025, 3, True),
        ("05562028", 2024, 1, True),
    ]


def reachable(phase: str, years: int) -> set[str]:
    """Phases after some years in each of which a project stays or takes one step."""
    at = {PHASES.index(phase)}
    for _ in range(years):
        at |= {min(step + 1, len(PHASES) - 1) for step in at}
    return {PHASES[step] for step in at}


def histories(drawn: random.Random) -> list[dict[str, Any]]:
    """Projects in random phases, with years left out and points missing."""
    return [
        {
            "ags": ags,
            "period": str(year),
            "lighthouse_id": f"L-{number}",
            "phase": drawn.choice(PHASES),
            "adopters": drawn.choice((None, '["05562024", "05562028"]')),
            **{name: drawn.choice((None, *[drawn.randint(0, 4)] * 9)) for name in POINTS},
        }
        for ags, _ in CITIES
        for number in range(1, 9)
        for year in drawn.sample(range(2022, 2027), drawn.randint(1, 5))
    ]


def test_a_jump_is_what_no_row_of_single_steps_reaches(spark: SparkSession) -> None:
    told = histories(random.Random(7))
    by_project: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for row in told:
        by_project.setdefault((row["ags"], row["lighthouse_id"]), {})[row["period"]] = row

    mart = mart_of(spark, "mart_lighthouse_transfer", "vest__lighthouse", told)

    assert len(mart) == len(told)
    assert 50 < sum(row.is_illegal_phase_jump for row in mart) < len(mart)
    for row in mart:
        years = by_project[row.ags, row.lighthouse_id]
        said = years[row.period]
        before = max((year for year in years if year < row.period), default=None)
        legal = before is None or row.phase in reachable(years[before]["phase"], int(row.period) - int(before))
        assert row.is_illegal_phase_jump != legal
        assert (row.period_before, row.phase_before) == (before, years[before]["phase"] if before else None)
        points = [said[name] for name in POINTS]
        total = None if None in points else sum(points)
        assert row.transferability_points == total
        assert row.transferability_pct == (None if total is None else 5.0 * total)
        adopters = ["05562024", "05562028"] if said["adopters"] else []
        assert (row.adopter_ags, row.adopter_count) == (adopters, len(adopters))
        assert (row.interested_ags, row.interested_count) == ([], 0)


def test_a_review_is_due_up_to_the_last_day_of_the_year(spark: SparkSession) -> None:
    due = {dt.date(2025, 12, 31): True, dt.date(2026, 1, 1): False, None: False}
    told = [
        {"ags": "05562024", "period": "2025", "trend_id": f"T-{number}", "next_review_on": day}
        for number, day in enumerate(due)
    ]
    mart = mart_of(spark, "mart_trend", "vest__trend", told)
    assert {row.next_review_on: row.is_review_due for row in mart} == due


def test_topics_are_a_list_and_feedback_takes_days(spark: SparkSession) -> None:
    told = [
        {
            "participation_id": "B-1",
            "begins_on": dt.date(2024, 2, 28),
            "feedback_on": dt.date(2024, 3, 1),
            "format": "digital_day",
            "topics": "WLAN,  Datenschutz im Alltag ,, ",
        },
        {"participation_id": "B-2", "begins_on": dt.date(2024, 2, 28), "format": "opinion_survey", "topics": "WLAN"},
    ]
    first, second = sorted(
        mart_of(spark, "mart_participation", "vest__participation", told), key=lambda r: r.participation_id
    )
    assert (first.topics, second.topics) == (["WLAN", "Datenschutz im Alltag"], ["WLAN"])
    assert (first.days_to_feedback, second.days_to_feedback) == (2, None)
    assert (first.has_feedback, second.has_feedback) == (True, False)
    assert (first.is_digital_day, second.is_digital_day) == (True, False)


def test_reach_stands_only_under_what_was_counted(spark: SparkSession) -> None:
    measures = ("page_views", "contacts", "recipients", "copies", "clippings")
    told = [
        {"communication_id": f"K-{number}", "reach": number, "reach_measure": measure}
        for number, measure in enumerate(measures, 1)
    ] + [{"communication_id": "K-9"}]
    mart = {row.communication_id: row for row in mart_of(spark, "mart_communication", "vest__communication", told)}
    for number, measure in enumerate(measures, 1):
        row = mart[f"K-{number}"]
        assert {name: row[name] for name in measures if row[name] is not None} == {measure: number}
    assert [mart["K-9"][name] for name in measures] == [None] * 5
