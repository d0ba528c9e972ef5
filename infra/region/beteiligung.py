"""Workbook Beteiligung of the made-up region: formats in which people took part, and what was told about SmartVest."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

from infra.region.facts import CITIES, DECIDED_ON, FIRST_YEAR, Row, as_of, begins, day_between, lot, size
from lakehouse.administrations import ADMINISTRATIONS, KREIS

# the nationwide Digitaltag
DIGITAL_DAYS = {
    2022: dt.date(2022, 6, 24),
    2023: dt.date(2023, 6, 16),
    2024: dt.date(2024, 6, 7),
    2025: dt.date(2025, 6, 27),
    2026: dt.date(2026, 6, 26),
}
_ADVISORY_BOARD_SINCE = "2023-H1"


@dataclass(frozen=True)
class Format:
    """A format; `participants` come in a city of 100,000, `days` is how long it takes."""

    title: str
    kind: str
    setting: str
    audiences: tuple[str, ...]
    fields: tuple[str, ...]
    stage: str
    participants: int
    topics: str
    days: int = 0


_ADVISORY_BOARD = Format(
    "Sitzung des Beirats SmartVest", "advisory_board", "on_site", ("associations", "companies", "science_education"),
    ("quality_of_life", "economy_work"), "before_decision", 9, "Stand der Strategie, Datenethik, nächste Projekte",
)  # fmt: skip
_DIGITAL_DAY = Format(
    "Digitaltag", "digital_day", "both", ("citizens", "older_people", "young_people"),
    ("quality_of_life", "education_culture"), "general", 260, "Online-Dienste, Datenschutz, Geräte zum Ausprobieren",
)  # fmt: skip
_FORMATS = (
    Format("Digitale Sprechstunde", "consultation_hour", "on_site", ("older_people",), ("quality_of_life",),
           "in_operation", 70, "Smartphone, Terminbuchung, Online-Ausweis", 120),
    Format("Workshop Mobilität der Zukunft", "hands_on_workshop", "on_site", ("citizens", "associations"),
           ("smart_mobility",), "before_decision", 35, "Radverkehr, Parken, Anschlüsse"),
    Format("Umfrage zu den Online-Diensten", "opinion_survey", "remote", ("citizens",), ("quality_of_life",),
           "in_operation", 520, "Verständlichkeit, Wartezeit, Bezahlung", 30),
    Format("Bürgerdialog Smarte Stadt", "citizens_dialogue", "on_site", ("citizens", "politics"),
           ("sustainability_climate", "quality_of_life"), "during_planning", 60, "Sensoren, Klima, Datenschutz"),
    Format("Unternehmensfrühstück Digitalisierung", "information_event", "on_site", ("companies",), ("economy_work",),
           "general", 40, "Fachkräfte, Glasfaser, digitale Vergabe"),
    Format("Ideen für die Innenstadt", "online_participation", "remote", ("citizens", "companies"), ("economy_work",),
           "during_planning", 310, "Aufenthalt, Lieferverkehr, Veranstaltungen", 45),
    Format("Jugendwerkstatt Datenhelden", "hands_on_workshop", "on_site", ("young_people", "science_education"),
           ("education_culture",), "during_implementation", 24, "Messstationen bauen, Daten lesen"),
)  # fmt: skip
# what worries people, and what became of it
_CONCERNS = (
    ("Viele möchten, dass es Dienste auch weiterhin am Schalter gibt.", "taken_up",
     "Der Schalter bleibt geöffnet, und es gibt Hilfe beim Ausfüllen."),
    ("Es gibt die Sorge, dass Sensoren Personen erfassen.", "taken_up",
     "Es werden nur Zählwerte gespeichert; das steht nun an jedem Gerät."),
    ("Formulare werden als schwer verständlich empfunden.", "partly_taken_up",
     "Zwei Formulare sind überarbeitet, die übrigen folgen nach und nach."),
    ("Gewünscht wird freies WLAN in allen Bussen.", "not_taken_up",
     "Darüber entscheiden die Verkehrsunternehmen; der Wunsch wurde weitergegeben."),
    ("Befürchtet werden hohe Folgekosten für kleine Städte.", "partly_taken_up",
     "Gemeinsame Beschaffungen teilen die Kosten auf."),
)  # fmt: skip


@dataclass(frozen=True)
class Activity:
    """An activity of communication that reaches so many in a city of 100,000; None where nobody counts."""

    title: str
    channel: str
    measure: str | None
    reach: int
    audiences: tuple[str, ...] = ("citizens",)
    fields: tuple[str, ...] = ()


_ACTIVITIES = (
    Activity("Neue Online-Dienste im Überblick", "press_release", "clippings", 4),
    Activity("Seiten zum SmartVest", "website", "page_views", 2600, ("citizens", "companies")),
    Activity("So gelingt der Antrag von zu Hause", "film_audio", "page_views", 1400),
    Activity("Neues aus dem SmartVest", "electronic_newsletter", "recipients", 900, ("administration", "politics")),
    Activity("Sensoren in der Stadt: was sie messen", "social_media", "page_views", 5200, ("citizens",),
             ("sustainability_climate",)),
    Activity("Faltblatt zur digitalen Hilfe", "printed", "copies", 3000, ("older_people",), ("quality_of_life",)),
    Activity("Stand auf dem Wochenmarkt", "event_stand", None, 0, ("citizens", "young_people")),
)  # fmt: skip


def rows(random: random.Random, ags: str, period: str) -> dict[str, list[Row]]:
    """What an administration did in a half-year, the first one from the decision on the pact on."""
    formats = random.sample(_FORMATS, 5 if ags == KREIS else 2 + round(2 * size(ags)))
    if period.endswith("H1"):
        formats.insert(0, _DIGITAL_DAY)
    if ags == KREIS and period >= _ADVISORY_BOARD_SINCE:
        formats.append(_ADVISORY_BOARD)
    taken_part = [_participation(random, number, what, ags, period) for number, what in enumerate(formats, 1)]
    activities = random.sample(_ACTIVITIES, len(_ACTIVITIES) if ags == KREIS else 3 + round(2 * size(ags)))
    told = [_communication(random, number, what, ags, period) for number, what in enumerate(activities, 1)]
    told += [_invitation(random, row, len(told) + 1, ags) for row in taken_part if row["format"] == "digital_day"]
    return {"vest__participation": taken_part, "vest__communication": told}


def _first(period: str) -> dt.date:
    return max(begins(period), DECIDED_ON + dt.timedelta(days=1))


def _participation(random: random.Random, number: int, what: Format, ags: str, period: str) -> Row:
    begins_on = day_between(random, _first(period), as_of(period))
    if what is _DIGITAL_DAY:
        begins_on = DIGITAL_DAYS[begins_on.year]
    participants = max(3, round(what.participants * size(ags) * random.uniform(0.7, 1.3)))
    if what is _ADVISORY_BOARD:
        participants = random.randint(12, 18)
    worried = what.stage != "general" or random.random() < 0.5
    concerns, status, outcome = random.choice(_CONCERNS)
    feedback_on = begins_on + dt.timedelta(days=random.randint(20, 90))
    answered = worried and feedback_on <= as_of(period)
    together = ags == KREIS and what in (_DIGITAL_DAY, _ADVISORY_BOARD)
    return {
        "participation_id": f"B-{number}",
        "title": f"{what.title} {begins_on.year}" if what is _DIGITAL_DAY else what.title,
        "format": what.kind,
        "setting": what.setting,
        "begins_on": begins_on,
        "ends_on": begins_on + dt.timedelta(days=what.days) if what.days else None,
        "audiences": list(what.audiences),
        "action_fields": list(what.fields),
        "participating_ags": list(CITIES) if together else None,
        "project_id": "PR-1" if ags == KREIS and what.kind == "citizens_dialogue" else None,
        "project_stage": what.stage,
        "participants": participants,
        "contributions": round(participants * random.uniform(0.2, 0.9)) if worried else None,
        "topics": what.topics,
        "concerns": concerns if worried else None,
        "concern_status": None if not worried else status if answered else "under_review",
        "outcome": outcome if answered else None,
        "feedback_on": feedback_on if answered else None,
    }


def _communication(random: random.Random, number: int, what: Activity, ags: str, period: str) -> Row:
    """The shared brand is used more and more often."""
    published_on = day_between(random, _first(period), as_of(period))
    reach = max(1, round(what.reach * size(ags) * random.uniform(0.6, 1.4)))
    return {
        "communication_id": f"K-{number}",
        "title": what.title,
        "channel": what.channel,
        "published_on": published_on,
        "brand_used": ags == KREIS or random.random() < 0.4 + (published_on.year - FIRST_YEAR) * 0.12,
        "audiences": list(what.audiences),
        "action_fields": list(what.fields) or None,
        "participating_ags": None,
        "participation_id": None,
        "reach": reach if what.measure else None,
        "reach_measure": what.measure,
        "url": f"https://smartvest.example/{_place(ags)}/{number}" if what.channel == "website" else None,
    }


def _invitation(random: random.Random, row: Row, number: int, ags: str) -> Row:
    """How the Digitaltag was announced, under the shared brand and together with two neighbours."""
    begins_on = row["begins_on"]
    assert isinstance(begins_on, dt.date)
    others = [city for city in CITIES if city != ags]
    return {
        "communication_id": f"K-{number}",
        "title": f"Einladung zum Digitaltag {begins_on.year}",
        "channel": "printed",
        "published_on": max(begins_on - dt.timedelta(days=20), DECIDED_ON + dt.timedelta(days=1)),
        "brand_used": True,
        "audiences": ["citizens"],
        "action_fields": None,
        "participating_ags": others
        if ags == KREIS
        else sorted(lot("invitation", ags, begins_on.year).sample(others, 2)),
        "participation_id": row["participation_id"],
        "reach": max(100, round(2000 * size(ags) * random.uniform(0.8, 1.2) / 50) * 50),
        "reach_measure": "copies",
        "url": None,
    }


def _place(ags: str) -> str:
    return ADMINISTRATIONS[ags].lower().replace(" ", "-")
