"""The house's own checks: a good catalogue passes, and each way to spoil it is caught without the official shapes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rdflib import DCAT, DCTERMS, FOAF, OWL, RDF, XSD, Graph, Literal, URIRef

from opendata import checks, publisher
from opendata.terms import ADMS, DCATAP, DCATDE, EU, SPDX, VCARD
from tests.unit.opendata.house import BASE, House

CATALOGUE = URIRef(f"{BASE}/catalog")
DATASET = URIRef(f"{BASE}/dataset/connectivity")
CSV = URIRef(f"{BASE}/dataset/connectivity/csv")
CHECKSUM = URIRef(f"{CSV}#checksum")
CONTACT = URIRef(f"{BASE}/publisher/contact")
AGENT = URIRef(f"{BASE}/publisher")
LICENCE = "http://dcat-ap.de/def/licenses/"

Mutation = Callable[[Graph], object]


def drop(subject: URIRef, predicate: URIRef) -> Mutation:
    return lambda graph: graph.remove((subject, predicate, None))


def put(subject: URIRef, predicate: URIRef, value: URIRef | Literal) -> Mutation:
    return lambda graph: graph.set((subject, predicate, value))


def add(subject: URIRef, predicate: URIRef, value: URIRef | Literal) -> Mutation:
    return lambda graph: graph.add((subject, predicate, value))


def check(graph: Graph) -> list[str]:
    return checks.check(graph, publisher.load(), BASE, ("http://minio.internal:9000",))


@pytest.fixture
def good(house: House) -> Graph:
    """The catalogue as it is published."""
    house.publish()
    return Graph().parse(data=house.entry)


def test_a_published_catalogue_passes(good: Graph) -> None:
    assert check(good) == []


MUTATIONS: dict[str, tuple[Mutation, str]] = {
    "no licence": (drop(CSV, DCTERMS.license), "dct:license"),
    "closed licence": (put(CSV, DCTERMS.license, URIRef(LICENCE + "other-closed")), "dct:license"),
    "non-commercial licence": (put(CSV, DCTERMS.license, URIRef(LICENCE + "cc-by-nc/4.0")), "dct:license"),
    "licence outside the list": (put(CSV, DCTERMS.license, URIRef("https://example.org/mine")), "dct:license"),
    "licence as text": (put(CSV, DCTERMS.license, Literal(LICENCE + "dl-by-de/2.0")), "dct:license"),
    "two licences": (add(CSV, DCTERMS.license, URIRef(LICENCE + "cc-by/4.0")), "dct:license"),
    "no attribution": (drop(CSV, DCATDE.licenseAttributionByText), "licenseAttributionByText"),
    "no modified": (drop(DATASET, DCTERMS.modified), "dct:modified"),
    "modified is not a date": (
        put(DATASET, DCTERMS.modified, Literal("yesterday", datatype=XSD.dateTime)),
        "dct:modified",
    ),
    "modified is a text": (put(DATASET, DCTERMS.modified, Literal("2026-01-01")), "dct:modified"),
    "modified is no day": (put(DATASET, DCTERMS.modified, Literal("2026-02-31", datatype=XSD.date)), "dct:modified"),
    "modified of a distribution": (drop(CSV, DCTERMS.modified), "dct:modified"),
    "short checksum": (put(CHECKSUM, SPDX.checksumValue, Literal("abcd", datatype=XSD.hexBinary)), "64 lower-case"),
    "no checksum": (drop(CSV, SPDX.checksum), "spdx:checksum"),
    "other algorithm": (put(CHECKSUM, SPDX.algorithm, SPDX.checksumAlgorithm_md5), "spdx:checksum"),
    "deprecated algorithm list": (
        add(CHECKSUM, SPDX.algorithm, URIRef("http://dcat-ap.de/def/hashAlgorithms/sha/256")),
        "code list that is not to be used",
    ),
    "empty title": (put(DATASET, DCTERMS["title"], Literal("", lang="de")), "dct:title is missing"),
    "no title": (drop(CATALOGUE, DCTERMS["title"]), "dct:title is missing"),
    "no title of a distribution": (drop(CSV, DCTERMS["title"]), "dct:title is missing"),
    "no description": (drop(DATASET, DCTERMS.description), "dct:description is missing"),
    "Markdown": (put(DATASET, DCTERMS.description, Literal("**fett** und [Verweis](https://a)")), "plain text"),
    "heading": (put(DATASET, DCTERMS.description, Literal("# Titel")), "plain text"),
    "HTML": (put(DATASET, DCTERMS.description, Literal("<script>x</script>")), "plain text"),
    "no distribution": (drop(DATASET, DCAT.distribution), "has no distribution"),
    "distribution not described": (drop(CSV, RDF.type), "is not described"),
    "orphan distribution": (add(URIRef(f"{BASE}/x"), RDF.type, DCAT.Distribution), "belongs to no dataset"),
    "wrong namespace": (add(CSV, URIRef("http://data.europa.eu/r5r#availability"), Literal("x")), "wrong namespace"),
    "no availability": (drop(CSV, DCATAP.availability), "planned availability"),
    "other availability": (put(CSV, DCATAP.availability, URIRef(EU + "x/AVAILABLE")), "planned availability"),
    "no contributor": (drop(DATASET, DCATDE.contributorID), "contributorID"),
    "other contributor": (put(DATASET, DCATDE.contributorID, URIRef("http://dcat-ap.de/x")), "contributorID"),
    "no publisher": (drop(DATASET, DCTERMS.publisher), "dct:publisher"),
    "no publisher of the catalogue": (drop(CATALOGUE, DCTERMS.publisher), "dct:publisher"),
    "publisher without name": (drop(AGENT, FOAF["name"]), "no name"),
    "no identifier": (drop(DATASET, DCTERMS.identifier), "dct:identifier"),
    "two identifiers": (add(DATASET, DCTERMS.identifier, Literal("x")), "dct:identifier"),
    "unknown place": (
        put(DATASET, DCTERMS.spatial, URIRef("http://dcat-ap.de/def/politicalGeocoding/districtKey/5562")),
        "spatial",
    ),
    "format as text": (put(CSV, DCTERMS["format"], Literal("CSV")), "dct:format"),
    "unknown format": (put(CSV, DCTERMS["format"], URIRef(EU + "file-type/GEOPARQUET")), "dct:format"),
    "invented media type": (
        put(CSV, DCAT.mediaType, URIRef("https://www.iana.org/assignments/media-types/text/comma")),
        "mediaType",
    ),
    "two addresses": (put(CSV, DCAT.accessURL, URIRef("https://example.org/")), "one and the same address"),
    "no address": (drop(CSV, DCAT.downloadURL), "one and the same address"),
    "file elsewhere": (
        lambda g: [g.set((CSV, p, URIRef("https://example.org/x.csv"))) for p in (DCAT.accessURL, DCAT.downloadURL)],
        "does not lie below",
    ),
    "service beside a download": (add(CSV, DCAT.accessService, URIRef(f"{BASE}/api")), "accessService"),
    "size as decimal": (put(CSV, DCAT.byteSize, Literal("12", datatype=XSD.decimal)), "byteSize"),
    "negative size": (put(CSV, DCAT.byteSize, Literal("-1", datatype=XSD.nonNegativeInteger)), "byteSize"),
    "draft": (put(CSV, ADMS.status, URIRef(EU + "distribution-status/DEVELOP")), "adms:status"),
    "no contact": (drop(CONTACT, VCARD.hasURL), "contact point"),
    "foreign mailbox": (add(CONTACT, VCARD.hasEmail, URIRef("mailto:erika@example.org")), "contact address"),
    "person": (add(CONTACT, RDF.type, VCARD.Individual), "no person"),
    "deprecated property": (add(DATASET, OWL.versionInfo, Literal("1")), "not to be used"),
    "deprecated geocoding": (add(DATASET, DCATDE.politicalGeocodingURI, URIRef("http://a")), "not to be used"),
    "source": (add(DATASET, DCTERMS.source, URIRef("http://a")), "not to be used"),
    "internal address": (add(DATASET, FOAF.page, URIRef("s3://lake/marts/x")), "internal address"),
    "object store": (add(DATASET, FOAF.page, URIRef("http://minio.internal:9000/lake")), "internal address"),
    "path": (add(DATASET, FOAF.page, Literal("/home/erika/x")), "internal address"),
    "empty catalogue": (drop(CATALOGUE, DCAT.dataset), "catalogue is empty"),
    "dataset not listed": (add(URIRef(f"{BASE}/x"), RDF.type, DCAT.Dataset), "described and listed"),
    "no catalogue": (drop(CATALOGUE, RDF.type), "0 catalogues"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_each_fault_is_caught(good: Graph, name: str) -> None:
    mutate, words = MUTATIONS[name]
    mutate(good)
    assert [problem for problem in check(good) if words in problem], check(good)


def test_a_catalogue_larger_than_a_harvester_reads_is_caught(good: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "MAX_BYTES", 1000)
    assert any("cut it off" in problem for problem in check(good))


@pytest.mark.parametrize(
    "text", ["a < b und c > d", "5 * 3", "Anteil (in %) – siehe <a href='https://a'>hier</a>", "snake_case"]
)
def test_plain_text_passes(good: Graph, text: str) -> None:
    good.set((DATASET, DCTERMS.description, Literal(text)))
    assert check(good) == []


def test_a_problem_refuses_the_run(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "check", lambda *_: ["wrong"])
    with pytest.raises(Exception, match="nothing was published: wrong"):
        house.publish()
    assert house.store.public() == {}
