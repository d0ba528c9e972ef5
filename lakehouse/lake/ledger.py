"""The ledger: what became of each delivery, and at which version each feed's silver table stands."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import duckdb

from lakehouse import names
from lakehouse.errors import LakehouseError
from lakehouse.ingest.landing import Receipt, deliveries, receipt
from lakehouse.lake import ops, sql
from lakehouse.lake.release import DeliveryChange
from lakehouse.settings import Settings
from lakehouse.spec.source import Source
from lakehouse.storage import ObjectStore

LEDGER = names.uri("ops", "ledger")
# lines from before a delivery could fill several tables name no parent
_DELIVERED = "coalesce(parent, feed) = ?"


@dataclass(frozen=True)
class Entry:
    """One line of the ledger: a run's batch for one silver table. Counts are rows, `records` parsed records.

    `parent` is what was delivered: the feed itself, or the delivery that fills it and other tables. `effects` is the
    JSON of a list of `Effect`: what each delivery did.
    """

    feed: str
    parent: str
    run_id: str
    status: str
    reason: str | None
    deliveries: list[str]
    replayed: list[str]
    records: int = 0
    parsed: int = 0
    filtered: int = 0
    quarantined: int = 0
    duplicate: int = 0
    superseded: int = 0
    unchanged: int = 0
    inserted: int = 0
    updated: int = 0
    removed: int = 0
    extra_columns: tuple[str, ...] = ()
    silver_version: int | None = None
    published_until: dt.datetime | None = None
    effects: str | None = None

    @property
    def conserved(self) -> bool:
        """Invariant 2: every row that came in is in exactly one class."""
        classes = (self.filtered, self.quarantined, self.duplicate, self.superseded)
        return self.parsed == sum(classes) + self.unchanged + self.inserted + self.updated


@dataclass(frozen=True)
class Effect:
    """What one delivery of a commit did to silver: rows by kind, and the part that its address says it is of.

    `late`: deliveries that were published after it counted already, and were applied again on top.
    """

    delivery: str
    scope: dict[str, str]
    inserted: int
    updated: int
    removed: int
    late: bool


@dataclass(frozen=True)
class Plan:
    """What a run has to load: pending deliveries, and later ones that must be applied again on top of them."""

    pending: list[Receipt]
    replayed: list[Receipt]


def record(settings: Settings, connection: duckdb.DuckDBPyConnection, entries: Sequence[Entry]) -> None:
    """Writes the entries of all tables of a delivery at once, unless the run already has some for these deliveries."""
    written = connection.execute(
        f"SELECT count(*) FROM {sql.scan(LEDGER)} WHERE feed = ? AND run_id = ? AND deliveries = ?",
        [entries[0].feed, entries[0].run_id, entries[0].deliveries],
    ).fetchall()
    if written == [(0,)]:
        # the lease keeps the runs of a feed apart, and appends of several feeds never conflict
        rows = [{**asdict(entry), "table_name": f"silver.{entry.feed}"} for entry in entries]
        ops.append(settings, "ledger", rows)


def reject(settings: Settings, tables: Sequence[Source], run_id: str, deliveries: list[str], reason: str) -> None:
    """Settles deliveries that cannot be loaded, with the reason, for every table that they fill."""
    entries = [
        Entry(
            feed=source.id,
            parent=source.delivery,
            run_id=run_id,
            status="rejected",
            reason=reason,
            deliveries=deliveries,
            replayed=[],
        )
        for source in tables
    ]
    with sql.connect(settings, "spark") as connection:
        record(settings, connection, entries)


def plan(
    settings: Settings, store: ObjectStore, feed: str, stored: Iterable[str], landed: Collection[Receipt] = ()
) -> Plan:
    """Finds what is left to load for a feed among the deliveries that were `stored` before and those just `landed`.

    A delivery is settled once the ledger names it as committed or rejected. One that arrives late, that is, published
    before a committed one, is applied together with everything that was published after it, so the order of arrival
    never matters. The cost is that of the open deliveries, not of the stored ones.
    """
    with sql.connect(settings, "landing") as connection:
        settled = _settled(connection, feed)
        pending = _receipts(store, feed, (delivery for delivery in stored if delivery not in settled))
        pending += landed
        return _on_top(connection, store, feed, pending)


def past(
    settings: Settings, store: ObjectStore, feed: str, published_from: dt.datetime, published_until: dt.datetime
) -> Plan:
    """A backfill: every delivery published in a period, rejected ones included, and all committed later ones on top."""
    found = _receipts(store, feed, deliveries(store, feed))
    pending = [r for r in found if published_from <= r.published_at <= published_until]
    with sql.connect(settings, "landing") as connection:
        return _on_top(connection, store, feed, pending)


def chosen(settings: Settings, store: ObjectStore, feed: str, ids: Collection[str]) -> Plan:
    """A backfill of some deliveries and no others, and all committed later ones on top.

    Raises:
        LakehouseError: the feed has no such delivery; the message names it.
    """
    pending = _receipts(store, feed, ids)
    if unknown := sorted(set(ids) - {found.delivery for found in pending}):
        raise LakehouseError(f"{feed}: there is no delivery {', '.join(unknown)}")
    with sql.connect(settings, "landing") as connection:
        return _on_top(connection, store, feed, pending)


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

    Attributes:
        version: the last commit that changed a row.
        rows: how many rows it has.
        deliveries: what it was made of, oldest first.
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
        return [
            DeliveryChange(
                delivery=effect.delivery,
                kind=_kind(effect, again=first.get(effect.delivery, commit.version) < commit.version),
                scope=effect.scope,
            )
            for commit in self.since(version)
            for effect in commit.of_each
        ]


def silver_state(connection: duckdb.DuckDBPyConnection) -> dict[str, SilverState]:
    """State of the silver table of each feed that was ever committed.

    All of it is one reading of the ledger: a version and the deliveries in it, read one after the other, would not
    belong together when a feed commits in between.
    """
    rows = connection.execute(
        f"""SELECT
            feed,
            coalesce(max(silver_version) FILTER (inserted + updated + removed > 0), max(silver_version)),
            sum(inserted) - sum(removed),
            list_sort(list_distinct(flatten(list(deliveries)))),
            list_sort(list_distinct(list(run_id))),
            list({{
                'version': silver_version, 'deliveries': deliveries, 'replayed': replayed, 'inserted': inserted,
                'updated': updated, 'removed': removed, 'effects': effects
            }})
        FROM {sql.scan(LEDGER)} WHERE status = 'committed' GROUP BY feed"""
    ).fetchall()
    return {
        feed: SilverState(int(version), int(held), deliveries, runs, [SilverChange(**commit) for commit in commits])
        for feed, version, held, deliveries, runs, commits in rows
    }


def _kind(effect: Effect, *, again: bool) -> Literal["new", "correction", "late", "reloaded"]:
    if again:
        return "reloaded"
    if effect.late:
        return "late"
    return "correction" if effect.updated or effect.removed else "new"


def _on_top(connection: duckdb.DuckDBPyConnection, store: ObjectStore, feed: str, pending: list[Receipt]) -> Plan:
    if not pending:
        return Plan([], [])
    oldest, taken = min(found.order for found in pending), {found.delivery for found in pending}
    later = _receipts(store, feed, _published_since(connection, feed, oldest[0]))
    return Plan(pending, [found for found in later if found.order > oldest and found.delivery not in taken])


def _receipts(store: ObjectStore, feed: str, ids: Iterable[str]) -> list[Receipt]:
    return [found for delivery in ids if (found := receipt(store, feed, delivery)) is not None]


def _settled(connection: duckdb.DuckDBPyConnection, feed: str) -> set[str]:
    rows = connection.execute(
        f"SELECT DISTINCT unnest(deliveries) FROM {sql.scan(LEDGER)} WHERE {_DELIVERED}", [feed]
    ).fetchall()
    return {delivery for (delivery,) in rows}


def _published_since(connection: duckdb.DuckDBPyConnection, feed: str, since: dt.datetime) -> list[str]:
    rows = connection.execute(
        f"""SELECT DISTINCT unnest(deliveries) FROM {sql.scan(LEDGER)}
        WHERE {_DELIVERED} AND status = 'committed' AND published_until >= ?""",
        [feed, since],
    ).fetchall()
    return [delivery for (delivery,) in rows]
