"""Workbook Leuchttürme of the made-up region: projects elsewhere and how well they can be transferred, and trends."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

from infra.region.facts import CITIES, Row, as_of, begins, day_between, lot, size
from lakehouse.administrations import KREIS

_PHASES = ("idea", "concept", "proof_of_concept", "mvp", "vertical_scaling", "horizontal_scaling")
_POINTS = ("effect_points", "organisation_points", "technology_points", "resources_points", "law_points")
# so many of 20 points are enough
_TRANSFER_FROM, _OBSERVE_FROM = 11, 8
_LATER = (dt.date(2023, 2, 1), dt.date(2025, 6, 30))
_REASONS = {
    "not_assessed": None,
    "transfer": "Der Nutzen ist hoch, und die Voraussetzungen sind hier gegeben.",
    "observe": "Der Nutzen ist erkennbar, aber Personal und Technik fehlen noch.",
    "do_not_transfer": "Der Aufwand steht hier in keinem Verhältnis zum Nutzen.",
}


@dataclass(frozen=True)
class Lighthouse:
    """A project elsewhere; `phase` is the one that it had reached when it was found."""

    title: str
    place: str
    found_in: str
    field: str | None
    summary: str
    phase: int
    conditions: str


_LIGHTHOUSES = (
    Lighthouse("Digitaler Bauantrag", "Kreis in Südwestfalen", "modellregionen_nrw", None,
               "Bauanträge werden vollständig digital gestellt, beteiligt und beschieden.", 3,
               "Die untere Bauaufsicht liegt bei mehreren Städten."),
    Lighthouse("Mobilstationen mit Echtzeitdaten", "Stadt am Niederrhein", "navigator_smart_city", "smart_mobility",
               "Haltestellen zeigen freie Räder, Autos und Anschlüsse.", 2, "Die Linien führen durch mehrere Städte."),
    Lighthouse("Offene Werkstatt in der Bibliothek", "Stadt im Münsterland", "navigator_municipal", "education_culture",
               "Menschen jeden Alters lernen an Geräten, die sie zu Hause nicht haben.", 4,
               "Nicht jede Stadt hat ein Haus, das groß genug ist."),
    Lighthouse("Klimadaten für jede Straße", "Großstadt in Baden", "model_projects", "sustainability_climate",
               "Ein Sensornetz misst Hitze und Feuchte und liefert offene Daten.", 2,
               "Halden und ehemalige Zechenflächen verändern das Kleinklima."),
    Lighthouse("Familienservice mit einem Antrag", "Stadt in Ostwestfalen", "modellregionen_nrw", "quality_of_life",
               "Nach der Geburt werden mehrere Leistungen in einem Zug beantragt.", 3,
               "Jugendamt und Standesamt arbeiten mit verschiedenen Verfahren."),
    Lighthouse("Digitaler Marktplatz der Innenstadt", "Mittelstadt in Hessen", "navigator_municipal", "economy_work",
               "Geschäfte zeigen Bestand und Öffnungszeiten auf einer Karte.", 3,
               "Zehn Innenstädte stehen auch im Wettbewerb miteinander."),
    Lighthouse("Gemeinsame Datenplattform eines Landkreises", "Landkreis im Saarland", "model_projects", None,
               "Gemeinden legen Daten nach denselben Regeln an einer Stelle ab.", 1,
               "Elf Verwaltungen haben drei verschiedene IT-Dienstleister."),
    Lighthouse("Pegel und Starkregen als Frühwarnung", "Kreis im Sauerland", "navigator_smart_city",
               "sustainability_climate", "Messstellen an kleinen Gewässern warnen Feuerwehr und Anwohner.", 2,
               "Lippe und Emscher haben eigene Verbände und Messnetze."),
    Lighthouse("Sprachlotse im Bürgerbüro", "Großstadt im Rheinland", "other", "quality_of_life",
               "Ein Übersetzungsdienst hilft bei Gesprächen am Schalter.", 3,
               "Die Bürgerbüros nutzen unterschiedliche Terminsysteme."),
)  # fmt: skip


@dataclass(frozen=True)
class Trend:
    """A trend that is observed; `steps` is how it is dealt with from year to year."""

    title: str
    summary: str
    fields: tuple[str, ...]
    relevance: str
    horizon: str
    conclusion: str
    steps: tuple[str, ...]


_TRENDS = (
    Trend("Sprachassistenten in der Bürgerberatung", "Sprachmodelle beantworten einfache Anfragen rund um die Uhr.",
          ("quality_of_life",), "high", "within_2_years", "Erst erproben, wenn die Haftung geklärt ist.",
          ("observe", "examine", "test", "test", "adopt")),
    Trend("Digitale Identität auf dem Smartphone", "Ausweis und Nachweise liegen in einer Brieftasche auf dem Gerät.",
          ("quality_of_life", "economy_work"), "high", "within_2_years", "Online-Dienste früh darauf vorbereiten.",
          ("observe", "observe", "examine", "test")),
    Trend("Kommunaler Energiehandel in der Nachbarschaft", "Solarstrom wird in der Straße geteilt.",
          ("sustainability_climate",), "medium", "within_5_years", "Rechtsrahmen abwarten, Solardaten bereithalten.",
          ("observe", "observe", "examine")),
    Trend("Fahrerlose Zubringer", "Kleinbusse fahren auf festen Strecken ohne Fahrpersonal.",
          ("smart_mobility",), "medium", "later", "Die Kosten je Fahrgast sind auf absehbare Zeit zu hoch.",
          ("observe", "examine", "drop")),
    Trend("Lernen in virtuellen Räumen", "Museen und Schulen zeigen Orte, die es nicht mehr gibt.",
          ("education_culture",), "medium", "now", "Mit der Bergbaugeschichte gibt es einen eigenen Stoff.",
          ("observe", "test", "test", "adopt")),
    Trend("Offene Software in der Verwaltung", "Kommunen entwickeln Fachverfahren gemeinsam und quelloffen.",
          ("economy_work",), "high", "within_5_years", "Bei jeder Neubeschaffung prüfen.",
          ("examine", "examine", "adopt")),
)  # fmt: skip


def rows(random: random.Random, ags: str, period: str) -> dict[str, list[Row]]:
    """What an administration knew of projects elsewhere and of trends at the end of a year."""
    drawn = lot("lighthouses", ags)
    count = len(_LIGHTHOUSES) if ags == KREIS else 3 + round(4 * size(ags))
    lighthouses = drawn.sample(_LIGHTHOUSES, count)
    trends = drawn.sample(_TRENDS, len(_TRENDS) if ags == KREIS else 3 + round(2 * size(ags)))
    told = [_lighthouse(number, lighthouse, ags, as_of(period)) for number, lighthouse in enumerate(lighthouses, 1)]
    seen = [_trend(random, number, trend, ags, period) for number, trend in enumerate(trends, 1)]
    return {"vest__lighthouse": [row for row in told if row], "vest__trend": [row for row in seen if row]}


def _lighthouse(number: int, lighthouse: Lighthouse, ags: str, day: dt.date) -> Row | None:
    """The first three are found in 2022, the others later; each is assessed once."""
    drawn = lot("lighthouse", ags, number)
    found_on = day_between(drawn, *(dt.date(2022, 6, 1), dt.date(2022, 11, 30)) if number <= 3 else _LATER)
    if found_on > day:
        return None
    contacted_on = found_on + dt.timedelta(days=drawn.randint(10, 60))
    assessed_on = contacted_on + dt.timedelta(days=drawn.randint(20, 300))
    points = [drawn.randint(*limits) for limits in ((2, 4), (1, 4), (1, 4), (0, 3), (1, 4))]
    adopted_on = assessed_on + dt.timedelta(days=drawn.randint(120, 600))
    partners = drawn.sample([city for city in CITIES if city != ags], 3)
    assessed = assessed_on <= day
    recommendation = _recommendation(sum(points)) if assessed else "not_assessed"
    adopted = recommendation == "transfer" and adopted_on <= day
    phase = min(len(_PHASES) - 1, lighthouse.phase + (day - found_on).days // 500)
    return {
        "lighthouse_id": f"L-{number}",
        "title": lighthouse.title,
        "place": lighthouse.place,
        "found_in": lighthouse.found_in,
        "source_url": f"https://leuchttuerme.example/{lighthouse.title.lower().replace(' ', '-')}",
        "found_on": found_on,
        "action_field": lighthouse.field,
        "summary": lighthouse.summary,
        "phase": _PHASES[phase],
        "contacted_on": contacted_on if contacted_on <= day else None,
        "assessed_on": assessed_on if assessed else None,
        **{name: value if assessed else None for name, value in zip(_POINTS, points, strict=True)},
        "local_conditions": lighthouse.conditions,
        "recommendation": recommendation,
        "reason": _REASONS[recommendation],
        "interested": sorted(partners[1:]) if recommendation in ("transfer", "observe") else None,
        "adopters": sorted({ags, partners[0]} if ags != KREIS else {partners[0]}) if adopted else None,
        "adopted_on": adopted_on if adopted else None,
    }


def _recommendation(points: int) -> str:
    return "transfer" if points >= _TRANSFER_FROM else "observe" if points >= _OBSERVE_FROM else "do_not_transfer"


def _trend(random: random.Random, number: int, trend: Trend, ags: str, period: str) -> Row | None:
    """A trend is reviewed every year; one that was dropped is told of once."""
    since = day_between(lot("trend", ags, number), dt.date(2022, 3, 1), dt.date(2022, 5, 31))
    since = since if number <= 3 else since.replace(year=2023)
    years = int(period) - since.year
    if years < 0 or trend.steps[-1] == "drop" and years >= len(trend.steps):
        return None
    handling = trend.steps[min(years, len(trend.steps) - 1)]
    reviewed_on = day_between(random, max(since, begins(period)), as_of(period))
    dropped = handling == "drop"
    return {
        "trend_id": f"T-{number}",
        "title": trend.title,
        "summary": trend.summary,
        "action_fields": list(trend.fields),
        "observed_since": since,
        "relevance": "low" if dropped else trend.relevance,
        "horizon": trend.horizon,
        "handling": handling,
        "conclusion": None if handling == "observe" else trend.conclusion,
        "reviewed_on": reviewed_on,
        "next_review_on": None if dropped else reviewed_on + dt.timedelta(days=random.choice((182, 365))),
    }
