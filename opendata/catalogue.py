"""The catalogue as DCAT-AP.de 3.0. No blank nodes, so equal content gives equal bytes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from rdflib import DCAT, DCTERMS, FOAF, RDF, RDFS, XSD, Graph, Literal, URIRef

from opendata.meta import DatasetMeta
from opendata.publisher import Publisher
from opendata.state import DatasetState, FileState, Index
from opendata.terms import (
    ACCESS_PUBLIC,
    ADMS,
    AVAILABLE,
    DCATAP,
    DCATDE,
    EU,
    FORMATS,
    GEOCODING,
    LANGUAGE_DE,
    LOCAL_AUTHORITY,
    SHA256,
    SPDX,
    VCARD,
    new_graph,
)

CSV, PARQUET = FORMATS
VERSION = URIRef(f"{DCAT}version")  # DCAT 3; rdflib knows DCAT 2


@dataclass(frozen=True)
class Entry:
    """Everything that the catalogue says about one dataset."""

    meta: DatasetMeta
    state: DatasetState
    attribution: str
    period: tuple[dt.date | None, dt.date | None]
    provenance: str


class Iris:
    """Addresses below the public base. Those of datasets and distributions never hold a version."""

    def __init__(self, base_iri: str) -> None:
        """Takes the public base without a slash at its end."""
        self.base = base_iri
        self.catalogue = URIRef(f"{base_iri}/catalog")
        self.publisher = URIRef(f"{base_iri}/publisher")
        self.contact = URIRef(f"{base_iri}/publisher/contact")

    def dataset(self, slug: str) -> URIRef:
        """The dataset itself."""
        return URIRef(f"{self.base}/dataset/{slug}")

    def distribution(self, slug: str, kind: str) -> URIRef:
        """One of its forms, `csv` or `parquet`."""
        return URIRef(f"{self.base}/dataset/{slug}/{kind}")

    def file(self, key: str) -> URIRef:
        """An object of the public bucket."""
        return URIRef(f"{self.base}/{key}")


def build(publisher: Publisher, index: Index, entries: list[Entry]) -> Graph:
    """Describes all datasets of an edition.

    Args:
        publisher: who publishes.
        index: the state of the edition.
        entries: one for each dataset of the index.

    Returns:
        A graph that names public addresses only.
    """
    graph = new_graph()
    iris = Iris(index.base_iri)
    _agent(graph, iris, publisher)
    node = iris.catalogue
    graph.add((node, RDF.type, DCAT.Catalog))
    graph.add((node, DCTERMS["title"], _german(publisher.catalogue.title_de)))
    graph.add((node, DCTERMS.description, _german(publisher.catalogue.description_de)))
    graph.add((node, DCTERMS.publisher, iris.publisher))
    graph.add((node, DCTERMS.language, LANGUAGE_DE))
    graph.add((node, DCTERMS.issued, _time(index.issued)))
    graph.add((node, DCTERMS.modified, _time(index.modified)))
    graph.add((node, FOAF.homepage, URIRef(publisher.homepage)))
    graph.add((URIRef(publisher.homepage), RDF.type, FOAF.Document))
    for entry in entries:
        graph.add((node, DCAT.dataset, iris.dataset(entry.meta.dataset)))
        _dataset(graph, iris, publisher, entry)
    return graph


def _agent(graph: Graph, iris: Iris, publisher: Publisher) -> None:
    for kind in (FOAF.Agent, FOAF.Organization):
        graph.add((iris.publisher, RDF.type, kind))
    graph.add((iris.publisher, FOAF["name"], _german(publisher.name)))
    graph.add((iris.publisher, DCTERMS.type, LOCAL_AUTHORITY))
    for kind in (VCARD.Kind, VCARD.Organization):
        graph.add((iris.contact, RDF.type, kind))
    graph.add((iris.contact, VCARD.fn, Literal(publisher.contact.name)))
    if publisher.contact.url:
        graph.add((iris.contact, VCARD.hasURL, URIRef(publisher.contact.url)))
    if publisher.contact.email:
        graph.add((iris.contact, VCARD.hasEmail, URIRef("mailto:" + publisher.contact.email)))


def _dataset(graph: Graph, iris: Iris, publisher: Publisher, entry: Entry) -> None:
    meta, state = entry.meta, entry.state
    node = iris.dataset(meta.dataset)
    graph.add((node, RDF.type, DCAT.Dataset))
    graph.add((node, DCTERMS["title"], _german(meta.title_de)))
    graph.add((node, DCTERMS["title"], Literal(meta.title_en, lang="en")))
    graph.add((node, DCTERMS.description, _german(meta.description_de)))
    graph.add((node, DCTERMS.identifier, Literal(f"{publisher.identifier_prefix}:{meta.dataset}")))
    graph.add((node, DCTERMS.publisher, iris.publisher))
    graph.add((node, DCAT.contactPoint, iris.contact))
    graph.add((node, DCATDE.contributorID, URIRef(publisher.contributor_id)))
    for keyword in meta.keywords_de:
        graph.add((node, DCAT.keyword, _german(keyword)))
    for code in meta.themes:
        graph.add((node, DCAT.theme, URIRef(EU + "data-theme/" + code)))
    for place in meta.spatial:
        graph.add((node, DCTERMS.spatial, URIRef(place)))
        graph.add((URIRef(place), RDF.type, DCTERMS.Location))
    graph.add((node, DCATDE.politicalGeocodingLevelURI, URIRef(f"{GEOCODING}Level/{meta.geocoding_level}")))
    graph.add((node, DCTERMS.accrualPeriodicity, URIRef(EU + "frequency/" + meta.accrual_periodicity)))
    graph.add((node, DCTERMS.language, LANGUAGE_DE))
    graph.add((node, DCTERMS.accessRights, ACCESS_PUBLIC))
    graph.add((node, DCTERMS.issued, _time(state.issued)))
    graph.add((node, DCTERMS.modified, _time(state.modified)))
    graph.add((node, VERSION, Literal(state.version)))
    provenance = URIRef(f"{node}#provenance")
    graph.add((node, DCTERMS.provenance, provenance))
    graph.add((provenance, RDF.type, DCTERMS.ProvenanceStatement))
    graph.add((provenance, RDFS.label, _german(entry.provenance)))
    _period(graph, node, *entry.period)
    _distribution(graph, iris, entry, "csv", CSV, state.csv)
    _distribution(graph, iris, entry, "parquet", PARQUET, state.parquet)
    schema = iris.file(state.csvw.key)
    graph.add((iris.distribution(meta.dataset, "csv"), DCTERMS.conformsTo, schema))
    graph.add((schema, RDF.type, DCTERMS.Standard))


def _period(graph: Graph, node: URIRef, start: dt.date | None, end: dt.date | None) -> None:
    if start is None and end is None:
        return
    period = URIRef(f"{node}#temporal")
    graph.add((node, DCTERMS.temporal, period))
    graph.add((period, RDF.type, DCTERMS.PeriodOfTime))
    if start:
        graph.add((period, DCAT.startDate, Literal(start)))
    if end:
        graph.add((period, DCAT.endDate, Literal(end)))


def _distribution(graph: Graph, iris: Iris, entry: Entry, kind: str, form: URIRef, file: FileState) -> None:
    meta, state = entry.meta, entry.state
    node = iris.distribution(meta.dataset, kind)
    address = iris.file(file.key)
    graph.add((iris.dataset(meta.dataset), DCAT.distribution, node))
    graph.add((node, RDF.type, DCAT.Distribution))
    graph.add((node, DCTERMS["title"], _german(f"{meta.title_de} ({'CSV' if form == CSV else 'Parquet'})")))
    graph.add((node, DCAT.accessURL, address))
    graph.add((node, DCAT.downloadURL, address))
    graph.add((node, DCTERMS.license, URIRef(meta.licence)))
    if entry.attribution:
        graph.add((node, DCATDE.licenseAttributionByText, _german(entry.attribution)))
    graph.add((node, DCTERMS["format"], form))
    graph.add((node, DCAT.mediaType, FORMATS[form]))
    graph.add((node, DCAT.byteSize, Literal(file.bytes, datatype=XSD.nonNegativeInteger)))
    graph.add((node, DCTERMS.language, LANGUAGE_DE))
    graph.add((node, DCTERMS.issued, _time(state.issued)))
    graph.add((node, DCTERMS.modified, _time(state.modified)))
    graph.add((node, DCATAP.availability, AVAILABLE))
    graph.add((node, ADMS.status, URIRef(EU + "distribution-status/COMPLETED")))
    checksum = URIRef(f"{node}#checksum")
    graph.add((node, SPDX.checksum, checksum))
    graph.add((checksum, RDF.type, SPDX.Checksum))
    graph.add((checksum, SPDX.algorithm, SHA256))
    graph.add((checksum, SPDX.checksumValue, Literal(file.sha256, datatype=XSD.hexBinary, normalize=False)))


def _german(text: str) -> Literal:
    return Literal(text, lang="de")


def _time(moment: dt.datetime) -> Literal:
    text = moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Literal(text, datatype=XSD.dateTime, normalize=False)
