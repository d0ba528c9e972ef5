"""Records of an RDF graph: every resource of a class, in the document's order.

Of values in several languages German is taken, then English, then those without a language, then the rest. Literals
keep their lexical form; only bare numbers of Turtle and JSON-LD are rewritten (`007.50` as `7.50`). A blank node has
no name of its own and is written `_:1`, `_:2`, … in the order of its use.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler

import defusedxml.sax
import rdflib
from defusedxml import DefusedXmlException
from rdflib.namespace import RDF
from rdflib.paths import Path as PropertyPath
from rdflib.term import BNode, Literal, Node, URIRef

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse import encoding
from lakehouse.ingest.parse.json_values import MAX_NESTING
from lakehouse.ingest.parse.json_values import load as load_json
from lakehouse.ingest.parse.records import Findings, Part, Record, json_text, unreadable
from lakehouse.spec.rdf_format import Rdf
from lakehouse.spec.source import Source

# relative addresses must not become paths of this machine
BASE = "http://relative.invalid/"
LANGUAGES = ("de", "en", "")
# rdflib would parse these literals as documents of their own, with entities
for _datatype in (RDF.XMLLiteral, RDF.HTML):
    rdflib.term._toPythonMapping.pop(_datatype, None)


def records(source: Source, format_: Rdf, part: Part, findings: Findings) -> Iterator[Record]:
    """Resources of the declared class.

    Raises:
        DeliveryRejected: not the declared syntax, entities, remote contexts, or too deep.
    """
    graph = _graph(source, format_, part)
    paths = [(c.name, c.many, None if c.source == "." else format_.path(str(c.source))) for c in source.delivered]
    declared = {RDF.type, *(name for _, _, path in paths for name in _names(path))}
    blank: dict[Node, str] = {}
    class_ = format_.path(format_.class_)
    assert isinstance(class_, URIRef)  # checked by the format
    for resource in graph.subjects(RDF.type, class_, unique=True):
        values: list[str | None] = []
        problems = []
        for name, many, path in paths:
            found = [resource] if path is None else _preferred(list(graph.objects(resource, path, unique=True)))
            texts = sorted({_text(node, blank) for node in found})
            if texts:
                findings.columns.add(name)
            if many:
                values.append(json.dumps(texts, ensure_ascii=False) if texts else None)
            elif len(texts) > 1:
                problems.append(f"has {len(texts)} values of {name}: {', '.join(map(repr, texts[:5]))}")
            else:
                values.append(texts[0] if texts else None)
        if problems:
            yield unreadable("; ".join(problems), _description(graph, resource, blank))
        else:
            yield Record(values, extra=_extra(graph, resource, declared, blank, findings))


def _graph(source: Source, format_: Rdf, part: Part) -> rdflib.Graph:
    data = part.path.read_bytes()
    if not data.strip():
        raise DeliveryRejected(source.id, part.where, "is empty")
    if format_.syntax == "xml":
        _check_xml(source, part)
    else:
        encoding.check(source, part, "utf-8")
    if format_.syntax == "json-ld":
        _check_json_ld(source, part, load_json(source, part, data.decode()))
    graph = rdflib.Graph(bind_namespaces="none")
    log, normalize = logging.getLogger("rdflib.term"), rdflib.NORMALIZE_LITERALS
    level = log.level
    # a literal such as "01"^^xsd:integer stays as it is written, and one that is not a number is no reason to warn
    rdflib.NORMALIZE_LITERALS = False
    log.setLevel(logging.ERROR)
    try:
        return graph.parse(data=data, format=format_.syntax, publicID=BASE)
    except RecursionError:
        raise DeliveryRejected(source.id, part.where, "is nested too deeply") from None
    except Exception as error:  # the parsers of rdflib have no common error
        reason = " ".join(str(error).split())[:300]
        raise DeliveryRejected(source.id, part.where, f"is not valid RDF in {format_.syntax}: {reason}") from None
    finally:
        rdflib.NORMALIZE_LITERALS = normalize
        log.setLevel(level)


class _Depth(ContentHandler):
    def __init__(self) -> None:
        super().__init__()
        self.depth = 0

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise RecursionError

    def endElement(self, name: str) -> None:  # noqa: N802
        self.depth -= 1


def _check_xml(source: Source, part: Part) -> None:
    try:
        with part.path.open("rb") as raw:
            defusedxml.sax.parse(raw, _Depth(), forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException as error:
        raise DeliveryRejected(source.id, part.where, f"declares a DTD or entities: {type(error).__name__}") from None
    except SAXParseException as error:
        raise DeliveryRejected(
            source.id, f"{part.where}, line {error.getLineNumber()}", f"is not valid XML: {error.getMessage()}"
        ) from None
    except RecursionError:
        raise DeliveryRejected(source.id, part.where, f"is nested deeper than {MAX_NESTING}") from None
    except (ValueError, LookupError) as error:
        raise DeliveryRejected(source.id, part.where, f"is not valid XML: {error}") from None


def _check_json_ld(source: Source, part: Part, node: Any) -> None:
    """A context at another address would be fetched while parsing."""
    if isinstance(node, list):
        for child in node:
            _check_json_ld(source, part, child)
    elif isinstance(node, dict):
        contexts = node.get("@context", [])
        for context in contexts if isinstance(contexts, list) else [contexts]:
            if isinstance(context, str) or (isinstance(context, dict) and "@import" in context):
                raise DeliveryRejected(source.id, part.where, "names a remote @context, which is not fetched")
        for child in node.values():
            _check_json_ld(source, part, child)


def _preferred(nodes: list[Node]) -> list[Node]:
    if len(nodes) < 2:
        return nodes
    languages = [(node.language or "").partition("-")[0].lower() if isinstance(node, Literal) else "" for node in nodes]
    for language in LANGUAGES:
        if language in languages:
            return [node for node, own in zip(nodes, languages, strict=True) if own == language]
    return nodes


def _text(node: Node, blank: dict[Node, str]) -> str:
    return blank.setdefault(node, f"_:{len(blank) + 1}") if isinstance(node, BNode) else str(node)


def _names(path: URIRef | PropertyPath | None) -> Iterator[URIRef]:
    """Every property in a path."""
    if isinstance(path, URIRef):
        yield path
    elif path is not None:
        for inner in vars(path).values():
            for step in inner if isinstance(inner, list) else [inner]:
                if isinstance(step, URIRef | PropertyPath):
                    yield from _names(step)


def _description(graph: rdflib.Graph, resource: Node, blank: dict[Node, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"@id": [_text(resource, blank)]}
    for name, value in graph.predicate_objects(resource):
        found.setdefault(str(name), []).append(_text(value, blank))
    return found


def _extra(
    graph: rdflib.Graph, resource: Node, declared: set[Any], blank: dict[Node, str], findings: Findings
) -> str | None:
    found: dict[str, list[str]] = {}
    for name, value in graph.predicate_objects(resource):
        if name not in declared:
            findings.note_extra(str(name))
            found.setdefault(str(name), []).append(_text(value, blank))
    return json_text(found) if found else None
