"""The house's own checks of a catalogue: always run, and cover what the official shapes do not see."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rdflib import DCAT, DCTERMS, FOAF, RDF, XSD, Graph, Literal, URIRef
from rdflib.term import Node

from opendata import terms
from opendata.licences import OPEN, Duty
from opendata.publisher import Publisher
from opendata.terms import ADMS, DCATAP, DCATDE, EU, SPDX, VCARD

MAX_BYTES = 50_000_000  # harvesters read no more of a page
MARKUP = re.compile(
    r"<(?!/?(a|li|ol|ul|p|br|b|i|u)\b[^<>]*>)[^\s<>][^<>]*>|\*\*|__\w|`|\]\(|^\s*#+\s|^\s*[*+]\s", re.MULTILINE
)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?")
STATUS = {URIRef(EU + "distribution-status/" + code) for code in ("COMPLETED", "DEPRECATED", "WITHDRAWN")}
INTERNAL = re.compile(r"\b(s3a?|file|hdfs|jdbc|sc)://|X-Amz-|/home/|/tmp/", re.IGNORECASE)


def check(graph: Graph, publisher: Publisher, base_iri: str, internal: tuple[str, ...] = ()) -> list[str]:
    """Checks a catalogue that is about to be published.

    Args:
        graph: the catalogue alone, without vocabularies.
        publisher: whose facts it must repeat.
        base_iri: public base; every file lies below it.
        internal: addresses that must not appear, such as that of the object store.

    Returns:
        One sentence for each violation; empty if there is none.
    """
    return [
        *_catalogue(graph),
        *(problem for node in _typed(graph, DCAT.Dataset) for problem in _dataset(graph, node, publisher)),
        *(problem for node in _typed(graph, DCAT.Distribution) for problem in _distribution(graph, node, base_iri)),
        *_contacts(graph, publisher),
        *_forbidden(graph, base_iri, internal),
    ]


def internal_addresses(text: str, where: str, internal: tuple[str, ...] = ()) -> list[str]:
    """Finds addresses and paths in a text that only make sense inside the house."""
    found = {match[0] for match in INTERNAL.finditer(text)} | {address for address in internal if address in text}
    return [f"{where}: {address!r} is an internal address" for address in sorted(found)]


def _catalogue(graph: Graph) -> Iterator[str]:
    catalogues = list(graph.subjects(RDF.type, DCAT.Catalog))
    if len(catalogues) != 1:
        yield f"there are {len(catalogues)} catalogues instead of one"
        return
    listed = set(graph.objects(catalogues[0], DCAT.dataset))
    typed = set(_typed(graph, DCAT.Dataset))
    if not listed:
        yield "the catalogue is empty: harvesters would delete every dataset they know"
    for node in sorted(listed ^ typed, key=str):
        yield f"{node}: a dataset must be both described and listed in the catalogue"
    yield from _texts(graph, catalogues[0])
    yield from _one(graph, catalogues[0], DCTERMS.publisher, "dct:publisher")
    held = set(graph.objects(None, DCAT.distribution))
    for node in sorted(set(_typed(graph, DCAT.Distribution)) - held, key=str):
        yield f"{node}: the distribution belongs to no dataset"
    if len(graph.serialize(format="turtle").encode()) > MAX_BYTES:
        yield f"the catalogue is larger than {MAX_BYTES} bytes: harvesters would cut it off"


def _dataset(graph: Graph, node: Node, publisher: Publisher) -> Iterator[str]:
    yield from _texts(graph, node)
    for predicate, label in ((DCTERMS.publisher, "dct:publisher"), (DCTERMS.identifier, "dct:identifier")):
        yield from _one(graph, node, predicate, label)
    yield from _date(graph, node)
    agent = graph.value(node, DCTERMS.publisher)
    if agent is not None and not str(graph.value(agent, FOAF["name"]) or "").strip():
        yield f"{node}: its publisher has no name"
    if list(graph.objects(node, DCATDE.contributorID)) != [URIRef(publisher.contributor_id)]:
        yield f"{node}: dcatde:contributorID must be {publisher.contributor_id}, once"
    distributions = set(graph.objects(node, DCAT.distribution))
    if not distributions:
        yield f"{node}: it has no distribution"
    for missing in sorted(distributions - set(_typed(graph, DCAT.Distribution)), key=str):
        yield f"{node}: its distribution {missing} is not described"
    for place in graph.objects(node, DCTERMS.spatial):
        if not re.match(terms.SPATIAL, str(place)):
            yield f"{node}: dct:spatial {place} is not a key of the political geocoding"


def _distribution(graph: Graph, node: Node, base_iri: str) -> Iterator[str]:
    yield from _texts(graph, node, description=False)
    yield from _date(graph, node)
    licences = list(graph.objects(node, DCTERMS.license))
    if len(licences) != 1 or str(licences[0]) not in OPEN or not isinstance(licences[0], URIRef):
        yield f"{node}: dct:license must be one IRI of the list of open licences"
    elif OPEN[str(licences[0])] is not Duty.NONE and not _text(graph, node, DCATDE.licenseAttributionByText):
        yield f"{node}: {licences[0]} asks for dcatde:licenseAttributionByText"
    form = graph.value(node, DCTERMS["format"])
    if not isinstance(form, URIRef) or form not in terms.FORMATS:
        yield f"{node}: dct:format must be CSV or PARQUET of the EU file types"
    elif list(graph.objects(node, DCAT.mediaType)) != [terms.FORMATS[form]]:
        yield f"{node}: dcat:mediaType does not fit the format"
    addresses = list(graph.objects(node, DCAT.downloadURL))
    if len(addresses) != 1 or addresses != list(graph.objects(node, DCAT.accessURL)):
        yield f"{node}: dcat:accessURL and dcat:downloadURL must be one and the same address"
    elif not str(addresses[0]).startswith(f"{base_iri}/files/"):
        yield f"{node}: {addresses[0]} does not lie below {base_iri}/files/"
    if (node, DCAT.accessService, None) in graph:
        yield f"{node}: a download must not have dcat:accessService"
    size = graph.value(node, DCAT.byteSize)
    if not isinstance(size, Literal) or size.datatype != XSD.nonNegativeInteger or not str(size).isdigit():
        yield f"{node}: dcat:byteSize must be an xsd:nonNegativeInteger"
    checksum = graph.value(node, SPDX.checksum)
    if checksum is None or graph.value(checksum, SPDX.algorithm) != terms.SHA256:
        yield f"{node}: it needs a spdx:checksum with SHA-256"
    elif not re.fullmatch(r"[0-9a-f]{64}", str(graph.value(checksum, SPDX.checksumValue))):
        yield f"{node}: its checksum is not 64 lower-case hexadecimal digits"
    if graph.value(node, DCATAP.availability) not in terms.AVAILABILITIES:
        yield f"{node}: {DCATAP.availability} must be an EU planned availability"
    if not set(graph.objects(node, ADMS.status)) <= STATUS:
        yield f"{node}: adms:status must be COMPLETED, DEPRECATED or WITHDRAWN"


def _contacts(graph: Graph, publisher: Publisher) -> Iterator[str]:
    known = {publisher.contact.url, f"mailto:{publisher.contact.email}"}
    for node in _typed(graph, DCAT.Dataset):
        contact = graph.value(node, DCAT.contactPoint)
        if not [*graph.objects(contact, VCARD.hasURL), *graph.objects(contact, VCARD.hasEmail)]:
            yield f"{node}: its contact point has neither vcard:hasEmail nor vcard:hasURL"
    for predicate in (VCARD.hasURL, VCARD.hasEmail, FOAF.mbox):
        for value in sorted(graph.objects(None, predicate), key=str):
            if str(value) not in known:
                yield f"{value} is not the contact address of the publisher"


def _forbidden(graph: Graph, base_iri: str, internal: tuple[str, ...]) -> Iterator[str]:
    for subject, predicate, value in sorted(graph):
        if predicate in terms.DEPRECATED_PROPERTIES:
            yield f"{subject}: {predicate} is not to be used"
        if str(value).startswith(terms.DEPRECATED_CODES):
            yield f"{subject}: {value} is of a code list that is not to be used"
        if str(predicate).startswith("http://data.europa.eu/r5r#"):
            yield f"{subject}: {predicate} has a wrong namespace ({DCATAP} is right)"
        if value in terms.PERSONS:
            yield f"{subject}: metadata name no person"
        for part in (subject, value):
            if not str(part).startswith(f"{base_iri}/"):
                yield from internal_addresses(str(part), str(subject), internal)


def _texts(graph: Graph, node: Node, *, description: bool = True) -> Iterator[str]:
    for predicate, label in ((DCTERMS["title"], "dct:title"), (DCTERMS.description, "dct:description")):
        if label == "dct:description" and not description:
            continue
        values = list(graph.objects(node, predicate))
        if not values or any(not str(value).strip() for value in values):
            yield f"{node}: {label} is missing or empty"
        if any(MARKUP.search(str(value)) for value in values):
            yield f"{node}: {label} must be plain text"


def _date(graph: Graph, node: Node) -> Iterator[str]:
    values = list(graph.objects(node, DCTERMS.modified))
    if (
        len(values) != 1
        or not isinstance(values[0], Literal)
        or values[0].datatype not in (XSD.dateTime, XSD.date)
        or not DATE.fullmatch(str(values[0]))
        or values[0].ill_typed
    ):
        yield f"{node}: dct:modified must be one date or time"


def _one(graph: Graph, node: Node, predicate: URIRef, label: str) -> Iterator[str]:
    values = list(graph.objects(node, predicate))
    if len(values) != 1 or not str(values[0]).strip():
        yield f"{node}: there must be one {label}"


def _text(graph: Graph, node: Node, predicate: URIRef) -> str:
    return str(graph.value(node, predicate) or "").strip()


def _typed(graph: Graph, kind: URIRef) -> list[Node]:
    return sorted(graph.subjects(RDF.type, kind), key=str)
