"""`ops.bridged`: what the bridge told of the batches that a run loaded, in one row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lakehouse.ingest.landing import Receipt
from lakehouse.lake import delta, ops
from lakehouse.lake.spans import span
from lakehouse.settings import Settings

TABLE = "bridged"


def record(settings: Settings, run_id: str, receipts: Sequence[Receipt]) -> None:
    """Writes the row of a run; a run that is tried again writes it once.

    Args:
        settings: addresses and keys.
        run_id: the run.
        receipts: what it loaded of one feed, in the order of landing; those without a word of a bridge are left out.
    """
    told = [(receipt, receipt.bridge) for receipt in receipts if receipt.bridge is not None]
    if not told:
        return
    table = delta.find(settings, "ops", TABLE)
    if table is None:
        ops.create(settings, TABLE)
    elif table.to_pyarrow_table(columns=["run_id"], filters=[("run_id", "=", run_id)]).num_rows:
        return
    first, last = told[0][0], told[-1][0]
    refused: Counter[str] = Counter()
    for _, bridge in told:
        refused.update(bridge.refused)
    row = {
        "feed": first.feed,
        "run_id": run_id,
        "deliveries": span([receipt.delivery for receipt, _ in told]),
        "landed_from": first.fetched_at,
        "landed_until": last.fetched_at,
        "batches": len(told),
        "messages": sum(bridge.messages for _, bridge in told),
        "bytes": sum(receipt.bytes for receipt, _ in told),
        "lag_seconds": max(bridge.lag_seconds for _, bridge in told),
        "refused": refused.total(),
        "refused_because": ", ".join(f"{count} {reason}" for reason, count in sorted(refused.items())),
        "reconnects": sum(bridge.reconnects for _, bridge in told),
    }
    ops.append(settings, TABLE, [row])
