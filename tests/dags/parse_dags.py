"""Parses the DAG folder as Airflow's processor does and writes what is in it as JSON; run in a process of its own."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.definitions.param import process_params

# what an operator may give to a run
GIVEN = {"published_from": "2026-01-01", "published_until": "2026-01-31", "deliveries": ["d1", "d2"]}


def main(folder: Path, into: Path) -> None:
    """Two rounds: the first warms the process as the processor's parent is warm, the second is measured."""
    DagBag(folder, safe_mode=True)
    seconds = {}
    for path in sorted(folder.glob("*.py")):
        begun = time.perf_counter()
        DagBag(path, safe_mode=True)
        seconds[path.name] = time.perf_counter() - begun
    bag = DagBag(folder, safe_mode=True)
    dags = {
        dag_id: {
            "tags": sorted(dag.tags),
            "doc_md": dag.doc_md,
            "schedule": schedule(dag.timetable),
            "catchup": dag.catchup,
            "max_active_runs": dag.max_active_runs,
            "owner": dag.owner,
            "given": process_params(dag, dag.tasks[0], GIVEN if dag.params else {}, suppress_exception=False),
            "edges": sorted((task.task_id, other) for task in dag.tasks for other in task.downstream_task_ids),
            "tasks": {
                task.task_id: {
                    "owner": task.owner,
                    "retries": task.retries,
                    "alerts": [type(callback).__name__ for callback in as_list(task.on_failure_callback)],
                    "timeout": task.execution_timeout.total_seconds() if task.execution_timeout else None,
                    "teardown": task.is_teardown,
                    "trigger_rule": str(getattr(task.trigger_rule, "value", task.trigger_rule)),
                    "arguments": [text for text in getattr(task, "op_args", ()) if isinstance(text, str)],
                    "outlets": sorted(asset.name for asset in task.outlets),
                }
                for task in dag.tasks
            },
        }
        for dag_id, dag in bag.dags.items()
    }
    into.write_text(json.dumps({"errors": bag.import_errors, "seconds": seconds, "dags": dags}), "utf-8")


def as_list(value: object) -> list[object]:
    """One or many, as a list."""
    return list(value) if isinstance(value, list | tuple) else [value] if value else []


def schedule(timetable: object) -> dict[str, object]:
    """Kind of a timetable, its cron expression or the Assets that it waits for."""
    condition = getattr(timetable, "asset_condition", None)
    found: dict[str, object] = {"kind": type(timetable).__name__}
    if condition is not None:
        assets = getattr(condition, "objects", [condition])
        found |= {"condition": type(condition).__name__, "assets": sorted(asset.name for asset in assets)}
    else:
        found |= {"cron": getattr(timetable, "expression", None), "zone": str(getattr(timetable, "timezone", None))}
    return found


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
