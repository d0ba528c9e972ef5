"""`python -m tests.bench.all_feeds`: every feed once, on its real files, and once more without news.

Feeds of which no file was recorded run on their samples, and are named.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable
from pathlib import Path

from infra.local import feed_files
from infra.local.region_run import Outcome, run_region
from lakehouse import names
from lakehouse.airflow_api import Airflow
from lakehouse.errors import LakehouseError
from tests.bench.measure import Memory, describe_machine, table
from tests.bench.stacks import running
from tests.support import real
from tests.support.stack import SHOWN, LocalStack, silver_versions

TIMEOUT_S = 3600
DATA = Path(os.environ.get("SMARTVEST_SHARED_DIR", "../shared")) / "data"


def main() -> None:
    """Prints time and memory of both runs and the slowest feeds."""
    with running(_place) as stack:
        _measure(stack)


def _place(stack: LocalStack) -> None:
    for feed, source in stack.sources.items():
        if (known := real.real(source)) is not None:
            real.place(source, known, DATA, stack.feeds_dir)
            continue
        try:
            feed_files.place({feed: source}, stack.feeds_dir, DATA)
        except LakehouseError:
            print(f"{feed}: no real file, its sample", flush=True)
            feed_files.place({feed: source}, stack.feeds_dir)


def _measure(stack: LocalStack) -> None:
    print(describe_machine(), flush=True)
    supervisor = int((stack.root / "state" / "supervisord.pid").read_text())
    stack.wait_for_dags(tuple(stack.sources))
    with Memory(supervisor) as memory:
        with memory.phase("first run"):
            first, seconds = _timed(lambda: _run(stack))
        pins = _pins(stack)
        with memory.phase("without news"):
            second, again = _timed(lambda: _run(stack))
    for outcome in (first, second):
        assert not outcome.failed, f"{outcome.failed}: {stack.why(outcome)[-SHOWN:]}"
    assert _pins(stack) == pins, "a run without news changed a table"
    # a scheduler that takes itself for dead has its tasks done twice
    assert "orphaned TaskInstances" not in (stack.root / "state" / "logs" / "scheduler.log").read_text("utf-8")
    print(f"{len(stack.sources)} feeds: {seconds:.0f} s; without news: {again:.0f} s, no table changed\n")
    print(_slowest(stack, first), memory.report(), sep="\n\n", flush=True)


def _run(stack: LocalStack) -> Outcome:
    return run_region(Airflow(stack.settings), stack.sources, lambda sentence: print(sentence, flush=True), TIMEOUT_S)


def _timed(work: Callable[[], Outcome]) -> tuple[Outcome, float]:
    begun = time.perf_counter()
    return work(), time.perf_counter() - begun


def _pins(stack: LocalStack) -> dict[str, int]:
    with stack.lake() as lake:
        return silver_versions(lake)


def _slowest(stack: LocalStack, outcome: Outcome) -> str:
    airflow = Airflow(stack.settings)
    rows = []
    for feed in stack.sources:
        dag = names.ingest_dag(feed)
        tasks = {t["task_id"]: _seconds(t) for run in outcome.runs[dag] for t in airflow.tasks(dag, run["dag_run_id"])}
        rows.append((sum(tasks.values()), feed, tasks))
    stages = ("land", "load")
    listed = [
        [feed, f"{total:.0f} s", *(f"{tasks.get(stage, 0):.1f}" for stage in stages)]
        for total, feed, tasks in sorted(rows, reverse=True)[:10]
    ]
    return table(["feed", "tasks together", *stages], listed)


def _seconds(task: dict[str, str | None]) -> float:
    if not task["start_date"] or not task["end_date"]:
        return 0.0
    return (dt.datetime.fromisoformat(task["end_date"]) - dt.datetime.fromisoformat(task["start_date"])).total_seconds()


if __name__ == "__main__":
    main()
