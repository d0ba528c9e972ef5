"""Loads, builds, gates and releases in this process, as the tasks of the DAGs do it one after the other."""

from __future__ import annotations

import time
from dataclasses import asdict

from dags.shared import region_tasks, tasks
from lakehouse.lake import build_plan
from tests.support.stack import LocalStack


def run_feed(feed: str, run: str) -> None:
    """Lands and loads what a feed serves, as the tasks of its DAG do it."""
    try:
        tasks.load(feed, run, tasks.land(feed, run, None, None))
    finally:
        tasks.finish(feed, run)


def make_release(stack: LocalStack, run: str) -> dict[str, float]:
    """Makes a release of what silver holds.

    Returns:
        seconds of each task, by its name.

    Raises:
        AirflowFailException: a test or a gate does not hold.
        BuildFailed: a model could not be built.
    """
    seconds, started = {}, time.monotonic()
    decided = build_plan.decide(stack.settings)
    assert decided.nothing_to_do is None, decided.nothing_to_do
    plan = asdict(decided)
    seconds["decide"] = time.monotonic() - started
    candidates = region_tasks.build(run, plan)
    seconds["build"] = time.monotonic() - started - sum(seconds.values())
    region_tasks.gate_marts(run, plan, candidates)
    seconds["gate"] = time.monotonic() - started - sum(seconds.values())
    region_tasks.make_release(run, plan, candidates)
    seconds["release"] = time.monotonic() - started - sum(seconds.values())
    return seconds
