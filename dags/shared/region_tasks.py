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
    from spark_jobs import marts, session

    settings, decided = Settings.load(), BuildPlan(**plan)
    try:
        with session.connect(settings, few_rows=decided.rows <= marts.FEW_ROWS) as spark:
            candidates = marts.build(spark, settings, decided, run)
    except (marts.TestFailed, SpecError) as error:
        raise AirflowFailException(str(error)) from error
    return {name: dataclasses.asdict(built) for name, built in candidates.items()}


def gate_marts(run: str, candidates: dict[str, Any]) -> None:
    """Stops the release if a candidate mart does not hold against the last one."""
    from expectations.gate import Gate
    from lakehouse.errors import GateFailed
    from lakehouse.lake.release import latest
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore

    settings = Settings.load()
    store = ObjectStore.for_role(settings, "spark")
    base = latest(store)
    try:
        Gate(settings, store, run).marts(
            {name: built["rows"] for name, built in candidates.items()},
            {name: mart.rows for name, mart in base.marts.items()} if base else {},
        )
    except GateFailed as error:
        raise AirflowFailException(str(error)) from error


def make_release(run: str, plan: dict[str, Any], candidates: dict[str, Any]) -> None:
    """Pins silver and marts together and makes the release current."""
    from lakehouse.lake.release import ReleaseAltered
    from lakehouse.lake.release_files import NotReleasable
    from lakehouse.settings import Settings
    from lakehouse.spec.discovery import load_sources
    from lakehouse.storage import ObjectStore
    from spark_jobs import marts, release, session

    settings = Settings.load()
    with session.connect(settings) as spark:
        try:
            made = release.make(
                spark,
                ObjectStore.for_role(settings, "spark"),
                run_id=run,
                code=plan["code"],
                silver=plan["pins"],
                candidates={name: release.Candidate(**built) for name, built in candidates.items()},
                described=marts.described(),
                sources=load_sources(settings.sources_dir, plan["pins"]),
                deliveries=plan["deliveries"],
            )
        except (NotReleasable, ReleaseAltered) as error:
            raise AirflowFailException(str(error)) from error
    rows = ", ".join(f"{name} {mart.rows} rows" for name, mart in made.marts.items())
    log.info("release %d: %s", made.release, rows)


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
