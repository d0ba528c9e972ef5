"""Bodies of the tasks of one feed: thin calls into the rooms, with the imports inside so that parsing stays fast.

A rejected delivery fails its task at once (the same bytes fail again); everything else is tried again.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from dags.shared.stages import stage

if TYPE_CHECKING:
    from expectations.gate import Frame, Gate
    from lakehouse.ingest.landing import Receipt
    from lakehouse.settings import Settings
    from lakehouse.spec.source import Source
    from lakehouse.storage import ObjectStore
    from spark_jobs.batch import Batch

log = logging.getLogger("smartvest.ingest")


def land(
    feed: str, run: str, published_from: str | None, published_until: str | None, deliveries: str = ""
) -> dict[str, Any]:
    """Fetches what is new, or takes past deliveries: of a period, or those listed.

    Returns:
        receipts to load (`pending`), and those to apply again on top of them (`replayed`).
    """
    from lakehouse.ingest import landing, lease
    from lakehouse.lake import ledger
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore

    settings = Settings.load()
    store = ObjectStore.for_role(settings, "landing")
    lease.take(store, feed, run)
    try:
        if deliveries:
            plan = ledger.chosen(settings, store, feed, deliveries.split(","))
        elif published_from or published_until:
            period = _day(published_from, "0001-01-01"), _day(published_until, "9999-12-31")
            plan = ledger.past(settings, store, feed, *period)
        else:
            stored = landing.deliveries(store, feed)
            landed = _fetch(settings, store, feed, run, stored)
            plan = ledger.plan(settings, store, feed, stored, landed)
        if not plan.pending:
            raise AirflowSkipException(f"{feed}: nothing new")
    except BaseException:
        # `finish` only follows a landing that succeeded
        lease.release(store, feed, run)
        raise
    log.info("%s: %d deliveries to load, %d later ones to apply again", feed, len(plan.pending), len(plan.replayed))
    return {
        "pending": [receipt.model_dump(mode="json") for receipt in plan.pending],
        "replayed": [receipt.model_dump(mode="json") for receipt in plan.replayed],
    }


def load(feed: str, run: str, plan: dict[str, Any]) -> dict[str, Any]:
    """Takes the deliveries of a plan to silver; a delivery that breaks a file rule is rejected, the others go on.

    The whole way is one task: its stages hand on what they know, a retry begins with the landed bytes, and each stage
    does its work once however often it is called.

    Returns:
        `rejected`: why deliveries were rejected although the others went on.
    """
    from expectations.gate import Gate
    from lakehouse.ingest.landing import Receipt
    from lakehouse.lake import ledger, sql
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore
    from spark_jobs import batch, bronze, commit, session, tables

    settings = Settings.load()
    store, source = ObjectStore.for_role(settings, "spark"), _source(feed)
    _renew_lease(feed, run)
    pending = [Receipt.model_validate(receipt) for receipt in plan["pending"]]
    replayed = [Receipt.model_validate(receipt) for receipt in plan["replayed"]]
    with stage(feed, "bronze"):
        outcome = bronze.load(settings, store, source, pending, run)
        for delivery, error in outcome.rejected.items():
            ledger.reject(settings, feed, run, [delivery], str(error))
    rejected = [str(error) for error in outcome.rejected.values()]
    if not outcome.parsed:
        raise AirflowFailException("; ".join(rejected))
    if outcome.extra_columns:
        log.warning("%s: undeclared columns are kept in bronze: %s", feed, ", ".join(outcome.extra_columns))
    pending = [receipt for receipt in pending if receipt.delivery in outcome.parsed]
    deliveries = sorted([*pending, *replayed], key=lambda receipt: receipt.order)
    with sql.connect(settings, "spark") as connection:
        records = outcome.records + bronze.stored(connection, source, replayed)
        few = records * source.rows_per_record <= batch.FEW_ROWS
        with session.connect(settings, few_rows=few) as spark:
            with stage(feed, "silver"):
                tables.create_silver(spark, settings, source)
                classified = batch.build(spark, connection, store, source, deliveries, records)
                batch.write_quarantine(settings, source, classified, [r.delivery for r in deliveries], run)
                changes = commit.plan(settings, source, classified)
            log.info("%s: %d records, %d rows: %s", feed, records, classified.parsed, classified.counts)
            _renew_lease(feed, run)
            with stage(feed, "gate"):
                valid = batch.valid_rows(spark, source, classified)
                _judge(Gate(settings, store, run), settings, source, classified, valid, changes.replaced, pending, run)
            _renew_lease(feed, run)
            with stage(feed, "commit"):
                entry = commit.apply(
                    spark, settings, store, source, classified, changes,
                    pending=pending, replayed=replayed, extra_columns=outcome.extra_columns, run_id=run,
                )  # fmt: skip
    log.info(
        "%s: %d inserted, %d updated, %d removed, %d as before",
        feed, entry.inserted, entry.updated, entry.removed, entry.unchanged,
    )  # fmt: skip
    return {"rejected": rejected}


def _judge(
    gate: Gate,
    settings: Settings,
    source: Source,
    classified: Batch,
    valid: Frame,
    replaced: int,
    pending: list[Receipt],
    run: str,
) -> None:
    """Rejects the new deliveries of a batch that does not pass its gate."""
    from lakehouse.errors import GateFailed
    from lakehouse.lake import ledger
    from spark_jobs import ranking

    ids = [receipt.delivery for receipt in pending]
    alike = ranking.alike_values(classified.connection, source, ids)
    for delivery, values in alike.items():
        log.warning("%s: %s leaves out by its scope, for their form only: %s", source.id, delivery, "; ".join(values))
    try:
        gate.silver_batch(
            source,
            valid,
            batch_rows=classified.parsed,
            valid_rows=classified.counts["valid"],
            quarantined=classified.counts["quarantined"],
            current=replaced,
            found={
                "missing": ranking.missing_values(classified.connection, source, ids),
                "strange": ranking.strange_values(classified.connection, source, ids),
                "alike": alike,
            },
        )
    except GateFailed as error:
        ledger.reject(settings, source.id, run, ids, str(error))
        raise AirflowFailException(str(error)) from error


def report_rejections(loaded: dict[str, Any]) -> None:
    """Makes a rejected delivery visible although the others went on: `load` has to succeed, or no mart would follow."""
    if loaded["rejected"]:
        raise AirflowFailException("; ".join(loaded["rejected"]))


def finish(feed: str, run: str) -> None:
    """Gives the lease back."""
    from lakehouse.ingest import lease
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore

    lease.release(ObjectStore.for_role(Settings.load(), "landing"), feed, run)


def refuse(feed: str) -> None:
    """Fails with the reason why a feed cannot be read.

    It is read again here: as an argument the reason would be rendered as a template, and it quotes the file.
    """
    from lakehouse.errors import SpecError

    try:
        _source(feed)
    except SpecError as error:
        raise AirflowFailException(str(error)) from None


def _fetch(settings: Settings, store: ObjectStore, feed: str, run: str, stored: Sequence[str]) -> list[Receipt]:
    """Lands what is new and writes down the attempt, so that an outage of the source has a length."""
    from lakehouse.errors import FetchError
    from lakehouse.ingest import fetch_log, landing

    try:
        landed = landing.land(store, _source(feed), settings.feeds_url, run, stored, settings.contact)
    except FetchError as error:
        fetch_log.record(store, feed, run, "failed", str(error))
        raise
    fetch_log.record(store, feed, run, "ok" if landed else "unchanged")
    return landed


def _renew_lease(feed: str, run: str) -> None:
    """A run that was thought dead and lost its lease stops here instead of writing beside its successor."""
    from lakehouse.ingest import lease
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore

    lease.take(ObjectStore.for_role(Settings.load(), "landing"), feed, run)


def _source(feed: str) -> Source:
    from lakehouse.settings import Settings
    from lakehouse.spec.discovery import load_source

    return load_source(Settings.load().sources_dir / feed / "source.yml")


def _day(text: str | None, default: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text or default).replace(tzinfo=dt.UTC)
