"""`ops.deliveries`: what became of each delivery in each table that it fills, for whoever asks how sources deliver.

The ledger has a line per run, and a run may load what several administrations delivered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from lakehouse.errors import GateFailed, LakehouseError
from lakehouse.ingest.inbox import is_withdrawal
from lakehouse.ingest.landing import Receipt
from lakehouse.lake import delta, ops
from lakehouse.lake.spans import span
from lakehouse.settings import Settings
from lakehouse.spec.inbox import Inbox
from lakehouse.spec.source import Source

TABLE = "deliveries"
OUTCOMES = MappingProxyType(
    {
        "committed": "übernommen",
        "partly": "teilweise übernommen",
        "rejected": "abgelehnt",
        "withdrawn": "zurückgezogen",
    }
)
# Nothing else is said of a rejection: its error quotes what was delivered, and may name other deliveries of the run.
UNREADABLE = "the file cannot be read as it is declared"
NO_TEMPLATE = "the upload as a whole is not what its template asks for"
SHRUNK = "it has far fewer rows than what it replaces"
TOO_MANY_REFUSED = "too many of its rows were refused"
INCOMPLETE = "something is missing that every delivery must hold"
UNEXPECTED = "it holds something that no delivery may hold"
NOT_PASSED = "its rows break a rule of the gate"
REASONS = MappingProxyType(
    {
        UNREADABLE: "Die Datei ist nicht so lesbar wie vereinbart",
        NO_TEMPLATE: "Die Datei entspricht als Ganzes nicht der Vorlage",
        SHRUNK: "Sie hat viel weniger Zeilen als das, was sie ersetzt",
        TOO_MANY_REFUSED: "Zu viele Zeilen haben Fehler",
        INCOMPLETE: "Es fehlt etwas, das jede Lieferung enthalten muss",
        UNEXPECTED: "Sie enthält etwas, das keine Lieferung enthalten darf",
        NOT_PASSED: "Ihre Zeilen verletzen eine Prüfregel",
    }
)
# what the gate judges of a delivery as a whole begins with what was counted
_COUNTED = {
    "shrunk": SHRUNK,
    "rows": SHRUNK,
    "quarantined": TOO_MANY_REFUSED,
    "missing": INCOMPLETE,
    "strange": UNEXPECTED,
}


@dataclass(frozen=True)
class Counts:
    """Rows of one delivery in one table: `read` = `taken` + `quarantined` + `duplicate` + `filtered`.

    Of those taken `inserted` and `updated` are new and `unchanged` as before; a later delivery of the same run replaced
    the rest. `removed` rows counted before and no longer do; None if several deliveries may have removed them.
    """

    read: int
    taken: int
    quarantined: int
    duplicate: int
    filtered: int
    inserted: int
    updated: int
    unchanged: int
    removed: int | None


def record(
    settings: Settings,
    tables: Sequence[Source],
    run_id: str,
    receipts: Sequence[Receipt],
    rejected: Mapping[str, LakehouseError],
    counts: Mapping[str, Mapping[str, Counts]],
) -> None:
    """Writes what a run made of its deliveries, in one commit; those that it has written already are left out.

    Args:
        settings: addresses and keys.
        tables: what the deliveries fill.
        run_id: the run.
        receipts: the deliveries that it settled.
        rejected: why some were rejected, by delivery.
        counts: their rows by delivery and table, of those that could be read.
    """
    if tables[0].load.kind == "append":
        receipts, counts = _together(tables, receipts, rejected, counts)
    table = delta.find(settings, "ops", TABLE)
    if table is None:
        ops.create(settings, TABLE)
    else:
        own = table.to_pyarrow_table(columns=["parent", "delivery"], filters=[("run_id", "=", run_id)]).to_pylist()
        written = {(row["parent"], row["delivery"]) for row in own}
        receipts = [receipt for receipt in receipts if (receipt.feed, receipt.delivery) not in written]
    ops.append(settings, TABLE, _rows(tables, run_id, receipts, rejected, counts))


def _together(
    tables: Sequence[Source],
    receipts: Sequence[Receipt],
    rejected: Mapping[str, LakehouseError],
    counts: Mapping[str, Mapping[str, Counts]],
) -> tuple[list[Receipt], dict[str, dict[str, Counts]]]:
    """Deliveries of events as one that has the name of their span and the sum of their rows; those rejected alone."""
    taken = [receipt for receipt in receipts if receipt.delivery not in rejected]
    alone = [receipt for receipt in receipts if receipt.delivery in rejected]
    if not taken:
        return alone, {}
    name = span([receipt.delivery for receipt in taken])
    summed = {}
    for source in tables:
        rows = [asdict(counts[receipt.delivery][source.id]) for receipt in taken]
        summed[source.id] = Counts(**{column: sum(row[column] for row in rows) for column in rows[0]})
    return [*alone, taken[-1].model_copy(update={"delivery": name})], {name: summed}


def why(error: LakehouseError) -> str:
    """One of `REASONS` for a rejection."""
    if isinstance(error, GateFailed):
        found = {_COUNTED.get(failure.partition(":")[0], NOT_PASSED) for failure in error.failures}
        return next((reason for reason in REASONS if reason in found), NOT_PASSED)
    return NO_TEMPLATE if isinstance(error.__cause__, LakehouseError) else UNREADABLE


def _rows(
    tables: Sequence[Source],
    run_id: str,
    receipts: Sequence[Receipt],
    rejected: Mapping[str, LakehouseError],
    counts: Mapping[str, Mapping[str, Counts]],
) -> Iterator[dict[str, Any]]:
    for receipt in receipts:
        fetch, error = tables[0].fetch, rejected.get(receipt.delivery)
        told = fetch.path_values(receipt.address) if isinstance(fetch, Inbox) else {}
        for source in tables:
            counted = counts.get(receipt.delivery, {}).get(source.id)
            yield {
                "feed": source.id,
                "parent": source.delivery,
                "delivery": receipt.delivery,
                "run_id": run_id,
                "sender": told.get("ags", ""),
                "period": told.get("period", ""),
                "published_at": receipt.published_at,
                "fetched_at": receipt.fetched_at,
                "outcome": _outcome(receipt, error, counted),
                "reason": None if error is None else why(error),
                **(asdict(counted) if counted else {}),
                # of what is rejected nothing counts, however much of it was right
                **(dict.fromkeys(("taken", "inserted", "updated", "unchanged", "removed"), 0) if error else {}),
            }


def _outcome(receipt: Receipt, error: LakehouseError | None, counted: Counts | None) -> str:
    if error is not None:
        return "rejected"
    if is_withdrawal(receipt):
        return "withdrawn"
    return "partly" if counted and counted.quarantined else "committed"
