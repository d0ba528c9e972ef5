"""Figures of statistical tables: the sign that stands for one or beside it, and the figure itself."""

from __future__ import annotations

from pyspark.sql import Column as SparkColumn
from pyspark.sql import functions as F

from lakehouse.spec.column import Column
from lakehouse.spec.made import LIMITED, OFFICIAL_SIGNS

ZERO = "exactly_zero"
BRACKETS = r"(?s)^\((.*)\)\z"


def figure(column: Column) -> SparkColumn:
    """The text without brackets or flag; `0` for a sign that means zero, NULL for one that means there is none."""
    text = _text(column)
    said = _official(text)
    bare = F.regexp_replace(text, BRACKETS, "$1")
    if column.signs and column.signs.flags:
        bare = F.regexp_replace(bare, _behind(column), "$1")
    return F.when(said == ZERO, "0").when(said.isNotNull(), F.lit(None)).otherwise(bare)


def reason(column: Column) -> SparkColumn:
    """What the sign means: one of `OFFICIAL_SIGNS`, `limited`, or what the feed says of a flag; NULL without one."""
    assert column.signs is not None
    text = _text(column)
    flag = F.lit(None)
    if column.signs.flags:
        found = F.regexp_extract(text, _behind(column), 2)
        flag = F.try_element_at(_map(column.signs.flags), F.when(found != "", found))
    return F.coalesce(_official(text), F.when(F.regexp_like(text, F.lit(BRACKETS)), LIMITED), flag)


def _text(column: Column) -> SparkColumn:
    return F.col(column.name)


def _official(text: SparkColumn) -> SparkColumn:
    return F.try_element_at(_map(OFFICIAL_SIGNS), text)


def _behind(column: Column) -> str:
    assert column.signs is not None
    return rf"(?s)^(.*?)\s*({'|'.join(sorted(column.signs.flags, key=len, reverse=True))})\z"


def _map(words: dict[str, str]) -> SparkColumn:
    return F.create_map(*(F.lit(text) for pair in words.items() for text in pair))
