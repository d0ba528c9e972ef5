"""Publishes the open data of every new release."""

from __future__ import annotations

from airflow.sdk import DAG, Asset

from dags.shared import region_tasks
from dags.shared.defaults import as_task, default_args
from lakehouse import names

with DAG(
    dag_id="publish",
    description="CSV, Parquet and the DCAT-AP.de catalogue of the current release",
    doc_md=__doc__,
    schedule=[Asset(names.RELEASE_ASSET)],
    catchup=False,
    max_active_runs=1,
    default_args=default_args("Open data office of Kreis Recklinghausen"),
    tags=["publish"],
):
    as_task(region_tasks.publish, "publish")()
