"""Twenty runs, four tasks at once: none fails, and Airflow's database refuses nothing."""

from __future__ import annotations

import datetime as dt
import re
import time
from pathlib import Path
from typing import Any

import pytest

from lakehouse import names
from lakehouse.airflow_api import RUNNING, Airflow
from tests.drills.figures import Figures, assert_nothing_lost_or_doubled, figures
from tests.drills.stacks import running
from tests.support.stack import LocalStack

ROUNDS = 4
PARALLELISM = 4
TIMEOUT_S = 1500


@pytest.mark.timeout(2400)
def test_twenty_runs_with_four_tasks_at_once(undisturbed: Figures, tmp_path: Path) -> None:
    with running(LocalStack(tmp_path)) as stack:
        stack.place()
        assert stack.run().failed == []
        airflow, started = Airflow(stack.settings), dt.datetime.now(dt.UTC)
        dags = [names.ingest_dag(feed) for feed in stack.region]
        for _ in range(ROUNDS):
            for dag in dags:
                # with a period a run loads all deliveries again; without one it would find nothing new and end at once
                airflow.trigger(dag, {"published_from": "2000-01-01"})
        runs = _await(airflow, dags, started)
        tasks = [task for dag, run in runs for task in airflow.tasks(dag, run["dag_run_id"])]
        ended = max(task["end_date"] for task in tasks if task["end_date"])
        seconds = (dt.datetime.fromisoformat(ended) - started).total_seconds()
        print(
            f"{len(runs)} runs, {len(tasks)} tasks in {seconds:.0f} s, {_most_at_once(tasks)} at once, "
            f"{sum(task['try_number'] > 1 for task in tasks)} tried again"
        )
        assert len(runs) >= ROUNDS * len(dags) >= 20
        assert [(dag, run["dag_run_id"]) for dag, run in runs if run["state"] != "success"] == []
        # a run that finds nothing to load skips it
        assert [task["state"] for task in tasks if task["task_id"] == "load"] == ["success"] * ROUNDS * len(dags)
        assert _most_at_once(tasks) == PARALLELISM
        assert _refusals(stack.root / "state") == []
        assert figures(stack) == undisturbed
        assert_nothing_lost_or_doubled(stack)


def _await(airflow: Airflow, dags: list[str], started: dt.datetime) -> list[tuple[str, dict[str, Any]]]:
    """All runs since then, once nothing runs or waits any more and stays so."""
    deadline, quiet = time.monotonic() + TIMEOUT_S, 0
    while True:
        runs = [(dag, run) for dag in (*dags, "build_marts", "publish") for run in airflow.runs(dag, started)]
        # a run that an Asset triggers is queued a moment after the one that triggers it has ended
        quiet = 0 if any(run["state"] in RUNNING for _, run in runs) else quiet + 1
        if quiet == 5:
            return runs
        assert time.monotonic() < deadline, [(dag, run["state"]) for dag, run in runs if run["state"] in RUNNING]
        time.sleep(2)


def _most_at_once(tasks: list[dict[str, object]]) -> int:
    """Most tasks that ran at the same moment."""
    spans = [
        (str(task["start_date"]), str(task["end_date"])) for task in tasks if task["start_date"] and task["end_date"]
    ]
    return max(sum(start <= moment < end for start, end in spans) for moment, _ in spans)


_REFUSED = re.compile(
    r"deadlock detected|could not serialize|too many clients|remaining connection slots|OperationalError"
)


def _refusals(state: Path) -> list[str]:
    """Log lines of any program or task in which the database could not do what was asked."""
    logs = [path for folder in (state / "logs", state / "airflow") for path in folder.rglob("*.log*") if path.is_file()]
    assert logs
    return [
        f"{path.name}: {line.strip()}"
        for path in logs
        for line in path.read_text("utf-8", errors="replace").splitlines()
        if _REFUSED.search(line)
    ]
