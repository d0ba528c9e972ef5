"""Trainings and competences of the made-up region, added up again without the lakehouse."""

from __future__ import annotations

from collections import defaultdict

from tests.integration.test_8_figures.region import Figures


def test_trainings_per_group_and_topic(all_marts: Figures) -> None:
    cells = defaultdict(list)
    for row in all_marts.rows("vest__kompetenzen", "vest__training"):
        cells[row["ags"], row["period"], row["target_group"], row["topic"]].append(row)
    expected = {
        (
            *cell,
            len(offers),
            sum(offer["inter_municipal"] for offer in offers),
            sum(offer["places"] for offer in offers),
            sum(offer["participants"] for offer in offers),
            sum(offer["participants"] * offer["hours_per_participant"] for offer in offers),
            True,
        )
        for cell, offers in cells.items()
    }
    found = all_marts.query(
        """
        select ags, period, target_group, topic, offers, inter_municipal_offers, places, participants,
               participant_hours, fictitious
        from mart_training
        """
    )
    assert len(found) == len(expected) > 100
    assert set(found) == expected


def test_utilisation_and_offers_of_an_administration(all_marts: Figures) -> None:
    rows = all_marts.rows("vest__kompetenzen", "vest__training")
    newest = max(row["period"] for row in rows)
    expected = {}
    for ags in {row["ags"] for row in rows}:
        own = [row for row in rows if (row["ags"], row["period"]) == (ags, newest)]
        places, participants = (sum(row[name] for row in own) for name in ("places", "participants"))
        expected[ags] = (len({row["training"] for row in own}), places, participants)
    found = all_marts.query(
        """
        select ags, sum(offers_counted_once), sum(places), sum(participants),
               bool_and(abs(utilisation_pct - 100 * participants / places) <= 0.0051)
        from mart_training where is_latest group by ags
        """
    )
    assert {ags: figures for ags, *figures, _ in found} == {ags: [*figures] for ags, figures in expected.items()}
    assert all(is_share for *_, is_share in found)


def test_levels_and_their_change(all_marts: Figures) -> None:
    rows = all_marts.rows("vest__kompetenzen", "vest__competence")
    assert all(row["respondents"] >= 3 for row in rows), "none of these is withheld"
    series = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["period"]):
        series[row["ags"], row["target_group"], row["competence_area"]].append(row)
    expected = set()
    for cell, history in series.items():
        for before, row in zip([None, *history], history, strict=False):
            target, change = row["target_level"], row["level"] - before["level"] if before else None
            distance = None if target is None else target - row["level"]
            expected.add((*cell, row["period"], row["respondents"], row["level"], distance, change))
    found = all_marts.query(
        """
        select ags, target_group, competence_area, period, respondents, level, distance_to_target, level_change
        from mart_competence where not is_suppressed
        """
    )
    assert len(found) == len(rows) > 100
    assert set(found) == expected
