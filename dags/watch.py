"""Looks every hour how fresh each feed is, and alerts the owner once when data are late."""

from __future__ import annotations

from airflow.sdk import DAG, CronTriggerTimetable

from dags.shared import watch_tasks
from dags.shared.defaults import as_task, default_args

with DAG(
    dag_id="watch_sources",
    description="ops.source_health: freshness, lateness and outages of every feed",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("40 * * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=default_args("Data platform of Kreis Recklinghausen"),
    tags=["watch"],
):
    as_task(watch_tasks.watch, "watch")()
