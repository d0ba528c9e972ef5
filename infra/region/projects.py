"""Smart-city projects of the made-up region: each keeps its number and title, and its status moves forward."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from infra.region.facts import CITIES, DECIDED_ON, Row, day_between, lot, size
from lakehouse.administrations import KREIS


@dataclass(frozen=True)
class Plan:
    """What a project is about; `euros` is its cost for a city of 100,000."""

    title: str
    kind: str
    field: str
    goal: str
    lead: str
    euros: int
    climate: tuple[str, str | None] = ("none", None)


_OF_KREIS = (
    Plan("Digitaler Zwilling für das Vest", "digital_twin", "sustainability_climate",
         "Planungen werden am dreidimensionalen Modell früh verständlich.", "Leitung Kataster und Geoinformation",
         210_000, ("positive", "Hitze und Starkregen lassen sich vor dem Bauen durchspielen.")),
    Plan("Urbane Datenplattform für das Vest", "urban_data_platform", "economy_work",
         "Daten der elf Verwaltungen stehen an einer Stelle bereit.", "CDO des Kreises", 320_000),
    Plan("Sensornetz LoRaWAN im ganzen Kreis", "sensor_network", "smart_mobility",
         "Sensoren der Städte funken über ein gemeinsames Netz.", "Leitung Digitale Infrastruktur", 140_000,
         ("positive", "Bedarfsgerechte Touren sparen Fahrten.")),
    Plan("Digitale Lernorte", "learning_place", "education_culture",
         "An zehn Orten gibt es Geräte und Hilfe zum Ausprobieren.", "Leitung des Bildungsbüros", 95_000),
    Plan("Gemeinsame Antragsberatung per Video", "digital_service", "quality_of_life",
         "Beratung ist ohne Anfahrt möglich, auch mit Dolmetschen.", "Leitung E-Government", 60_000,
         ("positive", "Weniger Wege zum Amt sparen Fahrten.")),
)  # fmt: skip
_OF_A_CITY = (
    Plan("Sensoren für Bodenfeuchte an Stadtbäumen", "sensor_network", "sustainability_climate",
         "Gegossen wird dort, wo es nötig ist.", "Leitung Grünflächen", 70_000,
         ("positive", "Gezieltes Gießen spart Wasser und Fahrten.")),
    Plan("Parkleitsystem mit freien Plätzen in Echtzeit", "sensor_network", "smart_mobility",
         "Suchverkehr in der Innenstadt nimmt ab.", "Leitung Verkehr", 160_000,
         ("positive", "Weniger Suchverkehr senkt den Ausstoß.")),
    Plan("Digitales Bürgerbüro am Terminal", "digital_service", "quality_of_life",
         "Häufige Anliegen sind auch nach Dienstschluss möglich.", "Leitung Bürgerservice", 110_000,
         ("negative", "Die Geräte laufen Tag und Nacht und brauchen zusätzlichen Strom.")),
    Plan("Digitale Innenstadt", "other", "economy_work",
         "Handel und Gastronomie zeigen Angebote auf einer gemeinsamen Karte.", "Leitung Wirtschaftsförderung", 85_000),
    Plan("Makerspace in der Stadtbibliothek", "learning_place", "education_culture",
         "Kinder und Erwachsene lernen den Umgang mit Technik.", "Leitung der Stadtbibliothek", 55_000),
    Plan("Starkregenkarte mit Pegelsensoren", "digital_twin", "sustainability_climate",
         "Überflutete Straßen werden früh erkannt.", "Leitung Tiefbau", 120_000,
         ("positive", "Straßen und Gebäude werden vor Starkregen geschützt.")),
)  # fmt: skip
_NOTES = {
    "idea": "Die Idee wurde in der Runde der CDOs vorgestellt.",
    "in_preparation": "Leistungsverzeichnis und Finanzierung werden abgestimmt.",
    "decided": "Der Beschluss liegt vor, die Vergabe ist in Vorbereitung.",
    "running": "Die ersten Bausteine sind im Einsatz.",
    "in_operation": "Der Betrieb ist in den Haushalt übernommen.",
    "completed": "Das Projekt ist abgeschlossen, der Abschlussbericht liegt vor.",
    "stopped": "Die Folgekosten ließen sich nicht decken.",
}


def projects(ags: str, day: dt.date) -> list[Row]:
    """The projects that an administration leads, as they stand on a day; those of a later idea are missing."""
    plans = list(_OF_KREIS)
    if ags != KREIS:
        plans = lot("projects", ags).sample(_OF_A_CITY, 3 if size(ags) < 0.5 else 5)
    listed = [(number, plan, _steps(ags, number)) for number, plan in enumerate(plans, 1)]
    return [_row(ags, number, plan, steps, day) for number, plan, steps in listed if steps[0][1] <= day]


def _steps(ags: str, number: int) -> list[tuple[str, dt.date]]:
    """Every status of a project with its first day; the first three were ideas already when the pact was decided."""
    drawn = lot("steps", ags, number)
    begun = dt.date(2021, 10, 1) if number <= 3 else dt.date(2023, 1, 10)
    on = day_between(drawn, begun, begun + dt.timedelta(days=300))
    last = drawn.choice(("in_operation", "completed"))
    ways: tuple[str, ...] = ("idea", "in_preparation", "decided", "running", last)
    if ags != KREIS and drawn.random() < 0.15:
        ways = ("idea", "in_preparation", "stopped")
    steps: list[tuple[str, dt.date]] = []
    for status in ways:
        steps.append((status, on))
        on += dt.timedelta(days=drawn.randint(120, 420))
    return steps


def _row(ags: str, number: int, plan: Plan, steps: list[tuple[str, dt.date]], day: dt.date) -> Row:
    status, since = [step for step in steps if step[1] <= day][-1]
    when = dict(steps)
    decided_on = when.get("decided", when.get("stopped"))
    if decided_on is not None and decided_on > day:
        decided_on = None
    agreed = lot("decision", ags, number).choice(("approved", "approved", "approved_with_conditions"))
    begins_on = when.get("running")
    partners = sorted(lot("partners", ags, number).sample([a for a in CITIES if a != ags], 2))
    return {
        "project_id": f"PR-{number}",
        "title": plan.title,
        "kind": plan.kind,
        "action_field": plan.field,
        "goal": plan.goal,
        "lead_function": plan.lead,
        "participating_ags": list(CITIES) if ags == KREIS else partners if number == 1 else None,
        "body_id": "G-1",
        "measure": None,
        "begins_on": begins_on,
        "ends_on": steps[-1][1] if begins_on else None,
        "cost_eur": Decimal(round(plan.euros * size(ags) / 500) * 500).quantize(Decimal("0.01")),
        "status": status,
        "status_since": since,
        "status_note": _NOTES[status],
        "decision": "being_prepared" if decided_on is None else "rejected" if status == "stopped" else agreed,
        "decided_by": None if decided_on is None else "district_council" if ags == KREIS else "city_council",
        "decided_on": decided_on,
        "decision_paper": f"{decided_on.year}/{100 + number * 7}" if decided_on and decided_on > DECIDED_ON else None,
        "climate_note": plan.climate[0],
        "climate_reason": plan.climate[1],
    }
