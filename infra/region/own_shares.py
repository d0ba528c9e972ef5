"""Own shares and budget lines of the made-up region, by budget year, as they stand on a day; all amounts are cents."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from infra.region.facts import DECIDED_ON, DECISION, FIRST_YEAR, OWN_SHARES_EUR, OWN_SHARES_YEAR, lot, size
from infra.region.funding import Approval, applications
from lakehouse.administrations import KREIS

POOL = 3
PACT = f"Beschluss des Kreistages vom {DECIDED_ON:%d.%m.%Y} ({DECISION})"
# the Kreis pays for the support of the process out of ZIRE
_OF_KREIS = (
    (1, "zire", "Prozessbegleitung für die Entwicklung des E-Governments", 180_000, (2022, 2024)),
    (2, "zire", "Prozessbegleitung für die regionale Strategie SmartVest", 140_000, (2022, 2024)),
    (4, "zire", "Umsetzung der regionalen Strategie", 250_000, (2025, 2030)),
    (5, "digital_budget", "Betrieb der gemeinsamen Online-Dienste", 320_000, (2022, 2030)),
)
_OF_A_CITY = (
    (1, "digital_budget", "Online-Dienste und E-Akte", 260_000, (2022, 2030)),
    (2, "digital_budget", "Digitale Ausstattung der Bürgerbüros", 90_000, (2022, 2030)),
)


@dataclass(frozen=True)
class Share:
    """What an administration pays itself towards an approval out of one budget year; `line` is None for staff."""

    number: int
    approval: int
    year: int
    kind: str
    line: int | None
    planned: int
    bound: int
    spent: int


@dataclass(frozen=True)
class Line:
    """A budget line in one year."""

    number: int
    year: int
    programme: str
    purpose: str
    planned: int
    bound: int
    spent: int


def shares(ags: str, approval: Approval, day: dt.date) -> list[Share]:
    """The own share of an approval by budget year: what is paid in it, and in the last one also what is never spent."""
    # working hours of those who take part count as the own share of a course
    kind = "staff" if approval.number == 2 else "money"
    planned = Counter({approval.ends_on.year: approval.own})
    for payment in approval.payments:
        planned[payment.paid_on.year] += payment.own
        planned[approval.ends_on.year] -= payment.own
    spent: Counter[int] = Counter()
    for payment in approval.paid(day):
        spent[payment.paid_on.year] += payment.own
    listed: list[Share] = []
    for number, year in enumerate(sorted(year for year, cents in planned.items() if cents), approval.number * 10):
        under_way = year <= day.year and day < approval.proof_on
        bound = (planned[year] - spent[year]) // 2 if under_way else 0
        # the pool begins with the pact's own million
        line = POOL if kind == "money" and (ags != KREIS or year >= OWN_SHARES_YEAR) else None
        listed.append(Share(number, approval.number, year, kind, line, planned[year], bound, spent[year]))
    return listed


def lines(ags: str, day: dt.date) -> list[Line]:
    """Every budget line in every year until that of a day, and the pool as far ahead as it is planned."""
    every = [share for made in applications(ags) if made.approval for share in shares(ags, made.approval, day)]
    known = [made.approval for made in applications(ags) if made.approval and made.decided_on <= day]
    pooled = [share for approval in known for share in shares(ags, approval, day) if share.line]
    last = max([day.year, *(share.year for share in pooled)])
    listed = [
        _line(ags, day, number, programme, purpose, year, euros)
        for number, programme, purpose, euros, (first, until) in (_OF_KREIS if ags == KREIS else _OF_A_CITY)
        for year in range(first, min(until, day.year) + 1)
    ]
    for year in range(OWN_SHARES_YEAR if ags == KREIS else FIRST_YEAR, last + 1):
        wanted = sum(share.planned for share in every if share.line and share.year == year)
        of_year = [share for share in pooled if share.year == year]
        listed.append(
            Line(
                number=POOL,
                year=year,
                programme="own_share_pool",
                purpose="Eigenanteile für Förderaufrufe",
                planned=_pool(ags, year, wanted),
                bound=sum(share.bound for share in of_year),
                spent=sum(share.spent for share in of_year),
            )
        )
    return sorted(listed, key=lambda line: (line.number, line.year))


def _pool(ags: str, year: int, wanted: int) -> int:
    """What is planned for own shares in a year: a tenth more than all that is ever wanted, in full thousands."""
    if ags == KREIS and year == OWN_SHARES_YEAR:
        return int(OWN_SHARES_EUR * 100)
    return (wanted * 11 // 10 // 100_000 + 1) * 100_000


def _line(ags: str, day: dt.date, number: int, programme: str, purpose: str, year: int, euros: int) -> Line:
    """Money is bound in the course of its year and spent until the middle of the next one; some is left."""
    drawn = lot("line", ags, number, year)
    weight = size(ags) if ags != KREIS else 1.0
    planned = round(euros * weight * drawn.uniform(0.9, 1.1) / 1000) * 100_000
    used = round(planned * drawn.uniform(0.85, 1))
    gone = (day - dt.date(year, 1, 1)).days
    spent = min(used, used * gone // 540)
    bound = min(used, used * gone // 330) - spent
    return Line(number, year, programme, purpose, planned, max(0, bound), spent)
