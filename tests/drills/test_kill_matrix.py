"""Each program killed with -9 in the middle of each stage: after its restart nothing is lost, doubled or different.

All cases live in one region. Each delivers the other of two editions of a feed, so every kill hits a run that has rows
to change, and a commit or a release that got lost would show.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.local.region_run import Outcome
from lakehouse import names
from lakehouse.airflow_api import Airflow
from tests.drills.figures import Figures, assert_nothing_lost_or_doubled, figures
from tests.drills.stacks import running
from tests.support import stages
from tests.support.stack import LocalStack

FEED = "uba__air_quality_hour"
FILE = "air_muenster/luftqualitaet_muenster_2022-01-01_2024-01-01_station1140.csv"
EDITIONS = (";42;9;4;good", ";47;8;4;moderate")
PROGRAMS = ("spark", "scheduler", "minio")
STAGES = ("bronze", "silver", "gate", "commit", "build")
# far enough into the build for dbt to be at work, and not yet over; the other stages are hit as they begin
INTO_BUILD_S = 2
STAGE_COMES_S = 240


@dataclass
class Region:
    """A stack, the figures of both editions, and which one was delivered last."""

    stack: LocalStack
    undisturbed: list[Figures]
    edition: int

    def deliver_the_other(self) -> None:
        """Publishes the other edition."""
        before, after = EDITIONS[self.edition], EDITIONS[1 - self.edition]
        self.stack.edit(FILE, lambda text: text.replace(before, after))
        self.edition = 1 - self.edition


@pytest.fixture(scope="module")
def region() -> Iterator[Region]:
    """Both editions delivered undisturbed."""
    with tempfile.TemporaryDirectory(prefix="smartvest-drill-") as folder, running(LocalStack(Path(folder))) as stack:
        stack.place()
        assert stack.run().failed == []
        made = Region(stack, [figures(stack)], 0)
        made.deliver_the_other()
        assert stack.run(FEED).failed == []
        made.undisturbed.append(figures(stack))
        assert made.undisturbed[0] != made.undisturbed[1]
        yield made


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("program", PROGRAMS)
def test_killed_in_the_middle(region: Region, program: str, stage: str) -> None:
    stack = region.stack
    pid = stack.pid(program)
    region.deliver_the_other()
    started, clock = dt.datetime.now(dt.UTC), time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(stack.run, FEED)
        dag = "build_marts" if stage == "build" else names.ingest_dag(FEED)
        _kill_during(stack, stage, started, pid, run)
        outcome = run.result()
    attempts = _attempts(Airflow(stack.settings), dag, started)
    print(f"{program} killed in {stage}, all done {time.monotonic() - clock:.0f} s after the trigger; {attempts}")
    assert outcome.failed == []
    assert stack.pid(program) != pid
    assert figures(stack) == region.undisturbed[region.edition]
    assert_nothing_lost_or_doubled(stack)
    assert list(stack.store("spark").list(names.LAKE, "lease/")) == [], "a lease was left behind"


def _attempts(airflow: Airflow, dag: str, started: dt.datetime) -> str:
    """Attempts of every task of the disturbed run that needed more than one."""
    tasks = [task for run in airflow.runs(dag, started) for task in airflow.tasks(dag, run["dag_run_id"])]
    more = {task["task_id"]: task["try_number"] for task in tasks if task["try_number"] > 1}
    return f"attempts: {more or 'one each'}"


def _kill_during(stack: LocalStack, stage: str, started: dt.datetime, pid: int, run: Future[Outcome]) -> None:
    """Kills a process as soon as a stage has begun that had not begun before."""
    airflow, before = Airflow(stack.settings), len(_begun(stack, stage))
    deadline = time.monotonic() + STAGE_COMES_S
    while not (_builds(airflow, started) if stage == "build" else len(_begun(stack, stage)) > before):
        assert not run.done(), f"the run ended without {stage}"
        assert time.monotonic() < deadline, f"{stage} did not begin"
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)


def _begun(stack: LocalStack, stage: str) -> list[stages.Begun]:
    return [found for found in stages.begun(stack, FEED) if found.stage == stage]


def _builds(airflow: Airflow, started: dt.datetime) -> bool:
    """Whether dbt has been at work for a moment."""
    for run in airflow.runs("build_marts", started):
        for task in airflow.tasks("build_marts", run["dag_run_id"]):
            if task["task_id"] == "build" and task["state"] == "running":
                time.sleep(INTO_BUILD_S)
                return True
    return False
