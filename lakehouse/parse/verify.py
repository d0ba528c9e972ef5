"""Whether the values of a delivery contradict their declared dialect, before any of them is read.

A value that is unreadable as declared, but readable in another dialect, is a witness that the file is written in that
other dialect; then the values that are readable in both ("1.234", "03.04.2021") would be read wrongly without a word.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from lakehouse.spec import Source

SIGNS = {".": ",", ",": "."}
TIME_PARTS = {"y": r"\d", "H": r"\d", "m": r"\d", "s": r"\d"}


class Verification:
    """Checks batches of one delivery in turn."""

    def __init__(self, source: Source) -> None:
        """Compiles what to look for in each column."""
        self.source = source

    def check(self, batch: pa.RecordBatch, where: Callable[[int], str]) -> None:
        """Raises DeliveryRejected that names record, column and value."""

    def finish(self) -> None:
        """Raises DeliveryRejected for what only the whole delivery shows."""
