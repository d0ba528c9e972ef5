"""Records of a JSON text.

Numbers keep the text in which they are written. Objects and arrays arrive as compact JSON. A name that is absent is
null, like null itself; but a delivery in which no record has a declared name is refused, unless the column is optional.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from jsonpath.segments import JSONPathChildSegment
from jsonpath.selectors import IndexSelector, NameSelector

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse import encoding
from lakehouse.ingest.parse.nodes import Node, find
from lakehouse.ingest.parse.records import MAX_RAW, Findings, Part, Record, is_unicode, json_text, unreadable
from lakehouse.spec.json_format import RELATIVE_POINTER, Json, json_query
from lakehouse.spec.source import Source

MAX_NESTING = 64
ABSENT = object()
SHAPES = {dict: "an object", list: "an array", str: "a text", bool: "true or false", type(None): "null"}


class Number(str):
    """A number in the text in which it is written."""


class _Refused(Exception):
    pass


class _Misfit(Exception):
    pass


def records(source: Source, format_: Json, part: Part, findings: Findings) -> Iterator[Record]:
    """Records that the declared query finds, in the document's order.

    Raises:
        DeliveryRejected: encoding, no JSON, a name twice in one object, too deep, or not the declared shape.
    """
    encoding.check(source, part, format_.encoding)
    document = load(source, part, part.path.read_text(format_.encoding))
    query = json_query(format_.records)
    _check_shape(source, part, query, document)
    columns = [
        (column.name, [_pointer(name) for name in (str(column.source), *column.aliases)]) for column in source.delivered
    ]
    declared = _declared(columns)
    count = misfits = 0
    for here in find(query, document):
        count += 1
        try:
            values = [_column(here, name, pointers, findings) for name, pointers in columns]
        except _Misfit as misfit:
            misfits += 1
            yield Record(None, str(misfit), _raw(here.value))
            continue
        yield Record(values, extra=_extra(here.value, declared, findings))
    if count and misfits == count:
        raise DeliveryRejected(source.id, part.where, f"none of its {count} records has the declared shape")


def load(source: Source, part: Part, text: str) -> Any:
    """The document: numbers as `Number`, at most `MAX_NESTING` deep, no name twice in an object.

    Raises:
        DeliveryRejected: it is not that.
    """
    if not text.strip():
        raise DeliveryRejected(source.id, part.where, "is empty")
    try:
        document = json.loads(
            text, parse_int=Number, parse_float=Number, parse_constant=_refuse, object_pairs_hook=_object
        )
    except json.JSONDecodeError as error:
        raise DeliveryRejected(
            source.id, f"{part.where}, line {error.lineno}", f"is not valid JSON: {error.msg} at column {error.colno}"
        ) from None
    except _Refused as error:
        raise DeliveryRejected(source.id, part.where, str(error)) from None
    except RecursionError:
        document = None
        depth = MAX_NESTING + 1
    else:
        depth = _depth(document)
    if depth > MAX_NESTING:
        raise DeliveryRejected(source.id, part.where, f"is nested deeper than {MAX_NESTING}")
    return document


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise _Refused(f"holds the name {doubled!r} twice in one object")
    return found


def _refuse(constant: str) -> NoReturn:
    raise _Refused(f"holds {constant}, which is not a JSON number")


def _depth(document: Any) -> int:
    level, depth = [document], 0
    while level:
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node if type(node) is list else ())
            if type(child) is dict or type(child) is list
        ]
        depth += 1
        if depth > MAX_NESTING:
            break
    return depth


def _check_shape(source: Source, part: Part, query: Any, document: Any) -> None:
    """The fixed beginning of the query must be there: an answer of another shape is not an answer without records."""
    node, path, segments = document, "$", list(query.segments)
    if type(node) is not dict and type(node) is not list:
        raise DeliveryRejected(source.id, part.where, f"is {_shape(node)}, no object or array")
    while segments and isinstance(segments[0], JSONPathChildSegment) and len(segments[0].selectors) == 1:
        selector = segments[0].selectors[0]
        if isinstance(selector, NameSelector):
            key: str | int = selector.name
        elif isinstance(selector, IndexSelector):
            key = selector.index
        else:
            break
        found = _child(node, key) if type(node) is dict or type(node) is list else ABSENT
        if found is ABSENT:
            raise DeliveryRejected(source.id, part.where, f"has no {key!r} in {path}, where its records are declared")
        node, path = found, f"{path}[{key!r}]"
        segments.pop(0)
    if segments and type(node) is not dict and type(node) is not list:
        raise DeliveryRejected(source.id, part.where, f"has {_shape(node)} at {path}, no object or array")


@dataclass(frozen=True)
class _Pointer:
    """A compiled pointer: how many levels up, then down by these keys; or the key of the node above."""

    up: int
    parts: tuple[str, ...]
    is_key: bool = False


def _pointer(text: str) -> _Pointer:
    if relative := RELATIVE_POINTER.fullmatch(text):
        up, rest = int(relative[1]), relative[2]
        return _Pointer(up, (), is_key=True) if rest == "#" else _Pointer(up, _parts(rest))
    return _Pointer(0, _parts(text))


def _parts(pointer: str) -> tuple[str, ...]:
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])


def _column(here: Node, name: str, pointers: list[_Pointer], findings: Findings) -> str | None:
    found = [value for pointer in pointers if (value := _resolve(here, pointer)) is not ABSENT]
    if not found:
        return None
    if len(found) > 1:
        raise _Misfit(f"has {name} under two names")
    findings.columns.add(name)
    return _text(found[0])


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
            raise _Misfit(f"has {_shape(node)} at {'/' + '/'.join(pointer.parts[:depth])!r}, no object or array")
        node = _child(node, part)
        if node is ABSENT:
            return ABSENT
    return node


def _child(node: Any, key: str | int) -> Any:
    if type(node) is dict:
        return node.get(key, ABSENT)
    try:
        index = int(key) if isinstance(key, int) or key == "0" or (key.isdecimal() and key[0] != "0") else None
    except ValueError:
        index = None
    return ABSENT if index is None or not -len(node) <= index < len(node) else node[index]


def _text(node: Any) -> str | None:
    if isinstance(node, str):
        return node
    return None if node is None else compact(node)


def compact(node: Any) -> str:
    """Compact JSON text; numbers as they were written."""
    if type(node) is dict:
        return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{compact(v)}" for k, v in node.items()) + "}"
    if type(node) is list:
        return "[" + ",".join(map(compact, node)) + "]"
    return str(node) if isinstance(node, Number) else json.dumps(node, ensure_ascii=False)


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


def _extra(record: Any, declared: dict[str, Any] | None, findings: Findings) -> str | None:
    """Undeclared members of a record by their JSON Pointer, as JSON text."""
    found: dict[str, Any] = {}
    _collect(record, declared, "", found)
    if not found:
        return None
    for pointer in found:
        findings.note_extra(pointer)
    text = compact(found)
    return text if is_unicode(text) else json_text(json.loads(text))


def _collect(node: Any, declared: dict[str, Any] | None, path: str, found: dict[str, Any]) -> None:
    if declared is None or type(node) is not dict:
        return
    for key, value in node.items():
        pointer = f"{path}/{key.replace('~', '~0').replace('/', '~1')}"
        if key in declared:
            _collect(value, declared[key], pointer, found)
        else:
            found[pointer] = value


def _shape(node: Any) -> str:
    return "a number" if isinstance(node, Number) else SHAPES[type(node)]


def _raw(record: Any) -> str:
    text = compact(record)
    return text if len(text) <= MAX_RAW and is_unicode(text) else str(unreadable("", text).raw)
