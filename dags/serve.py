"""Serves every new release from PostgreSQL; the one that was served before stays until the new one is complete."""

from __future__ import annotations

from airflow.sdk import DAG, Asset

from dags.shared import region_tasks
from dags.shared.defaults import as_task, default_args
from lakehouse import names

with DAG(
    dag_id="serve",
    description="The marts of the current release for tools that speak ODBC or JDBC",
    doc_md=__doc__,
    schedule=[Asset(names.RELEASE_ASSET)],
    catchup=False,
    max_active_runs=1,
    default_args=default_args("Data platform of Kreis Recklinghausen"),
    tags=["serve"],
):
    as_task(region_tasks.serve, "serve")()
