"""The official SHACL shapes, read in place from the folder in DCAT_SHAPES_DIR; nothing is fetched."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyshacl
from rdflib import RDF, SH, Graph, URIRef
from rdflib.namespace import SKOS

from opendata.report import PublishRefused
from opendata.terms import GEOCODING

PROFILE = tuple(
    f"shapes-3.0/{name}.ttl"
    for name in (
        "dcat-ap-SHACL",
        "dcat-ap-SHACL-DE",
        "dcat-ap-de-deprecated",
        "dcat-ap-spec-german-additions",
        "dcat-ap-de-controlledvocabularies",
    )
)
# there are no conventions for 3.0 yet: those of 2.0 still rule, in a pass of their own
CONVENTIONS = ("shapes-2.0/dcat-ap-konventionen.ttl",)
VOCABULARIES = ("vocab-min.ttl",)
ONTOLOGIES = ("onto/foaf_0_1.rdf", "onto/vcard.ttl", "onto/org.ttl")


@dataclass(frozen=True)
class ShapesResult:
    """Messages of the official shapes: violations forbid publishing, warnings are shown."""

    violations: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _Official:
    passes: tuple[Graph, ...]
    vocabularies: Graph
    ontologies: Graph


def check(graph: Graph, folder: Path) -> ShapesResult:
    """Validates a catalogue against DCAT-AP.de 3.0 and the conventions of 2.0.

    Args:
        graph: the catalogue alone.
        folder: has the files named in this module.

    Raises:
        PublishRefused: a file is missing or cannot be parsed; a check that is asked for is never skipped.
    """
    official = _load(folder)
    # pyshacl does not see vocabularies in an ontology graph, so they join a copy of the data
    data = graph + official.vocabularies
    found: dict[str, URIRef] = {}
    for shapes in official.passes:
        _, results, _ = pyshacl.validate(
            data,
            shacl_graph=shapes,
            ont_graph=official.ontologies,
            inference="none",
            allow_warnings=True,
            advanced=False,
        )
        assert isinstance(results, Graph)
        for result in results.subjects(RDF.type, SH.ValidationResult):
            severity = results.value(result, SH.resultSeverity)
            message = " ".join(
                str(results.value(result, part) or "").strip()
                for part in (SH.focusNode, SH.resultPath, SH.resultMessage)
            )
            if isinstance(severity, URIRef) and found.get(message) != SH.Violation:
                found[message] = severity
    known = set(official.vocabularies.subjects(SKOS.inScheme, URIRef(GEOCODING + "districtKey")))
    unknown = {
        f"{value} is not a district of the official list"
        for value in graph.objects()
        if str(value).startswith(GEOCODING + "districtKey/") and value not in known
    }
    return ShapesResult(
        violations=tuple(sorted(unknown.union(m for m, s in found.items() if s == SH.Violation))),
        warnings=tuple(sorted(m for m, s in found.items() if s == SH.Warning)),
    )


@cache
def _load(folder: Path) -> _Official:
    return _Official(
        passes=(_parse(folder, PROFILE), _parse(folder, CONVENTIONS)),
        vocabularies=_parse(folder, VOCABULARIES),
        ontologies=_parse(folder, ONTOLOGIES),
    )


def _parse(folder: Path, names: tuple[str, ...]) -> Graph:
    graph = Graph()
    for name in names:
        try:
            graph.parse(folder / name)
        except Exception as error:  # rdflib raises whatever its parsers stumble over
            raise PublishRefused([f"DCAT_SHAPES_DIR: {name} cannot be read ({type(error).__name__})"]) from error
    return graph
