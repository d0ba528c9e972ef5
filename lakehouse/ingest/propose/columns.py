"""What is proposed of each column, by its name and by all values that the file has of it, and which ones are a key."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from lakehouse.ingest.propose import numbers
from lakehouse.ingest.propose.found import Look, Values
from lakehouse.ingest.propose.values import NULL_MARKS, typed
from lakehouse.spec.normal_form import normal_form

CODE = re.compile(
    r"(?:.*_)?(?:ags|ars|rs|plz|zip|gkz|nuts|id|nr|code|key|konto|kostenart|profitcenter)(?:_.*)?"
    r"|.*(?:schluessel|nummer|number|postleitzahl|kennziffer|kennzahl)(?:_.*)?"
)
PERSON = re.compile(
    r".*(?:vorname|nachname|familienname|sachbearbeit|ansprechpartner|e_?mail|telefon|person|beguenstigt|inhaber|betreiber).*"
)
# what says "missing" in a figure, and reads like any other
SENTINELS = {"-99", "-999", "-9999", "-999.0", "-9999.0", "9999", "99999"}
LONGEST_NAME = 50
# a key is looked for among so many columns, and of three columns only in files of so many records
WIDEST_KEY, DEAREST = 12, 50_000
GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ẞ": "SS"} | {
    "€": " eur ", "%": " pct ", "§": " par ", "µ": "u", "μ": "u", "²": "2", "³": "3", "#": " nr "})  # fmt: skip


@dataclass
class Proposed:
    """A column as it is proposed, and the comments on it."""

    declared: dict[str, Any]
    notes: list[str]


def names(sources: Sequence[str]) -> list[str]:
    """A name for each header, or for each pointer by its last parts: snake_case, all different.

    An umlaut becomes two letters: `Straße (m²)` is `strasse_m2`.
    """
    # the key of a member has no name of its own
    sources = ["member" if source == "0#" else source for source in sources]
    parts = [source.split("/")[1:] if source.startswith("/") else [source] for source in sources]
    short = [_snake(names[-1]) if not names[-1].isdigit() else _snake("_".join(names[-2:])) for names in parts]
    doubled = {name for name, times in Counter(short).items() if times > 1}
    found: list[str] = []
    for name, all_of_it in zip(short, parts, strict=True):
        chosen = _snake("_".join(all_of_it[-3:])) if name in doubled else name
        others = (f"{chosen}_{i}" for i in itertools.count(2))
        while chosen in found:
            chosen = next(others)
        found.append(chosen)
    return found


def _snake(header: str) -> str:
    text = unicodedata.normalize("NFC", header).translate(GERMAN)
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "_", text)
    name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:LONGEST_NAME].strip("_")
    return name if re.match(r"[a-z]", name) else f"column_{name}".strip("_")


def columns(look: Look, named: Sequence[str], table: pa.Table) -> list[Proposed]:
    """A proposal for each column.

    Args:
        look: what the file looks like.
        named: names of its columns.
        table: the texts of all readable records, by these names.
    """
    values = [Counter(table[name].to_pylist()) for name in named]
    different = [list(dict.fromkeys(filter(None, map(_stripped, counted)))) for counted in values]
    # one column may tell how the decimals of another are written
    told = {numbers.tells_comma([t for t in texts if t not in NULL_MARKS]) for texts in different} - {None}
    comma = told.pop() if len(told) == 1 else None
    found = []
    for source, name, counted, texts in zip(look.columns, named, values, different, strict=True):
        code = CODE.fullmatch(name) is not None
        exact = source in look.exact
        how = typed(texts, exact=exact, code=code, decimal_comma=comma)
        found.append(_proposed(source, name, counted, texts, how))
    return found


def _stripped(value: str | None) -> str:
    return normal_form(value or "").strip()


def _proposed(source: str, name: str, counted: Counter[str | None], texts: list[str], how: Values) -> Proposed:
    declared: dict[str, Any] = {"from": source, "name": name, **how.declared}
    notes = list(how.notes)
    nulls = declared.get("nulls", [""])
    empty = sum(times for value, times in counted.items() if _stripped(value) in nulls)
    every = counted.total()
    if empty == 0 and every:
        declared["required"] = True
    elif empty < every:
        notes.append(f"{empty} of {every} values are empty")
    type_ = declared.get("type", "string")
    if type_ != "string" and (odd := sorted(SENTINELS.intersection(texts))) and type_ not in ("date", "timestamp"):
        notes.append(f"unsure: does {', '.join(odd)} mean that a value is missing? Then it belongs into `nulls`")
    if type_ == "int" and set(texts) == {"0", "1"}:
        notes.append(
            'unsure: only 0 and 1; if they mean no and yes: type: boolean, booleans: {"true": ["1"], "false": ["0"]}'
        )
    if PERSON.fullmatch(name):
        notes.append("unsure: may name a person; then `personal: true, silver: false`")
    return Proposed(declared, notes)


def key(proposed: Sequence[Proposed], table: pa.Table) -> tuple[list[str], list[str]]:
    """Columns that tell all records apart and are never empty, and comments on them; the fewest, codes first."""
    fitting = [
        str(column.declared["name"])
        for column in proposed
        if column.declared.get("required")
        and column.declared.get("type", "string") in ("string", "int", "bigint", "date", "timestamp")
    ]
    fitting.sort(key=lambda name: CODE.fullmatch(name) is None)  # keeps the order of the file otherwise
    records = table.num_rows
    if records < 2:
        return [], ["unsure: too few records to tell what is a key"]
    values = {name: table[name].to_pylist() for name in fitting}
    unique = [name for name in fitting if len(set(values[name])) == records]
    if unique:
        others = f"; so are {', '.join(unique[1:6])}" if len(unique) > 1 else ""
        return unique[:1], [f"unsure: {unique[0]} is unique in these {records} records{others}"]
    # a constant tells nothing apart
    several = [name for name in fitting if len(set(values[name])) > 1][:WIDEST_KEY]
    for count in (2, 3):
        if count == 3 and records > DEAREST:
            break
        for chosen in itertools.combinations(several, count):
            if len(set(zip(*(values[name] for name in chosen), strict=True))) == records:
                return list(chosen), [f"unsure: {' and '.join(chosen)} together are unique in these {records} records"]
    return [], ["unsure: no one, two or three columns tell the records apart; then equal records are counted"]
