"""Workbook OZG of the made-up region: the same services for all, of which more and more go online."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from infra.region.facts import HALF_YEARS, Row, as_of, lot, neighbours, size
from lakehouse.administrations import ADMINISTRATIONS, KREIS

_MODEL_2_FROM = "2025-H2"
# stage of maturity model 1.1 in model 2.0
_STAGE_IN_2 = {0: 0, 1: 1, 2: 2, 3: 3, 4: 5}
_PORTALS = {"business": "wsp_nrw", "building": "bauportal_nrw", "social": "social_platform"}
_PRODUCTS = {
    "residents": "MeldeWerk",
    "registry": "StandesAkte",
    "business": "GewerbeAkte",
    "building": "BauVorgang",
    "social": "SozialFach",
    "traffic": "VerkehrsPlus",
    "taxes": "SteuerFach",
    "culture": "KulturPass",
}


@dataclass(frozen=True)
class Service:
    """A service of the Leistungskatalog: key, name, topic, and whether the Kreis provides it or each city."""

    leika_key: str
    name: str
    topic: str
    by_kreis: bool = False


SERVICES = (
    Service("99115004001000", "Melderegisterauskunft Erteilung", "residents"),
    Service(
        "99115002060001", "Auskunfts- und Übermittlungssperren im Melderegister Eintragung Auskunftssperre", "residents"
    ),
    Service("99008001012000", "Personalausweis Ausstellung", "residents"),
    Service("99085001012000", "Reisepass Ausstellung", "residents"),
    Service("99089017015000", "Fundsachen Statusabfrage", "residents"),
    Service("99128001120001", "Briefwahl Zusendung der Briefwahlunterlagen", "residents"),
    Service("99115005104000", "Wohnsitz Anmeldung", "residents"),
    Service("99042001012000", "Fischereischein Ausstellung", "residents"),
    Service("99027002012000", "Geburtsurkunde Ausstellung", "registry"),
    Service("99059001104000", "Eheschließung Anmeldung", "registry"),
    Service("99059004012000", "Eheurkunde Ausstellung", "registry"),
    Service("99101004012000", "Sterbeurkunde Ausstellung", "registry"),
    Service("99133001026000", "Erklärung zur Vaterschaftsanerkennung Beurkundung", "registry"),
    Service("99050012104000", "Gewerbe Anmeldung", "business"),
    Service("99050012071000", "Gewerbe Ummeldung", "business"),
    Service("99050012070000", "Gewerbe Abmeldung", "business"),
    Service("99025002005000", "Gaststättengewerbe Erlaubnis", "business"),
    Service("99050023017000", "Reisegewerbe Bewilligung", "business"),
    Service("99012008001000", "Baugenehmigung Erteilung", "building"),
    Service("99012010001000", "Bauvorbescheid Erteilung", "building"),
    Service("99012004023000", "Baulastenverzeichnis Auskunft", "building"),
    Service("99012001001000", "Abbruchgenehmigung Erteilung", "building"),
    Service("99107023017000", "Wohngeld Bewilligung", "social"),
    Service("99107022012000", "Wohnberechtigungsschein Ausstellung", "social"),
    Service("99107021017000", "Unterhaltsvorschuss Bewilligung", "social"),
    Service("99107009017000", "Grundsicherung im Alter und bei Erwerbsminderung (SGB XII) Bewilligung", "social"),
    Service("99041006017000", "Elterngeld Bewilligung", "social", by_kreis=True),
    Service("99015007012000", "Schwerbehindertenausweis Ausstellung", "social", by_kreis=True),
    Service("99107014017000", "Hilfe zur Pflege Bewilligung", "social", by_kreis=True),
    Service("99108001001000", "Bewohnerparkausweis Erteilung", "traffic"),
    Service("99108009012000", "Parkausweis für Schwerbehinderte Ausstellung", "traffic"),
    Service("99108012005000", "Sondernutzung von Straßen Erlaubnis", "traffic"),
    Service("99036010007000", "Fahrzeug für den öffentlichen Straßenverkehr Zulassung", "traffic", by_kreis=True),
    Service(
        "99036008070003", "Kraftfahrzeug Abmeldung zur Außerbetriebsetzung (Onlineverfahren)", "traffic", by_kreis=True
    ),
    Service("99023002049000", "Fahrerlaubnis Erweiterung", "traffic", by_kreis=True),
    Service("99102013002000", "Hundesteuer Festsetzung", "taxes"),
    Service("99102012002000", "Grundsteuer Festsetzung", "taxes"),
    Service("99102034002000", "Vergnügungsteuer Festsetzung", "taxes"),
    Service("99001009004002", "Sperrmüll Entsorgung durch Abholung", "taxes"),
    Service("99077020040000", "Bibliotheksausweis Ausgabe", "culture"),
)


def rows(random: random.Random, ags: str, period: str) -> dict[str, list[Row]]:
    """Every service of one administration in a half-year; now and then nobody has judged its maturity."""
    return {"vest__ozg_self_report": [_row(service, ags, period, random.random() > 0.04) for service in SERVICES]}


def _row(service: Service, ags: str, period: str, judged: bool) -> Row:
    now = HALF_YEARS.index(period)
    responsible = service.by_kreis == (ags == KREIS)
    since = _online_since(service, ags)
    online = responsible and now >= since
    portal = _portal(service, ags) if online else None
    product = _product(service.topic, ags) if responsible else None
    together = [a for a in neighbours(ags) if product == _product(service.topic, a)] if product else []
    modern = period >= _MODEL_2_FROM and lot("model", ags).random() > (0.5 if period == _MODEL_2_FROM else 0)
    stage = _stage(service, ags, now - since)
    return {
        "leika_key": service.leika_key,
        "service_name": service.name,
        "as_of_date": as_of(period),
        "responsible": responsible,
        "online": online,
        "online_url": _address(service, ags, portal) if portal else None,
        "maturity_model": ("2.0" if modern else "1.1") if responsible and judged else None,
        "maturity": (_STAGE_IN_2[stage] if modern else stage) if responsible and judged else None,
        "processed_digitally": online and now >= since + lot("inside", ags, service.leika_key).randint(0, 6),
        "portal": portal,
        "software_product": product,
        "software_shared_with": together or None,
    }


def _online_since(service: Service, ags: str) -> float:
    """Half-year in which a service went online: easy ones first, large administrations first."""
    easy = lot("service", service.leika_key).uniform(-4, 6)
    return easy + 1.5 / math.sqrt(size(ags)) + lot("online", ags, service.leika_key).uniform(-1.5, 2)


def _stage(service: Service, ags: str, online_for: float) -> int:
    """Stage by model 1.1: the longer online, the higher; not every service gets to the last one."""
    if online_for < 0:
        return 1 if online_for > -3 else 0
    last = lot("stage", ags, service.leika_key).choice((3, 3, 3, 4))
    return min(2 + int(online_for / 2), last)


def _portal(service: Service, ags: str) -> str:
    own = lot("portal", ags, service.topic).random() < 0.2
    return "own_portal" if own else _PORTALS.get(service.topic, "serviceportal_emscher_lippe")


def _product(topic: str, ags: str) -> str:
    """Most use the same product; some have one of their own for the same purpose."""
    other = lot("product", ags, topic).random() < 0.25
    return f"{_PRODUCTS[topic]} Kommunal" if other else _PRODUCTS[topic]


def _address(service: Service, ags: str, portal: str) -> str:
    place = ADMINISTRATIONS[ags].lower().replace(" ", "-")
    host = f"{place}.example" if portal == "own_portal" else f"{portal.replace('_', '-')}.example/{place}"
    return f"https://{host}/{service.leika_key}"
