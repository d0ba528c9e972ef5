"""Council papers: which digital topics their titles touch, what was decided, and whether a text may name a person."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

from spark_jobs.transforms.catalogue import as_json

# a title may touch several topics; "IT" only in capitals, everything else in any case
TOPICS = {
    "connectivity": r"(?i)breitband|glasfaser|gigabit|mobilfunk|\bw-?lan|\b5g\b",
    "digital_services": r"(?i)\bozg\b|onlinezugang|e-government|\bonline|internet|\bapps?\b",
    "digitalisation": r"(?i)digital",
    "information_technology": r"\bIT\b",
    "open_data": r"(?i)open[ -]?data|offene[nr]? daten",
    "smart_city": r"(?i)smart|lorawan|intelligente",
}
# the clerk's note at an agenda item; the first that fits
RESULTS = {
    "rejected": r"(?i)abgelehnt|ablehnung|(?:nicht|keine) (?:zugestimmt|zustimmung|beschlossen|angenommen)",
    "settled": r"(?i)erledigt|stellungnahme|übernommen",
    "withdrawn": r"(?i)zurückgezogen",
    "referred": r"(?i)verwiesen",
    "postponed": r"(?i)vertagt|abgesetzt|zurückgestellt",
    "adopted": r"(?i)zugestimmt|zustimmung|beschlossen|angenommen|einverstanden|gewählt",
    "noted": r"(?i)kenntnis",
    "discussed": r"(?i)beraten|beratung",
}
# forms of address and offices in front of a name; a hint, no proof ("Ortschaftsrat" is mostly the council itself)
PERSON = r"(?U)\b(?:Herrn?|Frau|Dr\.|Prof\.|StR(?:n|in)?|Stadtr(?:at|ats|ätin)|Ortschaftsrätin) \p{Lu}"


def topics(title: Column) -> Column:
    """Digital topics of a title as a JSON array of codes, sorted; NULL if it touches none."""
    found = F.array_compact(
        F.array(*(F.when(F.regexp_like(title, F.lit(pattern)), code) for code, pattern in TOPICS.items()))
    )
    return F.when(F.size(found) > 0, F.to_json(found))


def words(title: Column) -> Column:
    """The words of the list that a title contains, each once, as a sorted JSON array; NULL if there are none."""
    found = (F.regexp_extract_all(title, F.lit(pattern), F.lit(0)) for pattern in TOPICS.values())
    return as_json(
        F.transform(F.flatten(F.array(*found)), lambda word: F.when(word == "IT", word).otherwise(F.lower(word)))
    )


def result(note: Column) -> Column:
    """What came of an agenda item as a code, `other` for a note that fits none; NULL where nothing was noted."""
    fits = (F.when(F.regexp_like(note, F.lit(pattern)), code) for code, pattern in RESULTS.items())
    return F.coalesce(*fits, F.when(F.trim(note) != "", "other"))


def names_nobody(text: Column) -> Column:
    """The text, or NULL if a form of address in it says that a person may be named."""
    return F.when(~F.regexp_like(text, F.lit(PERSON)), text)
