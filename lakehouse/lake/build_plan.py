"""Decides whether the marts have to be built, from the ledger and the newest release alone, so without a JVM."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lakehouse.ingest import lease
from lakehouse.lake import ops, sql
from lakehouse.lake.dbt_artifacts import awaited_feeds, staged_feeds
from lakehouse.lake.fingerprint import fingerprint
from lakehouse.lake.release import Manifest, latest
from lakehouse.lake.silver_state import SilverState, silver_state
from lakehouse.lake.spans import joined
from lakehouse.settings import CHECKOUT, Settings
from lakehouse.spec.discovery import delivery_of, load_source, source_path
from lakehouse.storage import ObjectStore

DBT_DIR = CHECKOUT / "dbt"
# A build costs about as much as a small feed's run. One that takes longer than this gets a build of its own.
LONGEST_WAIT_S = 300.0
POLL_S = 1.0


@dataclass(frozen=True)
class BuildPlan:
    """What the next release reads.

    Attributes:
        pins: silver version by feed, and that of each table of `ops.PINNED` when the build was decided on.
        deliveries: deliveries in that version by feed.
        rows: rows of that version by feed.
        released: silver version that the incremental marts already hold, by feed. A feed is left out where they must be
            built from the whole table: before the first release, after a change of code, or when rows vanished.
        changed: deliveries whose rows changed after that version, by feed.
        code: fingerprint of what decides what a mart contains besides the data.
        nothing_to_do: why nothing is to be built, or None.
        changes: what each delivery did since the newest release, by feed, as its manifest will say it (JSON of
            `DeliveryChange`). A feed that no release pinned yet is left out.
    """

    pins: dict[str, int]
    deliveries: dict[str, list[str]]
    rows: dict[str, int]
    released: dict[str, int]
    changed: dict[str, list[str]]
    code: str
    nothing_to_do: str | None = None
    changes: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def code_fingerprint(settings: Settings) -> str:
    """Fingerprint of everything that decides what a mart contains besides the data."""
    folders = {delivery_of(settings.sources_dir, feed) for feed in staged_feeds(DBT_DIR)}
    return fingerprint(DBT_DIR, *(settings.sources_dir / folder for folder in sorted(folders)))


def decide(settings: Settings, longest_wait_s: float = LONGEST_WAIT_S) -> BuildPlan:
    """Compares the silver tables that the marts read with those of the newest release.

    Feeds that commit within seconds of each other share a build: while a run that may still commit one of them is
    under way, this waits for it. Where there is nothing to build yet, it does not: that run starts the next build.
    What the lakehouse itself wrote down is read as it then is, and is alone no reason to build.

    Args:
        settings: addresses and keys.
        longest_wait_s: seconds after which the build no longer waits for any run.
    """
    store = ObjectStore.for_role(settings, "spark")
    code, base = code_fingerprint(settings), latest(store)
    held = {feed: base.silver[feed].version for feed in ops.feeds(base.silver)} if base else {}
    delivered = {feed: delivery_of(settings.sources_dir, feed) for feed in staged_feeds(DBT_DIR)}
    deadline = time.monotonic() + longest_wait_s
    with sql.connect(settings, "spark") as connection:
        while True:
            # leases before the ledger: a run that has given its lease back by then is in the ledger
            holders = lease.holders(store)
            silver = silver_state(connection, held)
            plan = _plan(silver, code, base, held)
            # a feed of events commits all the time
            waiting = [feed for feed in under_way(holders, silver, delivered) if not _brings_events(settings, feed)]
            if plan.nothing_to_do:
                return plan
            if not waiting or time.monotonic() >= deadline:
                return replace(plan, pins=plan.pins | ops.versions(settings))
            time.sleep(POLL_S)


def under_way(holders: Mapping[str, str], silver: Mapping[str, SilverState], delivered: Mapping[str, str]) -> list[str]:
    """Feeds whose run may still commit: it holds the lease (until its end) and the ledger does not name it yet.

    Args:
        holders: run by what is delivered.
        silver: what the ledger says, by feed.
        delivered: what is delivered when a feed is, for the feeds in question.
    """
    runs = {feed: holders[delivery] for feed, delivery in delivered.items() if delivery in holders}
    return sorted(feed for feed, run in runs.items() if feed not in silver or run not in silver[feed].runs)


def _brings_events(settings: Settings, feed: str) -> bool:
    return load_source(source_path(settings.sources_dir, feed)).load.kind == "append"


def _plan(silver: Mapping[str, SilverState], code: str, base: Manifest | None, held: Mapping[str, int]) -> BuildPlan:
    staged = staged_feeds(DBT_DIR)
    known = {feed: silver[feed] for feed in staged if feed in silver}
    # every table begins empty at version 0
    pins = {feed: known[feed].version if feed in known else 0 for feed in staged}
    reason = None
    if missing := [feed for feed in awaited_feeds(DBT_DIR) if feed not in known]:
        reason = f"waiting for the first delivery of {', '.join(missing)}"
    elif base and base.code == code and pins == held:
        reason = f"release {base.release} holds all of this already"
    # marts that grow by changes are only right on top of the code that built them
    released = dict(held) if base and base.code == code else {}
    since = {feed: known[feed].since(version) if feed in known else [] for feed, version in released.items()}
    # a row that vanished cannot be merged away
    grown = {feed: changes for feed, changes in since.items() if not any(change.removed for change in changes)}
    return BuildPlan(
        pins=pins,
        deliveries={feed: state.deliveries for feed, state in known.items()},
        rows={feed: state.rows for feed, state in known.items()},
        released={feed: released[feed] for feed in grown},
        changed={
            feed: joined(delivery for change in changes for delivery in change.row_deliveries)
            for feed, changes in grown.items()
        },
        code=code,
        nothing_to_do=reason,
        changes={
            feed: [cause.model_dump() for cause in known[feed].causes(pin.version)]
            for feed, pin in (base.silver.items() if base else ())
            if feed in known and known[feed].version > pin.version
        },
    )
