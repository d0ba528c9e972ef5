"""Dates and times as the world writes them: each becomes the right moment, or a sentence."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lakehouse.spec.column import Column
from lakehouse.spec.times import MONTHS
from spark_jobs.transforms.typed import value
from tests.support import example
from tests.support.reading import Case, Reading, assert_reads, read_all
from tests.support.rows import classify

Time = dt.datetime
ISO = {"type": "timestamp"}
SAYS_ISO = "is not a time that exists"
EPOCH = Time(1970, 1, 1, tzinfo=dt.UTC)
LONG_AGO = dt.date(2000, 1, 1)
SECONDS = {"type": "timestamp", "format": "epoch", "minimum": LONG_AGO}
MILLISECONDS = {"type": "timestamp", "format": "epoch_ms", "minimum": LONG_AGO}
DATABASE = {"type": "timestamp", "format": "yyyy-MM-dd HH:mm:ss.SSSSSSXX"}
COLONS = {"type": "timestamp", "format": "dd.MM.yyyy HH:mm XXX"}
WINTER_TIME = {"type": "timestamp", "format": "dd.MM.yyyy HH:mm", "zone": "+01:00"}
COMPACT = {"type": "timestamp", "format": "yyyyMMddHHmm"}
LOCAL = {"type": "timestamp", "format": "yyyy-MM-dd HH:mm:ss", "zone": "Europe/Berlin"}
CHANGED = {"type": "timestamp", "format": "yyyyMMddHHmm", "zones_before": {dt.date(2000, 1, 1): "+01:00"}}
LONG = {"type": "date", "format": "d. MMMM yyyy", "months": "de"}
SHORT = {"type": "date", "format": "dd.MMM.yyyy", "months": "de"}
POINTED = {"type": "date", "format": "d. MMM. yyyy", "months": "de"}
MONTH = {"type": "date", "format": "MMMM yyyy", "months": "de"}
ENGLISH = {"type": "timestamp", "format": "MMM d, yyyy HH:mm", "months": "en"}
BOUNDED = {
    "type": "timestamp", "format": "dd.MM.yyyy HH:mm", "zone": "Europe/Berlin",
    "minimum": dt.date(2021, 1, 1), "maximum": dt.date(2021, 12, 31),
}  # fmt: skip
DATE_OF_TIME = {"type": "date", "format": "dd.MM.yyyy HH:mm"}
LAST_CENTURY = {"type": "date", "format": "dd.MM.yy", "pivot": 1999}
CASES = [
    # ISO 8601 with any offset, and more digits than a timestamp keeps
    Case(ISO, "2025-06-20T14:34:32.869542824Z", Time(2025, 6, 20, 14, 34, 32, 869542)),
    Case(ISO, "2025-06-20T14:34:32.8+0200", Time(2025, 6, 20, 12, 34, 32, 800000)),
    Case(ISO, "2025-06-20T14:34:32+02", Time(2025, 6, 20, 12, 34, 32)),
    Case(ISO, "2025-06-20T14:34-05:30", Time(2025, 6, 20, 20, 4)),
    Case(ISO, "2025-06-20T24:00Z", Time(2025, 6, 21)),
    Case(ISO, "2024-12-31T24:00:00.000+01:00", Time(2024, 12, 31, 23)),
    *(Case(ISO, text, None, SAYS_ISO) for text in (
        "2025-06-20T24:01Z", "2025-06-20T14Z", "2025-06-20T14:34", "2025-06-20T14:34:32.1234567891Z",
        "2025-02-29T24:00Z", "2025-06-20T14:34:32+2", "2025-06-20T14:34:32+25:00",
    )),
    # seconds and milliseconds
    Case(SECONDS, "1718893200", Time(2024, 6, 20, 14, 20)),
    Case(SECONDS, "1718893200.25", Time(2024, 6, 20, 14, 20, 0, 250000)),
    Case(SECONDS, "1718893200000", None, "is not a time written epoch"),
    Case(MILLISECONDS, "1718893200123", Time(2024, 6, 20, 14, 20, 0, 123000)),
    Case(MILLISECONDS, "1718893200", Time(1970, 1, 20, 21, 28, 13, 200000), "is below 2000-01-01"),
    *(Case(SECONDS, text, None, "is not a time written epoch") for text in ("1.7e9", "17188932OO", "+1718893200")),
    # offsets and fractions within a declared format
    Case(DATABASE, "2025-06-20 14:34:32.5+0200", Time(2025, 6, 20, 12, 34, 32, 500000)),
    Case(DATABASE, "2025-06-20 14:34:32.123456Z", Time(2025, 6, 20, 14, 34, 32, 123456)),
    Case(COLONS, "20.06.2025 14:34 +02:00", Time(2025, 6, 20, 12, 34)),
    Case(COLONS, "20.06.2025 14:34", None, "is not a time written dd.MM.yyyy HH:mm XXX"),
    # the end of a day
    Case(WINTER_TIME, "31.12.2024 24:00", Time(2024, 12, 31, 23)),
    Case(WINTER_TIME, "01.07.2024 00:00", Time(2024, 6, 30, 23)),
    Case(WINTER_TIME, "01.07.2024 24:15", None, "is not a time written dd.MM.yyyy HH:mm"),
    Case(COMPACT, "202402282400", Time(2024, 2, 29)),
    Case(LOCAL, "2024-10-27 24:00:00", Time(2024, 10, 27, 23)),
    # the hour that comes twice, and the one that never was
    *(Case(LOCAL, text, None, "is not a time written yyyy-MM-dd HH:mm:ss that exists exactly once in Europe/Berlin")
      for text in ("2024-10-27 02:30:00", "2024-03-31 02:30:00")),
    # a clock that was changed
    Case(CHANGED, "199912312350", Time(1999, 12, 31, 22, 50)),
    Case(CHANGED, "200001010000", Time(2000, 1, 1)),
    # a day of the zone in which a time is written
    *(Case(BOUNDED, text, moment, says) for text, moment, says in (
        ("01.01.2021 00:30", Time(2020, 12, 31, 23, 30), None), ("31.12.2021 23:30", Time(2021, 12, 31, 22, 30), None),
        ("31.12.2020 23:59", Time(2020, 12, 31, 22, 59), "is below 2021-01-01"),
        ("01.01.2022 00:30", Time(2021, 12, 31, 23, 30), "is above 2021-12-31"),
    )),
    # a date has no end that is another date, and the other century no 29 February
    Case(DATE_OF_TIME, "31.12.2021 23:00", dt.date(2021, 12, 31)),
    Case(DATE_OF_TIME, "31.12.2021 24:00", None, "is not a date written dd.MM.yyyy HH:mm"),
    Case(LAST_CENTURY, "29.02.00", None, "is not a date written dd.MM.yy"),
    Case(LAST_CENTURY, "29.02.96", dt.date(1996, 2, 29)),
    # names of months
    Case(LONG, "5. Mai 2023", dt.date(2023, 5, 5)),
    Case(LONG, "17. MÄRZ 2023", dt.date(2023, 3, 17)),
    Case(LONG, "3. Jänner 2023", dt.date(2023, 1, 3)),
    Case(LONG, "5. Okt. 2023", dt.date(2023, 10, 5)),
    Case(SHORT, "05.Mrz.2023", dt.date(2023, 3, 5)),
    Case(POINTED, "5. Dez. 2023", dt.date(2023, 12, 5)),
    Case(MONTH, "Dezember 2024", dt.date(2024, 12, 1)),
    Case(ENGLISH, "Oct 5, 2023 24:00", Time(2023, 10, 6)),
    *(Case(LONG, text, None, "is not a date written d. MMMM yyyy") for text in
      ("5. May 2023", "30. Februar 2023", "5. 5. 2023", "Mai Mai 2023", "5. Mainz 2023")),
]  # fmt: skip


@pytest.fixture(scope="module")
def read(spark: SparkSession) -> list[Reading]:
    return read_all(spark, CASES)


@pytest.mark.parametrize("n", range(len(CASES)), ids=[f"{c.declared} {c.text!r}" for c in CASES])
def test_a_time_becomes_a_moment_or_a_sentence(n: int, read: list[Reading]) -> None:
    assert_reads(CASES[n], read[n])


def test_quarter_hours_that_come_twice_are_told_apart_by_their_order(spark: SparkSession, tmp_path: Path) -> None:
    time = {"from": "Zeit", "name": "at", "required": True, **LOCAL, "format": "dd.MM.yyyy HH:mm"}
    source = example.source(
        tmp_path,
        columns=[
            {"from": "Zähler", "name": "meter"},
            {**time, "repeated_hour": "in_order"},
            {"from": "kWh", "name": "kwh"},
        ],
        key=["meter", "at"],
    )
    labels = ["01:45", "02:00", "02:15", "02:30", "02:45", "02:00", "02:15", "02:30", "02:45", "03:00"]
    of_a = [f"A,27.10.2024 {label},{n}" for n, label in enumerate(labels)]
    # of B an hour is missing, and nothing says which one
    of_b = ["B,27.10.2024 02:15,10", "B,27.10.2024 02:30,11", "B,27.10.2024 02:30,12", "B,31.03.2024 02:30,13"]
    rows = classify(spark, source, tmp_path, "\n".join(of_a + of_b))
    start = Time(2024, 10, 26, 23, 45)
    got = [None if row["at"] is None else row["at"].astimezone(dt.UTC).replace(tzinfo=None) for row in rows]
    assert got == [
        *(start + dt.timedelta(minutes=15 * n) for n in range(10)),
        None, Time(2024, 10, 27, 0, 30), Time(2024, 10, 27, 1, 30), None,
    ]  # fmt: skip
    assert [row["_class"] for row in rows] == ["valid"] * 10 + ["quarantined", "valid", "valid", "quarantined"]


def test_the_measures_of_one_record_are_not_two_hours(spark: SparkSession, tmp_path: Path) -> None:
    time = {"from": "Zeit", "name": "at", "required": True, **LOCAL, "format": "dd.MM.yyyy HH:mm"}
    value = {"made_by": "unpivot", "name": "kwh", "type": "int"}
    measures = [{"from": name, "name": name} for name in ("a", "b")]
    source = example.source(
        tmp_path,
        columns=[{**time, "repeated_hour": "in_order"}, *measures, value],
        unpivot={"value": "kwh", "measures": {name: {"meter": name} for name in ("a", "b")}},
        key=["meter", "at"],
    )
    rows = classify(spark, source, tmp_path, "27.10.2024 02:00,1,2\n27.10.2024 02:15,3,4\n27.10.2024 02:15,5,6")
    at = [row["at"] and row["at"].astimezone(dt.UTC).replace(tzinfo=None) for row in rows]
    assert at == [None, None, *[Time(2024, 10, 27, 0, 15)] * 2, *[Time(2024, 10, 27, 1, 15)] * 2]


def test_the_two_ends_of_an_interval_are_two_columns(spark: SparkSession, tmp_path: Path) -> None:
    iso, german = r"(.+)/(.+)", r"(\d\d\.\d\d\.)(?:\d{4})?-(\d\d\.\d\d\.)(\d{4})"
    ends = [
        {
            "made_by": "rewrite",
            "name": name,
            "type": type_,
            **form,
            "required": True,
            "rewrite": {"of": [of], "cases": {pattern: result}},
        }
        for name, type_, form, of, pattern, result in (
            ("begins_at", "timestamp", {}, "iso", iso, "$1"),
            ("ends_at", "timestamp", {}, "iso", iso, "$2"),
            ("begins_on", "date", {"format": "dd.MM.yyyy"}, "german", german, "$1$3"),
            ("ends_on", "date", {"format": "dd.MM.yyyy"}, "german", german, "$2$3"),
        )
    ]
    texts = [{"from": name, "name": name, "silver": False} for name in ("iso", "german")]
    source = example.source(tmp_path, columns=[*texts, *ends], key=["begins_at"])
    lines = ["2024-10-01T00:00Z/2024-10-01T24:00Z,01.10.-31.10.2024", "2024-10-01T00:00Z,01.10.2024"]
    good, bad = classify(spark, source, tmp_path, "\n".join(lines))
    moments = [good[name].astimezone(dt.UTC).replace(tzinfo=None) for name in ("begins_at", "ends_at")]
    assert moments == [Time(2024, 10, 1), Time(2024, 10, 2)]
    assert (good["begins_on"], good["ends_on"]) == (dt.date(2024, 10, 1), dt.date(2024, 10, 31))
    assert (bad["_class"], bad["begins_on"]) == ("quarantined", None)


# how each form writes a moment, and what of it the form keeps
WRITERS: list[tuple[dict[str, Any], Any, Any]] = [
    (SECONDS, lambda t: f"{(t - EPOCH) // dt.timedelta(microseconds=1) / 1e6:.6f}", lambda t: t),
    (
        MILLISECONDS,
        lambda t: str(int(t.timestamp() * 1000)),
        lambda t: t.replace(microsecond=t.microsecond // 1000 * 1000),
    ),
    (ISO, lambda t: t.isoformat(timespec="microseconds"), lambda t: t),
    (
        {"type": "timestamp", "format": "dd.MM.yyyy HH:mm:ss.SSSSSSXXX"},
        lambda t: f"{t.astimezone(ZoneInfo('Europe/Berlin')):%d.%m.%Y %H:%M:%S.%f}{_offset(t)}",
        lambda t: t,
    ),
    (
        {"type": "timestamp", "format": "dd.MM.yy HH:mm", "pivot": 2030},
        lambda t: f"{t:%d.%m.%y %H:%M}",
        lambda t: t.replace(second=0, microsecond=0),
    ),
    (
        {"type": "timestamp", "format": "d. MMMM yyyy HH:mm", "months": "de", "zone": "+01:00"},
        lambda t: _german(t.astimezone(dt.timezone(dt.timedelta(hours=1)))),
        lambda t: t.replace(second=0, microsecond=0),
    ),
]


def _offset(moment: dt.datetime) -> str:
    return "+02:00" if moment.astimezone(ZoneInfo("Europe/Berlin")).dst() else "+01:00"


def _german(local: dt.datetime) -> str:
    name = MONTHS["de"][local.month - 1].split()[0].capitalize()
    # the end of a day as its 24th hour
    if (local.hour, local.minute) == (0, 0):
        local -= dt.timedelta(days=1)
        return f"{local.day}. {MONTHS['de'][local.month - 1].split()[0].capitalize()} {local.year} 24:00"
    return f"{local.day}. {name} {local.year} {local:%H:%M}"


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moments=st.lists(
        st.datetimes(dt.datetime(2001, 1, 1), dt.datetime(2025, 12, 1), timezones=st.just(dt.UTC)), min_size=30
    )
)
def test_a_moment_written_in_any_form_comes_back(moments: list[dt.datetime], spark: SparkSession) -> None:
    columns = [Column(source="x", name=f"t{n}", **declared) for n, (declared, _, _) in enumerate(WRITERS)]
    # and a midnight, which one form writes as the end of the day before
    moments = [*moments, dt.datetime(2024, 2, 29, 23, tzinfo=dt.UTC)]
    texts = [tuple(write(moment) for _, write, _ in WRITERS) for moment in moments]
    frame = spark.createDataFrame(texts, ", ".join(f"{column.name} string" for column in columns))
    back = frame.select(*(F.unix_micros(value(column)).alias(column.name) for column in columns)).collect()
    expected = [tuple((keep(m) - EPOCH) // dt.timedelta(microseconds=1) for _, _, keep in WRITERS) for m in moments]
    assert [tuple(row) for row in back] == expected
