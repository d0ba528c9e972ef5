"""Workbook on the E-Government-Check in the made-up region: new tasks and projects since the pact was decided."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

from infra.region.facts import DECIDED_ON, HALF_YEARS, Row, as_of, begins, day_between, lot
from lakehouse.administrations import KREIS

_PER_HALF_YEAR = 3
# a deviation is checked again after two half-years
_AGAIN = 2
_PROVISIONS = ("§ 126 BGB", "§ 3a Absatz 2 VwVfG NRW", "§ 33 VwVfG NRW", "§ 41 Absatz 1 VwVfG NRW")


@dataclass(frozen=True)
class Task:
    """A new task or project, and which office is responsible for it."""

    title: str
    kind: str
    action_field: str | None
    unit: str


TASKS = (
    Task("Ausgabe der Ehrenamtskarte", "task", "quality_of_life", "Fachbereich Bürgerdienste"),
    Task("Annahme von Meldungen zu Schlaglöchern", "project", "smart_mobility", "Fachbereich Tiefbau"),
    Task("Beteiligung an der Wärmeplanung", "task", "sustainability_climate", "Stabsstelle Klimaschutz"),
    Task("Terminvergabe im Bürgerbüro", "project", "quality_of_life", "Fachbereich Bürgerdienste"),
    Task("Anmeldung zur Offenen Ganztagsschule", "project", "education_culture", "Fachbereich Schule"),
    Task("Vergabe von Kitaplätzen", "task", "quality_of_life", "Jugendamt"),
    Task("Förderung von Balkonkraftwerken", "task", "sustainability_climate", "Stabsstelle Klimaschutz"),
    Task("Elektronische Rechnung im Einkauf", "project", "economy_work", "Kämmerei"),
    Task("Digitale Akte der Ausländerbehörde", "project", None, "Fachbereich Ordnung"),
    Task("Erhebung der Zweitwohnungsteuer", "task", None, "Steueramt"),
    Task("Buchung von Sporthallen", "project", "education_culture", "Fachbereich Sport"),
    Task("Verleih von Lastenrädern", "project", "smart_mobility", "Fachbereich Verkehr"),
    Task("Ausgabe von Bewohnerparkausweisen", "project", "smart_mobility", "Fachbereich Verkehr"),
    Task("Beratung zur Fachkräfteeinwanderung", "task", "economy_work", "Wirtschaftsförderung"),
    Task("Kataster der Leerstände im Zentrum", "project", "economy_work", "Wirtschaftsförderung"),
    Task("Bewilligung von Zuschüssen an Vereine", "task", "education_culture", "Kulturbüro"),
    Task("Nachweis der Masernimpfung", "task", "quality_of_life", "Gesundheitsamt"),
    Task("Auslegung von Bauleitplänen", "project", "quality_of_life", "Planungsamt"),
    Task("Beglaubigung von Zeugnissen", "task", None, "Fachbereich Bürgerdienste"),
    Task("Bestellung von Brennholz", "task", "sustainability_climate", "Fachbereich Grünflächen"),
    Task("Hinweise zu Hitze und Starkregen", "project", "sustainability_climate", "Feuerwehr"),
    Task("Ausleihe digitaler Medien", "project", "education_culture", "Bibliothek"),
    Task("Auskunft aus dem Gewerberegister", "task", "economy_work", "Fachbereich Ordnung"),
    Task("Anträge auf Schülerfahrkarten", "project", "smart_mobility", "Fachbereich Schule"),
    Task("Personalgewinnung mit Online-Bewerbung", "project", "economy_work", "Personalamt"),
    Task("Ratsinformation für Bürgerinnen und Bürger", "project", "quality_of_life", "Büro des Rates"),
    Task("Ausweis für Marktbeschicker", "task", "economy_work", "Fachbereich Ordnung"),
    Task("Meldung von Falschparkern", "task", "smart_mobility", "Fachbereich Ordnung"),
    Task("Anmeldung von Veranstaltungen", "project", "education_culture", "Kulturbüro"),
    Task("Bescheide in Leichter Sprache", "project", "quality_of_life", "Sozialamt"),
)


def rows(random: random.Random, ags: str, period: str) -> dict[str, list[Row]]:
    """What one administration checked in a half-year, new and again; nothing is drawn anew."""
    now = HALF_YEARS.index(period)
    order = lot("egov", ags).sample(range(len(TASKS)), len(TASKS))
    new = [_row(number, order[number], ags, now, again=False) for number in _numbers(now)]
    earlier = [number for number in _numbers(now - _AGAIN) if _deviates(order[number], ags)] if now >= _AGAIN else []
    return {"vest__egov_check": [*new, *(_row(number, order[number], ags, now, again=True) for number in earlier)]}


def _numbers(half_year: int) -> range:
    return range(half_year * _PER_HALF_YEAR, (half_year + 1) * _PER_HALF_YEAR)


def _deviates(task: int, ags: str) -> bool:
    return lot("check", ags, task).random() < 0.4


def _row(number: int, task: int, ags: str, half_year: int, *, again: bool) -> Row:
    period, drawn = HALF_YEARS[half_year], lot("check", ags, task, again)
    checked_on = day_between(drawn, max(begins(period), DECIDED_ON + dt.timedelta(days=1)), as_of(period))
    # one deviation in three is digital when it is looked at again
    digital = not _deviates(task, ags) or (again and lot("mended", ags, task).random() < 1 / 3)
    legal = lot("reason", ags, task).random() < 0.75
    reason = (
        "legal" if legal else lot("reason", ags, task, "other").choice(("technical", "financial", "organisational"))
    )
    partly = lot("partly", ags, task).random() < 0.6
    return {
        "task": f"V-{number + 1}",
        "title": TASKS[task].title,
        "kind": TASKS[task].kind,
        "action_field": TASKS[task].action_field,
        "responsible_unit": TASKS[task].unit.replace("Fachbereich", "Fachdienst") if ags == KREIS else TASKS[task].unit,
        "checked_on": checked_on,
        "result": "digital" if digital else "partly_digital" if partly else "not_digital",
        "deviation_reason": None if digital else reason,
        "legal_provision": lot("provision", ags, task).choice(_PROVISIONS) if legal and not digital else None,
        "review_on": None if digital else dt.date(checked_on.year + 1, checked_on.month, min(checked_on.day, 28)),
    }
