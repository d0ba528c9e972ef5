"""Signs of statistical tables: zero, a reason why there is no figure, or what stands beside one."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse.errors import SpecError
from tests.support import example
from tests.support.rows import TREE, classify

VALUE = {
    "from": "Höhe", "name": "height", "type": "decimal(9,1)", "numbers": {"decimal": ",", "thousands": "."},
    "signs": {"reason": "height_reason", "flags": {"p": "provisional", "r": "revised", "pr": "both"}},
}  # fmt: skip
REASON = {"made_by": "signs", "name": "height_reason"}
CASES = {
    "1.234,5": (Decimal("1234.5"), None),
    "-1,5": (Decimal("-1.5"), None),
    "-": (Decimal("0.0"), "exactly_zero"),
    "–": (Decimal("0.0"), "exactly_zero"),
    ".": (None, "unknown"),
    "/": (None, "too_uncertain"),
    "...": (None, "later"),
    "…": (None, "later"),
    "x": (None, "blocked"),
    "(12,3)": (Decimal("12.3"), "limited"),
    "12,3 p": (Decimal("12.3"), "provisional"),
    "12,3p": (Decimal("12.3"), "provisional"),
    "12,3 pr": (Decimal("12.3"), "both"),
    "": (None, None),
    " – ": (Decimal("0.0"), "exactly_zero"),
}
REFUSED = ("12,3 q", "()", "p", "(x", "--", "12,3 p r", "((1))")


def test_a_sign_is_a_value_or_a_reason(spark: SparkSession, tmp_path: Path) -> None:
    source = example.source(tmp_path, columns=[TREE, VALUE, REASON])
    lines = [f'{number},"{text}"' for number, text in enumerate((*CASES, *REFUSED))]
    rows = classify(spark, source, tmp_path, "\n".join(lines))
    good = rows[: len(CASES)]
    assert [(row["height"], row["height_reason"]) for row in good] == list(CASES.values())
    assert {row["_class"] for row in good} == {"valid"}
    assert [row["_reasons"] for row in rows[len(CASES) :]] == [
        [f"height: '{text}' is not a number written 1.234,5 that fits decimal(9,1)"] for text in REFUSED
    ]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ([TREE, VALUE], "each `signs.reason` names a column of its own"),
        ([TREE, REASON], "each `signs.reason` names a column of its own"),
        ([TREE, {**VALUE, "type": "string", "numbers": {}}, REASON], "numbers and signs need a numeric type"),
        ([TREE, {**VALUE, "signs": {"reason": "r", "flags": {"1": "one"}}}, REASON], "one or more letters"),
        ([TREE, {**VALUE, "numbers": {"negative": "brackets"}}, REASON], "a minus or a limited figure, not both"),
    ],
)
def test_a_contradiction_is_refused(columns: list[dict[str, object]], says: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=says):
        example.source(tmp_path, columns=columns)
