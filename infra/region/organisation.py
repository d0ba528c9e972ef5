"""Workbook Organisation of the made-up region: bodies, responsibilities, positions and smart-city projects."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from decimal import Decimal

from infra.region.facts import (
    ACTION_FIELDS,
    CITIES,
    DECIDED_ON,
    DECISION,
    PERMANENT_POSTS,
    POSTS_YEAR,
    Row,
    as_of,
    begins,
    day_between,
    lot,
    size,
)
from infra.region.projects import projects
from lakehouse.administrations import KREIS

_PACT = f"Beschluss des Kreistages vom {DECIDED_ON:%d.%m.%Y} ({DECISION})"
_STAFF = "Stabsstelle Digitalisierung"


@dataclass(frozen=True)
class Body:
    """A board or network: since when it exists and takes part, until when, how often it meets in a full year."""

    number: int
    name: str
    kind: str
    reach: str
    tasks: str
    chair: str
    founded_on: dt.date
    involved_since: dt.date
    meetings: int
    fields: tuple[str, ...] = ()
    egovernment: bool = False
    basis: str | None = None
    ended_on: dt.date | None = None


_OF_KREIS = (
    Body(1, "Runde der CDOs", "cdo_round", "kreis_and_cities",
         "Stimmt übergreifende Projekte ab und bereitet Entscheidungen vor.", "CDO des Kreises",
         dt.date(2022, 9, 1), dt.date(2022, 9, 1), 8, tuple(ACTION_FIELDS), True, _PACT),
    Body(2, "Lenkungskreis SmartVest", "steering_group", "kreis_and_cities",
         "Legt Ziele, Federführungen und Prioritäten des Digitalpakts fest.", "Verwaltungsleitung des Kreises",
         dt.date(2022, 10, 12), dt.date(2022, 10, 12), 3, (), True, _PACT),
    Body(3, "Arbeitsgruppe Onlinezugangsgesetz", "working_group", "kreis_and_cities",
         "Teilt die Umsetzung der Leistungen auf und stimmt Softwareprodukte ab.", "Leitung E-Government des Kreises",
         dt.date(2020, 2, 3), dt.date(2022, 6, 15), 6, (), True),
    Body(4, "Beirat SmartVest", "advisory_board", "kreis_and_cities",
         "Begleitet den Digitalpakt aus Sicht von Bürgerschaft, Wirtschaft, Wissenschaft und Verbänden.",
         "Vorsitz des Beirats", dt.date(2023, 3, 15), dt.date(2023, 3, 15), 2, tuple(ACTION_FIELDS), False, _PACT),
    Body(5, "Regionales Bildungsnetzwerk", "network", "kreis_and_cities",
         "Verbindet Schulen, Volkshochschulen und Träger bei digitalen Lernangeboten.", "Leitung des Bildungsbüros",
         dt.date(2009, 11, 2), dt.date(2022, 11, 3), 4, ("education_culture",)),
    Body(6, "Klimabündnis der Städte im Vest", "network", "kreis_and_cities",
         "Tauscht Erfahrungen mit Klimadaten, Energiemonitoring und Solarkataster aus.",
         "Leitung des Fachdienstes Umwelt", dt.date(2014, 5, 6), dt.date(2023, 1, 19), 4, ("sustainability_climate",)),
    Body(7, "Arbeitskreis Mobilität", "network", "beyond_kreis",
         "Stimmt Verkehrsdaten, Radzählungen und Mobilstationen mit den Nachbarn ab.",
         "Leitung des Fachdienstes Mobilität", dt.date(2012, 3, 1), dt.date(2023, 5, 9), 4, ("smart_mobility",)),
    Body(8, "Lenkungsgruppe Serviceportal Emscher-Lippe", "network", "beyond_kreis",
         "Führt die Ergebnisse des Förderprojekts in den gemeinsamen Betrieb über.", "Leitung E-Government des Kreises",
         dt.date(2018, 9, 4), dt.date(2022, 6, 15), 4, (), True, None, dt.date(2024, 12, 31)),
)  # fmt: skip
_OF_A_CITY = (
    Body(1, "Projektgruppe Digitale Verwaltung", "working_group", "own_administration",
         "Steuert die Einführung der Online-Dienste und der E-Akte.", "CDO der Stadt",
         dt.date(2021, 3, 1), dt.date(2022, 7, 1), 8, (), True),
    Body(2, "Ausschuss für Digitalisierung", "political_committee", "own_administration",
         "Berät die digitalen Vorhaben der Stadt und empfiehlt dem Rat.", "Vorsitz des Ausschusses",
         dt.date(2020, 11, 12), dt.date(2022, 6, 21), 5, ("quality_of_life", "economy_work"), True),
    Body(3, "Runder Tisch Digitale Teilhabe", "network", "own_administration",
         "Bringt Bibliothek, Volkshochschule, Vereine und Seniorenarbeit zusammen.", "Leitung der Stadtbibliothek",
         dt.date(2019, 4, 2), dt.date(2022, 11, 8), 3, ("quality_of_life", "education_culture")),
    Body(4, "Innenstadtforum", "network", "own_administration",
         "Berät mit Handel und Gastronomie über digitale Angebote im Zentrum.", "Leitung der Wirtschaftsförderung",
         dt.date(2017, 6, 1), dt.date(2024, 2, 6), 2, ("economy_work",)),
)  # fmt: skip
_ROLES = (
    ("cdo", "Leitung der Stabsstelle Digitalisierung", "Vertritt die Verwaltung in der Runde der CDOs.", "50"),
    ("deputy_cdo", "Stellvertretende Leitung der Stabsstelle", "Vertritt die oder den CDO in allen Aufgaben.", "20"),
    ("egovernment_lead", "Leitung Organisation und E-Government", "Steuert die Online-Dienste.", "60"),
    ("open_data_contact", "Datenkoordination", "Prüft Daten auf Veröffentlichung und pflegt die Kataloge.", "25"),
    ("participation_contact", "Pressestelle", "Bereitet Beteiligung und gemeinsame Kommunikation vor.", "15"),
    ("training_contact", "Personalentwicklung", "Plant Schulungen zu digitalen Kompetenzen.", "20"),
)
_FIELD_LEADS = {
    "sustainability_climate": "Fachdienst Umwelt",
    "smart_mobility": "Fachdienst Mobilität",
    "quality_of_life": "Fachdienst Soziales",
    "economy_work": "Wirtschaftsförderung",
    "education_culture": "Bildungsbüro",
}
# title, unit, purpose, year of the Stellenplan, planned, last day
_POSTS: tuple[tuple[str, str, str, int, str, dt.date | None], ...] = (
    ("Onlinezugangsgesetz und Serviceportal", "Organisation und IT", "egovernment", 2020, "1.00", None),
    ("Digitale Infrastruktur und Breitband", "Wirtschaftsförderung", "infrastructure", 2019, "0.50", None),
    ("Prozesse und E-Akte", "Organisation und IT", "egovernment", 2021, "1.00", None),
    ("Datenkoordination und Open Data", _STAFF, "data", 2023, "0.50", None),
    ("Smart-City-Projekte", _STAFF, "smart_region", 2023, "1.00", dt.date(2025, 12, 31)),
    ("Digitale Lotsen und Schulung", "Personal", "training_participation", 2024, "0.50", dt.date(2027, 6, 30)),
)


def rows(random: random.Random, ags: str, period: str) -> dict[str, list[Row]]:
    """How an administration was organised at the end of a year."""
    bodies = [
        _body(random, body, ags, period)
        for body in (_OF_KREIS if ags == KREIS else _OF_A_CITY)
        if body.involved_since <= as_of(period) and (body.ended_on is None or body.ended_on >= begins(period))
    ]
    return {
        "vest__body": bodies,
        "vest__role": _roles(ags, period),
        "vest__position": _positions(ags, period),
        "vest__project": projects(ags, as_of(period)),
    }


def _body(random: random.Random, body: Body, ags: str, period: str) -> Row:
    share = (as_of(period) - max(body.involved_since, begins(period))).days / 365
    ended = body.ended_on if body.ended_on and body.ended_on <= as_of(period) else None
    return {
        "body_id": f"G-{body.number}",
        "name": body.name,
        "kind": body.kind,
        "reach": body.reach,
        "tasks": body.tasks,
        "covers_egovernment": body.egovernment,
        "action_fields": list(body.fields) or None,
        "participating_ags": list(CITIES) if ags == KREIS else None,
        "chair_function": body.chair,
        "basis": body.basis,
        "founded_on": body.founded_on,
        "involved_since": body.involved_since,
        "ended_on": ended,
        "meetings": max(0, round(body.meetings * share) + random.choice((-1, 0, 0, 1))),
        "members": lot("members", ags, body.number).randint(8, 24),
    }


def _roles(ags: str, period: str) -> list[Row]:
    """The CDO first; a city leads one action field for all, the Kreis the others."""
    led = [field for number, field in enumerate(ACTION_FIELDS) if (KREIS, *CITIES)[number * 2] == ags]
    wanted: list[tuple[str, str, str, str, str, str | None]] = [
        (role, title, _STAFF, text, share, None) for role, title, text, share in _ROLES
    ]
    wanted += [
        ("action_field_lead", f"Leitung {_FIELD_LEADS[field]}", _FIELD_LEADS[field],
         f"Federführung im Handlungsfeld {ACTION_FIELDS[field]}.", "25", field)
        for field in led
    ]  # fmt: skip
    rows: list[Row] = []
    for number, (role, title, unit, text, share, field) in enumerate(wanted, 1):
        status, named_on = _held(ags, number, as_of(period))
        rows.append(
            {
                "role_id": f"Z-{number}",
                "role": role,
                "action_field": field,
                "function_title": title,
                "unit": unit,
                "responsibility": text,
                "reports_to": "Verwaltungsvorstand" if role == "cdo" else "CDO",
                "body_id": "G-1" if role in ("cdo", "egovernment_lead") else None,
                "working_time_pct": Decimal(share).quantize(Decimal("0.01")),
                "status": status,
                "named_on": named_on,
            }
        )
    return rows


def _held(ags: str, number: int, day: dt.date) -> tuple[str, dt.date | None]:
    """Whether a role is held on a day, and since when: some change hands once, with or without a gap."""
    drawn = lot("role", ags, number)
    named_on = day_between(drawn, dt.date(2022, 7, 1), dt.date(2022 if number <= 3 else 2023, 12, 1))
    left_on = named_on + dt.timedelta(days=drawn.randint(300, 1600))
    gap = dt.timedelta(days=drawn.randint(60, 400))
    meanwhile = drawn.choice(("vacant", "acting"))
    if drawn.random() < 0.5 or day < left_on:
        return ("filled", named_on) if named_on <= day else ("vacant", None)
    if day < left_on + gap:
        return meanwhile, left_on if meanwhile == "acting" else None
    return "filled", left_on + gap


def _positions(ags: str, period: str) -> list[Row]:
    """The pact's own posts are the first two of the Kreis."""
    pact = [("Koordination SmartVest", _STAFF, "coordination", POSTS_YEAR, "1.00", None)] * PERMANENT_POSTS
    posts = [*(pact if ags == KREIS else []), *_POSTS[: len(_POSTS) if size(ags) > 0.7 else 4]]
    rows: list[Row] = []
    for number, (title, unit, purpose, plan_year, fte, last_day) in enumerate(posts, 1):
        if plan_year > int(period) or (last_day is not None and last_day < begins(period)):
            continue
        planned = Decimal(fte)
        filled, vacant_since = _filled(ags, number, plan_year, planned, as_of(period))
        rows.append(
            {
                "position_id": f"S-{number}",
                "title": title,
                "unit": unit,
                "purpose": purpose,
                "plan_year": plan_year,
                "permanent": last_day is None,
                "limited_until": last_day,
                "planned_fte": planned,
                "filled_fte": filled,
                "vacant_since": vacant_since,
                "funded_by": "own_budget" if last_day is None else "both",
                "basis": _PACT if purpose == "coordination" else None,
            }
        )
    return rows


def _filled(ags: str, number: int, plan_year: int, planned: Decimal, day: dt.date) -> tuple[Decimal, dt.date | None]:
    """How much of a position is filled on a day, and since when it is not all of it."""
    drawn = lot("position", ags, number)
    filled_on = day_between(drawn, dt.date(plan_year, 2, 1), dt.date(plan_year + 1, 3, 31))
    if day < filled_on:
        return Decimal("0.00"), dt.date(plan_year, 1, 1)
    reduced_on = filled_on + dt.timedelta(days=drawn.randint(300, 1500))
    filled_again_on = reduced_on + dt.timedelta(days=drawn.randint(90, 500))
    if reduced_on <= day < filled_again_on and planned > Decimal("0.50"):
        return Decimal("0.50"), reduced_on
    return planned, None
