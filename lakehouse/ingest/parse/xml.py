"""Records of an XML document, one after the other: no more of it is in memory than one record, and one piece of it.

Each record is a document of its own, in which the elements around it are there with their attributes and without any
other child: an XPath sees the same whatever has been read before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml import etree

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse.blocks import SIZE
from lakehouse.ingest.parse.encoding import MARKS
from lakehouse.ingest.parse.markup import stream
from lakehouse.ingest.parse.records import Findings, Part, Record, json_text, unreadable
from lakehouse.spec.column import Column
from lakehouse.spec.source import Source
from lakehouse.spec.xml_format import PREDEFINED, Xml

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
NIL = f"{XSI}nil"
MAX_NAMES = 20


def records(source: Source, format_: Xml, part: Part, findings: Findings) -> Iterator[Record]:
    """Records at the declared path.

    Raises:
        DeliveryRejected: no XML, with a document type, too deep, or with another root than declared; what was found
            before the end of a broken document is no delivery either.
    """
    elements = _Records(format_.path)
    reader = _Reader(source, format_, findings)
    for _ in stream(source, part.where, _pieces(source, part), elements):
        for record in elements.ready:
            yield reader.record(record)
        elements.ready.clear()
    if problem := elements.problem(reader.name):
        raise DeliveryRejected(source.id, part.where, problem)


def _pieces(source: Source, part: Part) -> Iterator[bytes]:
    with part.path.open("rb") as raw:
        while piece := raw.read(SIZE):
            if raw.tell() == len(piece):
                for mark, form in MARKS.items():
                    if piece.startswith(mark) and form.endswith("archive"):
                        raise DeliveryRejected(source.id, part.where, f"is {form}, declared is xml")
            yield piece


class _Records:
    """Builds the records; `ready` are those that have ended."""

    def __init__(self, path: Sequence[str]) -> None:
        self.path = path
        self.ready: list[Any] = []
        # the elements that are open, with their attributes and namespaces, as far as they are on the path
        self.around: list[tuple[str, dict[str, str], dict[str | None, str]]] = []
        self.depth = 0
        self.builder: Any = None
        self.reached = 0
        self.others: dict[str, None] = {}

    def start(self, tag: str, attributes: Mapping[str, str], namespaces: Mapping[str | None, str]) -> None:
        self.depth += 1
        if self.builder is not None:
            self.builder.start(tag, attributes, namespaces)
            return
        if len(self.around) != self.depth - 1:
            return
        if tag != self.path[self.depth - 1]:
            if len(self.others) < MAX_NAMES and self.reached == self.depth - 1:
                self.others[tag] = None
            return
        self.around.append((tag, dict(attributes), dict(namespaces)))
        if self.depth > self.reached:
            self.reached = self.depth
            self.others.clear()
        if self.depth == len(self.path):
            self.builder = etree.TreeBuilder()
            for element in self.around:
                self.builder.start(*element)

    def data(self, text: str) -> None:
        if self.builder is not None:
            self.builder.data(text)

    def end(self, tag: str) -> None:
        if self.builder is not None:
            self.builder.end(tag)
            if self.depth == len(self.path):
                self._finish()
        if len(self.around) == self.depth:
            self.around.pop()
        self.depth -= 1

    def _finish(self) -> None:
        for tag, _, _ in reversed(self.around[:-1]):
            self.builder.end(tag)
        found = self.builder.close()
        for _ in self.around[1:]:
            found = found[0]
        self.ready.append(found)
        self.builder = None

    def problem(self, name: Any) -> str | None:
        """What is wrong if the element that holds the records was never there."""
        holder = max(len(self.path) - 1, 1)
        if self.reached >= holder:
            return None
        there = ", ".join(map(name, self.others)) or "nothing"
        if self.reached == 0:
            return f"has the root {there}, declared is {name(self.path[0])}"
        path = ["/".join(["", *map(name, self.path[:depth])]) for depth in (holder, self.reached)]
        return f"has no {path[0]}, where its records are declared; {path[1]} holds {there}"


class _Reader:
    """Reads the declared columns of records."""

    def __init__(self, source: Source, format_: Xml, findings: Findings) -> None:
        self.findings = findings
        self.prefixes = {address: prefix for prefix, address in {**PREDEFINED, **format_.namespaces}.items()}
        self.columns = [
            (column, etree.XPath(str(column.source), namespaces=format_.namespaces)) for column in source.delivered
        ]

    def record(self, element: Any) -> Record:
        """The record that an element is."""
        declared: set[tuple[Any, str | None]] = set()
        values: list[str | None] = []
        problems = []
        for column, path in self.columns:
            try:
                values.append(self._value(column, path(element), declared))
            except (ValueError, etree.XPathError) as error:
                problems.append(
                    str(error)
                    if isinstance(error, ValueError)
                    else f"has a {column.name} that cannot be looked for: {error}"
                )
        if problems:
            return unreadable("; ".join(problems), etree.tostring(element, encoding="unicode", with_tail=False))
        found: dict[str, list[str]] = {}
        self._collect(element, "", declared, found)
        for name in found:
            self.findings.note_extra(name)
        extra = {name: texts[0] if len(texts) == 1 else texts for name, texts in found.items()}
        return Record(values, extra=json_text(extra) if extra else None)

    def _value(self, column: Column, found: Any, declared: set[tuple[Any, str | None]]) -> str | None:
        """The text of what a column's path finds, which is noted in `declared`. Raises ValueError."""
        if found:
            self.findings.columns.add(column.name)
        if isinstance(found, str):
            # string(…) of nothing is an empty text
            texts: list[str | None] = [str(found)] if found else []
        else:
            texts = [_text(column.name, one) for one in found]
            declared.update(map(_place, found))
        if column.many:
            some = [text for text in texts if text is not None]
            return json_text(some) if some else None
        if len(texts) > 1:
            shown = ", ".join(map(repr, texts[:5]))
            raise ValueError(f"has {len(texts)} values of {column.name}: {shown}")
        return texts[0] if texts else None

    def _collect(self, element: Any, path: str, declared: set[Any], found: dict[str, list[str]]) -> None:
        """Undeclared attributes and texts below an element, by their paths."""
        below = f"{path}/" if path else ""
        for name, value in element.attrib.items():
            if not name.startswith(XSI) and (element, name) not in declared:
                found.setdefault(f"{below}@{self.name(name)}", []).append(value)
        children = list(element)
        texts = [element.text, *(child.tail for child in children)]
        own = "".join(text for text in texts if text)
        if (element, None) not in declared and (own.strip() or (path and not children)) and not _is_nil(element):
            name = f"{below}text()" if children or not path else path
            found.setdefault(name, []).append(own)
        for child in children:
            self._collect(child, f"{below}{self.name(child.tag)}", declared, found)

    def name(self, tag: str) -> str:
        """A name with its declared prefix."""
        address, _, name = tag.removeprefix("{").rpartition("}")
        if not address:
            return name
        return f"{self.prefixes[address]}:{name}" if address in self.prefixes else tag


def _place(found: Any) -> tuple[Any, str | None]:
    """The element that holds what a path found, and the name of the attribute if it is one."""
    if isinstance(found, tuple) or etree.iselement(found):
        return found, None
    holder = found.getparent()
    return holder.getparent() if found.is_tail else holder, found.attrname


def _text(column: str, found: Any) -> str | None:
    if isinstance(found, str):
        return str(found)
    if isinstance(found, tuple):  # a namespace
        return str(found[1])
    if len(found):
        raise ValueError(f"has elements in {column}, where only text can be read")
    return None if _is_nil(found) else found.text or ""


def _is_nil(element: Any) -> bool:
    return element.get(NIL, "").strip() in ("true", "1")
