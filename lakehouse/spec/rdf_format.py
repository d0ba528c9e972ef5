"""What `source.yml` declares of an RDF graph."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from lakehouse.spec.archive import Archive
from lakehouse.spec.model import StrictModel

if TYPE_CHECKING:
    from rdflib import URIRef
    from rdflib.paths import Path as PropertyPath

NAME_IN_RDF = re.compile(r"([A-Za-z][\w-]*):([A-Za-z_][\w-]*)")
PATH_IN_RDF = re.compile(rf"(?:\s*(?:{NAME_IN_RDF.pattern}|[/|^*+?()!]))+\s*")
PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dcatde": "http://dcat-ap.de/def/dcatde/",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "locn": "http://www.w3.org/ns/locn#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "http://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


class Rdf(StrictModel):
    """Records of an RDF graph: every resource of a class.

    A column's `from` is a SPARQL 1.1 property path from it (`dct:publisher/foaf:name`), `.` is its own IRI. `prefixes`
    are added to the usual ones and win over them.
    """

    type: Literal["rdf"]
    syntax: Literal["xml", "turtle", "json-ld"]
    class_: str = Field(alias="class")
    prefixes: dict[str, str] = {}
    archive: Archive | None = None

    @model_validator(mode="after")
    def _class_is_known(self) -> Self:
        if not NAME_IN_RDF.fullmatch(self.class_):
            raise ValueError(f"class {self.class_!r} is not a name")
        self._check_names(self.class_)
        return self

    def path(self, source: str) -> URIRef | PropertyPath:
        """The property path that a `from` (or `class`) means; a plain name is an IRI. Raises ValueError."""
        # here, because every DAG imports this module and checks its feed with it, and rdflib takes half a second
        from rdflib import URIRef
        from rdflib.paths import Path as PropertyPath
        from rdflib.plugins import sparql

        try:
            query = sparql.prepareQuery(
                f"SELECT ?value WHERE {{ ?record {source} ?value }}", initNs={**PREFIXES, **self.prefixes}
            )
            triples = query.algebra.p.p.triples
        except Exception as error:  # pyparsing's, or a bare Exception for an unknown prefix
            raise ValueError(f"{source!r} is not a property path: {error}") from None
        if len(triples) != 1 or not isinstance(triples[0][1], URIRef | PropertyPath):
            raise ValueError(f"{source!r} is not a property path")
        path: URIRef | PropertyPath = triples[0][1]
        return path

    def check_from(self, source: str) -> None:
        """Raises ValueError if a column's `from` cannot be a column of this format."""
        if source == ".":
            return
        if PATH_IN_RDF.fullmatch(source) is None:
            raise ValueError(f"{source!r} is not a property path")
        self._check_names(source)

    def _check_names(self, path: str) -> None:
        used = {prefix for prefix, _ in NAME_IN_RDF.findall(path)}
        if unknown := used - {*PREFIXES, *self.prefixes}:
            raise ValueError(f"{path!r} uses undeclared prefixes: {sorted(unknown)}")
