"""XML as a stream of elements, never as a whole tree, and without what makes XML dangerous.

A document type is refused, and with it every entity that the document would define; nothing is loaded from elsewhere;
names and texts keep the limits of libxml2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from lxml import etree

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse.json_values import MAX_NESTING
from lakehouse.spec.source import Source

PLACE = re.compile(r" ?, line \d+, column \d+$")


class Elements(Protocol):
    """Takes up the elements of a document in their order; names of other namespaces are `{address}name`."""

    def start(self, tag: str, attributes: Mapping[str, str], namespaces: Mapping[str | None, str]) -> None:
        """An element begins."""

    def end(self, tag: str) -> None:
        """An element ends."""

    def data(self, text: str) -> None:
        """A text, or a piece of one."""


class _Refused(Exception):
    pass


class _Target:
    """What lxml calls; comments and processing instructions are passed over."""

    def __init__(self, elements: Elements) -> None:
        self.elements, self.data, self.depth = elements, elements.data, 0

    def start(self, tag: str, attributes: Mapping[str, str], namespaces: Mapping[str | None, str]) -> None:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise _Refused(f"is nested deeper than {MAX_NESTING}")
        # lxml itself does not take the empty prefix that it gives
        self.elements.start(tag, attributes, {prefix or None: address for prefix, address in namespaces.items()})

    def end(self, tag: str) -> None:
        self.depth -= 1
        self.elements.end(tag)

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        raise _Refused("has a document type, which may define entities")

    def close(self) -> None:
        """The document ends."""


def stream(source: Source, where: str, pieces: Iterable[bytes], elements: Elements) -> Iterator[None]:
    """Hands a document to `elements`; pauses after each piece of it.

    Raises:
        DeliveryRejected: no XML, not in the encoding that it declares, with a document type, or too deep; names the
            line.
    """
    parser = etree.XMLParser(
        target=_Target(elements), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    empty = True
    try:
        for piece in pieces:
            empty = empty and not piece.strip()
            parser.feed(piece)
            # a prefix without a namespace is no error to the parser
            for entry in parser.feed_error_log.filter_from_errors():
                raise _invalid(source, where, entry.line, entry.message)
            yield
        if empty:
            raise DeliveryRejected(source.id, where, "is empty")
        parser.close()
    except _Refused as error:
        raise DeliveryRejected(source.id, where, str(error)) from None
    except etree.XMLSyntaxError as error:
        raise _invalid(source, where, error.lineno, error.msg) from None
    yield


def _invalid(source: Source, where: str, line: int | None, says: str) -> DeliveryRejected:
    reason = PLACE.sub("", " ".join(says.split()))[:300]
    return DeliveryRejected(source.id, f"{where}, line {line}" if line else where, f"is not valid XML: {reason}")


def local(tag: str) -> str:
    """The name of an element or attribute without its namespace."""
    return tag.rpartition("}")[2]
