"""What the ledger says of silver: at which version each table stands, what is in it, and what changed it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import duckdb

from lakehouse.lake import ledger, sql
from lakehouse.lake.ledger import Effect
from lakehouse.lake.release import DeliveryChange
from lakehouse.lake.spans import TO, joined


@dataclass(frozen=True)
class SilverChange:
    """A commit that changed rows of a silver table: its version, what was loaded, what was applied again on top.

    Counts are rows. `effects` is as in `Entry`; a line from before it was written has none.
    """

    version: int
    deliveries: list[str]
    replayed: list[str]
    inserted: int
    updated: int
    removed: int
    effects: str | None

    @property
    def row_deliveries(self) -> list[str]:
        """The deliveries that its rows are from: those that come back from a later one are of that one."""
        return [*self.deliveries, *self.replayed]

    @property
    def changed(self) -> bool:
        """Whether it changed a row."""
        return self.inserted + self.updated + self.removed > 0

    @property
    def of_each(self) -> list[Effect]:
        """What each delivery did. An old line tells only what all did together, and of no scope."""
        if self.effects is not None:
            return [Effect(**effect) for effect in json.loads(self.effects)]
        late = bool(self.replayed)
        return [Effect(d, {}, self.inserted, self.updated, self.removed, late) for d in self.deliveries]


@dataclass(frozen=True)
class SilverState:
    """A feed's silver table at one moment.

    Of events, whose deliveries are named by spans, there are only the commits that were asked for, and no runs.

    Attributes:
        version: the last commit that changed a row.
        rows: how many rows it has.
        deliveries: what it was made of, oldest first; of events the span of all.
        runs: the runs that made it.
        commits: every one, in no order.
    """

    version: int
    rows: int
    deliveries: list[str]
    runs: list[str]
    commits: list[SilverChange]

    def since(self, version: int) -> list[SilverChange]:
        """The commits after a version that changed a row, oldest first."""
        found = [commit for commit in self.commits if commit.changed and commit.version > version]
        return sorted(found, key=lambda commit: commit.version)

    def causes(self, version: int) -> list[DeliveryChange]:
        """The deliveries that changed a row after a version, and what each was to the rows that counted."""
        first: dict[str, int] = {}
        for commit in self.commits:
            for delivery in commit.deliveries:
                first[delivery] = min(commit.version, first.get(delivery, commit.version))
        found = [
            DeliveryChange(
                delivery=effect.delivery,
                kind=_kind(effect, again=first.get(effect.delivery, commit.version) < commit.version),
                scope=effect.scope,
            )
            for commit in self.since(version)
            for effect in commit.of_each
        ]
        events = joined(cause.delivery for cause in found if TO in cause.delivery)
        # an event changes nothing that counted
        return [cause for cause in found if TO not in cause.delivery] + [
            DeliveryChange(delivery=span, kind="new") for span in events
        ]


def silver_state(
    connection: duckdb.DuckDBPyConnection, held: Mapping[str, int] = MappingProxyType({})
) -> dict[str, SilverState]:
    """State of the silver table of each feed that was ever committed.

    All of it is one reading of the ledger: a version and the deliveries in it, read one after the other, would not
    belong together when a feed commits in between.

    Args:
        connection: reads the lake.
        held: a version by feed; of events, which have a commit every minute, only later commits are told.
    """
    listed = ", ".join(["('', 0)", *(f"({sql.text(feed)}, {int(version)})" for feed, version in held.items())])
    rows = connection.execute(
        f"""WITH line AS (
            SELECT *, contains(deliveries[1], '{TO}') AS of_events, coalesce(held.version, -1) AS held
            FROM {sql.scan(ledger.LEDGER)} LEFT JOIN (VALUES {listed}) AS held (named, version) ON named = feed
            WHERE status = 'committed'
        )
        SELECT
            feed,
            coalesce(max(silver_version) FILTER (inserted + updated + removed > 0), max(silver_version)),
            sum(inserted) - sum(removed),
            list_sort(list_distinct(flatten(list(deliveries) FILTER (NOT of_events)))),
            min(split_part(deliveries[1], '{TO}', 1)) FILTER (of_events) || '{TO}'
                || max(split_part(deliveries[1], '{TO}', 2)) FILTER (of_events),
            list_sort(list_distinct(list(run_id) FILTER (NOT of_events))),
            list({{
                'version': silver_version, 'deliveries': deliveries, 'replayed': replayed, 'inserted': inserted,
                'updated': updated, 'removed': removed, 'effects': effects
            }}) FILTER (NOT of_events OR silver_version > held)
        FROM line GROUP BY feed"""
    ).fetchall()
    return {
        feed: SilverState(
            version=int(version),
            rows=int(kept),
            deliveries=[*(deliveries or []), *([events] if events else [])],
            runs=runs or [],
            commits=[SilverChange(**commit) for commit in commits or []],
        )
        for feed, version, kept, deliveries, events, runs, commits in rows
    }


def _kind(effect: Effect, *, again: bool) -> Literal["new", "correction", "late", "reloaded"]:
    if again:
        return "reloaded"
    if effect.late:
        return "late"
    return "correction" if effect.updated or effect.removed else "new"
