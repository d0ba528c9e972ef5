"""What `source.yml` may declare of dates and times: how they are written, and in which zone clocks were read."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Strict

# seconds, or milliseconds, since the beginning of 1970 in UTC
EPOCHS = ("epoch", "epoch_ms")
OFFSET = re.compile(r"[+-](?:0\d|1[0-4]):[0-5]\d")
LETTERS = re.compile(r"(?:(?<!y)(?:yyyy|yy?)(?!y)|M{1,4}|dd?|HH?|mm?|ss?|S{1,9}|X{1,3}|[.,:/ T-])+")
TWO_DIGIT_YEAR = re.compile(r"(?<!y)yy(?!y)")
NAME_OF_MONTH = re.compile(r"M{3,4}")
# names and abbreviations of the twelve months, in lower case
MONTHS = {
    "de": (
        "januar jänner jan jän", "februar feber feb", "märz mär mrz", "april apr", "mai", "juni jun", "juli jul",
        "august aug", "september sept sep", "oktober okt", "november nov", "dezember dez",
    ),
    "en": (
        "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul",
        "august aug", "september sept sep", "october oct", "november nov", "december dec",
    ),
}  # fmt: skip


def _check_zone(zone: str) -> str:
    if not OFFSET.fullmatch(zone) and zone not in available_timezones():
        raise ValueError(f"there is no time zone {zone}")
    return zone


# strict: a number must not be taken for the seconds of a day
Day = Annotated[dt.date, Strict()]
Zone = Annotated[str, AfterValidator(_check_zone)]


def zone_info(zone: str) -> dt.tzinfo:
    """The zone of a declared name or offset."""
    if OFFSET.fullmatch(zone) is None:
        return ZoneInfo(zone)
    hours, minutes = map(int, zone[1:].split(":"))
    away = dt.timedelta(hours=hours, minutes=minutes)
    return dt.timezone(-away if zone[0] == "-" else away)


def month_numbers(language: str) -> dict[str, str]:
    """Numbers of two digits by the names of months and their abbreviations, in lower case."""
    return {name: f"{number:02}" for number, names in enumerate(MONTHS[language], 1) for name in names.split()}


def check_format(written: str, type_: str, months: str | None, pivot: int | None, *, bounded: bool) -> None:
    """Raises ValueError if dates or times cannot be written so.

    Args:
        written: the declared `format`.
        type_: type of the column.
        months: language of the names of months.
        pivot: last year that two digits may mean.
        bounded: whether the column has a `minimum`.
    """
    if written in EPOCHS:
        if type_ != "timestamp":
            raise ValueError(f"format {written} needs type timestamp")
        if not bounded:
            raise ValueError(f"format {written} needs a `minimum`: seconds read as milliseconds are days of 1970")
    elif type_ not in ("date", "timestamp") or not LETTERS.fullmatch(written):
        raise ValueError(
            "format needs type date or timestamp, and holds only yyyy yy y M MM MMM MMMM d dd H HH m mm s ss S X XX "
            f"XXX and signs between them or T, or is one of {', '.join(EPOCHS)}"
        )
    if type_ == "date" and "X" in written:
        raise ValueError("a date has no offset (X), which would move it: `rewrite` the text to its day")
    if bool(TWO_DIGIT_YEAR.search(written)) != (pivot is not None):
        raise ValueError("pivot, the last year that two digits may mean, and a format with `yy` belong together")
    if bool(NAME_OF_MONTH.search(written)) != (months is not None):
        raise ValueError("months, the language of their names, and a format with `MMM` or `MMMM` belong together")


def check_zones(written: str | None, type_: str, zone: str, zones_before: Mapping[dt.date, str]) -> None:
    """Raises ValueError if the declared zones say nothing of such times, or contradict them."""
    if zone == "UTC" and not zones_before:
        return
    if type_ != "timestamp" or written is None or written in EPOCHS:
        raise ValueError("zone and zones_before need type timestamp and a format of a calendar and clock")
    if "X" in written:
        raise ValueError("a time that names its offset (X) has no other zone")
