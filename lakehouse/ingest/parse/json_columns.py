"""Columns of a JSON record: what the declared pointers find below it, and what no column takes.

Objects and arrays arrive as compact JSON. A name that is absent is null, like null itself; but a delivery in which no
record has a declared name is refused, unless the column is optional.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lakehouse.ingest.parse.json_values import ABSENT, child, compact, shape, written
from lakehouse.ingest.parse.nodes import Node
from lakehouse.ingest.parse.records import Findings, Record
from lakehouse.spec.json_format import RELATIVE_POINTER
from lakehouse.spec.normal_form import normal_form
from lakehouse.spec.source import Source


class Misfit(Exception):
    """Why a record does not have the declared shape."""


@dataclass(frozen=True)
class _Pointer:
    """A compiled pointer: how many levels up, then down by these keys; or the key of the node above."""

    up: int
    parts: tuple[str, ...]
    is_key: bool = False


class Columns:
    """The columns of a feed, looked up in one record after the other."""

    def __init__(self, source: Source, findings: Findings) -> None:
        """Compiles the pointers; `findings` take what is seen."""
        self.findings = findings
        self.columns = [
            (column.name, [_pointer(name) for name in (str(column.source), *column.aliases)])
            for column in source.delivered
        ]
        self.declared = _declared(self.columns)

    @property
    def need_parents(self) -> bool:
        """Whether a column is a value beside or above the record, not only a key there."""
        return any(pointer.up and not pointer.is_key for _, pointers in self.columns for pointer in pointers)

    def record(self, here: Node) -> Record:
        """The text of each column, and what none takes. Raises Misfit."""
        values = [self._column(here, name, pointers) for name, pointers in self.columns]
        return Record(values, extra=self._extra(here.value))

    def _column(self, here: Node, name: str, pointers: list[_Pointer]) -> str | None:
        found = [value for pointer in pointers if (value := _resolve(here, pointer)) is not ABSENT]
        if not found:
            return None
        if len(found) > 1:
            raise Misfit(f"has {name} under two names")
        self.findings.columns.add(name)
        return _text(found[0])

    def _extra(self, record: Any) -> str | None:
        """Undeclared members of a record by their JSON Pointer, as JSON text."""
        found: dict[str, Any] = {}
        _collect(record, self.declared, "", found)
        if not found:
            return None
        for pointer in found:
            self.findings.note_extra(pointer)
        return written(found)


def _pointer(text: str) -> _Pointer:
    if relative := RELATIVE_POINTER.fullmatch(text):
        up, rest = int(relative[1]), relative[2]
        return _Pointer(up, (), is_key=True) if rest == "#" else _Pointer(up, _parts(rest))
    return _Pointer(0, _parts(text))


def _parts(pointer: str) -> tuple[str, ...]:
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in normal_form(pointer).split("/")[1:])


def _resolve(here: Node, pointer: _Pointer) -> Any:
    above: Node | None = here
    for _ in range(pointer.up):
        above = above.parent if above is not None else None
    if above is None:
        return ABSENT
    if pointer.is_key:
        return ABSENT if above.key is None else str(above.key)
    node = above.value
    for depth, part in enumerate(pointer.parts):
        if node is None and depth:
            return ABSENT
        if type(node) is not dict and type(node) is not list:
            raise Misfit(f"has {shape(node)} at {'/' + '/'.join(pointer.parts[:depth])!r}, no object or array")
        node = child(node, part)
        if node is ABSENT:
            return ABSENT
    return node


def _text(node: Any) -> str | None:
    if isinstance(node, str):
        return node
    return None if node is None else compact(node)


def _declared(columns: list[tuple[str, list[_Pointer]]]) -> dict[str, Any] | None:
    """The declared names below a record as a tree, None for what a column takes as a whole."""
    tree: dict[str, Any] = {}
    for pointer in (pointer for _, pointers in columns for pointer in pointers):
        if pointer.up or pointer.is_key:
            continue
        if not pointer.parts:
            return None
        node: dict[str, Any] | None = tree
        for part in pointer.parts[:-1]:
            node = node.setdefault(part, {}) if node is not None else None
        if node is not None:
            node[pointer.parts[-1]] = None
    return tree


def _collect(node: Any, declared: dict[str, Any] | None, path: str, found: dict[str, Any]) -> None:
    if declared is None or type(node) is not dict:
        return
    for key, value in node.items():
        pointer = f"{path}/{key.replace('~', '~0').replace('/', '~1')}"
        if key in declared:
            _collect(value, declared[key], pointer, found)
        else:
            found[pointer] = value
