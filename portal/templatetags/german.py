"""Words and figures as German readers expect them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.formats import number_format

register = template.Library()

STATES = {
    "missing": "fehlt",
    "overdue": "überfällig",
    "waiting": "wird geprüft",
    "accepted": "übernommen",
    "partly": "teilweise übernommen",
    "refused": "abgelehnt",
    "withdrawn": "zurückgezogen",
    "replaced": "ersetzt",
}


@register.filter
def state(value: str) -> str:
    """What a state is called."""
    return STATES[value]


@register.filter
def period(value: str) -> str:
    """What a period is called: `2025-H1` is `1. Halbjahr 2025`."""
    year, _, half = value.partition("-H")
    return f"{half}. Halbjahr {year}" if half else f"Jahr {year}"


@register.filter
def the_period(value: str) -> str:
    """The same with its article, as it stands in a sentence."""
    return f"das {period(value)}"


@register.filter
def moment(value: dt.datetime) -> str:
    """A time as clocks in Germany show it."""
    return timezone.localtime(value).strftime("%d.%m.%Y, %H:%M:%S Uhr")


@register.filter
def day(value: dt.date) -> str:
    """A date."""
    return value.strftime("%d.%m.%Y")


@register.filter
def figure(value: int | Decimal) -> str:
    """A figure with all its digits."""
    return number_format(value, use_l10n=True, force_grouping=True)


@register.filter
def difference(value: Decimal, before: Decimal) -> str:
    """How much more or less it is than before."""
    change = value - before
    sign = "+" if change > 0 else "−" if change < 0 else "±"
    return f"{sign}{figure(abs(change))}"


@register.filter
def of(value: dict[str, str], key: str) -> str:
    """The name of something, or its key if it has none."""
    return value.get(key, key)


@register.filter
def megabytes(value: int) -> int:
    """Bytes in whole MB, at least one."""
    return value // 1_000_000 or 1
