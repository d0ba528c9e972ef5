"""Watches from Airflow's triggerer what the bridge lands: something is open and no run is under way, so one starts."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

log = logging.getLogger("smartvest.landed")
POLL_S = 2.0
# a run that was announced has begun by then, and holds the feed's lease until it ends
BEGUN_S = 10.0
# what is still open after the run that was announced for it failed
AGAIN_S = 60.0


class LandedTrigger(BaseEventTrigger):
    """Fires when a delivery lies in raw that no run has settled, and no run of its feed is under way."""

    def __init__(self, feed: str) -> None:
        """Keeps the feed; nothing is asked yet."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.feed = feed

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """How the triggerer makes this trigger again."""
        return f"{type(self).__module__}.{type(self).__name__}", {"feed": self.feed}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """An event for each run that has to start."""
        settled, announced, next_at = "", None, 0.0
        while True:
            try:
                if time.monotonic() >= next_at:
                    settled, is_open = await asyncio.to_thread(_look, self.feed, settled)
                    if is_open:
                        # the run that was announced last settled nothing: it failed, and is not tried again at once
                        next_at = time.monotonic() + (AGAIN_S if settled == announced else BEGUN_S)
                        announced = settled
                        payload = {"feed": self.feed, "after": settled}
                        yield TriggerEvent(payload=payload)  # type: ignore[no-untyped-call]
            # whatever keeps the store from answering, it is asked again
            except Exception as error:
                log.warning("%s: what was landed cannot be looked at: %s", self.feed, error)
                next_at = time.monotonic() + BEGUN_S
            await asyncio.sleep(POLL_S)


def _look(feed: str, known: str) -> tuple[str, bool]:
    """Up to which delivery all is settled, and whether a run has to start: something is open, and none is under way."""
    from lakehouse.ingest import lease
    from lakehouse.lake import events
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore

    settings = Settings.load()
    store = ObjectStore.for_role(settings, "landing")
    if lease.holder(store, feed) is not None:
        return known, False
    return events.open_since(settings, store, feed, known)
