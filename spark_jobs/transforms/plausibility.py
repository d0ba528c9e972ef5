"""How far an observation can be trusted: doubtful values are kept and flagged, never dropped."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column
from pyspark.sql import functions as F


def flag(value: Column, observed_at: Column, ranges: Mapping[str, tuple[float, float]]) -> Column:
    """`missing`, `future`, `out_of_range` or `plausible`, the first that holds.

    Args:
        value: the typed value.
        observed_at: end of what was observed; later than the row's `_ingested_at` is a clock that runs wrong.
        ranges: lowest and highest plausible value by the row's `quantity`; a quantity without one has no range.
    """
    outside = F.lit(False)
    for quantity, (lowest, highest) in ranges.items():
        outside = F.when(F.col("quantity") == quantity, ~value.between(lowest, highest)).otherwise(outside)
    return (
        F.when(value.isNull(), "missing")
        .when(observed_at > F.col("_ingested_at"), "future")
        .when(outside, "out_of_range")
        .otherwise("plausible")
    )
