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
from tests.integration.region import ESF, ESF_FILE, FEEDS, checksums, sample
from tests.support import stages
from tests.support.stack import LocalStack

# the other marts are made of feeds that this region does not have
MARTS = ("fct_air_quality_hour", "fct_broadband_coverage", "fct_grant", "mart_connectivity", "mart_funding")
GRANTED = "SELECT sum(amount_eur) FROM mart_funding"


@pytest.mark.timeout(2400)
def test_kills_in_the_middle_of_a_run_change_nothing(region: LocalStack) -> None:
    undisturbed, ((granted,),) = checksums(region), region.query(GRANTED)
    assert all(undisturbed[table][0] for table in (*FEEDS, *MARTS)), f"a table is empty: {undisturbed}"
    # which stage of the feed, or task of the region, is hit, and by what; each is under way when it is
    kills = {
        (ESF, "bronze"): lambda task: region.kill("minio"),
        (ESF, "silver"): lambda task: region.kill("spark"),
        (ESF, "commit"): _kill_task,
        ("build_marts", "build"): lambda task: region.kill("spark"),
    }
    killer = _Killer(region, kills)
    try:
        region.edit(ESF_FILE, lambda text: text.replace(",509 €", ",590 €"))
        killer.start()
        outcome = region.run(ESF)
        killer.join()
        assert killer.done == set(kills), "not every kill met what it was meant for"
        assert outcome.failed == []
        assert region.query(GRANTED) == [(granted + 590 - 509,)]  # type: ignore[operator]
    finally:
        region.restore(ESF_FILE, sample(ESF))
        outcome = region.run(ESF)
    assert outcome.failed == []
    assert checksums(region) == undisturbed


_LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


class _Killer(threading.Thread):
    """Waits for each named stage or task to be under way, then kills once."""

    def __init__(self, stack: LocalStack, kills: dict[tuple[str, str], Callable[[str], None]]) -> None:
        super().__init__(daemon=True)
        self._stack, self._airflow = stack, Airflow(stack.settings)
        self._kills = dict(kills)
        self._before = {found for feed in FEEDS for found in stages.begun(stack, feed)}
        self.done: set[tuple[str, str]] = set()

    def run(self) -> None:
        deadline = time.monotonic() + 600
        while self._kills and time.monotonic() < deadline:
            for (where, what), kill in list(self._kills.items()):
                running = self._stage(where, what) if where in FEEDS else self._task(where, what)
                if running is not None:
                    kill(running)
                    del self._kills[where, what]
                    self.done.add((where, what))
            # a stage of a small feed takes a fraction of a second
            time.sleep(0.02)

    def _stage(self, feed: str, stage: str) -> str | None:
        """The task instance that has just begun a stage."""
        last = [found for found in stages.begun(self._stack, feed) if found not in self._before][-1:]
        return last[0].instance if last and last[0].stage == stage else None

    def _task(self, dag: str, task: str) -> str | None:
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
