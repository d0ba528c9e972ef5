"""Which marts a build has to make again: those whose data or code changed since the last release, and no others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lakehouse import names
from lakehouse.lake.release import Manifest
from lakehouse.storage import ObjectStore

# commits that leave the rows as they are
_QUIET = {"OPTIMIZE", "VACUUM START", "VACUUM END", "SET TBLPROPERTIES"}


def affected(
    store: ObjectStore, base: Manifest | None, described: Mapping[str, Mapping[str, Any]], pins: Mapping[str, int]
) -> list[str]:
    """The marts that are not what a build of these versions would make, by name.

    One that a build left behind which was never released is among them, so that nothing is built on it.

    Args:
        store: store of the spark role.
        base: the newest release, or None.
        described: the marts, see `lakehouse.lake.dbt_artifacts.describe`.
        pins: version of each silver table.
    """
    return [name for name, mart in described.items() if base is None or not _holds(store, base, name, mart, pins)]


def latest_version(store: ObjectStore, mart: str, known: int = -1) -> int:
    """Latest version of a mart's table, from the names of its commits: a statement would cost far more.

    Args:
        store: store of the spark role.
        mart: name of the table.
        known: a version that it is known to have had; -1 if none is.

    Returns:
        -1 if there is no such table.
    """
    version = known
    while store.size(names.LAKE, _commit(mart, version + 1)) is not None:
        version += 1
    return version


def altered(store: ObjectStore, mart: str, since: int) -> bool:
    """Whether a commit after a version changed rows; compaction does not."""
    newest = latest_version(store, mart, since)
    return any(_operation(store, mart, version) not in _QUIET for version in range(since + 1, newest + 1))


def _holds(store: ObjectStore, base: Manifest, name: str, mart: Mapping[str, Any], pins: Mapping[str, int]) -> bool:
    pin = base.marts.get(name)
    if pin is None or pin.code != mart["code"] or pin.inputs != mart["inputs"]:
        return False
    if any(feed not in base.silver or base.silver[feed].version != pins[feed] for feed in mart["inputs"]):
        return False
    return not altered(store, name, pin.version)


def _operation(store: ObjectStore, mart: str, version: int) -> str:
    actions = map(json.loads, store.get(names.LAKE, _commit(mart, version)).splitlines())
    return next((str(action["commitInfo"]["operation"]) for action in actions if "commitInfo" in action), "")


def _commit(mart: str, version: int) -> str:
    return f"{names.lake_key('marts', mart)}/_delta_log/{version:020}.json"
