"""Bodies of the tasks of the whole region: thin calls into the rooms, imported inside so that parsing stays fast.

What the same data would break again fails its task at once; everything else is tried again.
"""

from __future__ import annotations

import logging
from typing import Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

log = logging.getLogger("smartvest.marts")


def decide() -> dict[str, Any]:
    """Skips the build when the newest release holds everything already; else says what it reads."""
    import dataclasses

    from lakehouse.lake import build_plan
    from lakehouse.settings import Settings

    plan = build_plan.decide(Settings.load())
    if plan.nothing_to_do:
        raise AirflowSkipException(plan.nothing_to_do)
    return dataclasses.asdict(plan)


def build(run: str, plan: dict[str, Any]) -> dict[str, Any]:
    """Builds, tests and measures the candidate marts; a failed dbt test stops the run."""
    import dataclasses

    from lakehouse.errors import SpecError
    from lakehouse.lake.build_plan import BuildPlan
    from lakehouse.settings import Settings
    from spark_jobs import marts

    try:
        candidates = marts.build(Settings.load(), BuildPlan(**plan), run)
    except (marts.TestFailed, SpecError) as error:
        raise AirflowFailException(str(error)) from error
    return {name: dataclasses.asdict(built) for name, built in candidates.items()}


def gate_marts(run: str, plan: dict[str, Any], candidates: dict[str, Any]) -> None:
    """Stops the release if a candidate mart does not hold against the last one; what was not built cannot.

    Where feeds that it rests on disagree with others, that is told.
    """
    from expectations.gate import Gate, Moved
    from expectations.suites import reconciliation
    from lakehouse import names
    from lakehouse.errors import GateFailed
    from lakehouse.lake import ops, sql
    from lakehouse.lake.profile import profile
    from lakehouse.lake.release import MartColumn, latest
    from lakehouse.settings import Settings
    from lakehouse.spec.discovery import load_sources
    from lakehouse.spec.inbox import Inbox
    from lakehouse.storage import ObjectStore
    from spark_jobs import dbt_project

    settings = Settings.load()
    store = ObjectStore.for_role(settings, "spark")
    base, described, moved = latest(store), dbt_project.described()["marts"], {}
    # what is pinned at 0 never came and has no table
    tables = {pin: sql.scan(ops.uri(pin), version) for pin, version in plan["pins"].items() if version}
    tables |= {name: sql.scan(names.uri("marts", name), built["version"]) for name, built in candidates.items()}
    with sql.connect(settings, "spark") as connection:
        for name, built in candidates.items():
            pin = base.marts.get(name) if base else None
            if pin is not None and pin.version == built["version"]:
                continue
            columns = [MartColumn(**column) for column in described[name]["columns"]]
            sources = load_sources(settings.sources_dir, ops.feeds(described[name]["inputs"])).values()
            moved[name] = Moved(
                now=profile(connection, f"FROM {tables[name]}", columns),
                before=profile(connection, sql.released(pin), pin.columns) if pin else None,
                owner=described[name]["owner"],
                by_people=any(isinstance(source.fetch, Inbox) for source in sources),
            )
        rebuilt = {*moved}.union(*(described[name]["inputs"] for name in moved))
        reconciled = reconciliation.suite(connection, tables, rebuilt)
    try:
        Gate(settings, store, run).marts(moved, reconciled)
    except GateFailed as error:
        raise AirflowFailException(str(error)) from error


def make_release(run: str, plan: dict[str, Any], candidates: dict[str, Any]) -> None:
    """Pins silver and marts together and makes the release current; then shows what dbt says of it."""
    from lakehouse import names
    from lakehouse.lake import checked, ops
    from lakehouse.lake.release import DeliveryChange, ReleaseAltered
    from lakehouse.lake.release_files import NotReleasable
    from lakehouse.settings import Settings
    from lakehouse.spec.discovery import load_sources
    from lakehouse.storage import ObjectStore
    from spark_jobs import dbt_project, release, session

    settings = Settings.load()
    store, described = ObjectStore.for_role(settings, "spark"), dbt_project.described()
    with session.connect(settings) as spark:
        try:
            made = release.make(
                spark,
                store,
                run_id=run,
                code=plan["code"],
                silver=plan["pins"],
                candidates={name: release.Candidate(**built) for name, built in candidates.items()},
                described=described,
                sources=load_sources(settings.sources_dir, ops.feeds(plan["pins"])),
                deliveries=plan["deliveries"],
                changes={feed: [DeliveryChange(**one) for one in made] for feed, made in plan["changes"].items()},
                checked=checked.of_run(settings, run, described["tests"]),
            )
        except (NotReleasable, ReleaseAltered) as error:
            raise AirflowFailException(str(error)) from error
    rows = ", ".join(f"{name} {mart.rows} rows" for name, mart in made.marts.items())
    log.info("release %d: %s", made.release, rows)
    try:
        store.put_file(names.LAKE, names.DBT_PAGE, dbt_project.documentation(), "text/html; charset=utf-8")
    except Exception as error:
        # the release stands whatever becomes of a page on it
        log.warning("release %d has no page of dbt's documentation: %s", made.release, error)


def publish() -> None:
    """Publishes the current release; what is held back is said, what is wrong refuses the whole publication."""
    from lakehouse.settings import Settings
    from opendata.job import publish as job
    from opendata.report import PublishRefused

    try:
        report = job(Settings.load())
    except PublishRefused as error:
        raise AirflowFailException(str(error)) from error
    for dataset in report.published:
        log.info("published %s: %d rows", dataset.dataset, dataset.rows)
    for held in report.held_back:
        log.info("held back %s: %s %s", held.dataset, held.reason, held.remedy)


def serve() -> None:
    """Loads the current release into PostgreSQL; what cannot be served leaves there what was."""
    from serving.config import NotServed, ServingSettings
    from serving.load import load

    try:
        log.info("%s", load(ServingSettings.load()))
    except NotServed as error:
        raise AirflowFailException(str(error)) from error


def make_cockpit() -> None:
    """Makes the pages of the current release and shows them; a failure leaves those of the release before."""
    from cockpit import job
    from lakehouse.settings import Settings

    log.info("the cockpit shows release %d", job.make(Settings.load()))


def maintain() -> None:
    """Compacts and vacuums every table."""
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore
    from spark_jobs import maintenance, session

    settings = Settings.load()
    store = ObjectStore.for_role(settings, "spark")
    with session.connect(settings) as spark:
        for table, done in maintenance.maintain(spark, settings, store).items():
            log.info("%s: %s", table, done)
