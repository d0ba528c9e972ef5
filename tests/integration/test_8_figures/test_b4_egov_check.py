"""E-Government-Checks of the made-up region, counted again without the lakehouse."""

from __future__ import annotations

from collections import Counter

from tests.integration.test_8_figures.region import Figures


def test_checks_that_are_digital_or_violate_the_pact(all_marts: Figures) -> None:
    rows = all_marts.rows("vest__egov_check_bogen", "vest__egov_check")
    checks = Counter((row["ags"], row["period"]) for row in rows)
    digital = Counter((row["ags"], row["period"]) for row in rows if row["result"] == "digital")
    # the region names a provision wherever it says that one is the reason
    violations = {
        (row["ags"], row["task"], row["checked_on"], row["title"])
        for row in rows
        if row["result"] != "digital" and row["deviation_reason"] != "legal"
    }
    counted = all_marts.query(
        """
        select ags, period, count(*), count(*) filter (is_digital_by_default) from mart_egov_check group by ags, period
        """
    )
    assert {(ags, period): (all_, of_them) for ags, period, all_, of_them in counted} == {
        cell: (checks[cell], digital[cell]) for cell in checks
    }
    named = all_marts.query(
        "select ags, task, checked_on, title, name, violation_de from mart_egov_check where is_violation"
    )
    assert {row[:4] for row in named} == violations
    assert len(named) == len(violations) > 5
    for _, task, checked_on, title, name, sentence in named:
        assert all(said in sentence for said in (task, f"{checked_on:%d.%m.%Y}", title, name))
