"""What a task is doing: said in the log, and in front of what stops it."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

log = logging.getLogger("smartvest.stage")
BEGINS, TOOK = "%s: stage %s begins", "%s: stage %s took %.1f s"


@contextmanager
def stage(feed: str, name: str) -> Iterator[None]:
    """Says when a stage of a feed's run began and how long it took; an error that passes through names the stage."""
    log.info(BEGINS, feed, name)
    begun = time.perf_counter()
    try:
        yield
    except Exception as error:
        error.add_note(f"{feed}: stopped in stage {name}")
        raise
    log.info(TOOK, feed, name, time.perf_counter() - begun)
