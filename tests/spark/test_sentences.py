"""Every reason that typing can give has a German sentence of its own."""

from __future__ import annotations

import ast
import datetime as dt
import inspect
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from lakehouse.spec.column import Column
from lakehouse.workbook.sentences import FALLBACK, explain
from spark_jobs.transforms import typed
from tests.support.reading import Case, read_all
from tests.support.uploads import TRAINING, by_id, tables

GERMAN = {"numbers": {"decimal": ",", "thousands": "."}}
DECLARATIONS: list[dict[str, Any]] = [
    {"type": "string", "required": True},
    {"type": "string", "pattern": r"M\d+"},
    {"type": "string", "values": ["ja", "nein"]},
    {"type": "string", "codes": {"yes": "ja", "no": "nein"}},
    {"type": "string", "codes": {"yes": "ja", "no": "nein"}, "many": True},
    {"type": "boolean", "booleans": {"true": ["ja"], "false": ["nein"]}},
    {"type": "boolean", "nulls": []},
    {"type": "int", **GERMAN, "minimum": 0, "maximum": 100, "required": True, "nulls": ["", "-"]},
    {"type": "bigint", **GERMAN, "nulls": []},
    {"type": "double", **GERMAN, "minimum": 0.5},
    {"type": "decimal(14,2)", **GERMAN, "maximum": 100},
    {"type": "decimal(9,1)", "numbers": {"decimal": ",", "negative": "trailing", "suffix": " %"}},
    {"type": "date"},
    {"type": "date", "format": "d.M.yyyy", "minimum": dt.date(2022, 1, 1), "maximum": dt.date(2025, 12, 31)},
    {"type": "date", "format": "d.M.yyyy"},
    {"type": "timestamp"},
    {"type": "timestamp", "format": "d.M.yyyy H:mm"},
    {"type": "timestamp", "format": "d.M.yyyy H:mm", "zone": "Europe/Berlin"},
]
TEXTS = [
    None, "", "-", "-5", "ca. 500", "k. A.", "siehe Anlage", "?", "it's 'x' is missing", "a\nb", "101", "0,1", "ja; x",
    "1.234,567", "31.2.2025", "1.1.2021", "1.1.2026", "1.1.2099", "2099-01-01", "2099-01-01T00:00:00Z", "1.1.2099 8:00",
    "M", "x: y",
]  # fmt: skip
BEGINNINGS = {
    "is missing", "is not ", "does not match ", "is none of ", "is below ", "is above ", "is later than its delivery",
}  # fmt: skip


def test_every_reason_of_typing_is_told_in_german(spark: SparkSession, tmp_path: Path) -> None:
    cases = [Case(declared, text) for declared in DECLARATIONS for text in TEXTS]
    readings = read_all(spark, cases)
    columns = [Column(source="Spalte", name=r.name, **c.declared) for r, c in zip(readings, cases, strict=True)]
    table = by_id(tables(tmp_path), TRAINING).model_copy(
        update={"columns": list({column.name: column for column in columns}.values()), "rules": []}
    )
    seen = set()
    for reading, case in zip(readings, cases, strict=True):
        if reading.says is None:
            continue
        (explained,) = explain(table, reading.says)
        seen |= {beginning for beginning in BEGINNINGS if f" {beginning}" in reading.says}
        assert explained.column == reading.name and explained.sentence != FALLBACK, reading.says
        assert explained.found == (case.text or "").strip(" ") and "„Spalte“" in explained.sentence, reading.says
    assert seen == BEGINNINGS


def test_typing_knows_no_other_reasons() -> None:
    calls = [
        node.args[1]
        for node in ast.walk(ast.parse(inspect.getsource(typed)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_sentence"
    ]
    beginnings = [arg.values[0] if isinstance(arg, ast.JoinedStr) else arg for arg in calls]
    assert {one.value for one in beginnings if isinstance(one, ast.Constant)} == BEGINNINGS
    assert len(beginnings) == len(BEGINNINGS)
