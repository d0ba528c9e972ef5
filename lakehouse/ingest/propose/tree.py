"""What a JSON text looks like: where its records stand, and the pointers to their values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from lakehouse.errors import LakehouseError
from lakehouse.ingest.propose.found import Look

DEEPEST = 4
# more members than this are keys of a mapping, not names of columns
WIDEST = 400


def look_at_json(file: str, text: str, codec: str) -> Look:
    """Finds the records of a JSON text, and what they hold.

    Raises:
        LakehouseError: it is no JSON, or holds no records.
    """
    format_: dict[str, Any] = {"type": "json"} | ({} if codec == "utf-8" else {"encoding": codec})
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        lines = _lines(text)
        if lines is None:
            raise LakehouseError(f"{file}: begins like JSON, but is none: {error}") from None
        return _records({**format_, "lines": True}, lines, [])
    lists = sorted(_lists(document, "$", 0), key=lambda found: len(found[1]), reverse=True)
    if lists:
        others = ", ".join(f"{path}[*] ({len(items)})" for path, items in lists[1:6])
        path, items = lists[0]
        notes = [f"unsure: {path}[*] is the longest list of objects; there are also {others}"] if others else []
        return _records({**format_, "records": f"{path}[*]"}, items, notes)
    if isinstance(document, dict) and len(document) > 1 and all(isinstance(v, dict) for v in document.values()):
        look = _records(
            {**format_, "records": "$.*"}, list(document.values()), ["unsure: each member is taken for a record"]
        )
        look.columns.insert(0, "0#")
        return look
    if isinstance(document, dict) and document:
        return _records({**format_, "records": "$"}, [document], ["unsure: the whole text is one record"])
    raise LakehouseError(f"{file}: holds no list of objects, so no records")


def _lines(text: str) -> list[dict[str, Any]] | None:
    """The objects of JSON lines, if each line is one."""
    try:
        found = [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError:
        return None
    return found if found and all(isinstance(one, dict) for one in found) else None


def _lists(value: Any, path: str, depth: int) -> Iterator[tuple[str, list[Any]]]:
    """Lists of objects that are not within one another, each with the query that finds it."""
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        yield path, value
    elif isinstance(value, dict) and depth < DEEPEST:
        for key, member in value.items():
            plain = re.fullmatch(r"[A-Za-z_]\w*", key, re.ASCII)
            yield from _lists(member, f"{path}.{key}" if plain else f"{path}[{json.dumps(key)}]", depth + 1)


def _records(format_: dict[str, Any], items: list[dict[str, Any]], notes: list[str]) -> Look:
    kinds: dict[str, set[type]] = {}
    for item in items:
        for pointer, value in _leaves(item, ""):
            kinds.setdefault(pointer, set()).add(type(value))
    for pointer in [p for p, held in kinds.items() if list in held][:10]:
        notes.append(f"unsure: {pointer} holds lists, which arrive as JSON text")
    # an object in one record, and null or a text in another
    columns = [p for p in kinds if not any(other.startswith(f"{p}/") for other in kinds) or kinds[p] != {type(None)}]
    if len(columns) > WIDEST:
        notes.append(f"unsure: {len(columns)} different members, of which the first {WIDEST} are columns")
    exact = {p for p, held in kinds.items() if held <= {int, float, type(None)}}
    return Look(format_, columns[:WIDEST], notes, exact)


def _leaves(value: dict[str, Any], pointer: str) -> Iterator[tuple[str, Any]]:
    for key, member in value.items():
        below = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
        if isinstance(member, dict) and member and below.count("/") < DEEPEST:
            if set(member) == {"type", "coordinates"} and member["type"] == "Point":
                yield from ((f"{below}/coordinates/{i}", number) for i, number in enumerate(member["coordinates"]))
            elif "coordinates" in member and "type" in member:
                yield below, [member]
            else:
                yield from _leaves(member, below)
        else:
            yield below, member
