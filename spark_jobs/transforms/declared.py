"""The columns that `source.yml` itself says how to make: texts before typing, flags of typed values after it."""

from __future__ import annotations

from pyspark.sql import Column as SparkColumn
from pyspark.sql import functions as F

from lakehouse.spec.made import GROUP, Plausibility, Rewrite
from lakehouse.spec.source import Source
from spark_jobs.transforms import clocks, typed


def texts(source: Source) -> dict[str, SparkColumn]:
    """Rewritten columns by name, from the texts as delivered; empty if none is declared."""
    return {
        column.name: rewrite(column.rewrite, [F.col(name) for name in column.rewrite.of])
        for column in source.columns
        if column.rewrite
    }


def rewrite(rule: Rewrite, parts: list[SparkColumn]) -> SparkColumn:
    """The joined text, or what the first case that matches all of it makes of it; NULL if a part is NULL."""
    text = F.concat(*parts)
    if not rule.cases:
        return text
    # of a text that is there: NULL fits no case either, and must not become `otherwise`
    result = F.lit(None)
    if rule.otherwise is not None:
        result = F.when(text.isNotNull(), _result(rule.otherwise, rf"(?s)^.*{clocks.END}", text))
    for pattern, replacement in reversed(rule.cases.items()):
        whole = typed.whole(pattern)
        result = F.when(F.regexp_like(text, F.lit(whole)), _result(replacement, whole, text)).otherwise(result)
    return result


def _result(replacement: str, pattern: str, text: SparkColumn) -> SparkColumn:
    if replacement == "$0":
        return text
    return F.regexp_replace(text, pattern, replacement) if GROUP.search(replacement) else F.lit(replacement)


def flag(rule: Plausibility, types: dict[str, str]) -> SparkColumn:
    """`missing`, `future`, `out_of_range` or `plausible`, the first that holds.

    Args:
        rule: declaration.
        types: types of the typed columns.
    """
    value, until = F.col(rule.value), F.col(rule.observed_until)
    if types[rule.observed_until] == "date":
        until = (until + F.expr("INTERVAL 1 DAY")).cast("timestamp")
    outside = F.lit(False)
    for quantity, (lowest, highest) in rule.ranges.items():
        outside = F.when(F.col(rule.quantity) == quantity, ~value.between(lowest, highest)).otherwise(outside)
    return (
        F.when(value.isNull(), "missing")
        .when(until > F.col("_ingested_at"), "future")
        .when(outside, "out_of_range")
        .otherwise("plausible")
    )
