"""Columns that `source.yml` itself says how to make: rewritten texts, flags of observations."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lakehouse.settings import CHECKOUT
from lakehouse.spec.discovery import load_source
from lakehouse.spec.made import Plausibility, Rewrite
from spark_jobs.transforms import declared
from tests.support import example
from tests.support.rows import HEIGHT, TREE, UPSERT, classify

INGESTED = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
TODAY = dt.date(2024, 5, 1)
SECOND, DAY = dt.timedelta(seconds=1), dt.timedelta(days=1)


@dataclass(frozen=True)
class Case:
    rule: dict[str, Any]
    texts: tuple[str | None, ...]
    result: str | None


KINDS = {"cases": {r"\d{2}0{3}": "state", r"\d{5}": "municipality"}}
KEPT = {"cases": {"": "both", "1": "first", "a|b": "letter"}, "otherwise": "$0"}
PARTS = {"cases": {r"(\d{5})\d{4}(?!000)(\d{3})": "$1$2", r"(\d+)-(\d+)": "$2.$1 of $0", r"(x)?y": "<$1>"}}
REST = {"cases": {"a": "A"}, "otherwise": "rest"}
CASES = [
    # without cases the joined text
    Case({}, ("05", "562"), "05562"),
    Case({}, ("05", ""), "05"),
    Case({}, (" a ",), " a "),
    Case({}, ("05", None), None),
    Case({}, (None,), None),
    # the first case that matches counts, and it must match the whole text
    Case(KINDS, ("05000",), "state"),
    Case(KINDS, ("05562",), "municipality"),
    Case(KINDS, ("05", "000"), "state"),
    *(Case(KINDS, (text,), None) for text in ("055620", "0556", "x05562", "05562x", "05562\n", "1\n05562", "", None)),
    Case(KINDS, ("05000", None), None),
    # alternatives belong to the case, and case matters
    Case(KEPT, ("a",), "letter"),
    Case(KEPT, ("b",), "letter"),
    *(Case(KEPT, (text,), text) for text in ("ab", "xb", "ax", "A", " a", "3", "two\nlines", "$1 \\", None)),
    Case(KEPT, ("",), "both"),
    Case(KEPT, ("1",), "first"),
    # groups
    Case(PARTS, ("055620004024",), "05562024"),
    Case(PARTS, ("055620004000",), None),
    Case(PARTS, ("12-7",), "7.12 of 12-7"),
    Case(PARTS, ("xy",), "<x>"),
    Case(PARTS, ("y",), "<>"),
    # what fits no case; nothing is made of nothing
    Case(REST, ("a",), "A"),
    Case(REST, ("b\nc",), "rest"),
    Case(REST, ("",), "rest"),
    Case(REST, (None,), None),
    Case({"cases": {"a": "A"}, "otherwise": "was $0"}, ("b\nc",), "was b\nc"),
    Case({"cases": {"a": "A"}, "otherwise": "was $0"}, ("",), "was "),
    Case({"cases": {r"\d{4}": "0$0"}, "otherwise": "$0"}, ("1766",), "01766"),
]  # fmt: skip


@pytest.fixture(scope="module")
def made(spark: SparkSession) -> list[str | None]:
    """Results of all cases, read at once: one column per case."""
    columns = [
        declared.rewrite(Rewrite(of=["x"] * len(case.texts), **case.rule), [F.lit(text) for text in case.texts])
        for case in CASES
    ]
    row = spark.range(1).select(*(column.cast("string").alias(f"c{n}") for n, column in enumerate(columns))).head()
    assert row is not None
    return list(row)


@pytest.mark.parametrize("n", range(len(CASES)), ids=[f"{c.rule} {c.texts!r}" for c in CASES])
def test_a_text_is_rewritten(n: int, made: list[str | None]) -> None:
    assert made[n] == CASES[n].result


def test_rewritten_texts_are_typed_like_delivered_ones(spark: SparkSession, tmp_path: Path) -> None:
    edition = {"of": ["tree", "half"], "cases": {r"(\d{4})mitte": "$1-06-30", r"(\d{4})ende": "$1-12-32"}}
    columns = [
        TREE, {"from": "Hälfte", "name": "half", "silver": False},
        {"made_by": "rewrite", "name": "day", "type": "date", "required": True, "rewrite": edition},
        {"made_by": "rewrite", "name": "word", "values": ["middle", "end"],
         "rewrite": {"of": ["half"], "cases": {"mitte": "middle", "ende": "end"}, "otherwise": "$0"}},
    ]  # fmt: skip
    source = example.source(tmp_path, columns=columns)
    rows = classify(spark, source, tmp_path, "2019, mitte \n2020,mitte\n2021,Ende\n2022,ende")
    assert [(row["_class"], row["day"], row["word"]) for row in rows[:2]] == [
        ("valid", dt.date(2019, 6, 30), "middle"), ("valid", dt.date(2020, 6, 30), "middle")
    ]  # fmt: skip
    assert rows[2]["_reasons"] == ["day: is missing", "word: 'Ende' is none of middle, end"]
    assert rows[3]["_reasons"] == ["day: '2022-12-32' is not a date written 2020-12-31"]


def test_blanks_around_a_text_are_removed_before_anything_reads_it(spark: SparkSession, tmp_path: Path) -> None:
    columns = [TREE, {"from": "Art", "name": "species", "required": True, "pattern": "[A-Z].*"}]
    drop = [{"column": "species", "pattern": "SUMME"}]
    scope = {"column": "species", "values": ["Eiche rot", "Buche"]}
    source = example.source(tmp_path, columns=columns, drop=drop, scope=scope)
    rows = classify(spark, source, tmp_path, "a,  Eiche rot \nb,   \nc, x\nd,Buche\ne,   SUMME\n f ,Buche \ng,Ulme")
    assert [(row["_class"], row["tree"], row["species"]) for row in rows] == [
        ("valid", "a", "Eiche rot"), ("quarantined", "b", None), ("quarantined", "c", "x"), ("valid", "d", "Buche"),
        ("filtered", None, None), ("valid", "f", "Buche"), ("filtered", "g", "Ulme"),
    ]  # fmt: skip
    assert [row["_reasons"] for row in rows[1:3]] == [["species: is missing"], ["species: 'x' does not match [A-Z].*"]]


@pytest.mark.parametrize(
    ("year", "half", "date"),
    [
        ("2018", "ende", "2018-12-31"),
        ("2019", "mitte", "2019-06-30"),
        ("2021", "1", "2021-06-30"),
        ("2021", "2", "2021-12-31"),
        ("2021", "3", None),
    ],
)
def test_a_half_year_ends_on_its_last_day(spark: SparkSession, year: str, half: str, date: str | None) -> None:
    feed = "breitbandatlas__household_coverage" if half in ("mitte", "ende") else "breitbandatlas__mobile_coverage"
    source = load_source(CHECKOUT / "sources" / feed / "source.yml")
    rows = spark.createDataFrame([(year, half)], "edition_year string, edition_half string")
    assert rows.select(declared.texts(source)["reference_date"].alias("date")).collect() == [(date,)]


RANGES: dict[str, tuple[float, float]] = {"humidity": (0, 100), "sunshine": (0, 0.167)}
# (quantity, value, observed until, flag)
OBSERVATIONS = [
    ("humidity", "50", INGESTED, "plausible"),
    ("humidity", "0", INGESTED, "plausible"),
    ("humidity", "100", INGESTED, "plausible"),
    ("humidity", "100.001", INGESTED, "out_of_range"),
    ("humidity", "-0.001", INGESTED, "out_of_range"),
    ("sunshine", "0.167", INGESTED, "plausible"),
    ("sunshine", "50", INGESTED, "out_of_range"),
    ("wind", "-9999", INGESTED, "plausible"),
    ("humidity", "50", None, "plausible"),
    ("humidity", None, INGESTED, "missing"),
    ("humidity", None, INGESTED + SECOND, "missing"),
    ("humidity", "50", INGESTED + SECOND, "future"),
    ("humidity", "500", INGESTED + SECOND, "future"),
    # a date means its end, which is over only on the next day
    ("humidity", "50", TODAY, "future"),
    ("humidity", "50", TODAY - DAY, "plausible"),
    ("humidity", "500", TODAY - DAY, "out_of_range"),
]


@pytest.mark.parametrize("moment", ["timestamp", "date"])
def test_each_doubt_has_its_flag(moment: str, spark: SparkSession) -> None:
    observations = [o for o in OBSERVATIONS if o[2] is None or isinstance(o[2], dt.datetime) == (moment == "timestamp")]
    rows = spark.createDataFrame(
        [(n, q, Decimal(v) if v else None, at, INGESTED) for n, (q, v, at, _) in enumerate(observations)],
        f"n int, q string, v decimal(9,3), at {moment}, _ingested_at timestamp",
    )
    rule = Plausibility(value="v", observed_until="at", quantity="q", ranges=RANGES)
    flag = declared.flag(rule, {"v": "decimal(9,3)", "at": moment, "q": "string"})
    flags = [row["flag"] for row in rows.select("n", flag.alias("flag")).orderBy("n").collect()]
    assert flags == [expected for *_, expected in observations]


def test_a_day_that_is_over_when_the_file_is_fetched_is_no_future(spark: SparkSession) -> None:
    midnight = dt.datetime(2024, 5, 2, tzinfo=dt.UTC)
    rows = spark.createDataFrame(
        [(1.0, TODAY, midnight, "q"), (1.0, TODAY, midnight - SECOND, "q")],
        "v double, at date, _ingested_at timestamp, q string",
    )
    rule = Plausibility(value="v", observed_until="at", quantity="q", ranges={"q": (0, 1)})
    flag = declared.flag(rule, {"v": "double", "at": "date", "q": "string"})
    assert [row["flag"] for row in rows.select(flag.alias("flag")).collect()] == ["plausible", "future"]


def test_a_feed_declares_what_is_doubtful(spark: SparkSession, tmp_path: Path) -> None:
    columns = [
        TREE, {"from": "Tag", "name": "day", "type": "date", "required": True},
        {"from": "Höhe", "name": "height"}, {"from": "Umfang", "name": "girth"},
        {**HEIGHT, "name": "value", "made_by": "unpivot", "from": None},
        {"made_by": "plausibility", "name": "trusted"},
    ]  # fmt: skip
    source = example.source(
        tmp_path, columns=columns, key=["tree", "quantity"], load=UPSERT,
        unpivot={"value": "value", "measures": {"height": {"quantity": "h"}, "girth": {"quantity": "g"}}},
        plausibility={"value": "value", "observed_until": "day", "quantity": "quantity", "ranges": {"h": [0, 50.5]}},
    )  # fmt: skip
    rows = classify(
        spark, source, tmp_path, 'a,2026-12-31,50,-\nb,2026-12-31,50,99\nc,2027-01-01,99,x\nd,2026-12-31,"50,6",1'
    )
    found = {(row["tree"], row["quantity"]): row["trusted"] for row in rows if not row["_reasons"]}
    assert found == {
        ("a", "h"): "plausible", ("a", "g"): "missing", ("b", "h"): "plausible", ("b", "g"): "plausible",
        ("c", "h"): "future", ("d", "h"): "out_of_range", ("d", "g"): "plausible",
    }  # fmt: skip
