"""What the task `load` of a feed is doing at the moment, from its log: the stages are no tasks of their own."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from dags.shared.stages import BEGINS
from lakehouse import names
from tests.support.stack import LocalStack

_BEGINS = re.compile(re.escape(BEGINS).replace("%s", r"(\w+)"))


@dataclass(frozen=True)
class Begun:
    """A stage that began: of which run, in which attempt, and the task instance that is in it."""

    run: str
    attempt: int
    stage: str
    instance: str


def begun(stack: LocalStack, feed: str) -> list[Begun]:
    """Every stage that a feed's runs ever began."""
    folder = stack.root / "state" / "airflow" / "logs" / f"dag_id={names.ingest_dag(feed)}"
    return [found for log in sorted(folder.glob("run_id=*/task_id=load/attempt=*.log")) for found in _stages(log)]


def _stages(log: Path) -> list[Begun]:
    run, attempt, instance, found = log.parts[-3].removeprefix("run_id="), int(log.stem.partition("=")[2]), "", []
    for line in log.read_text("utf-8").splitlines():
        try:
            said = json.loads(line)
        except json.JSONDecodeError:  # the line that is being written
            continue
        instance = said.get("ti_id") or instance
        if match := _BEGINS.fullmatch(str(said.get("event"))):
            found.append(Begun(run, attempt, match[2], instance))
    return found
