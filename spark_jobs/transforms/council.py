"""Titles of council papers: which digital topics they touch, and whether they may name a person."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

# a title may touch several topics; "IT" only in capitals, everything else in any case
TOPICS = {
    "connectivity": r"(?i)breitband|glasfaser|gigabit|mobilfunk|\bw-?lan|\b5g\b",
    "digital_services": r"(?i)\bozg\b|onlinezugang|e-government|\bonline|internet|\bapps?\b",
    "digitalisation": r"(?i)digital",
    "information_technology": r"\bIT\b",
    "open_data": r"(?i)open[ -]?data|offene[nr]? daten",
    "smart_city": r"(?i)smart|lorawan|intelligente",
}
# forms of address and offices in front of a name; a hint, no proof ("Ortschaftsrat" is mostly the council itself)
PERSON = r"(?U)\b(?:Herrn?|Frau|Dr\.|Prof\.|StR(?:n|in)?|Stadtr(?:at|ats|ätin)|Ortschaftsrätin) \p{Lu}"


def topics(title: Column) -> Column:
    """Digital topics of a title as a JSON array of codes, sorted; NULL if it touches none."""
    found = F.array_compact(
        F.array(*(F.when(F.regexp_like(title, F.lit(pattern)), code) for code, pattern in TOPICS.items()))
    )
    return F.when(F.size(found) > 0, F.to_json(found))


def names_nobody(text: Column) -> Column:
    """The text, or NULL if a form of address in it says that a person may be named."""
    return F.when(~F.regexp_like(text, F.lit(PERSON)), text)
