"""Text to typed values: what cannot be read becomes a reason in plain words, never a silent NULL."""

from __future__ import annotations

import datetime as dt
import re
import sys

from pyspark.sql import Column as SparkColumn
from pyspark.sql import functions as F

from lakehouse.spec.column import Column
from lakehouse.spec.model import MOMENTS
from spark_jobs.transforms import clocks, signs
from spark_jobs.transforms.clocks import END, ISO_DATE


def whole(pattern: str) -> str:
    """A declared pattern as Java matches it: against the whole text, with letters and digits of all scripts."""
    return f"(?U)^(?:{pattern}){END}"


EXPONENT = r"(?:[eE][+-]?\d{1,3})?"
# what stands between thousands where a blank is declared: also the no-break, thin and narrow ones of typesetters
BLANKS = "[ \u00a0\u2009\u202f]"


def text(name: str) -> SparkColumn:
    """A delivered text without blanks, tabs and line ends around it, which make one name two; bronze keeps them."""
    return F.btrim(name, F.lit(" \t\n\r\v\f"))


def value(column: Column, reading: SparkColumn | None = None) -> SparkColumn:
    """The typed value, NULL where the text is a declared null mark or cannot be read.

    Args:
        column: declaration.
        reading: what `read` gave, if it stands in a column already: then nothing is read twice.
    """
    return F.when(~_is_null(column), read(column) if reading is None else reading)


def problem(column: Column, reading: SparkColumn | None = None) -> SparkColumn:
    """Why the text breaks the column's declaration, as one sentence; NULL if it does not. Arguments as of `value`."""
    text, typed = F.col(column.name), read(column) if reading is None else reading
    broken = F.when(_is_null(column), _sentence(column, "is missing") if column.required else F.lit(None))
    unread = typed.isNull() if column.signs is None else typed.isNull() & signs.figure(column).isNotNull()
    broken = broken.when(unread, _sentence(column, f"is not {_form(column)}"))
    if column.pattern is not None:
        broken = broken.when(
            ~F.regexp_like(text, F.lit(whole(column.pattern))),
            _sentence(column, f"does not match {column.pattern}"),
        )
    if column.values is not None:
        broken = broken.when(~text.isin(column.values), _sentence(column, f"is none of {', '.join(column.values)}"))
    bounded = _day(column, typed)
    if column.minimum is not None:
        broken = broken.when(bounded < F.lit(column.minimum), _sentence(column, f"is below {_plain(column.minimum)}"))
    if column.maximum is not None:
        broken = broken.when(bounded > F.lit(column.maximum), _sentence(column, f"is above {_plain(column.maximum)}"))
    if column.type in MOMENTS and not column.future:
        broken = broken.when(_later(column, typed), _sentence(column, "is later than its delivery"))
    return broken


def _plain(limit: dt.date | float) -> str:
    return limit.isoformat() if isinstance(limit, dt.date) else f"{limit:g}"


def _day(column: Column, typed: SparkColumn) -> SparkColumn:
    """What `minimum` and `maximum` are compared with: of a time its day, in the zone in which it is written."""
    if column.type != "timestamp":
        return typed
    return (typed if column.zone == "UTC" else F.from_utc_timestamp(typed, column.zone)).cast("date")


def _later(column: Column, typed: SparkColumn) -> SparkColumn:
    """Whether a date or time had not begun anywhere on Earth when its delivery was fetched."""
    fetched = F.col("_ingested_at")
    if column.type == "date":
        return typed > (fetched + F.expr("INTERVAL 14 HOURS")).cast("date")
    # a sensor's clock that runs a little fast is no reason to refuse
    return typed > fetched + F.expr("INTERVAL 1 HOUR")


def _is_null(column: Column) -> SparkColumn:
    text = F.col(column.name)
    return text.isNull() | text.isin(column.nulls)


def read(column: Column) -> SparkColumn:
    """The text read as the declared type; NULL where it cannot be."""
    text = F.col(column.name)
    match column.type:
        case "string" if column.codes:
            return _codes(column, text)
        case "string":
            return text
        case "boolean":
            return F.when(text.isin(column.booleans.true), True).when(text.isin(column.booleans.false), False)
        case "date" if column.format is None:
            return F.when(F.regexp_like(text, F.lit(f"^{ISO_DATE}{END}")), text.try_cast("date"))
        case "date":
            return clocks.clock(column).cast("date")
        case "timestamp":
            return clocks.moment(column)
        case _:
            return _number(column, signs.figure(column) if column.signs else text)


def _codes(column: Column, text: SparkColumn) -> SparkColumn:
    """The code that a text names, or the JSON array of those that it lists; NULL if it names another thing."""
    known = {said.lower(): code for code, label in column.codes.items() for said in (code, label)}
    codes = F.create_map(*(F.lit(item) for pair in known.items() for item in pair))

    def code(said: SparkColumn) -> SparkColumn:
        return F.try_element_at(codes, F.lower(F.regexp_replace(F.trim(said), r"\s+", " ")))

    if not column.many:
        return code(text)
    said = F.filter(F.split(text, ";"), lambda one: F.trim(one) != "")
    # somebody who names a code twice means it once; separators alone name none
    found = F.array_distinct(F.transform(said, code))
    return F.when((F.size(found) > 0) & ~F.exists(found, lambda one: one.isNull()), F.to_json(found))


def _number(column: Column, text: SparkColumn) -> SparkColumn:
    numbers = column.numbers
    for affix, at_start in ((numbers.prefix, True), (numbers.suffix, False)):
        if affix:
            pattern = f"^{re.escape(affix)}" if at_start else f"{re.escape(affix)}{END}"
            without = F.trim(F.regexp_replace(text, pattern, ""))
            text = without if numbers.affixes == "optional" else F.when(F.regexp_like(text, F.lit(pattern)), without)
    plain = text
    if numbers.negative == "trailing":
        plain = F.regexp_replace(plain, rf"^(.*?)\s*-{END}", "-$1")
    elif numbers.negative == "brackets":
        plain = F.regexp_replace(plain, rf"^\((.*)\){END}", "-$1")
    if numbers.thousands:
        plain = F.regexp_replace(plain, _thousands(column), "")
    if numbers.decimal == ",":
        plain = F.replace(plain, F.lit(","), F.lit("."))
    read = plain.try_cast(column.type)
    if column.type == "double":
        # what is too large for a double would become infinite
        read = F.when(F.abs(read) <= sys.float_info.max, read)
    return F.when(F.regexp_like(text, F.lit(_number_pattern(column))), read)


def _number_pattern(column: Column) -> str:
    numbers = column.numbers
    whole = r"\d+"
    if numbers.thousands:
        whole = rf"(?:\d{{1,3}}(?:{_thousands(column)}\d{{3}})+|\d+)"
    if column.type == "double":
        figure = rf"{whole}(?:{re.escape(numbers.decimal or '.')}\d+)?{EXPONENT}"
    else:
        # more decimals than the type holds would silently be rounded
        scale = _scale(column)
        figure = whole + (rf"(?:{re.escape(numbers.decimal)}\d{{1,{scale}}})?" if numbers.decimal and scale else "")
    match numbers.negative:
        case "trailing":
            return rf"^{figure}\s*-?{END}"
        case "brackets":
            return rf"^(?:{figure}|\({figure}\)){END}"
        case _:
            return rf"^[+-]?{figure}{END}"


def _thousands(column: Column) -> str:
    sign = column.numbers.thousands
    return BLANKS if sign == " " else re.escape(sign or "")


def _scale(column: Column) -> int:
    return int(column.type.rstrip(")").rpartition(",")[2]) if column.type.startswith("decimal") else 0


def _form(column: Column) -> str:
    match column.type:
        case "string":
            return f"{'a list' if column.many else 'one'} of {', '.join(column.codes.values())}"
        case "boolean":
            return f"one of {', '.join([*column.booleans.true, *column.booleans.false])}"
        case "date":
            return f"a date written {column.format or '2020-12-31'}"
        case "timestamp" if "/" in column.zone:
            return f"a time written {column.format} that exists exactly once in {column.zone}"
        case "timestamp" if column.format is not None:
            return f"a time written {column.format}"
        case "timestamp":
            return "a time that exists"
        case _:
            numbers = column.numbers
            example = f"1{numbers.thousands or ''}234"
            if column.type == "double" or numbers.decimal and _scale(column):
                example += f"{numbers.decimal or '.'}5"
            minus = {"trailing": " or 1-", "brackets": " or (1)"}.get(numbers.negative, "")
            return f"a number written {numbers.prefix}{example}{numbers.suffix}{minus} that fits {column.type}"


def _sentence(column: Column, says: str) -> SparkColumn:
    text = F.col(column.name)
    quoted = F.when(text.isNull() | (text == ""), F.lit("")).otherwise(F.concat(F.lit(" '"), text, F.lit("'")))
    return F.concat(F.lit(f"{column.name}:"), quoted, F.lit(f" {says}"))
