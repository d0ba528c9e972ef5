"""What is declared of a delivery that administrations put down: its periods, their days, and addresses."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from lakehouse.errors import SpecError
from lakehouse.spec.inbox import TOLD, Inbox


def inbox(period: str, **more: Any) -> Inbox:
    return Inbox.model_validate({"connector": "inbox", "period": period, "due_days": 45, **more})


def test_periods_that_have_begun_are_listed_with_the_newest_first() -> None:
    year, half = inbox("year", since=2024), inbox("half_year", since=2025)
    assert year.periods(dt.date(2026, 1, 1)) == ["2026", "2025", "2024"]
    assert half.periods(dt.date(2026, 6, 30)) == ["2026-H1", "2025-H2", "2025-H1"]
    assert half.periods(dt.date(2026, 7, 1))[0] == "2026-H2"
    assert half.periods(dt.date(2024, 12, 31)) == []


def test_a_period_begins_ends_and_is_due() -> None:
    fetch = inbox("half_year")
    days = {
        period: (fetch.begins(period), fetch.ends(period), fetch.due(period))
        for period in ("2025-H1", "2025-H2", "2025")
    }
    assert days == {
        "2025-H1": (dt.date(2025, 1, 1), dt.date(2025, 6, 30), dt.date(2025, 8, 14)),
        "2025-H2": (dt.date(2025, 7, 1), dt.date(2025, 12, 31), dt.date(2026, 2, 14)),
        "2025": (dt.date(2025, 1, 1), dt.date(2025, 12, 31), dt.date(2026, 2, 14)),
    }


def test_only_what_is_written_so_is_a_period() -> None:
    texts = [
        "2022",
        "2025",
        "2021",
        "2100",
        "25",
        "2025-H1",
        "2025-H2",
        "2021-H2",
        "2025-H3",
        "2025-h1",
        "2025 ",
        "2025\n",
        "²025",
        "",
    ]
    assert [text for text in texts if inbox("year").is_period(text)] == ["2022", "2025"]
    assert [text for text in texts if inbox("half_year").is_period(text)] == ["2025-H1", "2025-H2"]


def test_the_address_tells_who_delivers_and_for_when() -> None:
    fetch = inbox("half_year")
    assert fetch.path_values("inbox/05562024/town__course/2025-H1/Maß%20%2F nahmen.xlsx".replace("%2F", "")) == {
        "ags": "05562024", "period": "2025-H1"
    }  # fmt: skip
    assert {*re.compile(fetch.path_pattern).groupindex} == {*TOLD}


@pytest.mark.parametrize(
    "address",
    [
        "inbox/05562024/town__course/2025-H1/", "05562024/f/2025-H1/x", "inbox/05562024/town__course/2025-H1%2Fx.xlsx",
        "inbox/5562024/f/2025-H1/x", "inbox/05562024/f/2025-H1/a/b", "raw/05562024/f/2025-H1/x",
        "https://example.org/inbox/05562024/f/2025-H1/x",
    ],
)  # fmt: skip
def test_another_address_is_refused_by_name(address: str) -> None:
    with pytest.raises(SpecError) as refused:
        inbox("half_year").path_values(address)
    assert str(refused.value) == f"{address} is not inbox/<AGS>/<feed>/<period>/<name>"


@pytest.mark.parametrize(
    "wrong", [{"period": "month"}, {"due_days": 0}, {"since": 1999}, {"max_bytes": 0}, {"files": ["x"]}], ids=str
)
def test_an_inbox_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        inbox(**{"period": "year", **wrong})


@pytest.mark.parametrize("name", ["x.xlsx", "a b%2Fc.xlsx", "ä\n?.xlsx", ".withdrawal", "%"])
def test_any_name_may_stand_below_a_period(name: str) -> None:
    address = f"inbox/05562024/town__course/2025-H1/{name}"
    assert inbox("half_year").path_values(address) == {"ags": "05562024", "period": "2025-H1"}


@pytest.mark.parametrize("period", ["20２５", "20२५", "2025 ", "2025-H1", "02025", "2025%2DH1"])
def test_another_spelling_of_a_period_is_none(period: str) -> None:
    assert not inbox("year").is_period(period)
