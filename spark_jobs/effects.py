"""What each delivery of a batch does to silver, so that a changed figure can be traced to the delivery behind it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict

import duckdb

from lakehouse.ingest.landing import Receipt
from lakehouse.lake.ledger import Effect, named
from lakehouse.spec.source import Source
from spark_jobs.ranking import listed, told

_COUNTED = {"insert": "inserted", "update": "updated", "remove": "removed"}


def effects(
    connection: duckdb.DuckDBPyConnection, source: Source, pending: Sequence[Receipt], replayed: Sequence[Receipt]
) -> list[Effect]:
    """The deliveries that change a row, in the order in which they apply.

    A changed row is from the delivery that it names, if that is loaded here. Else it is gone, or is a later delivery's
    that stands on top of what is loaded: then it is from those of the same part of the table that are loaded, or of
    the whole table where their addresses name no part.

    Args:
        connection: with the table `change` of a planned batch.
        source: feed.
        pending: what is loaded.
        replayed: what is applied again on top.
    """
    loaded = sorted(pending, key=lambda receipt: receipt.order)
    scopes = {receipt.delivery: told(source, receipt) for receipt in (*loaded, *replayed)}
    own = {receipt.delivery for receipt in loaded}
    if source.load.kind == "append":
        return _of_events(connection, source, loaded)
    # the last one leaves nothing of those before it
    replaces_all = bool(source.scope_columns) or (source.load.kind == "snapshot" and not source.load.replaces)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    columns = listed(["_delivery_id", "_change", *source.scope_columns])
    for delivery, change, *values, rows in connection.execute(
        f"SELECT {columns}, count(*) FROM change GROUP BY ALL"
    ).fetchall():
        part = dict(zip(source.scope_columns, values, strict=True))
        behind = [receipt.delivery for receipt in loaded if scopes[receipt.delivery] == part]
        if delivery in own and change != "remove":
            behind = [delivery]
        elif not behind:
            # nothing of this part is loaded: an earlier delivery is read otherwise than it was
            behind = [delivery] if delivery in scopes else [receipt.delivery for receipt in loaded]
        elif replaces_all:
            behind = behind[-1:]
        for each in behind:
            counts[each][_COUNTED[change]] += rows
    return [
        Effect(
            delivery=receipt.delivery,
            scope=scopes[receipt.delivery],
            inserted=counts[receipt.delivery]["inserted"],
            updated=counts[receipt.delivery]["updated"],
            removed=counts[receipt.delivery]["removed"],
            late=receipt.delivery in own and any(later.order > receipt.order for later in replayed),
        )
        for receipt in sorted([*loaded, *replayed], key=lambda receipt: receipt.order)
        if receipt.delivery in counts
    ]


def _of_events(connection: duckdb.DuckDBPyConnection, source: Source, loaded: Sequence[Receipt]) -> list[Effect]:
    """What all of them did together: they are named by their span."""
    ((inserted,),) = connection.execute("SELECT count(*) FROM change").fetchall()
    [span] = named(source, [receipt.delivery for receipt in loaded])
    return [Effect(span, {}, inserted, 0, 0, late=False)] if inserted else []


def as_text(
    connection: duckdb.DuckDBPyConnection, source: Source, pending: Sequence[Receipt], replayed: Sequence[Receipt]
) -> str:
    """The same as the ledger keeps it."""
    return json.dumps([asdict(effect) for effect in effects(connection, source, pending, replayed)])
