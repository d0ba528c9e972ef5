"""What a column expects in a cell, in German words, and hints on what people write instead."""

from __future__ import annotations

import re

from lakehouse.spec.column import Column
from lakehouse.workbook import layout

SHOWN = 60
SHOWN_CHOICES = 8
ABOUT = re.compile(
    r"(?:ca\b|circa\b|etwa\b|rund\b|ungefähr\b|über\b|unter\b|bis zu\b|mind|max|>|<|~|≈).*\d", re.IGNORECASE
)
UNKNOWN = re.compile(
    r"(?:[?/\-–—.…]+|k\.?\s*a\.?|keine angabe|n\.?\s*n\.?|n\.?\s*a\.?|n/a|entfällt|unbekannt|offen|tbd)", re.IGNORECASE
)
ELSEWHERE = re.compile(r"(?:siehe\b|s\.\s|vgl\b|laut\b|lt\.).*", re.IGNORECASE)
CURRENCY = re.compile(r"\d.*(?:€|eur\b)|€", re.IGNORECASE)


def quoted(text: str) -> str:
    """A text in German quotes, shortened where it is long."""
    plain = " ".join(text.split())
    return f"„{plain if len(plain) <= SHOWN else plain[: SHOWN - 1] + '…'}“"


def expected(column: Column) -> str:
    """What to type into a cell, as the object of „Bitte tragen Sie … ein“."""
    if column.codes:
        choice = "einen oder mehrere Werte, getrennt durch Semikolon," if column.many else "einen Wert"
        return f"{choice} aus der Liste ({_listed(list(column.codes.values()))})"
    if column.values:
        return f"einen Wert aus der Liste ({_listed(column.values)})"
    match column.type:
        case "boolean":
            return f"{quoted(column.booleans.true[0])} oder {quoted(column.booleans.false[0])}"
        case "date":
            return "ein Datum in der Form TT.MM.JJJJ"
        case "timestamp":
            return "einen Zeitpunkt in der vorgegebenen Form"
        case "int" | "bigint":
            return "eine ganze Zahl"
        case "double":
            return "eine Zahl"
        case "string" if column.pattern:
            return "den Wert in der vorgegebenen Schreibweise"
        case "string":
            return "einen Text"
        case _:
            scale = layout.scale(column)
            places = {0: "eine ganze Zahl", 1: "eine Zahl mit höchstens einer Nachkommastelle"}
            return places.get(scale, f"eine Zahl mit höchstens {scale} Nachkommastellen")


def _listed(words: list[str]) -> str:
    more = f" und {len(words) - SHOWN_CHOICES} weitere" if len(words) > SHOWN_CHOICES else ""
    return ", ".join(quoted(word) for word in words[:SHOWN_CHOICES]) + more


def hint(column: Column, found: str) -> str:
    """A sentence on what people often write where it cannot be read, with a blank behind it; or nothing."""
    text = found.strip()
    if UNKNOWN.fullmatch(text):
        if column.required:
            return "Dieses Feld muss ausgefüllt sein. "
        return "Wenn Sie es nicht wissen, lassen Sie die Zelle bitte leer. "
    if ELSEWHERE.fullmatch(text):
        return "Anlagen werden nicht gelesen. "
    numeric = column.type not in ("string", "boolean", "date", "timestamp")
    if numeric and ABOUT.match(text):
        return "Zusätze wie „ca.“ können nicht gelesen werden. "
    if numeric and CURRENCY.search(text):
        return "Das Währungszeichen lassen Sie bitte weg. "
    return ""
