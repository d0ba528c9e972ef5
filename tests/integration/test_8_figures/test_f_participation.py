"""Participation in the made-up region, counted again without the lakehouse."""

from __future__ import annotations

from collections import defaultdict
from statistics import mean

from tests.integration.test_8_figures.region import Figures


def test_reach_concerns_and_feedback_per_half_year(all_marts: Figures) -> None:
    cells = defaultdict(list)
    for row in all_marts.rows("vest__beteiligung", "vest__participation"):
        cells[row["ags"], row["period"]].append(row)
    found = all_marts.query(
        """
        select ags, period, count(*), sum(participants), count(*) filter (is_digital_day), count(concerns),
               count(*) filter (concern_status = 'under_review'), count(*) filter (has_feedback), avg(days_to_feedback),
               sum(len(topics))
        from mart_participation group by ags, period
        """
    )
    assert {row[:2] for row in found} == set(cells)
    for ags, period, *figures in found:
        held = cells[ags, period]
        days = [(row["feedback_on"] - row["begins_on"]).days for row in held if row["feedback_on"]]
        assert figures == [
            len(held),
            sum(row["participants"] for row in held),
            sum(row["title"].startswith("Digitaltag") for row in held),
            sum(row["concerns"] is not None for row in held),
            sum(row["concern_status"] == "under_review" for row in held),
            len(days),
            mean(days) if days else None,
            sum(row["topics"].count(",") + 1 for row in held),
        ]
