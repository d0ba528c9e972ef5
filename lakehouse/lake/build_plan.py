"""Decides whether the marts have to be built, from the ledger and the newest release alone, so without a JVM."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lakehouse.ingest import lease
from lakehouse.lake import ledger, sql
from lakehouse.lake.dbt_artifacts import awaited_feeds, staged_feeds
from lakehouse.lake.fingerprint import fingerprint
from lakehouse.lake.ledger import SilverState
from lakehouse.lake.release import Manifest, latest
from lakehouse.settings import CHECKOUT, Settings
from lakehouse.spec.discovery import delivery_of
from lakehouse.storage import ObjectStore

DBT_DIR = CHECKOUT / "dbt"
# A build costs about as much as a small feed's run. One that takes longer than this gets a build of its own.
LONGEST_WAIT_S = 300.0
POLL_S = 1.0


@dataclass(frozen=True)
class BuildPlan:
    """What the next release reads.

    Attributes:
        pins: silver version by feed.
        deliveries: deliveries in that version by feed.
        rows: rows of all these tables together.
        released: silver version that the incremental marts already hold, by feed. A feed is left out where they must be
            built from the whole table: before the first release, after a change of code, or when rows vanished.
        changed: deliveries whose rows changed after that version, by feed.
        code: fingerprint of what decides what a mart contains besides the data.
        nothing_to_do: why nothing is to be built, or None.
    """

    pins: dict[str, int]
    deliveries: dict[str, list[str]]
    rows: int
    released: dict[str, int]
    changed: dict[str, list[str]]
    code: str
    nothing_to_do: str | None = None


def code_fingerprint(settings: Settings, dbt_dir: Path = DBT_DIR) -> str:
    """Fingerprint of everything that decides what a mart contains besides the data."""
    folders = {delivery_of(settings.sources_dir, feed) for feed in staged_feeds(dbt_dir)}
    return fingerprint(dbt_dir, *(settings.sources_dir / folder for folder in sorted(folders)))


def decide(settings: Settings, longest_wait_s: float = LONGEST_WAIT_S) -> BuildPlan:
    """Compares the silver tables that the marts read with those of the newest release.

    Feeds that commit within seconds of each other share a build: while a run that may still commit one of them is
    under way, this waits for it. Where there is nothing to build yet, it does not: that run starts the next build.

    Args:
        settings: addresses and keys.
        longest_wait_s: seconds after which the build no longer waits for any run.
    """
    store = ObjectStore.for_role(settings, "spark")
    code, base = code_fingerprint(settings), latest(store)
    delivered = {feed: delivery_of(settings.sources_dir, feed) for feed in staged_feeds(DBT_DIR)}
    deadline = time.monotonic() + longest_wait_s
    with sql.connect(settings, "spark") as connection:
        while True:
            # leases before the ledger: a run that has given its lease back by then is in the ledger
            holders = lease.holders(store)
            silver = ledger.silver_state(connection)
            plan = _plan(silver, code, base)
            waiting = under_way(holders, silver, delivered)
            if plan.nothing_to_do or not waiting or time.monotonic() >= deadline:
                return plan
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


def _plan(silver: Mapping[str, SilverState], code: str, base: Manifest | None) -> BuildPlan:
    staged = staged_feeds(DBT_DIR)
    known = {feed: silver[feed] for feed in staged if feed in silver}
    # every table begins empty at version 0
    pins = {feed: known[feed].version if feed in known else 0 for feed in staged}
    reason = None
    if missing := [feed for feed in awaited_feeds(DBT_DIR) if feed not in known]:
        reason = f"waiting for the first delivery of {', '.join(missing)}"
    elif base and base.code == code and pins == {feed: pin.version for feed, pin in base.silver.items()}:
        reason = f"release {base.release} holds all of this already"
    # marts that grow by changes are only right on top of the code that built them
    released = {feed: pin.version for feed, pin in base.silver.items()} if base and base.code == code else {}
    since = {feed: known[feed].since(version) if feed in known else [] for feed, version in released.items()}
    # a row that vanished cannot be merged away
    grown = {feed: changes for feed, changes in since.items() if not any(change.removed for change in changes)}
    return BuildPlan(
        pins=pins,
        deliveries={feed: state.deliveries for feed, state in known.items()},
        rows=sum(state.rows for state in known.values()),
        released={feed: released[feed] for feed in grown},
        changed={
            feed: sorted({delivery for change in changes for delivery in change.deliveries})
            for feed, changes in grown.items()
        },
        code=code,
        nothing_to_do=reason,
    )
