"""What the made-up region sets out to do: measures of the five action fields, with the steps that lead there."""

from __future__ import annotations

from dataclasses import dataclass

from infra.region.facts import OZG_SERVICES


@dataclass(frozen=True)
class Measure:
    """A measure that takes so many half-years; its milestones are spread evenly over them.

    `climate_reason` is said where the effect on the climate is positive or negative. Others take part if `joint`.
    """

    title: str
    action_field: str
    goal: str
    body: str
    funding_basis: str
    half_years: int
    milestones: tuple[str, ...]
    climate_note: str = "none"
    climate_reason: str | None = None
    joint: bool = False


# the support of the process was decided with the pact and is paid by ZIRE
KREIS_MEASURES = (
    Measure(
        "Regionale Digitalstrategie SmartVest mit Prozessbegleitung",
        "quality_of_life",
        "Kreis und Städte haben eine gemeinsame digitale Zukunftsstrategie",
        "Koordinierungsstelle SmartVest",
        "zire",
        3,
        ("Prozessbegleitung ist beauftragt", "Entwurf liegt vor", "Strategie ist dem Kreistag vorgelegt"),
        joint=True,
    ),
    Measure(
        "Prozessbegleitung zum E-Government für Kreis und Städte",
        "economy_work",
        f"Die etwa {OZG_SERVICES} Leistungen werden nach gemeinsamen Regeln umgesetzt",
        "Koordinierungsstelle SmartVest",
        "zire",
        4,
        ("Prozessbegleitung ist beauftragt", "Umsetzungsplan ist abgestimmt", "Erfahrungsaustausch ist eingerichtet"),
        joint=True,
    ),
    Measure(
        "Urbane Datenplattform für Kreis und Städte",
        "sustainability_climate",
        "Daten aller elf Verwaltungen sind an einer Stelle auswertbar",
        "Koordinierungsstelle SmartVest",
        "state_grant",
        6,
        (
            "Anforderungen sind abgestimmt",
            "Vergabe ist abgeschlossen",
            "Erste Datenquellen sind angebunden",
            "Regelbetrieb",
        ),
        "negative",
        "Der Betrieb der Server braucht zusätzlichen Strom.",
        joint=True,
    ),
)
MEASURES = (
    Measure(
        "Sensoren für Bodenfeuchte an Stadtbäumen",
        "sustainability_climate",
        "Wasserverbrauch der Baumpflege um ein Fünftel senken",
        "Fachbereich Grünflächen",
        "state_grant",
        4,
        ("Standorte sind ausgewählt", "Sensoren sind eingebaut", "Gießplan richtet sich nach den Messwerten"),
        "positive",
        "Weniger Gießfahrten sparen Kraftstoff und Wasser.",
    ),
    Measure(
        "Energiemonitoring in städtischen Gebäuden",
        "sustainability_climate",
        "Verbrauch von Wärme und Strom in jedem Gebäude täglich kennen",
        "Gebäudemanagement",
        "federal_grant",
        5,
        ("Zähler sind erfasst", "Fernauslesung läuft in Schulen", "Fernauslesung läuft in allen Gebäuden"),
        "positive",
        "Auffällige Verbräuche werden früher erkannt und gesenkt.",
    ),
    Measure(
        "Digitale Karte der Starkregengefahren",
        "sustainability_climate",
        "Alle Haushalte können ihre Gefährdung nachsehen",
        "Tiefbauamt",
        "eu_grant",
        3,
        ("Daten liegen vor", "Karte ist veröffentlicht"),
        joint=True,
    ),
    Measure(
        "Anzeige freier Parkplätze im Zentrum",
        "smart_mobility",
        "Parksuchverkehr im Zentrum spürbar verringern",
        "Fachbereich Verkehr",
        "budget",
        3,
        ("Erfassung ist beauftragt", "Anzeigen sind in Betrieb", "Daten sind offen verfügbar"),
        "positive",
        "Kürzere Wege bei der Parkplatzsuche vermeiden Abgase.",
    ),
    Measure(
        "Zählstellen für den Radverkehr",
        "smart_mobility",
        "Nutzung der Hauptrouten stündlich kennen",
        "Fachbereich Verkehr",
        "state_grant",
        2,
        ("Zählstellen sind eingebaut", "Zähldaten sind veröffentlicht"),
        "positive",
        "Die Zahlen begründen den Ausbau von Radwegen.",
        joint=True,
    ),
    Measure(
        "Mängelmelder für Straßen und Wege",
        "smart_mobility",
        "Jede Meldung wird binnen fünf Werktagen beantwortet",
        "Bauhof",
        "budget",
        2,
        ("Meldeweg ist freigeschaltet", "Rückmeldung an Bürgerinnen und Bürger läuft"),
    ),
    Measure(
        "Digitale Begegnung im Quartier",
        "quality_of_life",
        "Ältere Menschen finden in jedem Ortsteil Hilfe bei digitalen Fragen",
        "Sozialamt",
        "state_grant",
        4,
        ("Anlaufstellen sind gefunden", "Ehrenamtliche sind geschult", "Angebot besteht in allen Ortsteilen"),
    ),
    Measure(
        "Online-Terminvergabe in allen Ämtern",
        "quality_of_life",
        "Wartezeiten vor Ort auf höchstens zehn Minuten senken",
        "Fachbereich Bürgerdienste",
        "budget",
        2,
        ("Bürgerbüro ist angebunden", "Alle Ämter mit Publikumsverkehr sind angebunden"),
    ),
    Measure(
        "Barrierefreier Auftritt im Netz",
        "quality_of_life",
        "Alle Seiten erfüllen die Anforderungen der Barrierefreiheit",
        "Pressestelle",
        "budget",
        3,
        ("Prüfung ist abgeschlossen", "Mängel sind behoben", "Seiten in Leichter Sprache sind online"),
    ),
    Measure(
        "Digitaler Lotse für Gründungen",
        "economy_work",
        "Gründungen erledigen alle Anmeldungen an einer Stelle",
        "Wirtschaftsförderung",
        "eu_grant",
        4,
        ("Leistungen sind gebündelt", "Lotse ist freigeschaltet", "Auswertung liegt vor"),
        joint=True,
    ),
    Measure(
        "Funknetz für Sensoren (LoRaWAN)",
        "economy_work",
        "Sensoren senden im ganzen Stadtgebiet",
        "Stadtwerke",
        "zire",
        4,
        ("Standorte der Gateways sind gesichert", "Netz deckt das Zentrum ab", "Netz deckt das Stadtgebiet ab"),
        joint=True,
    ),
    Measure(
        "Leerstandskataster für das Zentrum",
        "economy_work",
        "Leerstände sind innerhalb eines Monats bekannt",
        "Wirtschaftsförderung",
        "budget",
        3,
        ("Erhebung ist abgeschlossen", "Kataster wird laufend gepflegt"),
    ),
    Measure(
        "Lernplattform für Schulen und Volkshochschule",
        "education_culture",
        "Alle Schulen in städtischer Trägerschaft nutzen eine gemeinsame Plattform",
        "Schulamt",
        "federal_grant",
        5,
        (
            "Pilotschulen sind ausgestattet",
            "Hälfte der Schulen nutzt die Plattform",
            "Alle Schulen nutzen die Plattform",
        ),
        joint=True,
    ),
    Measure(
        "Stadtarchiv digital",
        "education_culture",
        "Die zweihundert meistgefragten Bestände sind online einsehbar",
        "Stadtarchiv",
        "state_grant",
        4,
        ("Bestände sind ausgewählt", "Digitalisate liegen vor", "Bestände sind online"),
    ),
    Measure(
        "Digitalwerkstatt in der Bibliothek",
        "education_culture",
        "Offenes Lernangebot an drei Tagen in der Woche",
        "Bibliothek",
        "budget",
        2,
        ("Räume sind ausgestattet", "Angebot ist eröffnet"),
    ),
)
