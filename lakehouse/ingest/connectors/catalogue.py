"""How a DCAT catalogue in RDF is paged: by the Hydra vocabulary, in both its spellings."""

from __future__ import annotations

from typing import Any
from xml.sax.handler import ContentHandler

import defusedxml.sax
from defusedxml import DefusedXmlException
from rdflib import RDF, BNode, Graph, Namespace

from lakehouse.ingest.connectors.http import Answer
from lakehouse.ingest.connectors.json_lists import parse_json
from lakehouse.ingest.connectors.paging import BadPage, Changed, Page, Progress
from lakehouse.ingest.connectors.transfer import is_html

DCAT = Namespace("http://www.w3.org/ns/dcat#")
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
SYNTAXES = {
    "text/turtle": "turtle",
    "application/x-turtle": "turtle",
    "application/ld+json": "json-ld",
    "application/json": "json-ld",
    "application/rdf+xml": "xml",
    "application/xml": "xml",
    "text/xml": "xml",
}
SUFFIXES = {"turtle": ".ttl", "json-ld": ".json", "xml": ".rdf"}


class HydraCatalogue:
    """A catalogue whose pages name the next one by `hydra:next` or, before 2016, `hydra:nextPage`."""

    def __init__(self, address: str) -> None:
        """Takes the address of the first page."""
        self._address = address
        self._datasets: set[str] = set()

    def first(self) -> str:
        """Address of the first page."""
        return self._address

    def read(self, content: bytes, answer: Answer, progress: Progress) -> Page:
        """Reads the link to the next page and the announced length, and on the last page whether that many came."""
        syntax = _syntax(content, answer.content_type)
        graph = _parse(content, syntax, answer.address)
        links = {str(o) for p in (HYDRA.next, HYDRA.nextPage) for o in graph.objects(None, p)} - {""}
        if len(links) > 1:
            raise BadPage(f"names {len(links)} different next pages")
        total = _total(graph)
        if progress.number == 1:
            self._datasets = set()
        found = _datasets(graph, progress.number)
        if progress.number > 1 and not len(graph) and syntax != "json-ld":
            # an error message may be valid Turtle, and say nothing in it
            raise BadPage("was promised, and says nothing")
        self._datasets |= found
        # what is described on two pages is one dataset; more of them are announced than counted where they are nested
        announced = progress.total if total is None else total
        if not links and announced is not None and len(self._datasets) < announced:
            raise Changed(f"is the last one, and {len(self._datasets)} of {announced} announced items came")
        return Page(links.pop() if links else None, total=total, suffix=SUFFIXES[syntax])

    def reason(self, body: bytes) -> str:
        """A catalogue has no form of an error."""
        return ""


def _total(graph: Graph) -> int | None:
    totals = {str(o).strip() for o in graph.objects(None, HYDRA.totalItems)}
    if len(totals) > 1 or not all(map(str.isdecimal, totals)):
        raise BadPage(f"holds hydra:totalItems that are not one number of items: {', '.join(sorted(totals))}")
    return int(totals.pop()) if totals else None


def _datasets(graph: Graph, number: int) -> set[str]:
    """The members of the collection, or else all datasets: names hold everywhere, blank nodes on their page only."""
    found = set(graph.objects(None, HYDRA.member)) or {
        node for kind in (DCAT.Dataset, DCAT.DatasetSeries) for node in graph.subjects(RDF.type, kind)
    }
    return {f"{number} {node}" if isinstance(node, BNode) else str(node) for node in found}


def _syntax(content: bytes, content_type: str) -> str:
    declared = SYNTAXES.get(content_type.partition(";")[0].strip().lower())
    if declared is not None:
        return declared
    if is_html(content):
        raise BadPage("is a page of HTML, not RDF")
    beginning = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if beginning.startswith((b"<?xml", b"<rdf:RDF", b"<!--")):
        return "xml"
    return "json-ld" if beginning.startswith(b"{") else "turtle"


def _parse(content: bytes, syntax: str, address: str) -> Graph:
    if syntax == "json-ld":
        _check_contexts(parse_json(content))
    try:
        if syntax == "xml":
            # rdflib's own reader would expand entities
            defusedxml.sax.parseString(content, ContentHandler())
        return Graph().parse(data=content, format=syntax, publicID=address)
    except DefusedXmlException as error:
        raise BadPage(f"declares entities, which are not read: {error}") from None
    except Exception as error:  # every syntax of rdflib has errors of its own
        why = " ".join(str(error).split())
        raise BadPage(f"is not valid RDF in {syntax}: {type(error).__name__}: {why}") from None


def _check_contexts(value: Any) -> None:
    """Refuses contexts that are only named: rdflib would fetch them, from whatever host."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            contexts = node.get("@context")
            for context in contexts if isinstance(contexts, list) else [contexts]:
                if isinstance(context, str):
                    raise BadPage(f"names the remote context {context!r}, which is not fetched")
            if "@import" in node:
                raise BadPage("imports a remote context, which is not fetched")
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
