"""A number written in any dialect comes back equal."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from lakehouse.spec.column import Column, Numbers
from spark_jobs.transforms.typed import value

DIALECTS = [
    Numbers(decimal=decimal, thousands=thousands, suffix=suffix, negative=negative)
    for (decimal, thousands), (suffix, negative) in product(
        [(".", None), (".", ","), (".", " "), (".", "'"), (",", None), (",", "."), (",", " ")],
        [("", "leading"), (" €", "leading"), ("%", "leading"), ("", "trailing"), (" €", "brackets")],
    )
]
SCALE = 3


def written(number: Decimal, dialect: Numbers, decimals: int) -> str:
    """The number as a publisher with this dialect writes it."""
    text = f"{number:{',' if dialect.thousands else ''}.{decimals}f}"
    if text.startswith("-") and dialect.negative != "leading":
        text = f"{text[1:]}-" if dialect.negative == "trailing" else f"({text[1:]})"
    signs = {",": dialect.thousands or "", ".": dialect.decimal or ""}
    return "".join(signs.get(sign, sign) for sign in text) + dialect.suffix


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    numbers=st.lists(
        st.integers(0, SCALE).flatmap(
            lambda places: st.tuples(
                st.decimals(-999_999_999, 999_999_999, places=places, allow_nan=False), st.just(places)
            )
        ),
        min_size=30,
        max_size=80,
    )
)
def test_a_decimal_written_in_any_dialect_comes_back_equal(
    numbers: list[tuple[Decimal, int]], spark: SparkSession
) -> None:
    columns = [
        Column(source="x", name=f"d{n}", type=f"decimal(12,{SCALE})", numbers=dialect)
        for n, dialect in enumerate(DIALECTS)
    ]
    texts = [tuple(written(number, dialect, places) for dialect in DIALECTS) for number, places in numbers]
    frame = spark.createDataFrame(texts, ", ".join(f"{column.name} string" for column in columns))
    back = frame.select(*(value(column).alias(column.name) for column in columns)).collect()
    assert [tuple(row) for row in back] == [(number,) * len(DIALECTS) for number, _ in numbers]
