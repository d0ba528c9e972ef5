"""Text to typed values: every dialect, every rule and its sentence."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import SparkSession

from tests.support.reading import Case, Reading, assert_reads, read_all

GERMAN = {"numbers": {"decimal": ",", "thousands": "."}}
ENGLISH = {"numbers": {"decimal": ".", "thousands": ","}}
ENGLISH_POINT = {"numbers": {"decimal": "."}}
SPACED = {"numbers": {"decimal": ".", "thousands": " "}}
EURO = {"type": "decimal(14,2)", "numbers": {"thousands": ".", "suffix": " €"}}
GERMAN_DATE = {"type": "date", "format": "dd.MM.yyyy"}
LOCAL_TIME = {"type": "timestamp", "format": "yyyy-MM-dd HH:mm", "zone": "Europe/Berlin"}
TWO_DAYS = {"type": "date", "minimum": dt.date(2020, 3, 1), "maximum": dt.date(2020, 3, 2)}
SAP = {"numbers": {"decimal": ",", "thousands": ".", "negative": "trailing"}}
BRACKETS = {"numbers": {"decimal": ".", "thousands": ",", "negative": "brackets"}}
LOOSE = {
    "type": "decimal(14,2)", "numbers": {"decimal": ".", "prefix": "€", "suffix": "p.a.", "affixes": "optional"}
}  # fmt: skip
GERMAN_BOOLEAN = {"type": "boolean", "booleans": {"true": ["ja"], "false": ["nein"]}}
TOTAL = {"type": "decimal(14,2)", "numbers": {"decimal": ".", "prefix": "€ "}}
SAYS_LOCAL_TIME = "is not a time written yyyy-MM-dd HH:mm that exists exactly once in Europe/Berlin"
SAYS_INT = "is not a number written 1234 that fits int"
SAYS_GERMAN = "is not a number written 1.234,5 that fits decimal(9,2)"
SAYS_DATE = "is not a date written 2020-12-31"
LATER = "is later than its delivery"
SAYS_TIME = "is not a time that exists"


def number(text: str | None, value: Any = None, says: str | None = None, type_: str = "decimal(9,2)", **d: Any) -> Case:
    return Case({"type": type_, **d}, text, value, says)


CASES = [
    # whole numbers
    number("12", 12, type_="int"),
    number(" 12 ", 12, type_="int"),
    number("-12", -12, type_="int"),
    number("+12", 12, type_="int"),
    number("007", 7, type_="int"),
    number("2147483647", 2147483647, type_="int"),
    number("2147483648", None, SAYS_INT, type_="int"),
    number("2147483648", 2147483648, type_="bigint"),
    number("9223372036854775808", None, "is not a number written 1234 that fits bigint", type_="bigint"),
    *(number(text, None, SAYS_INT, type_="int") for text in
      ("1 2", "1.0", "1,0", "1e3", "0x1F", "twelve", "NaN", "Infinity", "--1", "1-", "+", "٣", "1\n2", "1_000",
       "1L", "\u00a01")),
    number("\t1\r\n", 1, type_="int"),
    number("1.5", None, SAYS_INT, type_="int", numbers={"decimal": "."}),
    # 1.234 is 1234 only where the point is declared as sign between thousands
    number("1.234", Decimal("1.234"), type_="decimal(9,3)", numbers={"decimal": "."}),
    number("1.234", 1234, type_="int", numbers={"thousands": "."}),
    number("1.234", Decimal("1234.00"), **GERMAN),
    number("1.234", None, SAYS_INT, type_="int"),
    number("1.234", None, "is not a number written 1234,5 that fits decimal(9,2)", numbers={"decimal": ","}),
    number("1,234", Decimal("1234.00"), **ENGLISH),
    number("1,234", Decimal("1.234"), type_="decimal(9,3)", numbers={"decimal": ","}),
    # signs between thousands stand where they belong or nowhere
    number("1.234.567,89", Decimal("1234567.89"), **GERMAN),
    number("1234567,89", Decimal("1234567.89"), **GERMAN),
    number("-1.234,5", Decimal("-1234.50"), **GERMAN),
    number("1 234.5", Decimal("1234.50"), **SPACED),
    *(number(text, None, SAYS_GERMAN, **GERMAN) for text in
      ("1.23", "12.34.567", "1..234", ".234", "1.234.", "1234.567", "1.2345", "1,234.5", "1 234", "1.234,", ",5")),
    *(number(text, None, "is not a number written 1 234.5 that fits decimal(9,2)", **SPACED) for text in
      ("1  234", "12 34", "1 2", "1\u2003234", "1\t234")),
    # blanks of typesetters between thousands
    *(number(f"1{blank}234.5", Decimal("1234.50"), **SPACED) for blank in (" ", "\u00a0", "\u2009", "\u202f")),
    number("1'234", 1234, type_="int", numbers={"thousands": "'"}),
    # a minus behind the figure, or brackets around it
    *(number(text, value, **SAP) for text, value in
      (("1.234,56-", Decimal("-1234.56")), ("1.234,56 -", Decimal("-1234.56")), ("99,00 ", Decimal("99.00")))),
    *(number(text, None, "is not a number written 1.234,5 or 1- that fits decimal(9,2)", **SAP) for text in
      ("-5", "5--", "-", "+5", "5-5")),
    *(number(text, value, **BRACKETS) for text, value in
      (("(1,234.56)", Decimal("-1234.56")), ("1,234.56", Decimal("1234.56")), ("(5)", Decimal("-5.00")))),
    *(number(text, None, "is not a number written 1,234.5 or (1) that fits decimal(9,2)", **BRACKETS) for text in
      ("(5", "5)", "((5))", "(-5)", "-5", "()")),
    # decimals
    number("1,5", Decimal("1.50"), **GERMAN),
    number("1,50", Decimal("1.50"), **GERMAN),
    number("1,505", None, SAYS_GERMAN, **GERMAN),
    number("1,500", None, SAYS_GERMAN, **GERMAN),
    number("9999999,99", Decimal("9999999.99"), **GERMAN),
    number("10000000", None, SAYS_GERMAN, **GERMAN),
    number("12,5", None, "is not a number written 1234 that fits decimal(9,2)"),
    number("12", Decimal("12.00")),
    number("1.5", None, "is not a number written 1234 that fits decimal(9,0)", "decimal(9,0)", **ENGLISH_POINT),
    # text behind the figure
    Case(EURO, "1.234 €", Decimal("1234.00")),
    Case(EURO, " 5 € ", Decimal("5.00")),
    Case(EURO, "1.234 €\n", Decimal("1234.00")),
    *(Case(EURO, text, None, "is not a number written 1.234 € that fits decimal(14,2)") for text in
      ("1.234", "1.234€", "1.234 $", "€ 1.234", "1.234 € €", " €", "1,5 €")),
    number("5 (%)", Decimal("5.00"), numbers={"suffix": " (%)"}),
    # text around the figure that may be left out
    *(Case(LOOSE, text, value) for text, value in
      (("€ 5", Decimal("5.00")), ("5", Decimal("5.00")), ("€5 p.a.", Decimal("5.00")), ("5 p.a.", Decimal("5.00")))),
    Case(LOOSE, "5 €", None, "is not a number written €1234.5p.a. that fits decimal(14,2)"),
    # null marks
    number("", None),
    number("   ", None),
    number(None, None),
    number("-", None, nulls=["-", "k. A."]),
    number(" k. A. ", None, nulls=["-", "k. A."]),
    number("", None, "is not a number written 1234 that fits decimal(9,2)", nulls=["-"]),
    number("0", None, nulls=["", "0"]),
    number("0", Decimal("0.00")),
    number("-", None, "is not a number written 1234 that fits decimal(9,2)"),
    # required
    number("", None, "is missing", required=True),
    number(None, None, "is missing", required=True),
    number("-", None, "is missing", required=True, nulls=["-"]),
    Case({"required": True}, "", None, "is missing"),
    Case({"required": True}, "x", "x"),
    # bounds, which include their ends
    number("5", 5, type_="int", minimum=5, maximum=6),
    number("4", 4, "is below 5", type_="int", minimum=5, maximum=6),
    number("6", 6, type_="int", minimum=5, maximum=6),
    number("7", 7, "is above 6", type_="int", minimum=5, maximum=6),
    number("-0,01", Decimal("-0.01"), "is below 0", minimum=0, **GERMAN),
    number("100,01", Decimal("100.01"), "is above 100", maximum=100, **GERMAN),
    # text
    Case({}, "as it is", "as it is"),
    Case({}, " with  blanks ", "with  blanks"),
    Case({"required": True}, "  ", None, "is missing"),
    Case({"values": ["Kreis Borken"]}, "Kreis Borken ", "Kreis Borken"),
    Case({"pattern": r"\d{5}"}, " 45657", "45657"),
    Case({}, "", None),
    Case({"values": ["a", "b"]}, "a", "a"),
    Case({"values": ["a", "b"]}, "c", "c", "is none of a, b"),
    Case({"values": ["a", "b"]}, "A", "A", "is none of a, b"),
    Case({"values": ["a", "b"]}, "", None),
    Case({"pattern": r"\d{5}"}, "45657", "45657"),
    Case({"pattern": r"\d{5}"}, "456570", "456570", r"does not match \d{5}"),
    Case({"pattern": r"\d{5}"}, "x45657", "x45657", r"does not match \d{5}"),
    Case({"pattern": r"\d{5}"}, "\v45657\n", "45657"),
    Case({"pattern": r"\d{5}"}, "45\n657", "45\n657", r"does not match \d{5}"),
    Case({"pattern": r"\d{5}"}, "1\n45657", "1\n45657", r"does not match \d{5}"),
    Case({"pattern": "a|b"}, "ab", "ab", "does not match a|b"),
    Case({"pattern": r"\w+"}, "Größe", "Größe"),
    Case({"pattern": r"\w+"}, "Größe 1", "Größe 1", r"does not match \w+"),
    Case({"pattern": "x"}, "O'Neill \\ %s {0}", "O'Neill \\ %s {0}", "does not match x"),
    # dates and times in ISO form only
    Case({"type": "date"}, "2020-02-29", dt.date(2020, 2, 29)),
    Case({"type": "date"}, " 2020-02-29 ", dt.date(2020, 2, 29)),
    Case({"type": "date"}, "2020-02-29\n", dt.date(2020, 2, 29)),
    *(Case({"type": "date"}, text, None, SAYS_DATE) for text in
      ("2021-02-29", "2020-13-01", "29.02.2020", "2020-2-9", "2020", "2020-02-29 00:00", "today")),
    Case({"type": "timestamp"}, "2020-03-29T01:00:00Z", dt.datetime(2020, 3, 29, 1)),
    Case({"type": "timestamp"}, "2020-03-29T01:00:00Z\n", dt.datetime(2020, 3, 29, 1)),
    *(Case({"type": "timestamp"}, text, None, SAYS_TIME) for text in
      ("2020-03-29 01:00:00", "2020-03-29T01:00:00", "2020-03-29T25:00:00Z", "2020-03-29T01:00:00+25:00",
       "2020-02-30T01:00:00Z", "2020-03-29T01:00:00Z\nZ")),
    Case({"type": "timestamp"}, "2020-03-29T01:00:00+01:00", dt.datetime(2020, 3, 29, 0)),
    Case({"type": "timestamp"}, "2016-01-15T15:30:26.250Z", dt.datetime(2016, 1, 15, 15, 30, 26, 250_000)),
    # dates and times in a declared form only
    Case(GERMAN_DATE, "29.02.2020", dt.date(2020, 2, 29)),
    *(Case(GERMAN_DATE, text, None, "is not a date written dd.MM.yyyy") for text in
      ("29.02.2021", "1.2.2020", "02/29/2020", "2020-02-29", "13.13.2020", "29.02.20", "29.02.2020 x", "00.01.2020")),
    # a year of two digits is the last one of its kind up to the pivot
    *(Case({"type": "date", "format": "dd.MM.yy", "pivot": 2030}, text, day) for text, day in
      (("22.07.21", dt.date(2021, 7, 22)), ("31.12.99", dt.date(1999, 12, 31)), ("01.07.74", dt.date(1974, 7, 1)),
       ("29.02.00", dt.date(2000, 2, 29)), ("01.01.31", dt.date(1931, 1, 1)))),
    Case({"type": "date", "format": "dd.MM.yy", "pivot": 2030}, "01.01.30", dt.date(2030, 1, 1), LATER),
    Case({"type": "timestamp", "format": "dd.MM.yy HH:mm", "pivot": 2030}, "01.07.99 12:00",
         dt.datetime(1999, 7, 1, 12)),
    # nothing is later than its delivery, unless declared; the day has begun earlier in the east, and clocks run fast
    Case({"type": "date"}, "2026-01-01", dt.date(2026, 1, 1)),
    Case({"type": "date"}, "2026-01-02", dt.date(2026, 1, 2)),
    Case({"type": "date"}, "2026-01-03", dt.date(2026, 1, 3), LATER),
    Case({"type": "date", "future": True}, "2076-01-03", dt.date(2076, 1, 3)),
    Case({"type": "timestamp"}, "2026-01-01T13:00:00Z", dt.datetime(2026, 1, 1, 13)),
    Case({"type": "timestamp"}, "2026-01-01T13:00:01Z", dt.datetime(2026, 1, 1, 13, 0, 1), LATER),
    Case({"type": "timestamp", "future": True}, "2076-01-01T00:00:00Z", dt.datetime(2076, 1, 1)),
    # bounds of days, which include all of the last one
    Case(TWO_DAYS, "2020-03-01", dt.date(2020, 3, 1)),
    Case(TWO_DAYS, "2020-03-02", dt.date(2020, 3, 2)),
    Case(TWO_DAYS, "2020-02-29", dt.date(2020, 2, 29), "is below 2020-03-01"),
    Case(TWO_DAYS, "2020-03-03", dt.date(2020, 3, 3), "is above 2020-03-02"),
    Case({**TWO_DAYS, "type": "timestamp"}, "2020-03-01T00:00:00Z", dt.datetime(2020, 3, 1)),
    Case({**TWO_DAYS, "type": "timestamp"}, "2020-03-02T23:59:59Z", dt.datetime(2020, 3, 2, 23, 59, 59)),
    Case({**TWO_DAYS, "type": "timestamp"}, "2020-03-03T00:00:00Z", dt.datetime(2020, 3, 3), "is above 2020-03-02"),
    Case({**TWO_DAYS, "type": "timestamp"}, "2020-02-29T23:59:59Z", dt.datetime(2020, 2, 29, 23, 59, 59),
         "is below 2020-03-01"),
    Case({"type": "date", "format": "yyyyMMdd"}, "19500401", dt.date(1950, 4, 1)),
    Case({"type": "timestamp", "format": "yyyy-MM-ddTHH:mm"}, "2018-07-07T20:03", dt.datetime(2018, 7, 7, 20, 3)),
    Case(LOCAL_TIME, "2020-07-01 12:00", dt.datetime(2020, 7, 1, 10)),
    Case(LOCAL_TIME, "2020-12-01 12:00", dt.datetime(2020, 12, 1, 11)),
    Case(LOCAL_TIME, "2020-10-25 01:45", dt.datetime(2020, 10, 24, 23, 45)),
    Case(LOCAL_TIME, "2020-10-25 03:00", dt.datetime(2020, 10, 25, 2)),
    *(Case(LOCAL_TIME, text, None, SAYS_LOCAL_TIME) for text in
      ("2020-03-29 02:30", "2020-10-25 02:00", "2020-10-25 02:59", "2020-10-25T01:00", "2020-07-01 25:00")),
    # yes and no
    Case({"type": "boolean"}, "true", True),
    Case({"type": "boolean"}, "false", False),
    Case({"type": "boolean"}, "", None),
    Case({"type": "boolean"}, "1", None, "is not one of true, false"),
    Case(GERMAN_BOOLEAN, "ja", True),
    Case(GERMAN_BOOLEAN, "nein", False),
    Case(GERMAN_BOOLEAN, "true", None, "is not one of ja, nein"),
    # floating point
    number("7.4364334342681095", 7.4364334342681095, type_="double"),
    number("-1.5e-3", -0.0015, type_="double"),
    number("7,5", 7.5, type_="double", numbers={"decimal": ","}),
    *(number(text, None, "is not a number written 1234.5 that fits double", type_="double", numbers={"decimal": "."})
      for text in ("NaN", "Infinity", "1e999", "1,5", ".5", "5.", "0x1p3", "1d", "1f")),
    *(number(text, value, type_="double", **GERMAN) for text, value in
      (("1.234,5", 1234.5), ("12,5", 12.5), ("1.234.567", 1234567.0), ("-1.234,5e1", -12345.0))),
    *(number(text, None, "is not a number written 1.234,5 that fits double", type_="double", **GERMAN) for text in
      ("1234.5", "1.23", "12.34,5")),
    # text before the figure
    Case(TOTAL, "€ 833851.95", Decimal("833851.95")),
    *(Case(TOTAL, text, None, "is not a number written € 1234.5 that fits decimal(14,2)") for text in
      ("833851.95", "€833851.95", "€ 1.234.567", "€ € 1", "$ 1")),
]  # fmt: skip


@pytest.fixture(scope="module")
def read(spark: SparkSession) -> list[Reading]:
    return read_all(spark, CASES)


@pytest.mark.parametrize("n", range(len(CASES)), ids=[f"{c.declared} {c.text!r}" for c in CASES])
def test_text_becomes_a_value_or_a_sentence(n: int, read: list[Reading]) -> None:
    assert_reads(CASES[n], read[n])


def test_only_a_declared_null_mark_becomes_null(read: list[Reading]) -> None:
    for case, (_, got, said) in zip(CASES, read, strict=True):
        if got is None and said is None:
            assert (case.text or "").strip() in case.declared.get("nulls", [""]), case
