"""The ledger: what became of each delivery, and at which version each feed's silver table stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass

import duckdb

from lakehouse import names
from lakehouse.errors import LakehouseError
from lakehouse.ingest.landing import Receipt, deliveries, receipt
from lakehouse.lake import ops, sql
from lakehouse.lake.spans import TO, span
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


def named(source: Source, ids: Sequence[str]) -> list[str]:
    """How a line names the deliveries that a run took to a table: one by one, or those of events by their span."""
    return [span(ids)] if source.load.kind == "append" else list(ids)


def rejections(tables: Sequence[Source], run_id: str, deliveries: Sequence[str], reason: str) -> list[Entry]:
    """The entries that settle deliveries that cannot be loaded, with the reason, for every table that they fill."""
    return [
        Entry(
            feed=source.id,
            parent=source.delivery,
            run_id=run_id,
            status="rejected",
            reason=reason,
            deliveries=named(source, deliveries),
            replayed=[],
        )
        for source in tables
    ]


def reject(settings: Settings, entries: Sequence[Entry]) -> None:
    """Writes rejections while nothing else is to be written."""
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
        pending = receipts(store, feed, (delivery for delivery in stored if delivery not in settled))
        pending += landed
        return _on_top(connection, store, feed, pending)


def past(
    settings: Settings, store: ObjectStore, feed: str, published_from: dt.datetime, published_until: dt.datetime
) -> Plan:
    """A backfill: every delivery published in a period, rejected ones included, and all committed later ones on top."""
    found = receipts(store, feed, deliveries(store, feed))
    pending = [r for r in found if published_from <= r.published_at <= published_until]
    with sql.connect(settings, "landing") as connection:
        return _on_top(connection, store, feed, pending)


def chosen(settings: Settings, store: ObjectStore, feed: str, ids: Collection[str]) -> Plan:
    """A backfill of some deliveries and no others, and all committed later ones on top.

    Raises:
        LakehouseError: the feed has no such delivery; the message names it.
    """
    pending = receipts(store, feed, ids)
    if unknown := sorted(set(ids) - {found.delivery for found in pending}):
        raise LakehouseError(f"{feed}: there is no delivery {', '.join(unknown)}")
    with sql.connect(settings, "landing") as connection:
        return _on_top(connection, store, feed, pending)


def _on_top(connection: duckdb.DuckDBPyConnection, store: ObjectStore, feed: str, pending: list[Receipt]) -> Plan:
    if not pending:
        return Plan([], [])
    oldest, taken = min(found.order for found in pending), {found.delivery for found in pending}
    later = receipts(store, feed, _published_since(connection, feed, oldest[0]))
    return Plan(pending, [found for found in later if found.order > oldest and found.delivery not in taken])


def receipts(store: ObjectStore, feed: str, ids: Iterable[str]) -> list[Receipt]:
    """The receipts of some deliveries; one without is left out."""
    return [found for delivery in ids if (found := receipt(store, feed, delivery)) is not None]


def _settled(connection: duckdb.DuckDBPyConnection, feed: str) -> set[str]:
    rows = connection.execute(
        f"SELECT DISTINCT unnest(deliveries) FROM {sql.scan(LEDGER)} WHERE {_DELIVERED}", [feed]
    ).fetchall()
    return {delivery for (delivery,) in rows}


def _published_since(connection: duckdb.DuckDBPyConnection, feed: str, since: dt.datetime) -> list[str]:
    # events change nothing that others brought, so none of them has to be applied on top
    rows = connection.execute(
        f"""SELECT DISTINCT unnest(deliveries) FROM {sql.scan(LEDGER)}
        WHERE {_DELIVERED} AND status = 'committed' AND published_until >= ? AND NOT contains(deliveries[1], '{TO}')""",
        [feed, since],
    ).fetchall()
    return [delivery for (delivery,) in rows]
