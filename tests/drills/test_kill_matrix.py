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

from lakehouse import names
from lakehouse.airflow_api import Airflow
from lakehouse.region_run import Outcome
from tests.drills.figures import Figures, assert_nothing_lost_or_doubled, figures
from tests.drills.stacks import running
from tests.stack import LocalStack

FEED = "uba__air_quality_hour"
FILE = "air_muenster/luftqualitaet_muenster_2022-01-01_2024-01-01_station1140.csv"
EDITIONS = (";42;9;4;good", ";47;8;4;moderate")
PROGRAMS = ("spark", "scheduler", "minio")
STAGES = ("bronze", "silver", "gate", "commit", "build")
# far enough into a stage for its work to have begun, and not yet over
INTO_STAGE_S = 0.7
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
        killed = _kill_during(Airflow(stack.settings), dag, stage, started, pid, run)
        outcome = run.result()
    print(f"{program} killed in {stage}, all done {time.monotonic() - clock:.0f} s after the trigger; {killed.tries()}")
    assert outcome.failed == []
    assert stack.pid(program) != pid
    assert figures(stack) == region.undisturbed[region.edition]
    assert_nothing_lost_or_doubled(stack)
    assert list(stack.store("spark").list(names.LAKE, "lease/")) == [], "a lease was left behind"


@dataclass(frozen=True)
class Killed:
    """The task during which the program was killed."""

    airflow: Airflow
    dag: str
    run: str

    def tries(self) -> str:
        """Attempts of every task of the run that needed more than one."""
        more = {task["task_id"]: task["try_number"] for task in self.airflow.tasks(self.dag, self.run)}
        return f"attempts: { {task: count for task, count in more.items() if count > 1} or 'one each' }"


def _kill_during(
    airflow: Airflow, dag: str, stage: str, started: dt.datetime, pid: int, run: Future[Outcome]
) -> Killed:
    """Kills a process a moment after a stage began, and makes sure that the stage had not ended by then."""
    deadline = time.monotonic() + STAGE_COMES_S
    while True:
        for found in airflow.runs(dag, started):
            killed = Killed(airflow, dag, found["dag_run_id"])
            if _state(killed, stage) == "running":
                time.sleep(INTO_STAGE_S)
                assert _state(killed, stage) == "running", f"{stage} was over before the kill"
                os.kill(pid, signal.SIGKILL)
                return killed
        assert not run.done(), f"the run ended without {stage}"
        assert time.monotonic() < deadline, f"{stage} did not begin"
        time.sleep(0.1)


def _state(killed: Killed, stage: str) -> object:
    tasks = killed.airflow.tasks(killed.dag, killed.run)
    return next((task["state"] for task in tasks if task["task_id"] == stage), None)
