"""Runs the whole region once through Airflow's scheduler and waits until nothing is left to do."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx

from lakehouse import names
from lakehouse.airflow_api import RUNNING, Airflow
from lakehouse.errors import LakehouseError

POLL_S = 1.0
SAID = {"success": "done", "failed": "FAILED", "up_for_retry": "failed and is tried again"}
FIRST = ("land", "decide")


@dataclass
class Outcome:
    """Runs by DAG id, in the order in which they were queued."""

    runs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def failed(self) -> list[str]:
        """DAG ids with a failed run."""
        return [dag for dag, runs in self.runs.items() if any(run["state"] == "failed" for run in runs)]


def run_region(airflow: Airflow, feeds: Iterable[str], say: Callable[[str], None], timeout_s: float = 1800) -> Outcome:
    """Triggers every feed's DAG and follows the Assets to release and publication.

    Args:
        airflow: client.
        feeds: feed ids; their DAGs must be known to the scheduler.
        say: called with a sentence whenever a task changes its state.
        timeout_s: seconds after which waiting ends with an error.
    """
    started = dt.datetime.now(dt.UTC)
    ingest = [names.ingest_dag(feed) for feed in feeds]
    for dag in ingest:
        airflow.trigger(dag)
    watch = _Watch(airflow, [*ingest, "build_marts", "publish"], started, say)
    deadline = time.monotonic() + timeout_s
    while not watch.settled(ingest):
        if time.monotonic() > deadline:
            raise LakehouseError(f"the run did not end within {timeout_s:.0f} seconds; see the Airflow UI")
        time.sleep(POLL_S)
    return Outcome(watch.runs)


class _Watch:
    def __init__(self, airflow: Airflow, dags: list[str], since: dt.datetime, say: Callable[[str], None]) -> None:
        self._airflow, self._dags, self._since, self._say = airflow, dags, since, say
        self._states: dict[tuple[str, str, str], str | None] = {}
        self.runs: dict[str, list[dict[str, Any]]] = {}

    def settled(self, ingest: list[str]) -> bool:
        """Reads all states once; True when the last event of every stage has been answered by the next stage."""
        try:
            self.runs = {dag: self._airflow.runs(dag, self._since) for dag in self._dags}
            ended = {dag: self._ends(dag) for dag in self._dags}
        except httpx.TransportError as error:
            self._say(f"Airflow does not answer ({type(error).__name__}), waiting")
            return False
        if any(run["state"] in RUNNING for runs in self.runs.values() for run in runs):
            return False
        if any(not self.runs[dag] for dag in ingest):
            return False
        commits = [end for dag in ingest if (end := ended[dag].get("commit"))]
        return self._answered(commits, "build_marts") and self._answered(
            [end] if (end := ended["build_marts"].get("release")) else [], "publish"
        )

    def _ends(self, dag: str) -> dict[str, str]:
        """Latest end of each task that succeeded, over all runs of the DAG."""
        ends: dict[str, str] = {}
        for run in self.runs[dag]:
            for task in self._airflow.tasks(dag, run["dag_run_id"]):
                key = dag, run["dag_run_id"], task["task_id"]
                if self._states.get(key) != task["state"]:
                    self._states[key] = task["state"]
                    if task["state"] in SAID or task["task_id"] in FIRST and task["state"] == "skipped":
                        self._say(f"{dag}: {task['task_id']} {SAID.get(task['state'], 'found nothing new')}")
                if task["state"] == "success" and task["end_date"]:
                    ends[task["task_id"]] = max(task["end_date"], ends.get(task["task_id"], ""))
        return ends

    def _answered(self, events: list[str], dag: str) -> bool:
        last_start = max((run["start_date"] or "" for run in self.runs[dag]), default="")
        return not events or last_start > max(events)
