"""Where things stand in a workbook that an administration fills, and how a value is written in one of its cells.

A cover, one sheet per table, and the lists from which cells are chosen. A table's sheet begins with its title and
description, then two rows on each column, what it means and an example, then the header; data stand below it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import textwrap
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from lakehouse.administrations import ADMINISTRATIONS
from lakehouse.spec import discovery
from lakehouse.spec.column import Column
from lakehouse.spec.source import Source

COVER, LISTS, ANSWER = "Deckblatt", "Listen", "Antwort"
# what the cover says of itself: labels stand in column A, values in column B
FEED, VERSION, AGS, ADMINISTRATION, PERIOD = "Kennung", "Version der Vorlage", "AGS", "Verwaltung", "Zeitraum"
# the official word for having nothing to report
NIL_RETURN, NOTHING_TO_REPORT = "Fehlanzeige", "ja"
NIL_RETURN_HELP = "ja, wenn es in diesem Zeitraum nichts zu melden gibt"
TITLE, PURPOSE, HELP = "Vorlage", "Zweck", "So füllen Sie die Mappe aus"
MANDATORY = "Pflichtfeld."
# a workbook keeps fifteen digits of a number
EXACT_DIGITS = 15
# the calendars of spreadsheet programs differ before it: Excel knows a 29 February 1900
FIRST_DAY = dt.date(1900, 3, 1)
DESCRIPTION_WIDTH = 110
INSTRUCTIONS = (
    "Bitte tragen Sie Ihre Angaben auf den folgenden Blättern unter der Kopfzeile ein, je Zeile einen Eintrag.",
    "Über jeder Spalte stehen eine Erklärung und ein Beispiel. Pflichtfelder sind farbig; "
    "was Sie nicht wissen und was kein Pflichtfeld ist, lassen Sie leer.",
    "Bitte ändern Sie weder die Kopfzeilen noch die Namen der Blätter, und verwenden Sie keine Formeln.",
    "Eine neue Lieferung ersetzt die bisherige desselben Zeitraums: Bitte liefern Sie immer alle Zeilen.",
    "Gibt es in diesem Zeitraum nichts zu melden, tragen Sie bitte oben bei „Fehlanzeige“ ein „ja“ ein "
    "und lassen Sie die Blätter leer.",
)


def version(tables: Sequence[Source]) -> str:
    """What decides whether a filled file still fits: a `v` and eight hexadecimal digits.

    Names of sheets, headers, types, codes and required columns count; explanations and examples do not.
    """
    decisive = [
        [sheet(table), [[c.source, c.type, c.many, c.required, c.optional, c.codes] for c in table.delivered]]
        for table in tables
    ]
    return "v" + hashlib.sha256(json.dumps(decisive, ensure_ascii=False).encode()).hexdigest()[:8]


def sheet(table: Source) -> str:
    """Name of the sheet of a table."""
    assert table.format.type == "xlsx"  # what comes through the inbox is
    return str(table.format.sheet)


def cover(tables: Sequence[Source], ags: str, period: str) -> list[tuple[str, str]]:
    """Labels and values of the cover, from top to bottom; AGS and period may be empty, to be filled in."""
    title, description = discovery.about(tables[0])
    return [
        (TITLE, title),
        (PURPOSE, description),
        (FEED, tables[0].delivery),
        (VERSION, version(tables)),
        (AGS, ags),
        (ADMINISTRATION, ADMINISTRATIONS.get(ags, "")),
        (PERIOD, period),
        (NIL_RETURN, ""),
        *((HELP if n == 0 else "", text) for n, text in enumerate(_instructions(tables, ags, period))),
    ]


def _instructions(tables: Sequence[Source], ags: str, period: str) -> Iterable[str]:
    if not ags:
        yield f"Bitte tragen Sie oben bei „{AGS}“ den amtlichen Gemeindeschlüssel Ihrer Verwaltung ein."
    if not period:
        example = "2025" if getattr(tables[0].fetch, "period", "year") == "year" else "2025-H1"
        yield f"Bitte tragen Sie oben bei „{PERIOD}“ den Zeitraum ein, zum Beispiel {example}."
    yield from INSTRUCTIONS


def introduction(table: Source) -> list[str]:
    """Lines above the rows that explain the columns of a table."""
    return [table.title, *textwrap.wrap(table.description, DESCRIPTION_WIDTH)]


def explanation(column: Column) -> str:
    """What a column means, whether it must be filled, and its unit."""
    parts = [MANDATORY if column.required else "", column.help]
    if column.unit:
        parts.append(f"Einheit: {column.unit}.")
    if column.many:
        parts.append("Mehrere Angaben trennen Sie durch ein Semikolon.")
    return " ".join(part for part in parts if part)


def example(column: Column) -> str:
    """A value as a clerk writes it; empty if nobody can say one."""
    if column.example:
        return column.example
    if column.codes:
        return "; ".join(list(column.codes.values())[: 2 if column.many else 1])
    if column.values:
        return column.values[0]
    match column.type:
        case "boolean":
            return "ja"
        case "date":
            return _moment_example(column)
        case "int" | "bigint":
            return german(int(_bounded(column, 120)))
        case "double":
            return german(_bounded(column, Decimal("12.5")))
        case "string" | "timestamp":
            return ""
        case _:
            return german(_bounded(column, Decimal("1234.5")).quantize(Decimal(1).scaleb(-scale(column))))


def _moment_example(column: Column) -> str:
    day = column.minimum or column.maximum or dt.date(2025, 2, 1)
    assert isinstance(day, dt.date)  # limits of dates are days
    return german(day)


def _bounded(column: Column, number: int | Decimal) -> Decimal:
    """A number that keeps the column's limits, and `number` if that does."""
    if column.minimum is not None and number < (lowest := Decimal(str(column.minimum))):
        return lowest
    if column.maximum is not None and number > (highest := Decimal(str(column.maximum))):
        return highest
    return Decimal(number)


def scale(column: Column) -> int:
    """Digits behind the decimal sign of a decimal; 0 of all other types."""
    return int(column.type.rstrip(")").rpartition(",")[2]) if column.type.startswith("decimal") else 0


def cell(column: Column, value: Any) -> str | int | float | Decimal | dt.date | None:
    """A value of silver as the cell in which a clerk would write it.

    Codes become their labels, several of them one text, booleans „ja“ and „nein“; numbers and dates are real ones,
    but a number of more digits than a workbook keeps is a text.

    Args:
        column: its declaration.
        value: typed as silver has it; with `many` a list, or the JSON array of one.
    """
    match value:
        case None:
            return None
        case bool():
            return column.booleans.true[0] if value else column.booleans.false[0]
        case str() if column.many and value.startswith("["):
            return cell(column, json.loads(value))
        case list() | tuple():
            return "; ".join(column.codes.get(str(code), str(code)) for code in value)
        case str():
            return column.codes.get(value, value)
        case int() | Decimal() if len(Decimal(value).as_tuple().digits) > EXACT_DIGITS:
            return german(value)
        case dt.datetime():
            return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
        case dt.date() if value < FIRST_DAY:
            return german(value)
        case int() | float() | Decimal() | dt.date():
            return value
        case _:
            raise TypeError(f"{column.name}: {value!r} is no value of a cell")


def german(value: str | int | float | Decimal | dt.date | None) -> str:
    """The text of a cell as people write it: 1234,56 and 01.02.2025; None is an empty one."""
    match value:
        case None:
            return ""
        case dt.date():
            return value.strftime("%d.%m.") + f"{value.year:04}"
        case int() | float() | Decimal():
            return format(Decimal(str(value)), "f").replace(".", ",")
        case _:
            return value


def limit(bound: float | dt.date) -> str:
    """A declared limit as people write it: 100 and 0,5 and 01.02.2025."""
    return german(int(bound) if isinstance(bound, float) and bound.is_integer() else bound)
