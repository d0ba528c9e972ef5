"""Texts to dates and moments: calendars and clocks in the forms that `source.yml` declares."""

from __future__ import annotations

import re
from collections.abc import Callable

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from lakehouse.spec.column import Column
from lakehouse.spec.source import Source
from lakehouse.spec.times import EPOCHS, NAME_OF_MONTH, month_numbers

# `$` would also match before a line feed at the end
END = r"\z"
ISO_DATE = r"\d{4}-\d{2}-\d{2}"
_OFFSET = r"(?:Z|[+-]\d{2}(?::?\d{2})?)"
ISO_TIMESTAMP = rf"^{ISO_DATE}T\d{{2}}:\d{{2}}:\d{{2}}(?:\.\d{{1,9}})?{_OFFSET}{END}"
ISO_WITHOUT_SECONDS = rf"^({ISO_DATE}T\d{{2}}:\d{{2}})({_OFFSET}){END}"
ISO_MIDNIGHT = rf"^({ISO_DATE}T)24(:00:00(?:\.0{{1,9}})?{_OFFSET}){END}"
# digits before the decimal point, and what makes microseconds of them
EPOCH_FORMS = {"epoch": (r"-?\d{1,12}", 1_000_000), "epoch_ms": (r"-?\d{1,15}", 1_000)}
HOUR, DAY = "INTERVAL 1 HOUR", "INTERVAL 1 DAY"
TOKEN = re.compile(r"([yMdHmsSX])\1*|[^A-Za-z]|T")
WORD = r"(?U)\p{L}{3,}"


def moment(column: Column) -> SparkColumn:
    """The moment that a text means; NULL where it cannot be read, or not be told from another."""
    text = F.col(column.name)
    if column.format is None:
        complete = F.regexp_replace(text, ISO_WITHOUT_SECONDS, "$1:00$2")
        return F.coalesce(_iso(text), _with_midnight(complete, ISO_MIDNIGHT, _iso))
    if column.format in EPOCHS:
        return _epoch(text, column.format)
    return _local_to_utc(column, clock(column))


def clock(column: Column) -> SparkColumn:
    """The reading of calendar and clock, as if it were UTC; with an offset in it, the moment."""
    assert column.format is not None
    text, written = F.col(column.name), column.format
    if column.months is not None:
        text, written = _numbered(text, written, column.months)
    pattern = written.replace("T", "'T'")
    # the end of a day is a moment of the next one, and no date
    midnight = _midnight(written) if column.type == "timestamp" else None
    if midnight is None:
        return _century(column, F.try_to_timestamp(text, F.lit(pattern)))
    return _century(column, _with_midnight(text, midnight, lambda t: F.try_to_timestamp(t, F.lit(pattern))))


def with_passes(source: Source, rows: DataFrame) -> DataFrame:
    """Adds, for each column with `repeated_hour`, the ordinal of a local time that its delivery holds twice.

    It is NULL unless there are two of them in the same series: other columns of the key with the same texts.
    """
    repeated = [column for column in source.columns if column.repeated_hour]
    texts = {c.name for c in source.columns if c.silver and c.made_by in (None, "path", "rewrite", "prepare")}
    for column in repeated:
        series = sorted(texts.intersection(source.key) - {column.name, *source.measured})
        same = Window.partitionBy("_delivery_id", column.name, *series)
        ordinal = F.row_number().over(same.orderBy("_record_number"))
        rows = rows.withColumn(_pass(column), F.when(F.count("*").over(same) == 2, ordinal))
    return rows


def _pass(column: Column) -> str:
    return f"_pass_{column.name}"


def _iso(text: SparkColumn) -> SparkColumn:
    return F.when(F.regexp_like(text, F.lit(ISO_TIMESTAMP)), text.try_cast("timestamp"))


def _with_midnight(text: SparkColumn, midnight: str, read: Callable[[SparkColumn], SparkColumn]) -> SparkColumn:
    """What `read` makes of a text; of 24:00, which it does not know, what it makes of 00:00, a day later."""
    begins = read(F.regexp_replace(text, midnight, "$1" + "00" + "$2"))
    ends = F.when(F.regexp_like(text, F.lit(midnight)), begins + F.expr(DAY))
    return F.coalesce(read(text), ends)


def _midnight(written: str) -> str | None:
    """A pattern of times that write the end of a day as its 24th hour; the parts around the hour are its groups."""
    pattern, hour = "", False
    for token in TOKEN.finditer(written):
        letter, length = token[1], len(token[0])
        if letter == "H":
            pattern, hour = f"({pattern})24(", True
        elif letter is None:
            pattern += re.escape(token[0])
        elif letter == "X":
            pattern += _OFFSET
        elif letter in "msS" and hour:
            pattern += f"0{{1,{max(length, 2)}}}"
        else:
            pattern += rf"\d{{{length}}}" if length > 1 else r"\d{1,2}"
    return f"^{pattern}){END}" if hour else None


def _numbered(text: SparkColumn, written: str, language: str) -> tuple[SparkColumn, str]:
    """A text with the number of a month instead of its name, and the format of that."""
    # the point behind an abbreviation, unless the format has one there anyway
    word = WORD if NAME_OF_MONTH.sub("M", written).find("M.") >= 0 else rf"{WORD}\.?"
    name = F.lower(F.regexp_extract(text, f"({WORD})", 1))
    numbers = F.create_map(*(F.lit(word) for pair in month_numbers(language).items() for word in pair))
    return F.regexp_replace(text, F.lit(word), F.try_element_at(numbers, name)), NAME_OF_MONTH.sub("MM", written)


def _epoch(text: SparkColumn, written: str) -> SparkColumn:
    digits, micros = EPOCH_FORMS[written]
    number = F.when(F.regexp_like(text, F.lit(rf"^{digits}(?:\.\d{{1,9}})?{END}")), text.try_cast("decimal(24,9)"))
    return F.timestamp_micros(F.floor(number * micros).cast("bigint"))


def _century(column: Column, clock: SparkColumn) -> SparkColumn:
    """A year of two digits, which Spark reads as 20xx, moved to the century in which it is not after the pivot."""
    if column.pivot is None:
        return clock
    pivot = F.lit(column.pivot)
    # a 29 February that the other century does not have becomes the 28th there: such a day does not exist
    earlier, later = (
        F.when(F.dayofmonth(moved) == F.dayofmonth(clock), moved)
        for moved in (clock - F.make_ym_interval(F.lit(100)), clock + F.make_ym_interval(F.lit(100)))
    )
    return F.when(F.year(clock) > pivot, earlier).when(F.year(clock) + 100 <= pivot, later).otherwise(clock)


def _local_to_utc(column: Column, clock: SparkColumn) -> SparkColumn:
    """The moment of a local time, in the zone that its clock showed then."""
    moment = _in_zone(column, clock, column.zone)
    for day, zone in sorted(column.zones_before.items(), reverse=True):
        moment = F.when(clock < F.lit(day).cast("timestamp"), _in_zone(column, clock, zone)).otherwise(moment)
    return moment


def _in_zone(column: Column, clock: SparkColumn, zone: str) -> SparkColumn:
    """The moment; NULL for one that the zone skips, or has twice if nothing tells which: a guess is an hour off."""
    if zone == "UTC":
        return clock
    moment = F.to_utc_timestamp(clock, zone)
    if "/" not in zone:
        return moment
    before, after = moment - F.expr(HOUR), moment + F.expr(HOUR)
    exists = F.from_utc_timestamp(moment, zone) == clock
    # the other moment of a local time that comes twice
    is_second, is_first = F.from_utc_timestamp(before, zone) == clock, F.from_utc_timestamp(after, zone) == clock
    once = F.when(exists & ~is_second & ~is_first, moment)
    if not column.repeated_hour:
        return once
    first = F.when(is_second, before).otherwise(moment)
    ordinal = F.col(_pass(column))
    told = F.when(ordinal == 1, first).when(ordinal == 2, first + F.expr(HOUR))
    return F.when(is_second | is_first, told).otherwise(once)
