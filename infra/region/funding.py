"""What an administration of the made-up region applied for, got and paid, drawn once; all amounts are cents."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from functools import lru_cache

from infra.region.facts import day_between, lot, size
from lakehouse.administrations import KREIS


@dataclass(frozen=True)
class Call:
    """A call for applications; `rate` is in percent, `euros` what a city of 100,000 wants to spend on its project.

    `project` is the Kreis's smart-city project that it is for.
    """

    number: int
    title: str
    programme: str
    source: str
    field: str | None
    published_on: dt.date
    closes_on: dt.date | None
    rate: int
    wanted: str
    euros: int
    climate: tuple[str, str | None] = ("none", None)
    project: int | None = None


CALLS = (
    Call(1, "Digitale Dienste für Bürgerinnen und Bürger", "Digitale Verwaltung NRW", "state", None,
         dt.date(2022, 1, 10), dt.date(2022, 3, 31), 80, "Online-Dienste für häufige Anliegen", 240_000),
    Call(2, "Digitale Kompetenzen in der Arbeitswelt", "ESF-Programm Nordrhein-Westfalen", "esf", "economy_work",
         dt.date(2022, 1, 24), dt.date(2022, 4, 15), 50, "Lernwerkstatt für kleine Betriebe", 150_000),
    Call(3, "Beratung zum Gigabitausbau", "Gigabitförderung", "federal", None,
         dt.date(2022, 2, 1), dt.date(2022, 4, 29), 90, "Markterkundung und Beratung", 60_000),
    Call(4, "Modellprojekte Smart Cities", "Modellprojekte Smart Cities", "federal", "quality_of_life",
         dt.date(2022, 11, 2), dt.date(2023, 2, 28), 65, "Urbane Datenplattform", 420_000, project=2),
    Call(5, "Daten und Sensorik in der Region", "EFRE-Programm Nordrhein-Westfalen", "erdf", "sustainability_climate",
         dt.date(2023, 2, 6), dt.date(2023, 4, 28), 50, "Sensornetz für Bäume und Straßen", 280_000,
         ("positive", "Bedarfsgerechte Touren sparen Fahrten."), 3),
    Call(6, "Vernetzte Mobilität", "Digitale Mobilität NRW", "state", "smart_mobility",
         dt.date(2023, 6, 1), dt.date(2023, 8, 31), 80, "Sensornetz für den Verkehr", 190_000,
         ("positive", "Weniger Suchverkehr senkt den Ausstoß."), 3),
    Call(7, "Anpassung an den Klimawandel", "Klimaanpassung in Kommunen", "federal", "sustainability_climate",
         dt.date(2024, 5, 2), dt.date(2024, 7, 31), 80, "Starkregenkarte mit Pegelsensoren", 170_000,
         ("positive", "Straßen und Gebäude werden vor Starkregen geschützt."), 1),
    Call(8, "Lernorte der Zukunft", "Stiftungsprogramm Digitale Teilhabe", "other", "education_culture",
         dt.date(2025, 2, 3), None, 75, "Makerspace und Medienlabor", 80_000,
         ("negative", "Die Geräte brauchen zusätzlichen Strom."), 4),
    Call(9, "Produktive Innenstadt", "EFRE-Programm Nordrhein-Westfalen", "erdf", "economy_work",
         dt.date(2025, 8, 4), dt.date(2025, 11, 28), 40, "Digitale Innenstadt", 200_000),
)  # fmt: skip
_PURPOSES = (
    ("Personal im Projekt", "staff"),
    ("Konzept und Begleitung", "services"),
    ("Geräte und Montage", "purchases"),
    ("Lizenzen und Betrieb", "software_licences"),
    ("Öffentlichkeitsarbeit", "other"),
)


@dataclass(frozen=True)
class Payment:
    """One invoice that was paid: cost = grant + own + third."""

    number: int
    purpose: str
    cost_type: str
    performed_on: dt.date
    paid_on: dt.date
    cost: int
    grant: int
    own: int
    third: int


@dataclass(frozen=True)
class Approval:
    """What was approved: eligible = approved + own + third; `payments` are all that will ever be made."""

    number: int
    approved_on: dt.date
    begins_on: dt.date
    ends_on: dt.date
    proof_on: dt.date
    rate: int
    eligible: int
    approved: int
    own: int
    third: int
    payments: tuple[Payment, ...]

    def paid(self, day: dt.date) -> list[Payment]:
        """Payments until a day."""
        return [payment for payment in self.payments if payment.paid_on <= day]


@dataclass(frozen=True)
class Application:
    """An application: cost = grant + own + third. `outcome` is what the funder says on `decided_on`."""

    call: Call
    submitted_on: dt.date
    decided_on: dt.date
    outcome: str
    cost: int
    grant: int
    own: int
    third: int
    approval: Approval | None


@lru_cache(maxsize=16)
def applications(ags: str) -> tuple[Application, ...]:
    """All that an administration ever applies for, in the order of the calls; its first one is approved."""
    wanted = [call for call in CALLS if _applies(ags, call)]
    return tuple(_application(ags, call, sure=call is wanted[0]) for call in wanted)


def _applies(ags: str, call: Call) -> bool:
    """The Kreis applies to all, of the cities the large ones more often; all of them to the first."""
    return ags == KREIS or call.number == 1 or lot("call", ags, call.number).random() < 0.5 + size(ags) / 3


def _application(ags: str, call: Call, *, sure: bool) -> Application:
    drawn = lot("application", ags, call.number)
    last = call.closes_on or call.published_on + dt.timedelta(days=240)
    submitted_on = day_between(drawn, call.published_on + dt.timedelta(days=30), last)
    decided_on = submitted_on + dt.timedelta(days=drawn.randint(60, 150))
    cost = round(call.euros * 100 * size(ags) * drawn.uniform(0.8, 1.2))
    grant, own, third = _shares(cost, call.rate, drawn.choice((0, 0, 0, 5)))
    # the Kreis gets the sensor network funded twice, which a ledger has to show
    outcome = drawn.choices(("approved", "rejected", "withdrawn"), (65, 28, 7))[0]
    if sure or ags == KREIS and call.project == 3:
        outcome = "approved"
    approval = _approval(drawn, call, decided_on, cost, third) if outcome == "approved" else None
    return Application(call, submitted_on, decided_on, outcome, cost, grant, own, third, approval)


def _shares(cost: int, rate: int, third_pct: int) -> tuple[int, int, int]:
    """Grant, own share and money of third parties: they add up to the cost."""
    grant, third = cost * rate // 100, cost * third_pct // 100
    return grant, cost - grant - third, third


def _approval(drawn: random.Random, call: Call, approved_on: dt.date, cost: int, third: int) -> Approval:
    """Now and then the funder accepts only some of the cost; third parties then pay what they promised at most."""
    eligible = cost * drawn.choice((100, 100, 100, 92, 85)) // 100
    approved, own, third = _shares(eligible, call.rate, 5 if third else 0)
    begins_on = (approved_on.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    ends_on = begins_on.replace(year=begins_on.year + drawn.choice((1, 2, 2, 3))) - dt.timedelta(days=1)
    spent = eligible if drawn.random() < 0.3 else round(eligible * drawn.uniform(0.82, 0.99))
    parts = Approval(
        number=call.number,
        approved_on=approved_on,
        begins_on=begins_on,
        ends_on=ends_on,
        proof_on=ends_on + dt.timedelta(days=drawn.randint(60, 170)),
        rate=call.rate,
        eligible=eligible,
        approved=approved,
        own=own,
        third=third,
        payments=(),
    )
    return Approval(**{**vars(parts), "payments": tuple(_payments(drawn, parts, spent))})


def _payments(drawn: random.Random, approval: Approval, spent: int) -> list[Payment]:
    """Invoices that add up to `spent`; rounding is carried on, so that no cent is left over at the end."""
    count = drawn.randint(4, 7)
    cuts = sorted(round(spent * (number + drawn.uniform(-0.3, 0.3)) / count) for number in range(1, count))
    days = sorted(day_between(drawn, approval.begins_on, approval.ends_on) for _ in range(count))
    payments: list[Payment] = []
    cost = grant = third = 0
    for number, (until, performed_on) in enumerate(zip([*cuts, spent], days, strict=True), 1):
        granted = until * approval.approved // approval.eligible
        given = until * approval.third // approval.eligible
        purpose, cost_type = _PURPOSES[(number - 1) % len(_PURPOSES)]
        payments.append(
            Payment(
                number=approval.number * 100 + number,
                purpose=f"{purpose}, {number}. Rechnung",
                cost_type=cost_type,
                performed_on=performed_on,
                paid_on=performed_on + dt.timedelta(days=drawn.randint(8, 40)),
                cost=until - cost,
                grant=granted - grant,
                own=(until - cost) - (granted - grant) - (given - third),
                third=given - third,
            )
        )
        cost, grant, third = until, granted, given
    return payments
