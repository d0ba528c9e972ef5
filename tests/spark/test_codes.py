"""Codes as people write them: by code or label, one or several in a cell."""

from __future__ import annotations

from typing import Any

from pyspark.sql import SparkSession

from tests.support.reading import Case, assert_reads, read_all

ONE: dict[str, Any] = {"type": "string", "codes": {"05562024": "Marl", "oer": "Oer-Erkenschwick", "gr": "Größe"}}
MANY: dict[str, Any] = {**ONE, "many": True}
NOT_ONE = "is not one of Marl, Oer-Erkenschwick, Größe"
NO_LIST = "is not a list of Marl, Oer-Erkenschwick, Größe"
CASES = [
    Case(ONE, "Marl", "05562024"),
    Case(ONE, "05562024", "05562024"),
    Case(ONE, "MARL ", "05562024"),
    Case(ONE, "grösse", None, NOT_ONE),
    Case(ONE, "5562024", None, NOT_ONE),
    Case(ONE, "Marl; Marl", None, NOT_ONE),
    Case(MANY, "Marl; Größe", '["05562024","gr"]'),
    Case(MANY, ";Marl;;", '["05562024"]'),
    # twice the same is one
    Case(MANY, "Marl; 05562024; marl", '["05562024"]'),
    Case(MANY, "Marl, Größe", None, NO_LIST),
    # nothing is named
    Case(MANY, ";", None, NO_LIST),
    Case(MANY, " ; ; ", None, NO_LIST),
    Case(MANY, "", None),
]


def test_codes_are_read_as_people_write_them(spark: SparkSession) -> None:
    for case, read in zip(CASES, read_all(spark, CASES), strict=True):
        assert_reads(case, read)
