"""The text of a proposed `source.yml`: what a file tells, and comments where it cannot."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import yaml

from lakehouse.ingest.propose.columns import Proposed

LONGEST = 138
HEAD = """\
# yaml-language-server: $schema=../source.schema.json
{file}
# What every key means: sources/VOCABULARY.md. Look at every `unsure`, then delete the comments.
title: "{entity}"
description: >-
  What one record is, what it counts, in which unit; what is known to be wrong or missing.
owner: Office that answers for the feed
# publisher: https://…
# unsure: the licence is not told by a file
licence: null
licence_note: Not asked yet.
# unsure: when it is published is not told by a file; cron, UTC
schedule: "0 5 * * *"
scope_label: "{source}"

fetch:
  connector: http
  # unsure: the address is not told by a file; absolute with its host in `hosts`, or below FEEDS_URL
  files: [{address}]
  max_bytes: {max_bytes}
"""
TAIL = """
# when the next data are due; `observed` is the column that says of which time a row is
# health: {{cadence_days: 31, grace_days: 7{observed}}}
# rows outside are counted as filtered
# scope: {{column: {first}, values: ["…"]}}
# values that every delivery must hold
# expects: {{column: {first}, values: ["…"]}}
"""


def text(
    head: dict[str, Any],
    format_: dict[str, Any],
    notes: Sequence[str],
    columns: Sequence[Proposed],
    key: tuple[list[str], list[str]],
) -> str:
    """The whole text.

    Args:
        head: what fills `HEAD`.
        format_: what is declared of the format.
        notes: comments on it.
        columns: the columns in the file's order.
        key: names of the key's columns, and comments on them.
    """
    (file,) = _comments([f"Proposed from {head['file'][:100]}."], "")
    parts = [HEAD.format(**head | {"file": file}), *_comments(notes, ""), _entry("format: ", "", format_), ""]
    parts += ["load: {kind: snapshot}  # unsure: a delivery replaces the table; `upsert` inserts and corrects by key"]
    parts += [*_comments(key[1], ""), _flow({"key": key[0]})[1:-1], "", "columns:"]
    for column in columns:
        parts += [*_comments(column.notes, "  "), _entry("  - ", "    ", column.declared)]
    days = [str(c.declared["name"]) for c in columns if c.declared.get("type") in ("date", "timestamp")]
    observed = f", observed: {days[0]}" if days else ""
    return "\n".join(parts) + "\n" + TAIL.format(observed=observed, first=columns[0].declared["name"])


def _comments(notes: Iterable[str], indent: str) -> list[str]:
    """Comments, each of one sentence, folded; a line break in a value would end them."""
    lines = []
    for note in notes:
        plain = "".join(sign if sign.isprintable() else " " for sign in note)
        lines += textwrap.wrap(plain, LONGEST, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}#   ")
    return lines


def _entry(before: str, indent: str, declared: dict[str, Any]) -> str:
    """A mapping on one line, or key by key where that is too long."""
    flow = before + _flow(declared)
    if len(flow) <= LONGEST:
        return flow
    if not indent:
        return f"{before.rstrip()}\n" + "\n".join(f"  {_flow({k: v})[1:-1]}" for k, v in declared.items())
    return before + f"\n{indent}".join(_flow({k: v})[1:-1] for k, v in declared.items())


def _flow(value: dict[str, Any]) -> str:
    dumped = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=float("inf"))
    return dumped.strip()
