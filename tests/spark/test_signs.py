"""Signs of statistical tables: zero, a reason why there is no figure, or what stands beside one."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
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


SIGN = {"exactly_zero": "–", "unknown": ".", "too_uncertain": "/", "later": "…", "blocked": "x"}
FLAGGED = {"limited": "({})", "provisional": "{} p", "revised": "{}r", "both": "{} pr", None: "{}"}


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(
        st.tuples(st.sampled_from(list(SIGN)), st.none())
        | st.tuples(st.sampled_from(list(FLAGGED)), st.decimals(-9_999_999, 9_999_999, places=1)),
        min_size=40,
    )
)
def test_a_table_of_signs_comes_out_identical(
    cells: list[tuple[str | None, Decimal | None]], spark: SparkSession, tmp_path: Path
) -> None:
    swapped = str.maketrans(",.", ".,")
    texts = [
        SIGN[str(reason)] if figure is None else FLAGGED[reason].format(f"{figure:,.1f}".translate(swapped))
        for reason, figure in cells
    ]
    source = example.source(tmp_path, columns=[TREE, VALUE, REASON])
    rows = classify(spark, source, tmp_path, "\n".join(f'{n},"{text}"' for n, text in enumerate(texts)))
    zero = {"exactly_zero": Decimal("0.0")}
    assert [(row["height_reason"], row["height"]) for row in rows] == [
        (reason, zero.get(str(reason)) if figure is None else figure) for reason, figure in cells
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
