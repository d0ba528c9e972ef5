"""Where an upload lies says whose it is and for which period; what only looks like it says nothing."""

from __future__ import annotations

import pytest

from lakehouse.errors import SpecError
from lakehouse.spec.inbox import Inbox

HALVES = Inbox(connector="inbox", period="half_year", due_days=30)
YEARS = Inbox(connector="inbox", period="year", due_days=30)
PREFIX = "inbox/05562024/town__course/"


@pytest.mark.parametrize("name", ["x.xlsx", "a b%2Fc.xlsx", "ä\n?.xlsx", ".withdrawal", "%"])
def test_any_name_may_stand_below_a_period(name: str) -> None:
    assert HALVES.path_values(f"{PREFIX}2025-H1/{name}") == {"ags": "05562024", "period": "2025-H1"}


@pytest.mark.parametrize(
    "rest",
    ["2025%2DH1/x.xlsx", "2025-H1%2Fx.xlsx", "2025-H1/", "2025-H1/a/x.xlsx", "2025-H3/x.xlsx", "2021-H1/x.xlsx"],
)
def test_another_spelling_of_a_period_is_none(rest: str) -> None:
    with pytest.raises(SpecError, match="is not inbox/"):
        HALVES.path_values(f"{PREFIX}{rest}")


@pytest.mark.parametrize("period", ["20２５", "20२५", "2025 ", "2025-H1", "02025"])
def test_a_year_has_four_digits_of_ours(period: str) -> None:
    assert YEARS.is_period("2025")
    assert not YEARS.is_period(period)
