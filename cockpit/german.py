"""Figures, days and periods as German readers expect them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal

LOCALE = "de_DE"
NOTHING = "–"
_ZONE = ZoneInfo("Europe/Berlin")
_HALF = re.compile(r"(\d{4})-H([12])")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def number(value: int | float | Decimal) -> str:
    """A number with all its digits; a float has at most two behind the comma."""
    if isinstance(value, Decimal):
        digits = max(0, -int(value.as_tuple().exponent))
        return format_decimal(value, f"#,##0.{'0' * digits}" if digits else "#,##0", LOCALE)
    return format_decimal(value, "#,##0.##", LOCALE)


def day(value: dt.date) -> str:
    """A date."""
    return f"{value:%d.%m.%Y}"


def moment(value: dt.datetime) -> str:
    """A time as clocks in the region showed it."""
    return f"{value.astimezone(_ZONE):%d.%m.%Y, %H:%M} Uhr"


def period(value: str | dt.date | None, step: str = "") -> str:
    """What a period is called: a year, a half-year, a month or a day; `latest` where there is no history."""
    if value is None:
        return NOTHING
    if isinstance(value, dt.date):
        return f"{value:%m/%Y}" if step == "month" else day(value)
    if value == "latest":
        return "letzter Stand"
    if half := _HALF.fullmatch(value):
        # kept on one line
        return f"{half[2]}.\u00a0Halbjahr\u00a0{half[1]}"
    return day(dt.date.fromisoformat(value)) if _DAY.fullmatch(value) else value


def short_period(value: str) -> str:
    """The same where there is little room."""
    return period(value).replace("Halbjahr", "Hj.")


def said(value: Any, codes: Mapping[str, str] | None = None) -> str:
    """Any value of a row in words; a code by its German label."""
    if value is None or value == []:
        return NOTHING
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, int | float | Decimal):
        return number(value)
    if isinstance(value, dt.datetime):
        return moment(value)
    if isinstance(value, dt.date):
        return day(value)
    if isinstance(value, list):
        return ", ".join(said(one, codes) for one in value)
    text = str(value)
    if codes and text in codes:
        return codes[text]
    return period(text) if _HALF.fullmatch(text) else text


def count(number_of: int, one: str, many: str) -> str:
    """A number of things: `1 Zeile`, `2 Zeilen`."""
    return f"{number(number_of)} {one if number_of == 1 else many}"
