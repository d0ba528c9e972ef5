"""What a mart promises to those who read it: its columns, their types and units, its key.

A new form of a mart is a new version beside the old one, which stays readable until the day that was announced.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from lakehouse.lake.release import Manifest, MartPin


def broken(base: Manifest, described: Mapping[str, Mapping[str, Any]], today: dt.date) -> list[str]:
    """What the marts of a project no longer hold of what the last release promised, a sentence each.

    Args:
        base: the last release.
        described: the marts, see `lakehouse.lake.dbt_artifacts.describe`.
        today: a mart may go after the day that the last release announced.
    """
    found = []
    for name, promised in base.marts.items():
        if name in described:
            found += [f"{name}: {sentence}" for sentence in _changes(promised, described[name])]
        elif promised.deprecated_until is None:
            found.append(f"{name} is gone, and no release announced it (deprecation_date)")
        elif today <= promised.deprecated_until:
            found.append(f"{name} is gone, and was announced to stay until {promised.deprecated_until}")
    return found


def _changes(promised: MartPin, now: Mapping[str, Any]) -> list[str]:
    columns = {column["name"]: column for column in now["columns"]}
    found = []
    for before in promised.columns:
        after = columns.get(before.name)
        if after is None:
            found.append(f"column {before.name} is gone")
        elif after["type"] != before.type:
            found.append(f"column {before.name} was {before.type} and is {after['type']}")
        elif after["unit"] != before.unit:
            found.append(f"the unit of {before.name} was {before.unit} and is {after['unit']}")
    if promised.key and promised.key != now["key"]:
        found.append(f"a row was one {', '.join(promised.key)} and is one {', '.join(now['key'])}")
    return found
