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
