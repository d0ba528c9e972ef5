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
# a change becomes visible when its transaction ends, and carries the time of its beginning
OVERLAP = dt.timedelta(seconds=30)
SAID = {"success": "done", "failed": "FAILED", "up_for_retry": "failed and is tried again"}
FIRST = ("land", "decide")
# what each release starts, unless it is paused
AFTER_RELEASE = ("publish", "serve", "cockpit")


@dataclass
class Outcome:
    """Runs by DAG id, in the order in which they were queued."""

    runs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def failed(self) -> list[str]:
        """DAG ids with a failed run."""
        return [dag for dag, runs in self.runs.items() if any(run["state"] == "failed" for run in runs)]


def run_region(airflow: Airflow, feeds: Iterable[str], say: Callable[[str], None], timeout_s: float = 1800) -> Outcome:
    """Triggers every feed's DAG and follows the Assets to release, publication, PostgreSQL and cockpit.

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
    followers = [dag for dag in AFTER_RELEASE if dag not in airflow.paused()]
    watch = _Watch(airflow, ingest, followers, started, say)
    deadline = time.monotonic() + timeout_s
    while not watch.settled():
        if time.monotonic() > deadline:
            raise LakehouseError(f"the run did not end within {timeout_s:.0f} seconds; see the Airflow UI")
        time.sleep(POLL_S)
    return Outcome(watch.runs)


class _Watch:
    """What is known of some DAGs; asks only for what changed, because the server has the same two cores."""

    def __init__(
        self, airflow: Airflow, ingest: list[str], followers: list[str], since: dt.datetime, say: Callable[[str], None]
    ) -> None:
        self._airflow, self._since, self._say = airflow, since, say
        self._ingest, self._followers = ingest, followers
        self._changed = since
        self._states: dict[tuple[str, str, str], str | None] = {}
        self._runs: dict[str, dict[str, dict[str, Any]]] = {dag: {} for dag in [*ingest, "build_marts", *followers]}
        # latest end of each task that succeeded, over all runs of a DAG
        self._ends: dict[str, dict[str, str]] = {dag: {} for dag in self._runs}

    @property
    def runs(self) -> dict[str, list[dict[str, Any]]]:
        """Runs by DAG id, in the order in which they were due."""
        return {dag: sorted(runs.values(), key=lambda run: run["run_after"]) for dag, runs in self._runs.items()}

    def settled(self) -> bool:
        """Reads what changed; True when the last event of every stage has been answered by the next stage."""
        asked = dt.datetime.now(dt.UTC)
        try:
            runs, tasks = self._airflow.news(self._since, self._changed)
        except httpx.TransportError as error:
            self._say(f"Airflow does not answer ({type(error).__name__}), waiting")
            return False
        self._changed = asked - OVERLAP
        for run in runs:
            if run["dag_id"] in self._runs:
                self._runs[run["dag_id"]][run["dag_run_id"]] = run
        for task in tasks:
            if task["dag_run_id"] in self._runs.get(task["dag_id"], {}):
                self._note(task)
        if any(run["state"] in RUNNING for known in self._runs.values() for run in known.values()):
            return False
        if any(not self._runs[dag] for dag in self._ingest):
            return False
        commits = [end for dag in self._ingest if (end := self._ends[dag].get("load"))]
        released = self._ends["build_marts"].get("release")
        if not self._answered(commits, "build_marts"):
            return False
        return all(self._answered([released] if released else [], dag) for dag in self._followers)

    def _note(self, task: dict[str, Any]) -> None:
        dag, name, state = task["dag_id"], task["task_id"], task["state"]
        key = dag, task["dag_run_id"], name
        if self._states.get(key) != state:
            self._states[key] = state
            if state in SAID or name in FIRST and state == "skipped":
                self._say(f"{dag}: {name} {SAID.get(state, 'found nothing new')}")
        if state == "success" and task["end_date"]:
            self._ends[dag][name] = max(task["end_date"], self._ends[dag].get(name, ""))

    def _answered(self, events: list[str], dag: str) -> bool:
        last_start = max((run["start_date"] or "" for run in self._runs[dag].values()), default="")
        return not events or last_start > max(events)
