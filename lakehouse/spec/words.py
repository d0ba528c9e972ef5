"""JSON Schema in plain words: what a key takes, within which bounds, and what holds without it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

NAME = "^[a-z][a-z0-9_]*$"
CHOICE = re.compile(r"\^\(((?:[^()]|\\[()])+)\)\$")
PLAIN = {"string": "text", "integer": "whole number", "number": "number", "null": "null"}
BOUNDS = {
    "minimum": "from {}",
    "exclusiveMinimum": "above {}",
    "maximum": "to {}",
    "exclusiveMaximum": "below {}",
    "minLength": "of at least {} characters",
    "maxLength": "of at most {} characters",
}


def takes(node: Mapping[str, Any], links: Mapping[str, str]) -> str:
    """What a value may be, as Markdown within a table.

    Args:
        node: JSON Schema of the value.
        links: what stands for a model, by its name.
    """
    if "$ref" in node:
        name = str(node["$ref"]).rpartition("/")[2]
        return links.get(name, name)
    choices = node.get("anyOf") or node.get("oneOf")
    if choices:
        # that null may be left out is told by the default
        told = [takes(choice, links) for choice in choices if choice.get("type") != "null" or "default" not in node]
        return " or ".join(dict.fromkeys(told))
    if "enum" in node:
        return ", ".join(_code(choice) for choice in node["enum"])
    if "const" in node:
        return _code(node["const"])
    match node.get("type"):
        case "array":
            return _list(node, links)
        case "object":
            return _mapping(node, links)
        case "boolean":
            return "`true`, `false`"
        case None:
            return "anything"
        case kind:
            return _plain(str(kind), node)


def default(node: Mapping[str, Any]) -> str:
    """What holds if the key is not there; the schema of a model that is its own default says so in its own section."""
    if "default" not in node or node["default"] is None:
        return "–"
    if isinstance(node["default"], dict) and node["default"]:
        return "its defaults"
    return _code(node["default"])


def _plain(kind: str, node: Mapping[str, Any]) -> str:
    if node.get("format") == "date":
        return "date"
    if node.get("pattern") == NAME:
        return "name (`a-z`, digits, `_`)"
    if choice := CHOICE.fullmatch(node.get("pattern", "")):
        return ", ".join(map(_code, choice[1].split("|")))
    told = [PLAIN[kind], *(words.format(node[key]) for key, words in BOUNDS.items() if key in node)]
    if "pattern" in node:
        told.append("that matches " + _code(node["pattern"]))
    return " ".join(told)


def _list(node: Mapping[str, Any], links: Mapping[str, str]) -> str:
    if "prefixItems" in node:
        return f"list of {len(node['prefixItems'])}: {', '.join(takes(item, links) for item in node['prefixItems'])}"
    least = f", at least {node['minItems']}" if "minItems" in node else ""
    return f"list of {takes(node.get('items', {}), links)}{least}"


def _mapping(node: Mapping[str, Any], links: Mapping[str, str]) -> str:
    if "patternProperties" in node:
        ((pattern, values),) = node["patternProperties"].items()
        names = {"pattern": pattern}
    else:
        names, values = node.get("propertyNames", {}), node.get("additionalProperties", {})
    key = takes({"type": "string", **names}, links)
    return f"mapping of {key} to {takes(values if isinstance(values, dict) else {}, links)}"


def _code(value: Any) -> str:
    told = (
        value
        if isinstance(value, str) and value.isprintable() and value.strip()
        else json.dumps(value, ensure_ascii=False)
    )
    # within a table a bar ends the cell, also in code
    return f"`{told}`".replace("|", r"\|")
