"""The Spark server, a running task and MinIO are killed with -9 in the middle of one run; the tables end the same."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable

import pytest

from lakehouse.airflow_api import Airflow
from tests.integration.region import Checksums, Region, checksums
from tests.stack import LocalStack


@pytest.mark.timeout(2400)
def test_kills_in_the_middle_of_a_run_change_nothing(
    region: LocalStack, undisturbed: Checksums, loaded: Region
) -> None:
    assert all(rows for rows, _ in undisturbed.values()), f"a table is empty: {undisturbed}"
    loaded.wipe()
    region.place()
    # which task of which DAG is hit, and by what; each is running when it is
    kills = {
        ("ingest__gvisys__municipality", "bronze"): lambda task: region.kill("minio"),
        ("ingest__uba__air_quality_hour", "silver"): lambda task: region.kill("spark"),
        ("ingest__esf_nrw__grant", "commit"): _kill_task,
        ("build_marts", "build"): lambda task: region.kill("spark"),
    }
    killer = _Killer(region, kills)
    killer.start()
    outcome = region.run()
    killer.join()
    assert killer.done == set(kills), "not every kill met a running task"
    assert outcome.failed == []
    assert checksums(region) == undisturbed


_LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


class _Killer(threading.Thread):
    """Waits for each named task to run, then kills once."""

    def __init__(self, stack: LocalStack, kills: dict[tuple[str, str], Callable[[str], None]]) -> None:
        super().__init__(daemon=True)
        self._airflow = Airflow(stack.settings)
        self._kills = dict(kills)
        self.done: set[tuple[str, str]] = set()

    def run(self) -> None:
        deadline = time.monotonic() + 600
        while self._kills and time.monotonic() < deadline:
            for (dag, task), kill in list(self._kills.items()):
                running = self._running(dag, task)
                if running is not None:
                    kill(running)
                    del self._kills[dag, task]
                    self.done.add((dag, task))
            time.sleep(0.2)

    def _running(self, dag: str, task: str) -> str | None:
        for run in self._airflow.runs(dag, _LONG_AGO):
            for instance in self._airflow.tasks(dag, run["dag_run_id"]):
                if instance["task_id"] == task and instance["state"] == "running":
                    return str(instance["id"])
        return None


def _kill_task(instance: str) -> None:
    listed = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    (pid,) = (
        line.split()[0] for line in listed.splitlines() if line.rstrip().endswith(f"airflow worker -- {instance}")
    )
    os.kill(int(pid), signal.SIGKILL)
