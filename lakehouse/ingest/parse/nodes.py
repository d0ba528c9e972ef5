"""Nodes of a JSON document, found by an RFC 9535 query.

Names, indexes and `*` are followed here, because jsonpath writes down the path of everything that it passes, which
takes longer than all the rest of parsing. Filters, slices and `..` are left to jsonpath.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from jsonpath import JSONPath, JSONPathMatch
from jsonpath.segments import JSONPathChildSegment
from jsonpath.selectors import IndexSelector, JSONPathSelector, NameSelector, WildcardSelector

from lakehouse.ingest.parse.json_values import ABSENT, Invalid, child, shape


class Node(NamedTuple):
    """A value, its name or index, and the node that holds it; the document has neither."""

    value: Any
    key: str | int | None
    parent: Node | None


def find(query: JSONPath, document: Any, simple: bool = True) -> Iterator[Node]:
    """What the query finds, in the document's order; without `simple` jsonpath follows even the simplest query."""
    if not (simple and all(map(_is_simple, query.segments))):
        return map(_node, query.finditer(document))
    found: Iterable[Node] = [Node(document, None, None)]
    for segment in query.segments:
        found = _below(found, segment.selectors)
    return iter(found)


def names_before_wildcard(query: JSONPath) -> list[str] | None:
    """The names that lead to what holds the records, all of whose members or elements they are; None for others."""
    names: list[str] = []
    for number, segment in enumerate(query.segments, 1):
        if not _is_simple(segment) or len(segment.selectors) != 1:
            return None
        (selector,) = segment.selectors
        if number == len(query.segments):
            return names if isinstance(selector, WildcardSelector) else None
        # a name of digits may be meant as an index
        if not isinstance(selector, NameSelector) or selector.name.isdecimal():
            return None
        names.append(selector.name)
    return None


def around(query: JSONPath, document: Any) -> list[Any]:
    """The values from the document on along the fixed beginning of the query.

    Raises:
        Invalid: one is not there: an answer of another shape is not an answer without records.
    """
    node, path, segments = document, "$", list(query.segments)
    passed = [node]
    if type(node) is not dict and type(node) is not list:
        raise Invalid(f"is {shape(node)}, no object or array")
    while segments and isinstance(segments[0], JSONPathChildSegment) and len(segments[0].selectors) == 1:
        selector = segments[0].selectors[0]
        if isinstance(selector, NameSelector):
            key: str | int = selector.name
        elif isinstance(selector, IndexSelector):
            key = selector.index
        else:
            break
        found = child(node, key) if type(node) is dict or type(node) is list else ABSENT
        if found is ABSENT:
            raise Invalid(f"has no {key!r} in {path}, where its records are declared")
        node, path = found, f"{path}[{key!r}]"
        passed.append(node)
        segments.pop(0)
    if segments and type(node) is not dict and type(node) is not list:
        raise Invalid(f"has {shape(node)} at {path}, no object or array")
    return passed


def _is_simple(segment: Any) -> bool:
    return type(segment) is JSONPathChildSegment and all(
        type(selector) in (NameSelector, IndexSelector, WildcardSelector) for selector in segment.selectors
    )


def _below(nodes: Iterable[Node], selectors: Sequence[JSONPathSelector]) -> Iterator[Node]:
    for parent in nodes:
        here = parent.value
        for selector in selectors:
            if isinstance(selector, WildcardSelector):
                if type(here) is dict:
                    for name, value in here.items():
                        yield Node(value, name, parent)
                elif type(here) is list:
                    for index, value in enumerate(here):
                        yield Node(value, index, parent)
            elif isinstance(selector, NameSelector):
                if type(here) is dict and selector.name in here:
                    yield Node(here[selector.name], selector.name, parent)
            elif isinstance(selector, IndexSelector) and type(here) is list:
                index = selector.index + (len(here) if selector.index < 0 else 0)
                if 0 <= index < len(here):
                    yield Node(here[index], index, parent)


def _node(match: JSONPathMatch) -> Node:
    parent = None if match.parent is None else _node(match.parent)
    return Node(match.obj, match.parts[-1] if match.parts else None, parent)
