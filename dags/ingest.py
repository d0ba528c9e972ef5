"""One ingest DAG per delivery: land, load, report, finish; load emits the Asset of each silver table that it fills."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from airflow.sdk import DAG, Asset, AssetAlias, AssetWatcher, CronTriggerTimetable, Param, get_parsing_context

from dags.shared import tasks
from dags.shared.defaults import as_task, default_args
from dags.shared.inbox_trigger import InboxTrigger
from dags.shared.landed_trigger import LandedTrigger
from lakehouse import names
from lakehouse.settings import Settings
from lakehouse.spec.discovery import deliverable, delivery_ids
from lakehouse.spec.mqtt import Mqtt
from lakehouse.spec.source import Source


def ingest_dag(feed: str, tables: list[Source]) -> DAG:
    """The DAG of one delivery and the tables that it fills."""
    source = tables[0]
    with DAG(
        dag_id=names.ingest_dag(feed),
        description=source.title,
        doc_md=f"{_about(tables)}\n\nScope: {source.scope_label}. See `sources/{feed}/`.",
        schedule=_schedule(source),
        catchup=False,
        max_active_runs=1,
        default_args=default_args(source.owner),
        tags=["ingest", feed.partition("__")[0]],
        params={"published_from": _day(), "published_until": _day(), "deliveries": _deliveries()},
    ) as dag:
        land = as_task(tasks.land, "land")(
            feed,
            "{{ run_id }}",
            "{{ params.published_from or '' }}",
            "{{ params.published_until or '' }}",
            "{{ params.deliveries | join(',') }}",
        )
        load = _load(tables)(feed, "{{ run_id }}", land)
        report = as_task(tasks.report_rejections, "report_rejections")(load)
        finish = as_task(tasks.finish, "finish")(feed, "{{ run_id }}")
        report >> finish.as_teardown(setups=land)
    return dag


# Airflow writes what a run is given into these objects: two parameters that shared one would both have the last value.
def _day() -> Param:
    return Param(None, type=["null", "string"], format="date", description="Backfill: deliveries by day of publication")


def _deliveries() -> Param:
    return Param([], type="array", items={"type": "string"}, description="Backfill: exactly these deliveries")


def _about(tables: list[Source]) -> str:
    return "\n\n".join(f"**{table.title}**\n\n{table.description}" for table in tables)


def _load(tables: list[Source]) -> Callable[..., Any]:
    if tables[0].load.kind == "append":
        # a release a minute helps nobody: the task says when
        alias = AssetAlias(names.silver_asset(tables[0].delivery))
        return as_task(tasks.load_events, "load", outlets=[alias])
    return as_task(tasks.load, "load", outlets=[Asset(names.silver_asset(table.id)) for table in tables])


def _schedule(source: Source) -> CronTriggerTimetable | Asset:
    if isinstance(source.fetch, Mqtt):
        watcher = AssetWatcher(name=names.landed_asset(source.delivery), trigger=LandedTrigger(source.delivery))
        return Asset(names.landed_asset(source.delivery), watchers=[watcher])
    if source.schedule is None:
        # seen by the triggerer: whoever puts a file there needs no key of Airflow, and several make one run
        trigger = InboxTrigger(source.delivery)
        watcher = AssetWatcher(name=names.inbox_asset(source.delivery), trigger=trigger)
        return Asset(names.inbox_asset(source.delivery), watchers=[watcher])
    # without a start_date a new feed waits for its next tick instead of running at once
    return CronTriggerTimetable(source.schedule, timezone="UTC")


def refused_dag(feed: str, reason: str) -> DAG:
    """Stands in for a feed whose `source.yml` is invalid: it fails once a day and says why, and all others go on."""
    with DAG(
        dag_id=names.ingest_dag(feed),
        description="source.yml is invalid",
        doc_md=f"```\n{reason}\n```",
        schedule=CronTriggerTimetable("0 5 * * *", timezone="UTC"),
        catchup=False,
        max_active_runs=1,
        default_args=default_args("Data platform of Kreis Recklinghausen"),
        tags=["ingest", "invalid"],
    ) as dag:
        as_task(tasks.refuse, "refuse")(feed)
    return dag


def _register() -> None:
    """Makes every DAG, or in a task's process only the one that it belongs to."""
    settings, wanted = Settings.load(), get_parsing_context().dag_id
    folder = settings.sources_dir
    if wanted is None:
        feeds = list(filter(settings.runs, delivery_ids(folder)))
    else:
        feeds = [feed] if (feed := names.ingested_feed(wanted)) else []
    deliveries, refused = deliverable(folder, feeds)
    for feed, tables in deliveries.items():
        globals()[names.ingest_dag(feed)] = ingest_dag(feed, tables)
    for feed, reason in refused.items():
        globals()[names.ingest_dag(feed)] = refused_dag(feed, reason)


_register()
