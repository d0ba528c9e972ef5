"""From landed deliveries to silver: every table that they fill, gated together before any of them is written."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dags.shared.stages import stage

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from lakehouse.errors import LakehouseError
    from lakehouse.ingest.landing import Receipt
    from lakehouse.lake.deliveries import Counts
    from lakehouse.lake.ledger import Entry
    from lakehouse.settings import Settings
    from lakehouse.spec.source import Source
    from lakehouse.storage import ObjectStore
    from lakehouse.workbook.answers import TableAnswer
    from spark_jobs.batch import Batch
    from spark_jobs.bronze import Outcome
    from spark_jobs.commit import Changes

log = logging.getLogger("smartvest.ingest")


@dataclass(frozen=True)
class Planned:
    """A table with what some deliveries bring to it, classified and compared with silver."""

    source: Source
    connection: duckdb.DuckDBPyConnection
    batch: Batch
    changes: Changes


@dataclass
class Loaded:
    """What became of deliveries: `rejected` says why some were not taken; by delivery id, as all of it.

    `refused` holds the error behind a rejection, `counts` what became of their rows by table, and `answers` what those
    are told of them who put them into the inbox.
    """

    rejected: dict[str, LakehouseError] = field(default_factory=dict)
    committed: list[str] = field(default_factory=list)
    counts: dict[str, dict[str, Counts]] = field(default_factory=dict)
    answers: dict[str, dict[str, TableAnswer]] = field(default_factory=dict)


class Loading:
    """One run of a delivery's tables; every stage that writes what others see first renews the lease."""

    def __init__(
        self,
        settings: Settings,
        store: ObjectStore,
        tables: Sequence[Source],
        run: str,
        renew: Callable[[], None],
    ) -> None:
        """Keeps what all stages need.

        Args:
            settings: addresses and keys.
            store: store of the spark role.
            tables: what is filled, each behind those that it refers to.
            run: run that loads.
            renew: raises if another run took the lease.
        """
        self.settings, self.store, self.tables, self.run, self.renew = settings, store, tables, run, renew
        self.feed = tables[0].delivery
        self.loaded = Loaded()
        # Written together with what the run has to say of the others: the newest delivery that the ledger names settles
        # all events before it.
        self.refused: list[Entry] = []

    def load(self, pending: list[Receipt], replayed: list[Receipt]) -> tuple[Loaded, Outcome]:
        """Takes deliveries to silver; one that breaks a rule is rejected, the others go on.

        What an administration put into the inbox must not fail for another one's fault: where a batch does not pass
        its gate, its deliveries are tried one by one.
        """
        from lakehouse.errors import GateFailed
        from lakehouse.lake import ledger
        from lakehouse.spec.inbox import Inbox
        from spark_jobs import bronze

        with stage(self.feed, "bronze"):
            outcome = bronze.load(self.settings, self.store, self.tables, pending, self.run)
        for delivery, error in outcome.rejected.items():
            self.refused += ledger.rejections(self.tables, self.run, [delivery], str(error))
        self.loaded.rejected |= outcome.rejected
        pending = sorted((r for r in pending if r.delivery not in outcome.rejected), key=lambda r: r.order)
        if not pending:
            ledger.reject(self.settings, self.refused)
            return self.loaded, outcome
        for source in self.tables:
            if extra := outcome.extra_columns(source.id):
                log.warning("%s: undeclared columns are kept in bronze: %s", source.id, ", ".join(extra))
        several = len(pending) > 1 and isinstance(self.tables[0].fetch, Inbox)
        try:
            self._commit(outcome, pending, replayed, self.run)
        except GateFailed as error:
            if not several:
                self._reject(pending, error)
                return self.loaded, outcome
            log.warning("%s: %s; its deliveries are tried one by one", self.feed, error)
            for receipt in pending:
                later = [r for r in replayed if r.order > receipt.order]
                try:
                    self._commit(outcome, [receipt], later, f"{self.run}#{receipt.delivery}")
                except GateFailed as own:
                    self._reject([receipt], own)
        return self.loaded, outcome

    def _reject(self, receipts: list[Receipt], error: LakehouseError) -> None:
        from lakehouse.lake import ledger

        ids = [receipt.delivery for receipt in receipts]
        ledger.reject(self.settings, [*ledger.rejections(self.tables, self.run, ids, str(error)), *self.refused])
        self.refused = []
        self.loaded.rejected |= dict.fromkeys(ids, error)

    def _commit(self, outcome: Outcome, pending: list[Receipt], replayed: list[Receipt], mark: str) -> None:
        """Plans, gates and writes some deliveries; raises GateFailed before anything is written."""
        from lakehouse.lake import ledger
        from spark_jobs import feedback

        with self._planned(outcome, pending, replayed, mark) as (spark, planned):
            for table in planned:
                counted = feedback.counts(table.connection, table.source)
                # what is tried again alone is judged again
                for delivery, rows in counted.items():
                    self.loaded.counts.setdefault(delivery, {})[table.source.id] = rows
                if table.source.scope_columns:
                    for delivery, answer in feedback.table_answers(table.connection, table.source, counted).items():
                        self.loaded.answers.setdefault(delivery, {})[table.source.id] = answer
            self.renew()
            with stage(self.feed, "gate"):
                self._gate(spark, planned, pending)
            self.renew()
            with stage(self.feed, "commit"):
                entries = [self._apply(spark, table, outcome, pending, replayed, mark) for table in planned]
                ledger.record(self.settings, planned[0].connection, [*entries, *self.refused])
        self.refused = []
        self.loaded.committed += [receipt.delivery for receipt in pending]
        for entry in entries:
            log.info(
                "%s: %d inserted, %d updated, %d removed, %d as before",
                entry.feed, entry.inserted, entry.updated, entry.removed, entry.unchanged,
            )  # fmt: skip

    @contextmanager
    def _planned(
        self, outcome: Outcome, pending: list[Receipt], replayed: list[Receipt], mark: str
    ) -> Iterator[tuple[Any, list[Planned]]]:
        """Every table's rows, classified by Spark and compared with silver; the connections hold them."""
        from lakehouse.lake import sql
        from spark_jobs import batch, bronze, session

        deliveries = sorted([*pending, *replayed], key=lambda receipt: receipt.order)
        with ExitStack() as opened:
            connections = [opened.enter_context(sql.connect(self.settings, "spark")) for _ in self.tables]
            records = [
                sum(outcome.parsed[source.id][receipt.delivery].records for receipt in pending)
                + bronze.stored(connection, source, replayed)
                for source, connection in zip(self.tables, connections, strict=True)
            ]
            rows = [count * source.rows_per_record for count, source in zip(records, self.tables, strict=True)]
            spark = opened.enter_context(session.connect(self.settings, few_rows=max(rows) <= batch.FEW_ROWS))
            planned: list[Planned] = []
            with stage(self.feed, "silver"):
                for source, connection, count in zip(self.tables, connections, records, strict=True):
                    planned.append(self._plan(spark, source, connection, deliveries, count, planned, mark))
            yield spark, planned

    def _plan(
        self,
        spark: Any,
        source: Source,
        connection: duckdb.DuckDBPyConnection,
        deliveries: list[Receipt],
        records: int,
        before: list[Planned],
        mark: str,
    ) -> Planned:
        from spark_jobs import batch, commit, ranking, tables

        others = {table.source.id: table.connection for table in before}
        referred = {}
        for column in source.columns:
            feed, _, name = (column.refers_to or "").partition(".")
            if feed in others:
                referred[column.name] = ranking.referable(others[feed], name)
        tables.create_silver(spark, self.settings, source)
        classified = batch.build(spark, connection, self.store, source, deliveries, records, referred)
        ids = [receipt.delivery for receipt in deliveries]
        batch.write_quarantine(self.settings, source, classified, ids, self.run)
        log.info("%s: %d records, %d rows: %s", source.id, records, classified.parsed, classified.counts)
        return Planned(source, connection, classified, commit.plan(self.settings, source, classified, mark))

    def _gate(self, spark: Any, planned: list[Planned], pending: list[Receipt]) -> None:
        """Judges all tables, so that one rejection names what is wrong with every one of them; raises GateFailed."""
        from expectations.gate import Gate
        from lakehouse.errors import GateFailed

        gate, failed = Gate(self.settings, self.store, self.run), []
        for table in planned:
            try:
                gate.silver_batch(**self._judged(spark, table, pending))
            except GateFailed as error:
                failed.append(error)
        if len(failed) == 1:
            raise failed[0]
        if failed:
            raise GateFailed(", ".join(e.suite for e in failed), [text for e in failed for text in e.failures])

    def _judged(self, spark: Any, table: Planned, pending: list[Receipt]) -> dict[str, Any]:
        from lakehouse.ingest.inbox import is_withdrawal
        from spark_jobs import batch, feedback, ranking

        source, connection = table.source, table.connection
        ids = [receipt.delivery for receipt in pending]
        alike = ranking.alike_values(connection, source, ids)
        for delivery, values in alike.items():
            log.warning(
                "%s: %s leaves out by its scope, for their form only: %s", source.id, delivery, "; ".join(values)
            )
        kept = [receipt.delivery for receipt in pending if not is_withdrawal(receipt)]
        return {
            "source": source,
            "valid": batch.valid_rows(spark, source, table.batch),
            "batch_rows": table.batch.parsed,
            "valid_rows": table.batch.counts["valid"],
            "quarantined": table.batch.counts["quarantined"],
            "current": 0 if source.scope_columns else table.changes.replaced,
            "found": {
                "missing": ranking.missing_values(connection, source, ids),
                "strange": ranking.strange_values(connection, source, ids),
                "alike": alike,
                "shrunk": feedback.shrunk(connection, source, kept),
            },
        }

    def _apply(
        self,
        spark: Any,
        table: Planned,
        outcome: Outcome,
        pending: list[Receipt],
        replayed: list[Receipt],
        mark: str,
    ) -> Entry:
        from spark_jobs import commit

        source, batch = table.source, table.batch
        written = commit.apply(spark, self.settings, self.store, source, batch, table.changes, mark=mark)
        return commit.entry(
            source,
            batch,
            written,
            pending=pending,
            replayed=replayed,
            extra_columns=outcome.extra_columns(source.id),
            run_id=self.run,
        )
