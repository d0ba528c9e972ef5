"""Watches the inbox from Airflow's triggerer: one look for all feeds every two seconds, one event for each."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Hashable
from typing import Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from lakehouse.spec.inbox import is_upload

log = logging.getLogger("smartvest.inbox")
POLL_S = 2.0
# what still lies there after this long is announced again: its run failed before it was landed
AGAIN_S = 60.0
Waiting = tuple[tuple[str, str], ...]


class InboxTrigger(BaseEventTrigger):
    """Fires when something new lies in the inbox for a feed."""

    def __init__(self, feed: str) -> None:
        """Keeps the feed; nothing is asked yet."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.feed = feed

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """How the triggerer makes this trigger again."""
        return f"{type(self).__module__}.{type(self).__name__}", {"feed": self.feed}

    def shared_stream_key(self) -> Hashable:
        """All feeds share one look into the inbox."""
        return ("inbox",)

    @classmethod
    async def open_shared_stream(cls, kwargs: dict[str, Any]) -> AsyncIterator[Waiting]:
        """Everything that lies in the inbox, again and again: key and version."""
        while True:
            try:
                yield await asyncio.to_thread(_waiting)
            # whatever keeps the store from answering, it is asked again
            except Exception as error:
                log.warning("the inbox cannot be looked into: %s", error)
            await asyncio.sleep(POLL_S)

    async def filter_shared_stream(self, shared_stream: AsyncIterator[Waiting]) -> AsyncIterator[TriggerEvent]:
        """An event for what is new, and for what still lies there long after it was announced."""
        announced: dict[tuple[str, str], float] = {}
        async for waiting in shared_stream:
            now = time.monotonic()
            mine = [found for found in waiting if is_upload(found[0]) and found[0].split("/")[1] == self.feed]
            announced = {found: announced[found] for found in mine if found in announced}
            new = [found for found in mine if now - announced.get(found, now - AGAIN_S) >= AGAIN_S]
            if new:
                announced |= dict.fromkeys(new, now)
                yield TriggerEvent(  # type: ignore[no-untyped-call]
                    payload={"feed": self.feed, "waiting": len(mine)}
                )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """The same without sharing."""
        async for event in self.filter_shared_stream(self.open_shared_stream({})):
            yield event


def _waiting() -> Waiting:
    from lakehouse import names
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore

    store = ObjectStore.for_role(Settings.load(), "landing")
    return tuple((version.key, version.id) for version in store.versions(names.INBOX, ""))
