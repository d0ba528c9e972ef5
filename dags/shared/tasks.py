"""Bodies of the tasks of one feed: thin calls into the rooms, with the imports inside so that parsing stays fast.

A rejected delivery fails its task at once (the same bytes fail again); everything else is tried again.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

if TYPE_CHECKING:
    from lakehouse.landing import Receipt
    from lakehouse.settings import Settings
    from lakehouse.spec import Source
    from lakehouse.storage import ObjectStore


def land(
    feed: str, run: str, published_from: str | None, published_until: str | None, deliveries: str = ""
) -> dict[str, Any]:
    """Fetches what is new, or takes past deliveries: of a period, or those listed; returns the ids to load."""
    from lakehouse import lease, ledger
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
            _fetch(settings, store, feed, run)
            plan = ledger.plan(settings, store, feed)
        if not plan.pending:
            raise AirflowSkipException(f"{feed}: nothing new")
    except BaseException:
        # `finish` only follows a landing that succeeded
        lease.release(store, feed, run)
        raise
    print(f"{feed}: {len(plan.pending)} deliveries to load, {len(plan.replayed)} later ones to apply again")
    return {
        "pending": [receipt.delivery for receipt in plan.pending],
        "replayed": [receipt.delivery for receipt in plan.replayed],
    }


def bronze(feed: str, run: str, plan: dict[str, Any]) -> dict[str, Any]:
    """Parses the pending deliveries; one that breaks a file rule is rejected, the others go on."""
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore
    from spark_jobs import bronze as job
    from spark_jobs import session, tables

    _renew_lease(feed, run)
    settings = Settings.load()
    store = ObjectStore.for_role(settings, "spark")
    source = _source(feed)
    with session.connect(settings) as spark:
        # a feed that was dropped in since the stack came up has no tables yet
        tables.create_feed(spark, source, settings.release_retention_days)
        loaded = job.load(spark, store, source, _receipts(feed, plan["pending"]), run)
    for delivery, error in loaded.rejected.items():
        _reject(feed, run, [delivery], str(error))
    if extra := sorted({column for parsed in loaded.parsed.values() for column in parsed.extra_columns}):
        print(f"{feed}: undeclared columns are kept in bronze: {', '.join(extra)}")
    rejected = [str(error) for error in loaded.rejected.values()]
    if not loaded.parsed:
        raise AirflowFailException("; ".join(rejected))
    print(f"{feed}: {sum(p.records for p in loaded.parsed.values())} records of {len(loaded.parsed)} deliveries")
    return {**plan, "pending": list(loaded.parsed), "rejected": rejected, "extra_columns": extra}


def silver(feed: str, run: str, plan: dict[str, Any]) -> dict[str, Any]:
    """Classifies the rows of the deliveries into the batch table."""
    from lakehouse.settings import Settings
    from spark_jobs import batch, session

    _renew_lease(feed, run)
    deliveries = sorted(_receipts(feed, [*plan["pending"], *plan["replayed"]]), key=lambda receipt: receipt.order)
    with session.connect(Settings.load()) as spark:
        written = batch.build(spark, _source(feed), deliveries, run)
    print(f"{feed}: {written.records} records, {written.parsed} rows: {written.counts}")
    return {**plan, "batch": {"version": written.version, "records": written.records, "counts": written.counts}}


def gate(feed: str, run: str, plan: dict[str, Any]) -> dict[str, Any]:
    """Stops the batch if a suite with severity fail does not hold; then the deliveries count as rejected."""
    from expectations.gate import Gate
    from lakehouse.errors import GateFailed
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore
    from spark_jobs import batch, commit, session

    _renew_lease(feed, run)
    settings = Settings.load()
    with session.connect(settings) as spark:
        source, written = _source(feed), batch.Batch(**plan["batch"])
        try:
            Gate(spark, ObjectStore.for_role(settings, "spark"), run).silver_batch(
                source,
                batch.valid_rows(spark, source, written.version),
                batch.read(spark, source, written.version),
                pending=plan["pending"],
                batch_rows=written.parsed,
                valid_rows=written.counts["valid"],
                quarantined=written.counts["quarantined"],
                current=commit.replaced_rows(spark, source, written),
            )
        except GateFailed as error:
            _reject(feed, run, plan["pending"], str(error))
            raise AirflowFailException(str(error)) from error
        return plan


def commit(feed: str, run: str, plan: dict[str, Any]) -> None:
    """Merges the batch into silver and writes the ledger."""
    from lakehouse.settings import Settings
    from spark_jobs import batch, session
    from spark_jobs import commit as job

    _renew_lease(feed, run)
    with session.connect(Settings.load()) as spark:
        entry = job.merge(
            spark,
            _source(feed),
            batch.Batch(**plan["batch"]),
            _receipts(feed, plan["pending"]),
            _receipts(feed, plan["replayed"]),
            plan["extra_columns"],
            run,
        )
    print(
        f"{feed}: {entry.inserted} inserted, {entry.updated} updated, {entry.removed} removed, "
        f"{entry.unchanged} as before"
    )


def verdict(plan: dict[str, Any]) -> None:
    """Makes a rejected delivery visible although the others went on."""
    if plan["rejected"]:
        raise AirflowFailException("; ".join(plan["rejected"]))


def finish(feed: str, run: str) -> None:
    """Gives the lease back."""
    from lakehouse import lease
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


def _fetch(settings: Settings, store: ObjectStore, feed: str, run: str) -> None:
    """Lands what is new and writes down the attempt, so that an outage of the source has a length."""
    from lakehouse import fetches, landing
    from lakehouse.errors import FetchError

    try:
        landed = landing.land(store, _source(feed), settings.feeds_url, run)
    except FetchError as error:
        fetches.record(store, feed, run, "failed", str(error))
        raise
    fetches.record(store, feed, run, "ok" if landed else "unchanged")


def _renew_lease(feed: str, run: str) -> None:
    """A run that was thought dead and lost its lease stops here instead of writing beside its successor."""
    from lakehouse import lease
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore

    lease.take(ObjectStore.for_role(Settings.load(), "landing"), feed, run)


def _source(feed: str) -> Source:
    from lakehouse.settings import Settings
    from lakehouse.spec import load_source

    return load_source(Settings.load().sources_dir / feed / "source.yml")


def _receipts(feed: str, ids: list[str]) -> list[Receipt]:
    from lakehouse.landing import receipt
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore

    store = ObjectStore.for_role(Settings.load(), "spark")
    return [found for delivery in ids if (found := receipt(store, feed, delivery)) is not None]


def _reject(feed: str, run: str, deliveries: list[str], reason: str) -> None:
    from lakehouse.settings import Settings
    from spark_jobs import commit, session

    entry = commit.Entry(feed=feed, run_id=run, status="rejected", reason=reason, deliveries=deliveries, replayed=[])
    with session.connect(Settings.load()) as spark:
        commit.record(spark, entry)


def _day(text: str | None, default: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text or default).replace(tzinfo=dt.UTC)
