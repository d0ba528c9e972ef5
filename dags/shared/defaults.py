"""Owner, retries, alert hook and tags that every DAG has."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

RETRIES = 4
RETRY_DELAY = dt.timedelta(seconds=10)

log = logging.getLogger("smartvest.alert")


def alert(context: dict[str, Any]) -> None:
    """Says in one sentence what failed: in the log, and at ALERT_URL if one is set."""
    instance = context["task_instance"]
    sentence = f"{instance.dag_id}.{instance.task_id} failed in run {context['run_id']}: {context.get('exception')}"
    log.error(sentence)
    from lakehouse.settings import Settings

    if url := Settings.load().alert_url:
        import httpx

        try:
            httpx.post(url, json={"text": sentence}, timeout=10).raise_for_status()
        except httpx.HTTPError as error:
            log.error("the alert could not be delivered to ALERT_URL: %s", error)


def default_args(owner: str) -> dict[str, Any]:
    """Arguments of every task."""
    return {
        "owner": owner,
        "retries": RETRIES,
        "retry_delay": RETRY_DELAY,
        "on_failure_callback": alert,
        "execution_timeout": dt.timedelta(minutes=30),
    }
