"""Workbook Leuchttürme of the made-up region."""

from __future__ import annotations

import datetime as dt

from infra.region.facts import as_of, begins
from tests.unit.region.history import everything, histories

LEUCHTTUERME = "vest__leuchttuerme"
PHASES = ["idea", "concept", "proof_of_concept", "mvp", "vertical_scaling", "horizontal_scaling"]
POINTS = ("effect_points", "organisation_points", "technology_points", "resources_points", "law_points")


def test_a_lighthouse_project_keeps_its_title_and_its_phase_goes_forward() -> None:
    for said in histories(LEUCHTTUERME, "vest__lighthouse", "lighthouse_id"):
        assert len({(row["title"], row["place"], row["found_on"]) for row in said}) == 1
        order = [PHASES.index(str(row["phase"])) for row in said]
        assert order == sorted(order)


def test_what_was_assessed_or_adopted_stays_so() -> None:
    told = histories(LEUCHTTUERME, "vest__lighthouse", "lighthouse_id")
    for said in told:
        assessed = [row["assessed_on"] is not None for row in said]
        adopted = [row["adopters"] is not None for row in said]
        assert assessed == sorted(assessed)
        assert adopted == sorted(adopted)
        assert len({tuple(row[name] for name in POINTS) for row in said if row["assessed_on"]}) <= 1
    assert {row["recommendation"] for said in told for row in said} == {
        "not_assessed",
        "transfer",
        "observe",
        "do_not_transfer",
    }
    assert any(row["adopters"] for said in told for row in said)


def test_a_recommendation_follows_from_the_points() -> None:
    sums: dict[str, set[int]] = {}
    for _, _, rows in everything(LEUCHTTUERME, "vest__lighthouse"):
        for row in rows:
            if row["assessed_on"]:
                total = sum(int(str(row[name])) for name in POINTS)
                sums.setdefault(str(row["recommendation"]), set()).add(total)
    assert max(sums["do_not_transfer"]) < min(sums["observe"])
    assert max(sums["observe"]) < min(sums["transfer"])


def test_the_places_to_look_that_the_pact_names_are_looked_at() -> None:
    found = {row["found_in"] for _, _, rows in everything(LEUCHTTUERME, "vest__lighthouse") for row in rows}
    assert {"modellregionen_nrw", "navigator_smart_city", "navigator_municipal"} <= found


def test_a_trend_is_reviewed_every_year_until_it_is_dropped() -> None:
    for ags, year, rows in everything(LEUCHTTUERME, "vest__trend"):
        for row in rows:
            reviewed_on = row["reviewed_on"]
            assert isinstance(reviewed_on, dt.date)
            assert begins(year) <= reviewed_on <= as_of(year), f"{ags} {year}"
    told = histories(LEUCHTTUERME, "vest__trend", "trend_id")
    for said in told:
        assert len({(row["title"], row["observed_since"]) for row in said}) == 1
        assert "drop" not in [row["handling"] for row in said[:-1]]
    assert {row["handling"] for said in told for row in said} == {"observe", "examine", "test", "adopt", "drop"}
