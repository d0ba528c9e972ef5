"""Marts of the workbook Kompetenzen against plain Python on random rows: utilisation, joint offers, small cells."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from typing import Any

from pyspark.sql import SparkSession

from tests.support.workbook_marts import CITIES, mart_of

AGS = ["05562000", *(ags for ags, _ in CITIES[:2])]
GROUPS = ("administration", "companies", "citizens")


def offers(drawn: random.Random) -> list[dict[str, Any]]:
    """Offers with no, one or many places, some for two groups and some carried together."""
    rows = []
    for ags in AGS:
        for number in range(1, 13):
            period = drawn.choice(("2024", "2025"))
            partners = drawn.sample([a for a in AGS if a != ags], drawn.randint(0, 2))
            for group in drawn.sample(GROUPS, drawn.randint(1, 2)):
                places = drawn.choice((0, 0, 1, 30))
                rows.append(
                    {
                        "ags": ags,
                        "period": period,
                        "training": f"W-{number}",
                        "target_group": group,
                        "topic": drawn.choice(("digital_basics", "data_open_data")),
                        "inter_municipal": bool(partners),
                        "partner_ags": json.dumps(partners) if partners else None,
                        "sessions": drawn.randint(1, 4),
                        "places": places,
                        "participants": drawn.randint(0, places),
                        "hours_per_participant": Decimal(drawn.randint(0, 800)).scaleb(-2),
                        "fictitious": drawn.random() < 0.5,
                    }
                )
    return rows


def rounded(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 2) if whole else None


def test_trainings_are_added_up_as_by_hand(spark: SparkSession) -> None:
    told = offers(random.Random(3))
    cells: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in told:
        cells.setdefault((row["ags"], row["period"], row["target_group"], row["topic"]), []).append(row)
    newest = {ags: max(row["period"] for row in told if row["ags"] == ags) for ags in AGS}
    groups: dict[tuple[str, str], set[str]] = {}
    for row in told:
        groups.setdefault((row["ags"], row["training"]), set()).add(row["target_group"])

    mart = mart_of(spark, "mart_training", "vest__training", told)

    assert len(mart) == len(cells) > 20
    assert any(row.utilisation_pct is None for row in mart)
    for row in mart:
        cell = cells[row.ags, row.period, row.target_group, row.topic]
        total = {name: sum(offer[name] for offer in cell) for name in ("sessions", "places", "participants")}
        joint = [offer for offer in cell if offer["partner_ags"]]
        assert (row.offers, row.inter_municipal_offers) == (len(cell), len(joint))
        first = [offer for offer in cell if min(groups[row.ags, offer["training"]]) == row.target_group]
        assert row.offers_counted_once == len(first)
        assert row.inter_municipal_pct == rounded(len(joint), len(cell))
        assert row.partner_ags == sorted({ags for offer in joint for ags in json.loads(offer["partner_ags"])})
        assert {name: row[name] for name in total} == total
        assert row.utilisation_pct == rounded(total["participants"], total["places"])
        assert row.participant_hours == sum(o["participants"] * o["hours_per_participant"] for o in cell)
        assert row.is_latest == (row.period == newest[row.ags])
        assert row.fictitious == any(offer["fictitious"] for offer in cell)


def assessments(drawn: random.Random) -> list[dict[str, Any]]:
    """Histories with years left out, few respondents, and methods that change."""
    return [
        {
            "ags": ags,
            "period": str(year),
            "target_group": group,
            "competence_area": area,
            "method": drawn.choice(("survey", "workshop")),
            "invited": drawn.choice((None, 8)),
            "respondents": drawn.choice((1, 2, 3, 5)),
            "level": Decimal(drawn.randint(100, 500)).scaleb(-2),
            "target_level": drawn.choice((None, Decimal("4.00"))),
            "fictitious": True,
        }
        for ags in AGS
        for group in GROUPS
        for area in ("safety", "communication")
        for year in sorted(drawn.sample(range(2022, 2027), drawn.randint(1, 4)))
    ]


def test_what_fewer_than_three_say_shows_nowhere(spark: SparkSession) -> None:
    told = assessments(random.Random(5))
    series: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in told:
        series.setdefault((row["ags"], row["target_group"], row["competence_area"]), []).append(row)
    newest = {
        (row["ags"], row["target_group"]): max(
            other["period"] for other in told if all(other[k] == row[k] for k in ("ags", "target_group"))
        )
        for row in told
    }

    mart = mart_of(spark, "mart_competence", "vest__competence", told)

    assert len(mart) == len(told)
    assert {row.is_suppressed for row in mart} == {True, False}
    for row in mart:
        history = series[row.ags, row.target_group, row.competence_area]
        own = next(i for i, said in enumerate(history) if said["period"] == row.period)
        said, before = history[own], history[own - 1] if own else None
        shown = said["respondents"] >= 3
        level = said["level"] if shown else None
        level_before = before["level"] if before and before["respondents"] >= 3 else None
        assert row.is_suppressed != shown
        assert (row.respondents, row.level) == ((said["respondents"], level) if shown else (None, None))
        assert row.response_pct == (rounded(said["respondents"], said["invited"] or 0) if shown else None)
        target = said["target_level"]
        assert row.distance_to_target == (target - level if shown and target else None)
        assert (row.period_before, row.level_before) == (before["period"] if before else None, level_before)
        assert row.level_change == (level - level_before if shown and level_before is not None else None)
        assert row.is_method_break == (before is not None and before["method"] != said["method"])
        assert row.is_latest == (row.period == newest[row.ags, row.target_group])
