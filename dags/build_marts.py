"""Builds, gates and releases the marts whenever any silver table changed."""

from __future__ import annotations

from airflow.sdk import DAG, Asset, AssetAny

from dags.shared import region_tasks
from dags.shared.defaults import as_task, default_args
from lakehouse import names
from lakehouse.settings import Settings
from lakehouse.spec.discovery import feed_ids

with DAG(
    dag_id="build_marts",
    description="dbt build, gate and release",
    doc_md=__doc__,
    # a list of Assets would mean AND: one feed that is late would keep all others from being released
    schedule=AssetAny(*(Asset(names.silver_asset(feed)) for feed in feed_ids(Settings.load().sources_dir))),
    catchup=False,
    max_active_runs=1,
    default_args=default_args("Data platform of Kreis Recklinghausen"),
    tags=["marts"],
):
    decide = as_task(region_tasks.decide, "decide")()
    build = as_task(region_tasks.build, "build")("{{ run_id }}", decide)
    gate = as_task(region_tasks.gate_marts, "gate")("{{ run_id }}", decide, build)
    released = [Asset(names.RELEASE_ASSET)]
    release = as_task(region_tasks.make_release, "release", outlets=released)("{{ run_id }}", decide, build)
    gate >> release
