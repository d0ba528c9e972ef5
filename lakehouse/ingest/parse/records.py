"""What the formats hand on: parts of a delivery in, records of text out."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

MAX_FIELD = 1 << 20
MAX_RAW = 10_000
MAX_NAMED = 100


@dataclass(frozen=True)
class Part:
    """Bytes to parse: a delivered file, or one member of it; `where` names it in messages."""

    path: Path
    where: str


class Record(NamedTuple):
    """One record: the text of each delivered column, or why it cannot be read and what was there."""

    values: Sequence[str | None] | None
    error: str | None = None
    raw: str | None = None
    extra: str | None = None


@dataclass
class Findings:
    """What the parts of a delivery held: undeclared columns (at most `MAX_NAMED`), and columns seen at least once.

    Where `ignored` is given, undeclared columns whose names it does not match are also `suspicious`.
    """

    ignored: re.Pattern[str] | None = None
    extra: dict[str, None] = field(default_factory=dict)
    suspicious: dict[str, None] = field(default_factory=dict)
    columns: set[str] = field(default_factory=set)

    def note_extra(self, name: str) -> None:
        """Remembers an undeclared column."""
        if len(self.extra) < MAX_NAMED:
            self.extra[name] = None
        if self.ignored and len(self.suspicious) < MAX_NAMED and not self.ignored.fullmatch(name):
            self.suspicious[name] = None


def unreadable(error: str, raw: Any) -> Record:
    """A record that goes to the quarantine with its reason and its fields, text or JSON value."""
    return Record(None, error, raw_json(raw))


def raw_json(raw: Any) -> str:
    """JSON text of what a record held, cut when it is long."""
    text = json_text(raw)
    return text if len(text) <= MAX_RAW else json_text(f"{text[:MAX_RAW]} … ({len(text)} characters)")


def json_text(value: Any) -> str:
    """JSON text; readable, unless a half surrogate pair forces escapes."""
    text = json.dumps(value, ensure_ascii=False)
    return text if is_unicode(text) else json.dumps(value)


def is_unicode(text: str) -> bool:
    """Whether the text can be written in UTF-8 at all."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
