"""Bodies of the tasks: thin calls into the rooms, with the imports inside so that parsing stays fast.

A rejected delivery fails its task at once (the same bytes fail again); everything else is tried again.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

if TYPE_CHECKING:
    from lakehouse.landing import Receipt
    from lakehouse.spec import Source


def land(feed: str, run: str, published_from: str | None, published_until: str | None) -> dict[str, Any]:
    """Fetches what is new, or with a period takes past deliveries; returns the ids to load."""
    from lakehouse import landing, lease, ledger
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore

    settings = Settings.load()
    store = ObjectStore.for_role(settings, "landing")
    lease.take(store, feed, run)
    try:
        if published_from or published_until:
            period = _day(published_from, "0001-01-01"), _day(published_until, "9999-12-31")
            plan = ledger.past(settings, store, feed, *period)
        else:
            landing.land(store, _source(feed), settings.feeds_url, run)
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
    from lakehouse.errors import DeliveryRejected
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore
    from spark_jobs import bronze as job
    from spark_jobs import session

    settings = Settings.load()
    store = ObjectStore.for_role(settings, "spark")
    source = _source(feed)
    spark = session.connect(settings)
    good, rejected, extra = [], [], set()
    for receipt in _receipts(feed, plan["pending"]):
        try:
            parsed = job.load(spark, store, source, receipt, run)
        except DeliveryRejected as error:
            _reject(feed, run, [receipt.delivery], str(error))
            rejected.append(str(error))
        else:
            good.append(receipt.delivery)
            extra.update(parsed.extra_columns)
            print(f"{feed}: {receipt.file}: {parsed.records} records")
    if extra:
        print(f"{feed}: undeclared columns are kept in bronze: {', '.join(sorted(extra))}")
    if not good:
        raise AirflowFailException("; ".join(rejected))
    return {**plan, "pending": good, "rejected": rejected, "extra_columns": sorted(extra)}


def silver(feed: str, run: str, plan: dict[str, Any]) -> dict[str, Any]:
    """Classifies the rows of the deliveries into the batch table."""
    from lakehouse.settings import Settings
    from spark_jobs import batch, session

    deliveries = sorted(_receipts(feed, [*plan["pending"], *plan["replayed"]]), key=lambda receipt: receipt.order)
    written = batch.build(session.connect(Settings.load()), _source(feed), deliveries, run)
    print(f"{feed}: {written.records} records, {written.parsed} rows: {written.counts}")
    return {**plan, "batch": {"version": written.version, "records": written.records, "counts": written.counts}}


def gate(feed: str, run: str, plan: dict[str, Any]) -> dict[str, Any]:
    """Stops the batch if a suite with severity fail does not hold; then the deliveries count as rejected."""
    from expectations.gate import Gate
    from lakehouse.errors import GateFailed
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore
    from spark_jobs import batch, commit, session

    settings = Settings.load()
    spark = session.connect(settings)
    source, written = _source(feed), batch.Batch(**plan["batch"])
    try:
        Gate(spark, ObjectStore.for_role(settings, "spark"), run).silver_batch(
            source,
            batch.valid_rows(spark, source, written.version),
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

    entry = job.merge(
        session.connect(Settings.load()),
        _source(feed),
        batch.Batch(**plan["batch"]),
        _receipts(feed, plan["pending"]),
        _receipts(feed, plan["replayed"]),
        plan["extra_columns"],
        run,
    )
    print(f"{feed}: {entry.inserted} inserted, {entry.updated} updated, {entry.removed} removed, {entry.unchanged} as before")


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


def decide() -> dict[str, Any]:
    """Skips the build when the newest release holds everything already."""
    from lakehouse import build_plan
    from lakehouse.settings import Settings

    plan = build_plan.decide(Settings.load())
    if plan.nothing_to_do:
        raise AirflowSkipException(plan.nothing_to_do)
    return {"pins": plan.pins, "released": plan.released, "code": plan.code}


def build(run: str, plan: dict[str, Any]) -> dict[str, Any]:
    """Builds and tests the candidate marts; a failed dbt test stops the run."""
    from lakehouse.build_plan import BuildPlan
    from lakehouse.settings import Settings
    from spark_jobs import marts, session

    settings = Settings.load()
    try:
        versions = marts.build(session.connect(settings), settings, BuildPlan(**plan, nothing_to_do=None), run)
    except marts.TestFailed as error:
        raise AirflowFailException(str(error)) from error
    return {**plan, "candidates": versions, "described": marts.described()}


def gate_marts(run: str, plan: dict[str, Any]) -> None:
    """Stops the release if a suite on a candidate mart does not hold."""
    from expectations.gate import Gate
    from lakehouse.errors import GateFailed
    from lakehouse.release import latest
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore
    from spark_jobs import release, session

    settings = Settings.load()
    spark = session.connect(settings)
    store = ObjectStore.for_role(settings, "spark")
    candidates = {name: release.candidate(spark, name, v) for name, v in plan["candidates"].items()}
    base = latest(store)
    released_rows = {name: mart.rows for name, mart in base.marts.items()} if base else {}
    try:
        Gate(spark, store, run).marts(candidates, released_rows)
    except GateFailed as error:
        raise AirflowFailException(str(error)) from error


def make_release(run: str, plan: dict[str, Any]) -> None:
    """Pins silver and marts together and makes the release current."""
    from lakehouse import ledger, sql
    from lakehouse.settings import Settings
    from lakehouse.spec import discover
    from lakehouse.storage import ObjectStore
    from spark_jobs import release, session

    settings = Settings.load()
    with sql.connect(settings, "spark") as connection:
        deliveries = ledger.committed_deliveries(connection)
    made = release.make(
        session.connect(settings),
        ObjectStore.for_role(settings, "spark"),
        run_id=run,
        code=plan["code"],
        silver=plan["pins"],
        candidates=plan["candidates"],
        described=plan["described"],
        sources=discover(settings.sources_dir),
        deliveries=deliveries,
    )
    print(f"release {made.release}: " + ", ".join(f"{name} {mart.rows} rows" for name, mart in made.marts.items()))


def publish() -> None:
    """Publishes the current release; what is held back is said, what is wrong refuses the whole publication."""
    from lakehouse.settings import Settings
    from opendata.report import PublishRefused
    from opendata.job import publish as job

    try:
        report = job(Settings.load())
    except PublishRefused as error:
        raise AirflowFailException(str(error)) from error
    for dataset in report.published:
        print(f"published {dataset.dataset}: {dataset.rows} rows")
    for held in report.held_back:
        print(f"held back {held.dataset}: {held.reason} {held.remedy}")


def maintain() -> None:
    """Compacts and vacuums every table."""
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore
    from spark_jobs import maintenance, session

    settings = Settings.load()
    store = ObjectStore.for_role(settings, "spark")
    for table, done in maintenance.maintain(session.connect(settings), store, settings.release_retention_days).items():
        print(f"{table}: {done}")


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

    entry = commit.Entry(
        feed=feed, run_id=run, status="rejected", reason=reason, deliveries=deliveries, replayed=[]
    )
    commit.record(session.connect(Settings.load()), entry)


def _day(text: str | None, default: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text or default).replace(tzinfo=dt.UTC)
