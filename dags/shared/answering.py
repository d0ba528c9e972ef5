"""Tells each administration what became of its uploads; the last thing that a run does, and the same if repeated."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lakehouse import names

if TYPE_CHECKING:
    from dags.shared.loading import Loaded
    from lakehouse.ingest.landing import Receipt
    from lakehouse.settings import Settings
    from lakehouse.spec.source import Source
    from lakehouse.storage import ObjectStore
    from spark_jobs.bronze import Outcome


def answer(
    settings: Settings,
    store: ObjectStore,
    tables: Sequence[Source],
    receipts: Sequence[Receipt],
    loaded: Loaded,
    outcome: Outcome,
) -> None:
    """Writes an answer for each delivery of a run, and where something has to be mended the workbook with marks.

    Args:
        settings: addresses and keys.
        store: store of the spark role.
        tables: what the deliveries fill.
        receipts: the deliveries.
        loaded: what became of them.
        outcome: what was found in them.
    """
    from lakehouse.ingest.inbox import inbox_key
    from lakehouse.lake import quarantine, sql
    from lakehouse.storage import ObjectStore
    from lakehouse.workbook import answering, answers
    from lakehouse.workbook.mark import marked

    # answers lie at the door through which uploads come in
    door = ObjectStore.for_role(settings, "landing")
    with tempfile.TemporaryDirectory() as folder, sql.connect(settings, "spark") as connection:
        path, made = Path(folder) / "upload.xlsx", Path(folder) / "answer.xlsx"
        for receipt in receipts:
            delivery = receipt.delivery
            opened = outcome.opened.get(delivery)
            store.download(names.RAW, receipt.object_key, path)
            judgement = answering.Judgement(
                rejected=loaded.rejected.get(delivery),
                tables=tables,
                checked=opened.checked if opened else None,
                answers=list(loaded.answers.get(delivery, {}).values()),
                waiting={
                    source.id: quarantine.of_delivery(connection, source.id, delivery, answering.MOST_FINDINGS + 1)
                    for source in tables
                },
            )
            told = tables[0].fetch.path_values(receipt.address)
            said = answering.compose(receipt, path, judgement, told)
            if said.findings or said.refusal:
                marked(path if opened else None, made, said.findings, said.notices, answering.said(said))
                door.put_file(names.ANSWERS, names.answer_key(inbox_key(receipt), delivery, "xlsx"), made)
            answers.write(door, inbox_key(receipt), said)
