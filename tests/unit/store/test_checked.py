"""What a run checked is read from the tables in which tests and gate wrote it down."""

from __future__ import annotations

import datetime as dt
from typing import Any

from lakehouse.lake import checked, ops
from lakehouse.settings import Settings

SAID = {"owner": "Office", "sentence_de": "Jeder Baum hat eine Höhe."}
EARLY, LATE = (dt.datetime(2026, 11, 28, hour, tzinfo=dt.UTC) for hour in (1, 2))


def outcome(node: str, status: str, at: dt.datetime, **more: Any) -> dict[str, Any]:
    return {"run_id": "r", "kind": "test", "node": node, "status": status, "severity": "error", "finished_at": at,
            "message": None, "failing_rows": 0, **SAID, **more}  # fmt: skip


def verdict(suite: str, success: bool, at: dt.datetime) -> dict[str, Any]:
    return {"run_id": "r", "suite": suite, "subject": "rows", "expectation": f"at least {at.hour}", "severity": "warn",
            "success": success, "observed": '{"unexpected_count": 3}', "checked_at": at, **SAID}  # fmt: skip


def test_the_newest_outcome_of_each_rule_of_the_run_counts(settings: Settings) -> None:
    ops.create_all(settings)
    found = [
        outcome("holds", "pass", EARLY),
        outcome("holds", "warn", LATE, severity="warn", message="Got 1 result: a: 2 rows of Marl", failing_rows=2),
        outcome("firm", "pass", EARLY),
        outcome("mart_a", "success", EARLY, kind="model"),
        outcome("firm", "fail", LATE, run_id="another"),
    ]
    ops.append(settings, "model_results", found)
    gate = [
        verdict("release.mart_a", False, EARLY),
        verdict("reconciliation", False, EARLY),
        verdict("silver.x", True, LATE),
    ]
    ops.append(settings, "quality_results", [*gate, verdict("release.mart_a", True, LATE)])
    told = checked.of_run(settings, "r", {"holds": {"reads": ["mart_a", "mart_b"]}, "firm": {"reads": ["mart_a"]}})
    assert sorted((c.suite, c.rule, c.marts, c.severity, c.passed, c.failing_rows, c.checked_at) for c in told) == [
        ("dbt", "firm", ["mart_a"], "fail", True, 0, EARLY),
        ("dbt", "holds", ["mart_a", "mart_b"], "warn", False, 2, LATE),
        ("reconciliation", "rows", [], "warn", False, 3, EARLY),
        ("release.mart_a", "rows", ["mart_a"], "warn", True, None, LATE),
    ]
    assert [c.observed for c in told if c.suite == "release.mart_a"] == ["at least 2"]
    assert {c.sentence_de for c in told} == {SAID["sentence_de"]}
