"""Workbook Kompetenzen of the made-up region: offers of training, and how groups judge their own competences."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from decimal import Decimal

from infra.region.facts import FIRST_YEAR, Row, day_between, inhabitants, lot, size
from lakehouse.administrations import ADMINISTRATIONS, KREIS


@dataclass(frozen=True)
class Offer:
    """A training that is offered every year from `since` on, for a city of 100,000 with so many places a year."""

    number: int
    title: str
    target_groups: tuple[str, ...]
    topic: str
    hours: str
    places: int
    since: int = FIRST_YEAR
    inter_municipal_since: int | None = None


OFFERS = (
    Offer(1, "Die E-Akte im Alltag", ("administration",), "online_services", "6", 160, inter_municipal_since=2024),
    Offer(2, "Online-Leistungen bürgernah beschreiben", ("administration",), "online_services", "7.5", 60, 2022, 2022),
    Offer(3, "Prozesse aufnehmen und vereinfachen", ("administration",), "process_management", "14", 40, 2023, 2023),
    Offer(4, "Datenschutz bei digitalen Diensten", ("administration", "companies"), "security_privacy", "4", 90),
    Offer(
        5, "Open Data: Welche Daten dürfen wir veröffentlichen?", ("administration",), "data_open_data", "4", 30, 2023
    ),
    Offer(6, "Digitale Veränderung führen", ("administration",), "culture_change", "12", 25, 2023, 2023),
    Offer(
        7,
        "Digitale Lotsinnen und Lotsen in der Verwaltung",
        ("administration",),
        "culture_change",
        "16",
        20,
        2024,
        2024,
    ),
    Offer(
        8,
        "KI-Werkzeuge verantwortlich nutzen",
        ("administration", "companies"),
        "artificial_intelligence",
        "5",
        70,
        2024,
    ),
    Offer(9, "Smartphone-Sprechstunde", ("citizens",), "digital_basics", "2", 120),
    Offer(10, "Online zum Amt: Serviceportal und Online-Ausweis", ("citizens",), "online_services", "2.5", 80, 2023),
    Offer(11, "Sicher im Netz unterwegs", ("citizens",), "security_privacy", "3", 60),
    Offer(12, "Digitalwerkstatt für kleine Betriebe", ("companies",), "process_management", "8", 35, 2022, 2025),
    Offer(13, "Vergaben digital abwickeln", ("companies",), "online_services", "3.5", 30, 2024, 2024),
)
_AREAS = ("information_data", "communication", "digital_content", "safety", "problem_solving")
# group: first year, every how many years, how many are asked of 100,000 inhabitants
_SURVEYS = {"administration": (2022, 1, 900), "companies": (2023, 1, 250), "citizens": (2022, 2, None)}


def rows(random: random.Random, ags: str, period: str) -> dict[str, list[Row]]:
    """Trainings that took place in a year, and the year's self-assessments."""
    year = int(period)
    offered = [offer for offer in OFFERS if offer.since <= year and _offers(ags, offer)]
    trainings = [_training(random, offer, group, ags, year) for offer in offered for group in offer.target_groups]
    surveyed = [group for group, (first, every, _) in _SURVEYS.items() if year >= first and (year - first) % every == 0]
    competences = [row for group in surveyed for row in _competences(random, group, ags, year)]
    return {"vest__training": trainings, "vest__competence": competences}


def _offers(ags: str, offer: Offer) -> bool:
    """Large administrations have nearly every offer, small ones about two of three."""
    return offer.number <= 2 or lot("training", ags, offer.number).random() < 0.6 + size(ags) / 4


def _training(random: random.Random, offer: Offer, group: str, ags: str, year: int) -> Row:
    together = offer.inter_municipal_since is not None and year >= offer.inter_municipal_since
    places = max(6, round(offer.places * size(ags) / len(offer.target_groups) * (1 + (year - FIRST_YEAR) / 10)))
    return {
        "training": f"W-{offer.number}",
        "title": offer.title,
        "target_group": group,
        "topic": offer.topic,
        "delivery_mode": random.choice(("on_site", "on_site", "mixed", "remote")),
        "inter_municipal": together,
        "partner_ags": _partners(offer, ags) if together else None,
        "begins_on": day_between(random, dt.date(year, 1, 15), dt.date(year, 10, 31)),
        "sessions": -(-places // 15),
        "places": places,
        "participants": round(places * random.uniform(0.55, 1)),
        "hours_per_participant": Decimal(offer.hours).quantize(Decimal("0.01")),
    }


def _partners(offer: Offer, ags: str) -> list[str]:
    """The others that carry an offer, of which the Kreis is always one."""
    carriers = [a for a in ADMINISTRATIONS if a == KREIS or _offers(a, offer)]
    return [a for a in carriers if a != ags]


def _competences(random: random.Random, group: str, ags: str, year: int) -> list[Row]:
    first, _, asked = _SURVEYS[group]
    invited = None if asked is None else max(20, round(asked * size(ags)))
    respondents = round(invited * random.uniform(0.3, 0.6)) if invited else max(12, inhabitants(ags) // 1500)
    assessed_on = day_between(random, dt.date(year, 5, 1), dt.date(year, 10, 31))
    return [
        {
            "target_group": group,
            "competence_area": area,
            "assessed_on": assessed_on,
            "method": "workshop" if group == "citizens" else "survey",
            "invited": invited,
            "respondents": respondents,
            "level": _level(group, area, ags, year - first),
            "target_level": Decimal("4.00") if group == "administration" else None,
        }
        for area in _AREAS
    ]


def _level(group: str, area: str, ags: str, years: int) -> Decimal:
    """Mean of the answers: it grows from year to year, but not by the same steps."""
    drawn = lot("competence", ags, group, area)
    mean = drawn.uniform(2, 3) + sum(drawn.uniform(0.05, 0.2) for _ in range(years))
    return Decimal(round(mean * 100)).scaleb(-2)
