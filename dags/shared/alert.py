"""The one notifier: a sentence in the log, and at ALERT_URL if one is set."""

from __future__ import annotations

import logging
from typing import Any

from airflow.sdk import BaseNotifier

log = logging.getLogger("smartvest.alert")


class Alert(BaseNotifier):
    """Says a sentence; without one, as a task's callback, what failed and why.

    It has no template fields: a sentence may quote what was delivered, which must not be rendered.
    """

    def __init__(self, sentence: str | None = None) -> None:
        """Keeps the sentence."""
        super().__init__()
        self.sentence = sentence

    def notify(self, context: Any) -> None:
        """Raises httpx.HTTPError if ALERT_URL does not take it; the log has it in any case."""
        sentence = self.sentence or _failure(context)
        log.error(sentence)
        from lakehouse.settings import Settings

        if url := Settings.load().alert_url:
            import httpx

            httpx.post(url, json={"text": sentence}, timeout=10).raise_for_status()


def _failure(context: Any) -> str:
    instance = context["task_instance"]
    error = context.get("exception")
    # where a task has stages, the note says in which one it stopped
    said = "; ".join([str(error), *getattr(error, "__notes__", ())])
    return f"{instance.dag_id}.{instance.task_id} failed in run {context['run_id']}: {said}"
