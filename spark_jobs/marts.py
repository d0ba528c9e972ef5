"""Builds the candidate marts with one dbt process and keeps every node's outcome."""

from __future__ import annotations

import json
import os
import re
import shutil
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from lakehouse import names
from lakehouse.errors import LakehouseError
from lakehouse.lake import ops
from lakehouse.lake.build_plan import DBT_DIR, BuildPlan
from lakehouse.lake.dbt_artifacts import describe, mart_names, outcomes, write_sources
from lakehouse.lake.release import latest
from lakehouse.settings import Settings, state_dir
from lakehouse.spec.discovery import load_sources
from lakehouse.storage import ObjectStore
from spark_jobs.release import Candidate, measure, restore_candidates

# up to so many rows of silver, generated code costs more than it saves
FEW_ROWS = 50_000
_VERSION = re.compile(r"/_delta_log/(\d{20})\.json$")


class BuildFailed(LakehouseError):
    """dbt could not build a model; trying again may help."""


class TestFailed(LakehouseError):
    """A dbt test does not hold; the same data will break it again."""


def build(spark: SparkSession, settings: Settings, plan: BuildPlan, run_id: str) -> dict[str, Candidate]:
    """Builds and tests every mart from the pinned silver versions.

    Returns:
        each candidate mart, measured.

    Raises:
        TestFailed: a test does not hold; names each and why. The release stays as it was.
        BuildFailed: a model could not be built; names each and why.
    """
    target = state_dir() / "dbt"
    project = _project(settings, plan.pins, target / "project")
    store = ObjectStore.for_role(settings, "spark")
    base = latest(store)
    if base and plan.released:
        restore_candidates(spark, base, _incremental(target))
    finished = _run(spark, settings, plan, project, target)
    results = [_explained(spark, r) for r in outcomes(target / "run_results.json")] if finished else []
    kept = ("node", "kind", "status", "seconds", "message")
    ops.append(settings, "model_results", ({"run_id": run_id, **{k: r[k] for k in kept}} for r in results))
    if not finished:
        raise BuildFailed(f"dbt did not start; see {target / 'logs'}")
    if broken := _with_status(results, "error"):
        raise BuildFailed("dbt could not build " + "; ".join(broken))
    if failed := _with_status(results, "fail"):
        raise TestFailed("these dbt tests do not hold: " + "; ".join(failed))
    return measure(spark, {name: _latest_version(store, name) for name in mart_names(DBT_DIR)})


def described() -> dict[str, Any]:
    """What dbt's manifest of the last build says about marts and publications; read where the build ran."""
    return describe(state_dir() / "dbt" / "manifest.json")


def _project(settings: Settings, feeds: Iterable[str], into: Path) -> Path:
    """A copy of the project with the sources of this stack: the checkout may be read-only, or serve several stacks."""
    shutil.rmtree(into, ignore_errors=True)
    shutil.copytree(DBT_DIR, into)
    write_sources(load_sources(settings.sources_dir, feeds), into / "models" / "staging" / "_sources.yml")
    return into


def _run(spark: SparkSession, settings: Settings, plan: BuildPlan, project: Path, target: Path) -> bool:
    from dbt.cli.main import dbtRunner  # costs seconds; only the process that builds pays for it

    (target / "run_results.json").unlink(missing_ok=True)
    os.environ["SPARK_REMOTE"] = settings.spark_remote.get_secret_value()
    variables = {
        "pins": plan.pins,
        "released_pins": plan.released,
        "changed_deliveries": plan.changed,
        "retention_days": settings.release_retention_days,
    }
    arguments = ["build", "--project-dir", str(project), "--profiles-dir", str(project)]
    arguments += ["--target-path", str(target), "--log-path", str(target / "logs")]
    arguments += ["--vars", json.dumps(variables), "--no-use-colors"]
    # dbt asks each time for a setting that a running server cannot change
    warnings.filterwarnings("ignore", message="Failed to set spark.sql.catalogImplementation")
    try:
        dbtRunner().invoke(arguments)
    finally:
        # dbt-spark takes over this process's session and leaves it with ANSI off: a bad cast would become NULL
        spark.conf.set("spark.sql.ansi.enabled", "true")
    return (target / "run_results.json").exists()


def _explained(spark: SparkSession, result: dict[str, Any]) -> dict[str, Any]:
    """The outcome of a test, with the rules that are broken where it says so; dbt itself only counts them."""
    if result["kind"] != "test" or result["status"] not in ("fail", "warn"):
        return result
    found = spark.sql(result["sql"])
    if found.columns != ["rule", "broken_rows"]:
        return result
    broken = "; ".join(f"{row.rule}: {row.broken_rows} rows" for row in found.collect())
    return {**result, "message": f"{result['message']}: {broken}"}


def _latest_version(store: ObjectStore, mart: str) -> int:
    """Latest version of a candidate mart, from the names of its commits: a statement would cost far more."""
    commits = store.list(names.LAKE, f"marts/{mart}/_delta_log/")
    return max(int(found[1]) for key in commits if (found := _VERSION.search(key)))


def _with_status(results: list[dict[str, Any]], status: str) -> list[str]:
    return [f"{r['kind']} {r['node']} ({r['message']})" for r in results if r["status"] == status]


def _incremental(target: Path) -> list[str]:
    manifest = target / "manifest.json"
    if not manifest.exists():
        return []
    return [name for name, mart in describe(manifest)["marts"].items() if mart["incremental"]]
