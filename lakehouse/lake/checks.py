"""What was checked of the marts of a release, as its manifest records it: dbt's tests and the suites of the gate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict

DBT = "dbt"


class Check(BaseModel):
    """One rule, and what came of it when it was last checked.

    `suite` is `dbt` or a suite of the gate, `marts` are those that it is about; none if it holds feeds against each
    other. A rule of severity `fail` stops a release, so in one it is never broken. `failing_rows` is None where a rule
    is not about rows, and `observed` what was said of the outcome; of the gate, the rule in words with its figures.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    suite: str
    rule: str
    marts: list[str]
    severity: Literal["fail", "warn"]
    owner: str
    sentence_de: str
    passed: bool
    failing_rows: int | None
    observed: str
    checked_at: dt.datetime


def kept(
    before: Iterable[Check], now: Collection[Check], tests: Collection[str], marts: Collection[str]
) -> list[Check]:
    """The checks of a release: those of its run, and of the release before what was not checked again.

    What was not built was not tested either, and what was said of it still holds.

    Args:
        before: checks of the release before.
        now: those of this run.
        tests: dbt's tests that there are now.
        marts: the marts of the release.
    """
    again = {(check.suite, check.rule) for check in now}
    stays = [
        check
        for check in before
        if (check.suite, check.rule) not in again
        and {*check.marts} <= {*marts}
        and (check.suite != DBT or check.rule in tests)
    ]
    return _sorted([*now, *stays])


def _sorted(checks: Iterable[Check]) -> list[Check]:
    return sorted(checks, key=lambda check: (check.suite, check.rule))
