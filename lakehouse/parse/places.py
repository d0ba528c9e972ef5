"""Places in a JSON document, found by an RFC 9535 query.

Names, indexes and `*` are followed here, because jsonpath writes down the path of everything that it passes, which
takes longer than all the rest of parsing. Filters, slices and `..` are left to jsonpath.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from jsonpath import JSONPath, JSONPathMatch
from jsonpath.segments import JSONPathChildSegment
from jsonpath.selectors import IndexSelector, JSONPathSelector, NameSelector, WildcardSelector


class Place(NamedTuple):
    """A value, its name or index, and the place that holds it; the document has neither."""

    value: Any
    key: str | int | None
    parent: Place | None


def find(query: JSONPath, document: Any, simple: bool = True) -> Iterator[Place]:
    """What the query finds, in the document's order; without `simple` jsonpath follows even the simplest query."""
    if not (simple and all(map(_is_simple, query.segments))):
        return map(_place, query.finditer(document))
    found: Iterable[Place] = [Place(document, None, None)]
    for segment in query.segments:
        found = _below(found, segment.selectors)
    return iter(found)


def _is_simple(segment: Any) -> bool:
    return type(segment) is JSONPathChildSegment and all(
        type(selector) in (NameSelector, IndexSelector, WildcardSelector) for selector in segment.selectors
    )


def _below(places: Iterable[Place], selectors: Sequence[JSONPathSelector]) -> Iterator[Place]:
    for place in places:
        node = place.value
        for selector in selectors:
            if isinstance(selector, WildcardSelector):
                if type(node) is dict:
                    for name, value in node.items():
                        yield Place(value, name, place)
                elif type(node) is list:
                    for index, value in enumerate(node):
                        yield Place(value, index, place)
            elif isinstance(selector, NameSelector):
                if type(node) is dict and selector.name in node:
                    yield Place(node[selector.name], selector.name, place)
            elif isinstance(selector, IndexSelector) and type(node) is list:
                index = selector.index + (len(node) if selector.index < 0 else 0)
                if 0 <= index < len(node):
                    yield Place(node[index], index, place)


def _place(match: JSONPathMatch) -> Place:
    parent = None if match.parent is None else _place(match.parent)
    return Place(match.obj, match.parts[-1] if match.parts else None, parent)
