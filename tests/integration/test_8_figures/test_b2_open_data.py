"""Published datasets and gaps, counted again in the delivered catalogues."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from tests.integration.test_8_figures.region import Figures

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DCT = "{http://purl.org/dc/terms/}"
DCAT_NS = "http://www.w3.org/ns/dcat#"
DCAT = f"{{{DCAT_NS}}}"
CITIES = "Castrop-Rauxel Datteln Dorsten Gladbeck Herten Marl Oer-Erkenschwick Recklinghausen Waltrop".split()
CITIES.append("Haltern am See")


def local_day(written: str) -> date:
    """The day in the region of a time that CKAN writes in UTC without saying so."""
    return datetime.fromisoformat(written).replace(tzinfo=UTC).astimezone(ZoneInfo("Europe/Berlin")).date()


def linked(thing: ElementTree.Element, name: str) -> list[str]:
    return [link.get(RDF + "resource", "") for link in thing.findall(name)]


def test_inventory_of_the_neighbour(all_marts: Figures) -> None:
    (path,) = all_marts.file("dcat__dataset")
    things = {thing.get(RDF + "about"): thing for thing in ElementTree.parse(path).getroot()}  # noqa: S314
    datasets = {}
    for iri, thing in things.items():
        if DCAT_NS + "Dataset" in linked(thing, RDF + "type"):
            distributions = linked(thing, DCAT + "distribution")
            formats = {link.rpartition("/")[2] for d in distributions for link in linked(things[d], DCT + "format")}
            datasets[iri] = (local_day(str(thing.findtext(DCT + "modified"))), len(distributions), sorted(formats))
    newest = max(day for day, *_ in datasets.values())
    found = all_marts.query(
        """select dataset_id, modified_on, distribution_count, formats, age_days, as_of_date
        from mart_open_data_inventory where feed = 'dcat__dataset'"""
    )
    assert {iri: (day, count, list(formats)) for iri, day, count, formats, *_ in found} == datasets
    assert all(age == (newest - day).days and as_of == newest for _, day, _, _, age, as_of in found)
    assert len(found) == 100 and max(age for *_, age, _ in found) > 100


def test_inventory_of_the_regional_portal(all_marts: Figures) -> None:
    datasets = {}
    for path in all_marts.file("ckan__dataset"):
        for dataset in json.loads(path.read_text("utf-8"))["result"]["results"]:
            if isinstance(dataset.get("organization"), dict):
                datasets[dataset["id"]] = dataset["organization"]["title"]
    found = all_marts.query(
        """select dataset_id, publisher, publisher_group from mart_open_data_inventory
        where feed = 'ckan__dataset' and publisher is not null"""
    )
    assert found and {dataset: publisher for dataset, publisher, _ in found}.items() <= datasets.items()
    groups = {publisher: group for _, publisher, group in found}
    assert groups == {p: "kreis" if p == "Kreis Recklinghausen" else "city" for p in groups}
    assert {p.removeprefix("Stadt ") for p, group in groups.items() if group == "city"} <= set(CITIES)


def test_gaps_of_the_musterdatenkatalog(all_marts: Figures) -> None:
    (path,) = all_marts.file("musterdatenkatalog__dataset")
    holders: dict[tuple[str, str], set[str]] = defaultdict(set)
    for dataset in json.loads(path.read_text("utf-8")):
        holders[dataset["top"].strip(), dataset["sub"].strip()].add(dataset["org"].strip())
    (units,) = all_marts.file("gvisys__municipality")
    with units.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["satzart"] == "60"]
    bearers = Counter(row["gemeindename"].partition(",")[0] for row in rows)
    here = {row["gemeindename"].partition(",")[0] for row in rows if row["land"] == "05"}
    # names that stand with one municipality of Germany, which lies in the Land
    certain = {name for name in here if bearers[name] == 1}
    expected = {}
    for (topic, label), publishers in holders.items():
        named = {publisher.removeprefix("Stadt ").removeprefix("Gemeinde ") for publisher in publishers}
        for city in CITIES:
            others = len(named & certain - {city})
            expected[city, topic, label] = (
                city in named & certain,
                "Kreis Recklinghausen" in publishers,
                len(publishers),
                others,
            )
    found = all_marts.query(
        """select name, topic, label, has_it, kreis_has_it, publisher_count, neighbours_with_it
        from mart_open_data_gap"""
    )
    assert {tuple(row[:3]): tuple(row[3:]) for row in found} == expected
    assert len(found) == 10 * len(holders)
    first = all_marts.query("select topic, label from mart_open_data_gap where name = 'Marl' and priority = 1")
    assert first == [("Raumordnung", "Bebauungspläne")]
