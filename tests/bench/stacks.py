"""The stack that a measurement runs on: its own, and gone afterwards."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.stack import LocalStack


@contextmanager
def running(prepare: Callable[[LocalStack], object] = lambda _: None, **options: Any) -> Iterator[LocalStack]:
    """A running stack with both of Java's compilers, prepared before it starts; a terminated run leaves none behind."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    # Spark hands out times of the local zone, DuckDB those of the session's
    os.environ["TZ"] = "UTC"
    time.tzset()
    with tempfile.TemporaryDirectory(prefix="smartvest-bench-") as folder:
        stack = LocalStack(Path(folder), java_options="", **options)
        try:
            prepare(stack)
            stack.up()
            yield stack
        finally:
            stack.clean()
