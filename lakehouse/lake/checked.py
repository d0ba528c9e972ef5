"""What a run checked of marts, out of the tables in which dbt's tests and the gate write it down."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lakehouse import names
from lakehouse.lake import sql
from lakehouse.lake.checks import DBT, Check
from lakehouse.settings import Settings

_OF_MART, _RECONCILIATION = "release.", "reconciliation"


def of_run(settings: Settings, run_id: str, tests: Mapping[str, Any]) -> list[Check]:
    """What a run checked.

    Args:
        settings: addresses and keys; results are read with those of the spark role.
        run_id: the run, which may have tried more than once: the newest result counts.
        tests: those of the dbt project, see `lakehouse.lake.dbt_artifacts.describe`.
    """
    run = sql.text(run_id)
    model_results, quality_results = (
        sql.scan(names.uri("ops", table)) for table in ("model_results", "quality_results")
    )
    with sql.connect(settings, "spark") as connection:
        tested = connection.execute(
            "SELECT node, severity, owner, sentence_de, status, failing_rows, message, finished_at"
            f" FROM {model_results} WHERE run_id = {run} AND kind = 'test'"
            " QUALIFY finished_at = max(finished_at) OVER (PARTITION BY node)"
        ).fetchall()
        gated = connection.execute(
            "SELECT suite, expectation, subject, severity, owner, sentence_de, success, observed, checked_at"
            f" FROM {quality_results} WHERE run_id = {run}"
            f" AND (suite = '{_RECONCILIATION}' OR starts_with(suite, '{_OF_MART}'))"
            " QUALIFY checked_at = max(checked_at) OVER (PARTITION BY suite)"
        ).fetchall()
    found = [
        Check(
            suite=DBT, rule=node, marts=tests[node]["reads"], severity="warn" if severity == "warn" else "fail",
            owner=owner or "", sentence_de=sentence or "", passed=status == "pass", failing_rows=failing,
            observed=message or "", checked_at=at,
        )
        for node, severity, owner, sentence, status, failing, message, at in tested
        if node in tests
    ]  # fmt: skip
    found += [
        Check(
            suite=suite, rule=subject, marts=_marts(suite), severity=severity, owner=owner, sentence_de=sentence,
            passed=success, failing_rows=_broken(suite, success, observed), observed=rule, checked_at=at,
        )
        for suite, rule, subject, severity, owner, sentence, success, observed, at in gated
    ]  # fmt: skip
    return found


def _broken(suite: str, success: bool, observed: str) -> int | None:
    """How many rows break a rule of the gate; what a mart lost since the last release is not about rows."""
    if suite != _RECONCILIATION:
        return None
    return 0 if success else json.loads(observed).get("unexpected_count")


def _marts(suite: str) -> list[str]:
    return [suite.removeprefix(_OF_MART)] if suite.startswith(_OF_MART) else []
