"""What all workbooks of the made-up region share: the pact's own facts, sizes of the administrations, the calendar."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from types import MappingProxyType

from lakehouse.administrations import ADMINISTRATIONS, KREIS
from lakehouse.spec.inbox import Inbox

Value = str | int | Decimal | dt.date | bool | list[str] | None
Row = dict[str, Value]

SEED = 2022037
FIRST_YEAR, LAST_YEAR = 2022, 2026
# the newest rows know nothing of later days, so that they can be delivered before their period is over
KNOWN_UNTIL = dt.date(2026, 11, 15)

# facts of the Vestischer Digitalpakt
DECIDED_ON = dt.date(2022, 5, 30)
DECISION = "Vorlage 2022/037"
OWN_SHARES_YEAR, OWN_SHARES_EUR = 2023, Decimal("1000000.00")
PERMANENT_POSTS, POSTS_YEAR = 2, 2023
OZG_SERVICES = 460
ACTION_FIELDS = MappingProxyType(
    {
        "sustainability_climate": "Nachhaltigkeit und Klimaschutz",
        "smart_mobility": "Intelligente Mobilität",
        "quality_of_life": "Lebensqualität und Teilhabe",
        "economy_work": "Wirtschaft und Arbeit",
        "education_culture": "Bildung und Kultur",
    }
)

CITIES = tuple(ags for ags in ADMINISTRATIONS if ags != KREIS)
# about as many as live there, in thousands: invented figures follow the size of a city
_THOUSANDS = MappingProxyType(
    {
        "05562004": 73,
        "05562008": 35,
        "05562012": 75,
        "05562014": 76,
        "05562016": 38,
        "05562020": 62,
        "05562024": 84,
        "05562028": 32,
        "05562032": 111,
        "05562036": 29,
    }
)
# cities that buy and run software together
_NEIGHBOURS = (
    ("05562012", "05562016", "05562020", "05562024"),
    ("05562004", "05562008", "05562028", "05562032", "05562036"),
    ("05562014",),
    (KREIS,),
)
# every calendar of the inbox is the same
_CALENDAR = Inbox(connector="inbox", period="half_year", due_days=1)
HALF_YEARS = tuple(f"{year}-H{half}" for year in range(FIRST_YEAR, LAST_YEAR + 1) for half in (1, 2))
YEARS = tuple(str(year) for year in range(FIRST_YEAR, LAST_YEAR + 1))


def periods(kind: str) -> tuple[str, ...]:
    """Every period that the region delivers, the oldest first, of the kind `year` or `half_year`."""
    return YEARS if kind == "year" else HALF_YEARS


def begins(period: str) -> dt.date:
    """First day of a period."""
    return _CALENDAR.begins(period)


def as_of(period: str) -> dt.date:
    """Day on which the rows of a period say how things are: its last one, as far as the region knows."""
    return min(_CALENDAR.ends(period), KNOWN_UNTIL)


def half_year(index: int) -> str:
    """A half-year by its number; 0 is the first one of the region, and there are later ones than it delivers."""
    return f"{FIRST_YEAR + index // 2}-H{index % 2 + 1}"


def lot(*of: object) -> random.Random:
    """Random numbers that depend on what they are drawn for and on nothing else, such as a measure in all periods."""
    return random.Random("/".join(map(str, (SEED, *of))))


def size(ags: str) -> float:
    """Size of an administration, where 1 is a city of 100,000; the Kreis counts as two, not as all of its cities."""
    return 2.0 if ags == KREIS else _THOUSANDS[ags] / 100


def inhabitants(ags: str) -> int:
    """About how many live in a city, or in the Kreis."""
    return 1000 * (sum(_THOUSANDS.values()) if ags == KREIS else _THOUSANDS[ags])


def neighbours(ags: str) -> list[str]:
    """Other administrations that buy and run software together with this one; empty if it does so alone."""
    return [other for group in _NEIGHBOURS if ags in group for other in group if other != ags]


def day_between(drawn: random.Random, first: dt.date, last: dt.date) -> dt.date:
    """One of the days from the first to the last, both included."""
    return first + dt.timedelta(days=drawn.randint(0, (last - first).days))
