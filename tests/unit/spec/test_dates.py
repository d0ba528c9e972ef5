"""Dates in the names of files: which editions there are, which a run asks for, and what is refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from pydantic import ValidationError

from lakehouse.spec.dates import Dates
from lakehouse.spec.fetch import Http

DAY = dt.date(2026, 3, 2)


def http(files: list[str], dates: dict[str, Any] | None = None, **more: Any) -> Http:
    return Http.model_validate({"connector": "http", "files": files, "max_bytes": 10, "dates": dates, **more})


def addresses(spec: Http, today: dt.date = DAY) -> list[str]:
    return [address for address, _ in spec.editions(today)]


@pytest.mark.parametrize(
    ("file", "dates", "found"),
    [
        ("{date}.csv", {"oldest": 2}, ["2026-02-28.csv", "2026-03-01.csv", "2026-03-02.csv"]),
        ("{date}.csv", {"oldest": 2, "newest": 1}, ["2026-02-28.csv", "2026-03-01.csv"]),
        ("{date:%Y}/{date:%m}/d{date:%d%m%y}.csv", {"oldest": 1}, ["2026/03/d010326.csv", "2026/03/d020326.csv"]),
        ("{date:%-d.%-m.%Y}.csv", {"oldest": 0}, ["2.3.2026.csv"]),
        ("{date:%G-W%V-%u}?d={date:%j}", {"oldest": 0}, ["2026-W10-1?d=061"]),
        ("{date:%y%m}", {"every": "month", "oldest": 3}, ["2512", "2601", "2602", "2603"]),
        ("{date:%Y}.csv", {"every": "year", "oldest": 2, "newest": 1}, ["2024.csv", "2025.csv"]),
        ("{date}.csv", {"every": "month", "oldest": 1}, ["2026-02-01.csv", "2026-03-01.csv"]),
    ],
)  # fmt: skip
def test_editions_are_counted_back_from_the_day_of_the_run(file: str, dates: dict[str, Any], found: list[str]) -> None:
    assert addresses(http([file], dates)) == found


def test_dates_are_combined_with_parameters_oldest_first() -> None:
    files = ["{site}/{date:%m%d}.csv", "all/{date:%m%d}.csv"]
    spec = http(files, {"oldest": 1}, parameters={"site": ["a b", "c"]})
    assert addresses(spec) == [
        "a%20b/0301.csv", "c/0301.csv", "all/0301.csv", "a%20b/0302.csv", "c/0302.csv", "all/0302.csv",
    ]  # fmt: skip
    assert spec.addresses[0] != addresses(spec)[0], "as of today"


def test_groups_of_the_path_still_become_columns() -> None:
    spec = http(["{date:%Y/%m%d}.csv"], {"oldest": 1}, path_pattern=r"(?P<year>\d{4})/(?P<day>\d{4})\.csv")
    assert spec.path_values(addresses(spec)[0]) == {"year": "2026", "day": "0301"}


@pytest.mark.parametrize(
    ("every", "edition", "over"),
    [
        ("day", dt.date(2026, 2, 28), dt.date(2026, 3, 1)), ("month", dt.date(2025, 12, 1), dt.date(2026, 1, 1)),
        ("year", dt.date(2025, 1, 1), dt.date(2026, 1, 1)),
    ],
)  # fmt: skip
def test_when_an_edition_is_over(every: str, edition: dt.date, over: dt.date) -> None:
    assert Dates.model_validate({"every": every, "oldest": 1}).over(edition) == over


def asked(dates: Dates, came: set[str], today: dt.date = DAY, files: int = 1) -> list[str]:
    editions = [(f"{date:%d}{'abc'[n]}", date) for date in dates.editions(today) for n in range(files)]
    return [address for address, _ in dates.asked(editions, [address in came for address, _ in editions], today)]


def test_what_came_is_not_asked_for_again_but_for_the_newest() -> None:
    dates = Dates(oldest=5, again=1)
    assert asked(dates, set()) == ["25a", "26a", "27a", "28a", "01a", "02a"]
    assert asked(dates, {"25a", "26a", "28a", "01a", "02a"}) == ["27a", "01a", "02a"]


def test_at_most_so_many_files_are_asked_for_and_the_newest_are_among_them() -> None:
    found = asked(Dates(oldest=9, again=1, at_most=5), set())
    assert len(found) == 5 and found[-2:] == ["01a", "02a"]
    assert found == sorted(found, key=lambda name: (name < "20", name)), "oldest first"
    assert len(asked(Dates(oldest=9, newest=1, again=1, at_most=5), set(), files=3)) == 5


@pytest.mark.parametrize("weekday", range(7))
def test_days_that_never_come_keep_no_other_from_its_turn(weekday: int) -> None:
    dates, first, seen = Dates(oldest=30, again=1, at_most=5), DAY + dt.timedelta(days=weekday), set[dt.date]()
    gone = {date for date in dates.editions(first) if date.weekday() >= 5}
    for number in range(22):
        today = first + dt.timedelta(days=number)
        editions = [(str(date), date) for date in dates.editions(today)]
        asked = [date for _, date in dates.asked(editions, [date in seen for _, date in editions], today)]
        assert len(asked) <= 5 and asked[-1] == today
        seen |= {date for date in asked if date.weekday() < 5}
    left = set(dates.editions(today)) & set(dates.editions(first)) - gone
    assert left <= seen


@pytest.mark.parametrize(
    ("files", "dates", "reason"),
    [
        (["{date}.csv"], None, "`dates` and the placeholder {date} in every file belong together"),
        (["a.csv"], {"oldest": 1}, "`dates` and the placeholder {date} in every file belong together"),
        (["{date}.csv", "a.csv"], {"oldest": 1}, "`dates` and the placeholder {date} in every file belong together"),
        (["{date:%Y-%m}.csv"], {"oldest": 3}, "addresses are declared twice: ['2025-12.csv']"),
        (["{date:%B}.csv"], {"oldest": 3}, "'%B' is not a date's form"),
        (["{date:>10}.csv"], {"oldest": 3}, "addresses are declared twice"),
        (["{date!r}.csv"], {"oldest": 3}, "is not the name of a parameter"),
        (["{date}.csv"], {"oldest": 1, "newest": 2}, "oldest must not be less than newest"),
        (["{date}.csv"], {"oldest": 1, "again": 0}, "greater than or equal to 1"),
        (["{date}.csv"], {"newest": 1}, "Field required"),
        (["{date}.csv"], {"oldest": 5, "again": 2, "at_most": 3}, "the newest editions alone are 3 files a run"),
        (["{date}/a", "{date}/b"], {"oldest": 5, "again": 1, "at_most": 4}, "the newest editions alone are 4 files"),
        (["{date}.csv"], {"oldest": 1, "until": 2}, "Extra inputs"),
        (["{date:%d}.csv"], {"oldest": 28}, "addresses are declared twice: ['01.csv']"),
        (["{date}.csv"], {"every": "week", "oldest": 1}, "'day', 'month' or 'year'"),
    ],
)
def test_what_is_refused(files: list[str], dates: dict[str, Any] | None, reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        http(files, dates)
    assert reason in str(caught.value)


def test_date_is_no_parameter() -> None:
    with pytest.raises(ValidationError, match="filled by `dates` and cannot be a parameter"):
        http(["{date}.csv"], {"oldest": 1}, parameters={"date": ["1"]})


def test_a_short_range_may_be_asked_for_as_a_whole() -> None:
    assert http(["{date}.csv"], {"oldest": 2, "again": 3, "at_most": 3})
