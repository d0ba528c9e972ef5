"""Makes the cockpit and the start page of every new release."""

from __future__ import annotations

from airflow.sdk import DAG, Asset

from dags.shared import region_tasks
from dags.shared.defaults import as_task, default_args
from lakehouse import names

with DAG(
    dag_id="cockpit",
    description="Static pages of the current release for councils, CDOs and operators",
    doc_md=__doc__,
    schedule=[Asset(names.RELEASE_ASSET)],
    catchup=False,
    max_active_runs=1,
    default_args=default_args("Kreis Recklinghausen, Stabsstelle Digitalisierung"),
    tags=["cockpit"],
):
    as_task(region_tasks.make_cockpit, "cockpit")()
