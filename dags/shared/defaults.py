"""Owner, retries and alert that every task has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from airflow.sdk import task

from dags.shared.alert import Alert

RETRIES = 4
RETRY_DELAY = dt.timedelta(seconds=10)


def default_args(owner: str) -> dict[str, Any]:
    """Arguments of every task."""
    return {
        "owner": owner,
        "retries": RETRIES,
        "retry_delay": RETRY_DELAY,
        "on_failure_callback": Alert(),
        "execution_timeout": dt.timedelta(minutes=30),
    }


def as_task(body: Callable[..., Any], task_id: str, **options: Any) -> Callable[..., Any]:
    """A task that runs a body. Its arguments may be what other tasks return, which is not there yet and has no type."""
    return task(task_id=task_id, **options)(body)
