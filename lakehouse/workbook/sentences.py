"""The reasons for which a row waits, in German: what stands there, what is expected, and how to mend it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from lakehouse.spec.column import Column
from lakehouse.spec.inbox import TOLD
from lakehouse.spec.source import Source
from lakehouse.workbook import layout
from lakehouse.workbook.expected import expected, hint, quoted

FALLBACK = (
    "Diese Zeile konnte nicht übernommen werden. Bitte vergleichen Sie sie mit der Erklärung über den Spalten "
    "oder fragen Sie bei der Kreisverwaltung nach."
)
FIELDS = (
    "Diese Zeile hat eine andere Zahl von Feldern als die Kopfzeile. "
    "Bitte prüfen Sie, ob ein Semikolon fehlt oder zu viel ist."
)
REPEATED = "Diese Zeile wiederholt die Kopfzeile. Bitte löschen Sie sie."
QUOTES = "In dieser Zeile stimmen die Anführungszeichen nicht. Bitte setzen Sie sie paarweise oder entfernen Sie sie."
TOO_LONG = "Ein Text in dieser Zeile ist zu lang. Bitte kürzen Sie ihn."
OF_COLUMN = re.compile(
    r"(?P<column>[a-z]\w*):(?: '(?P<found>.*)')? (?P<says>is .+|does not (?:match|stand in) .+)", re.DOTALL
)
OF_CELL = re.compile(
    r".+!(?P<cell>[A-Z]+\d+) holds the (?P<what>error|number) (?P<found>[^\s,;]+)(?P<more>.*)", re.DOTALL
)
# of cells in one record; a text of the file is not in them
BETWEEN_CELLS = re.compile(r"; (?=[^;]+![A-Z]+\d+ holds the )")
TWICE = re.compile(r"the key \((?P<key>.*)\) comes twice in this delivery with different content", re.DOTALL)
DAMAGED = re.compile(r"(?P<what>holds .+) in (?P<column>\w+)", re.DOTALL)
OF_RECORD = "the record "


class Explained(NamedTuple):
    """One reason: the column that has to be mended (or ""), what was found there, and what to do.

    `cell` is the address in the sheet if the reason itself tells it.
    """

    column: str
    found: str
    sentence: str
    cell: str = ""


def explain(table: Source, reason: str, tables: Sequence[Source] = ()) -> list[Explained]:
    """Says in German why a row waits; one reason may be about several cells.

    Args:
        table: declaration of the row's table.
        reason: one of `_reasons`, as typing, parsing or ranking made it.
        tables: all tables of the delivery, to name the sheet to which a column refers.
    """
    if reason.startswith(OF_RECORD):
        return _of_record(table, reason.removeprefix(OF_RECORD))
    if found := TWICE.fullmatch(reason):
        return [_twice(table, found["key"])]
    name = reason.partition(":")[0]
    for rule in table.rules:
        if name == rule.column and reason.endswith(f" {rule.reason}"):
            stands = OF_COLUMN.fullmatch(reason)
            return [Explained(rule.column, (stands["found"] or "") if stands else "", rule.message)]
    found = OF_COLUMN.fullmatch(reason)
    column = next((c for c in table.columns if found and c.name == found["column"]), None)
    if found is None or column is None:
        return [Explained("", "", FALLBACK)]
    text = found["found"] or ""
    return [Explained(column.name, text, _of_column(column, text, found["says"], tables))]


def _of_column(column: Column, found: str, says: str, tables: Sequence[Source]) -> str:
    if says == "is missing":
        return _missing(column, found)
    if says.startswith("does not stand in "):
        return _nowhere(column, found, says.removeprefix("does not stand in "), tables)
    stands = f"In {quoted(column.title)} steht {quoted(found)}."
    for bound, beginning, word in (
        (column.minimum, "is below ", "mindestens"),
        (column.maximum, "is above ", "höchstens"),
    ):
        if bound is not None and says.startswith(beginning):
            return f"{stands} Zulässig ist {word} {layout.limit(bound)}. Bitte prüfen Sie den Wert."
    if says == "is later than its delivery":
        return f"{stands} Dieser Tag liegt in der Zukunft. Bitte prüfen Sie das Datum."
    return f"{stands} {hint(column, found)}Bitte tragen Sie {expected(column)} ein{_for_example(column)}."


def _for_example(column: Column) -> str:
    example = layout.example(column)
    return f", zum Beispiel {example}" if example and not (column.codes or column.type == "boolean") else ""


def _missing(column: Column, found: str) -> str:
    stands = f"In {quoted(column.title)} steht {quoted(found)}" if found else f"{quoted(column.title)} ist leer"
    return (
        f"{stands}, das Feld muss aber ausgefüllt sein. Bitte tragen Sie {expected(column)} ein{_for_example(column)}."
    )


def _nowhere(column: Column, found: str, target: str, tables: Sequence[Source]) -> str:
    feed, _, name = target.partition(".")
    table = next((t for t in tables if t.id == feed), None)
    there = next((c for c in table.columns if c.name == name), None) if table else None
    if table is None or there is None:
        place = "dort, wohin die Spalte verweist,"
    else:
        place = f"auf dem Blatt {quoted(layout.sheet(table))} in der Spalte {quoted(there.title)}"
    return (
        f"In {quoted(column.title)} steht {quoted(found)}, das es {place} nicht gibt oder dort selbst "
        "zurückgestellt wurde. Bitte tragen Sie einen vorhandenen Wert ein oder ergänzen Sie die fehlende Zeile."
    )


def _twice(table: Source, key: str) -> Explained:
    own = [name for name in table.key if name not in TOLD]
    parts = key.split(", ")
    if len(parts) == len(table.key):
        by_name = dict(zip(table.key, parts, strict=True))
        columns = [c for c in table.columns if c.name in own]
        shown = ", ".join(f"{c.title}: {c.codes.get(by_name[c.name], by_name[c.name])}" for c in columns)
    else:
        shown = quoted(", ".join(parts[len(TOLD) :]))
    return Explained(
        own[0] if own else "",
        ", ".join(parts[len(TOLD) :]),
        f"Diesen Eintrag ({shown}) gibt es mehrmals mit unterschiedlichen Angaben. "
        "Bitte lassen Sie nur die richtige Zeile stehen.",
    )


def _of_record(table: Source, says: str) -> list[Explained]:
    cells = BETWEEN_CELLS.split(says)
    if all(OF_CELL.fullmatch(one) for one in cells):
        return [_of_cell(one) for one in cells]
    if found := DAMAGED.fullmatch(says):
        return [_damaged(table, found["what"], found["column"])]
    for sign, sentence in (
        ("repeats the header", REPEATED),
        ("a field of more than", TOO_LONG),
        ("has a quote", QUOTES),
        ("has text behind", QUOTES),
    ):
        if sign in says:
            return [Explained("", "", sentence)]
    return [Explained("", "", FIELDS if re.match(r"has \d+ fields", says) else FALLBACK)]


def _of_cell(says: str) -> Explained:
    found = OF_CELL.fullmatch(says)
    assert found is not None  # it was asked before
    text = found["found"]
    if found["what"] == "error":
        sentence = f"In der Zelle steht der Fehler {quoted(text)}. Bitte tragen Sie dort den Wert selbst ein."
    elif "without the declared %" in found["more"]:
        sentence = (
            f"In der Zelle steht {quoted(text)} ohne Prozentzeichen. "
            "Bitte schreiben Sie den Wert als Text mit Prozentzeichen, zum Beispiel '12,5 %."
        )
    else:
        sentence = (
            f"Die Zahl {quoted(text)} hat mehr Stellen, als eine Arbeitsmappe behält. Bitte schreiben Sie sie als Text."
        )
    return Explained("", text, sentence, found["cell"])


def _damaged(table: Source, what: str, name: str) -> Explained:
    column = next((c for c in table.columns if c.name == name), None)
    shown = f"In {quoted(column.title)}" if column else "In dieser Zeile"
    if what.startswith("holds more than"):
        return Explained(name, "", f"{shown} steht zu viel Text. Bitte kürzen Sie ihn.")
    return Explained(
        name, "", f"{shown} sind Zeichen beschädigt. Bitte tippen Sie den Text neu ein, statt ihn hineinzukopieren."
    )
