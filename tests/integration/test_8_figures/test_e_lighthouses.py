"""Lighthouses and trends of the made-up region, judged again without the lakehouse."""

from __future__ import annotations

import datetime as dt

from tests.integration.test_8_figures.region import Figures

PHASES = ("idea", "concept", "proof_of_concept", "mvp", "vertical_scaling", "horizontal_scaling")
POINTS = ("effect_points", "organisation_points", "technology_points", "resources_points", "law_points")


def test_transferability_adopters_and_phases(all_marts: Figures) -> None:
    rows = all_marts.rows("vest__leuchttuerme", "vest__lighthouse")
    by_key = {(row["ags"], row["lighthouse_id"], int(row["period"])): row for row in rows}
    expected = {}
    for (ags, number, year), row in by_key.items():
        # a project is reported every year from the first one on
        before = by_key.get((ags, number, year - 1))
        step = PHASES.index(row["phase"]) - PHASES.index(before["phase"]) if before else 0
        points = [row[name] for name in POINTS]
        expected[ags, number, str(year)] = (
            None if None in points else 100 * sum(points) / 20,
            row["interested"] or [],
            row["adopters"] or [],
            before and before["phase"],
            step not in (0, 1),
        )
    found = all_marts.query(
        """
        select ags, lighthouse_id, period, transferability_pct, interested_ags, adopter_ags, phase_before,
               is_illegal_phase_jump
        from mart_lighthouse_transfer
        """
    )
    assert len(found) == len(rows) > 50
    assert {row[:3]: row[3:] for row in found} == expected
    [(adoptions,)] = all_marts.query("select sum(adopter_count) from mart_lighthouse_transfer where is_latest")
    newest = max(row["period"] for row in rows)
    assert adoptions == sum(len(row["adopters"] or []) for row in rows if row["period"] == newest) > 0


def test_reviews_that_are_due(all_marts: Figures) -> None:
    rows = all_marts.rows("vest__leuchttuerme", "vest__trend")
    due = {
        (row["ags"], row["trend_id"], row["period"], row["handling"])
        for row in rows
        if row["next_review_on"] and row["next_review_on"] <= dt.date(int(row["period"]), 12, 31)
    }
    found = all_marts.query("select ags, trend_id, period, handling, is_review_due from mart_trend")
    assert len(found) == len(rows) > len(due) > 0
    assert {row[:4] for row in found if row[4]} == due
