"""What a release says was checked: of its own run, and of earlier ones what still holds."""

from __future__ import annotations

from typing import Any

from lakehouse.lake.checks import Check, kept
from tests.unit.lake.test_release_manifest import EXAMPLE


def check(rule: str, *marts: str, suite: str = "dbt", **more: Any) -> Check:
    return Check.model_validate({**EXAMPLE["checks"][0], "rule": rule, "marts": marts, "suite": suite, **more})


def test_what_was_not_checked_again_stays_as_long_as_its_rule_and_its_marts_do() -> None:
    stays, again = check("stays", "mart_a"), check("again", "mart_a", passed=False)
    before = [stays, again, check("no_test_any_more", "mart_a"), check("of_a_mart_that_is_gone", "mart_a", "mart_gone")]
    now = check("again", "mart_a", passed=True)
    assert kept(before, [now], {"stays", "again", "of_a_mart_that_is_gone"}, {"mart_a"}) == [now, stays]


def test_of_the_gate_the_rule_that_was_judged_again_is_replaced_and_no_other() -> None:
    suite = {"suite": "reconciliation"}
    stays, before = check("costs", **suite), check("sums", passed=False, observed="in 3 of 5 rows", **suite)
    now = check("sums", passed=True, observed="", **suite)
    assert kept([before, stays], [now], set(), {"mart_a"}) == [stays, now]
