"""Values of a JSON text: numbers keep the text in which they are written, and no name stands twice in an object."""

from __future__ import annotations

import json
import re
from typing import Any

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse.records import Part
from lakehouse.spec.normal_form import normal_form
from lakehouse.spec.source import Source

MAX_NESTING = 64
TOO_DEEP = f"is nested deeper than {MAX_NESTING}"
ABSENT = object()
SHAPES = {dict: "an object", list: "an array", str: "a text", bool: "true or false", type(None): "null"}
HALF_PAIR = re.compile("[\ud800-\udfff]")


class Number(str):
    """A number in the text in which it is written."""


class Invalid(Exception):
    """Why a JSON text cannot be read; `line` is where, if it is not valid JSON at all."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        """`reason` is a predicate of the text."""
        super().__init__(reason)
        self.line = line

    def of(self, source: Source, part: Part) -> DeliveryRejected:
        """The error that refuses the file."""
        where = part.where if self.line is None else f"{part.where}, line {self.line}"
        return DeliveryRejected(source.id, where, str(self))


def decoder(nan_is_null: bool = False) -> json.JSONDecoder:
    """Reads numbers as `Number`; raises `Invalid` for a name twice in an object, and for NaN unless it is null."""

    def constant(text: str) -> None:
        if text != "NaN" or not nan_is_null:
            raise Invalid(f"holds {text}, which is not a JSON number")

    return json.JSONDecoder(parse_int=Number, parse_float=Number, parse_constant=constant, object_pairs_hook=_object)


def load(source: Source, part: Part, text: str) -> Any:
    """The document of a part.

    Raises:
        DeliveryRejected: see `document`.
    """
    try:
        return document(decoder(), text)
    except Invalid as error:
        raise error.of(source, part) from None


def document(reader: json.JSONDecoder, text: str) -> Any:
    """The document that a text holds, at most `MAX_NESTING` deep.

    Raises:
        Invalid: it is empty, not valid JSON, too deep, or what the decoder refuses.
    """
    if not text.strip():
        raise Invalid("is empty")
    try:
        found = reader.decode(text)
    except json.JSONDecodeError as error:
        raise not_json(error.msg, error.lineno, error.colno) from None
    except RecursionError:
        raise Invalid(TOO_DEEP) from None
    if depth(found) > MAX_NESTING:
        raise Invalid(TOO_DEEP)
    return found


def not_json(message: str, line: int, column: int) -> Invalid:
    """The error for a text that breaks JSON's grammar; both places count from 1."""
    return Invalid(f"is not valid JSON: {message} at column {column}", line)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if any(not name.isascii() for name in found):
        pairs = [(normal_form(name), value) for name, value in pairs]
        found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise twice(next(name for name in names if names.count(name) > 1))
    return found


def twice(name: str) -> Invalid:
    """The error for a name that an object holds more than once."""
    return Invalid(f"holds the name {name!r} twice in one object")


def depth(value: Any) -> int:
    """How deep objects and arrays are nested, 1 for one without any; counted up to `MAX_NESTING` + 1."""
    level, found = [value], 0
    while level and found <= MAX_NESTING:
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node if type(node) is list else ())
            if type(child) is dict or type(child) is list
        ]
        found += 1
    return found


def child(node: Any, key: str | int) -> Any:
    """The member or element of an object or array, or `ABSENT`."""
    if type(node) is dict:
        return node.get(key, ABSENT)
    try:
        index = int(key) if isinstance(key, int) or key == "0" or (key.isdecimal() and key[0] != "0") else None
    except ValueError:
        index = None
    return ABSENT if index is None or not -len(node) <= index < len(node) else node[index]


def shape(node: Any) -> str:
    """What a value is, in words."""
    return "a number" if isinstance(node, Number) else SHAPES[type(node)]


def compact(node: Any) -> str:
    """Compact JSON text; numbers as they were written."""
    if type(node) is dict:
        return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{compact(v)}" for k, v in node.items()) + "}"
    if type(node) is list:
        return "[" + ",".join(map(compact, node)) + "]"
    return str(node) if isinstance(node, Number) else json.dumps(node, ensure_ascii=False)


def written(node: Any) -> str:
    """Compact JSON text that any encoding can hold: half a surrogate pair is escaped."""
    return HALF_PAIR.sub(lambda half: f"\\u{ord(half[0]):04x}", compact(node))
