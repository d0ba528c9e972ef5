"""Compacts and vacuums once a night: a feed of events may leave a file a minute."""

from __future__ import annotations

from airflow.sdk import DAG, CronTriggerTimetable

from dags.shared import region_tasks
from dags.shared.defaults import as_task, default_args

with DAG(
    dag_id="maintain",
    description="OPTIMIZE and VACUUM within the retention of the releases",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("0 2 * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=default_args("Data platform of Kreis Recklinghausen"),
    tags=["maintenance"],
):
    as_task(region_tasks.maintain, "maintain")()
