"""Bodies of the tasks of the whole region: thin calls into the rooms, imported inside so that parsing stays fast.

What the same data would break again fails its task at once; everything else is tried again.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException


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
    """Stops the release if a suite on a candidate mart does not hold."""
    from expectations.gate import Gate
    from expectations.suites import custom_suite
    from lakehouse import names
    from lakehouse.errors import GateFailed
    from lakehouse.lake import sql
    from lakehouse.lake.release import latest
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore

    settings = Settings.load()
    store = ObjectStore.for_role(settings, "spark")
    base = latest(store)
    with sql.connect(settings, "spark") as connection:
        # rules of a person's own are for marts that people read, and those fit into memory
        frames = {
            name: connection.execute(
                f"SELECT * FROM {sql.scan(names.uri('marts', name), built['version'])}"
            ).to_arrow_table()
            for name, built in candidates.items()
            if custom_suite("marts", name)
        }
    try:
        Gate(settings, store, run).marts(
            frames,
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
    from lakehouse.spec.source import load_sources
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
    print(f"release {made.release}: " + ", ".join(f"{name} {mart.rows} rows" for name, mart in made.marts.items()))


def publish() -> None:
    """Publishes the current release; what is held back is said, what is wrong refuses the whole publication."""
    import dataclasses
    import json

    from lakehouse import names
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore
    from opendata.job import publish as job
    from opendata.report import PublishRefused

    settings = Settings.load()
    try:
        report = job(settings)
    except PublishRefused as error:
        raise AirflowFailException(str(error)) from error
    body = json.dumps(dataclasses.asdict(report), indent=1).encode()
    store = ObjectStore.for_role(settings, "publisher")
    store.put(names.LAKE, names.publication_key(report.release), body, "application/json")
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
    with session.connect(settings) as spark:
        for table, done in maintenance.maintain(spark, settings, store).items():
            print(f"{table}: {done}")
