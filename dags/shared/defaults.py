"""Owner, retries and alert that every task has."""

from __future__ import annotations

import datetime as dt
from typing import Any

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
