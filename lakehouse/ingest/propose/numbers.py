"""In which dialect the numbers of a column are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from lakehouse.ingest.propose.found import Values
from lakehouse.spec.column import MAX_PRECISION

# more decimals than this are those of a double
LONGEST_SCALE = 6

BLANKS = " \u00a0\u2009\u202f"
EXPONENT = re.compile(r"[+-]?\d+(?:\.\d+)?[eE][+-]?\d{1,3}", re.ASCII)
# decimal sign and sign between thousands, the simpler first
SIGNS: tuple[tuple[str | None, str | None], ...] = (
    (None, None),
    (".", None),
    (",", None),
    (",", "."),
    (".", ","),
    (",", " "),
    (".", " "),
    (".", "'"),
    (",", "'"),
)
AFFIX = re.compile(r"(?P<prefix>[^\d+.,-]*)(?P<figure>[+-]?\d.*?)(?P<suffix>[^\d.,-]*)", re.DOTALL)
LARGEST_INT, LARGEST_BIGINT = 2**31 - 1, 2**63 - 1


class _Dialect(NamedTuple):
    decimal: str | None
    thousands: str | None
    trailing: bool

    def pattern(self) -> re.Pattern[str]:
        whole = r"\d+"
        if self.thousands:
            sign = f"[{BLANKS}]" if self.thousands == " " else re.escape(self.thousands)
            whole = rf"(?:\d{{1,3}}(?:{sign}\d{{3}})+|\d+)"
        fraction = rf"(?:{re.escape(self.decimal)}(\d+))?" if self.decimal else "()"
        minus = rf"({whole}){fraction}\s*-?" if self.trailing else rf"[+-]?({whole}){fraction}"
        return re.compile(minus, re.ASCII)


def number(texts: Sequence[str], exact: bool, decimal_comma: bool | None) -> Values | None:
    """The numeric type that holds all values as they are, and how they are written; None if they are no numbers.

    Args:
        texts: different values.
        exact: they are numbers as JSON has them.
        decimal_comma: how other columns of the file write decimals, if they tell.
    """
    figures, affixes = list(texts), dict[str, Any]()
    if not exact and not all(re.fullmatch(r"[\d+.,' \u00a0\u2009\u202f-]+", text) for text in texts):
        if any(map(EXPONENT.fullmatch, texts)) and all(EXPONENT.fullmatch(t) or _plain(t) for t in texts):
            return Values({"type": "double"})
        stripped = _without_affixes(texts)
        if stripped is None:
            return None
        figures, affixes = stripped
    if exact and any("e" in text.lower() for text in texts):
        return Values({"type": "double"})
    if exact:
        fitting = [_Dialect(None, None, False), _Dialect(".", None, False)]
    else:
        fitting = [_Dialect(*signs, trailing) for trailing in (False, True) for signs in SIGNS]
    fitting = [dialect for dialect in fitting if all(map(dialect.pattern().fullmatch, figures))]
    if not fitting:
        return None
    chosen, notes = _choose(fitting, figures, decimal_comma)
    return _declared(chosen, figures, affixes, notes)


def tells_comma(texts: Sequence[str]) -> bool | None:
    """Whether numbers have a decimal comma, as far as these values alone can tell."""
    stripped = _without_affixes(texts)
    if stripped is None:
        return None
    figures = stripped[0]
    fitting = [d for d in SIGNS if all(map(_Dialect(*d, False).pattern().fullmatch, figures))]
    if not fitting or fitting[0] == (None, None) or _ambiguous(fitting[0][0], figures):
        return None
    return fitting[0][0] == ","


def _plain(text: str) -> bool:
    return re.fullmatch(r"[+-]?\d+(?:\.\d+)?", text, re.ASCII) is not None


def _without_affixes(texts: Sequence[str]) -> tuple[list[str], dict[str, Any]] | None:
    """Figures without the one text before or behind them that they share."""
    found = [AFFIX.fullmatch(text) for text in texts]
    if not found or not all(found):
        return None
    prefixes, suffixes = ({match[side].strip() for match in found if match} for side in ("prefix", "suffix"))
    if len(prefixes - {""}) > 1 or len(suffixes - {""}) > 1:
        return None
    affixes: dict[str, Any] = {}
    for side, held in (("prefix", prefixes), ("suffix", suffixes)):
        if held - {""}:
            affixes[side] = max(held)
            if "" in held:
                affixes["affixes"] = "optional"
    # names with numbers, such as "Block 4", are no numbers
    if any(len(text) > 6 for side in ("prefix", "suffix") if (text := affixes.get(side))) or (
        re.search(r"\w", affixes.get("prefix", "")) and not re.fullmatch(r"EUR|ca\.?", affixes["prefix"])
    ):
        return None
    return [match["figure"].strip() for match in found if match], affixes


def _choose(fitting: list[_Dialect], figures: Sequence[str], decimal_comma: bool | None) -> tuple[_Dialect, list[str]]:
    """The dialect, and a comment if another one would read other numbers."""
    first = fitting[0]
    if first.decimal is None or not _ambiguous(first.decimal, figures):
        return first, []
    other = "," if first.decimal == "." else "."
    grouped = _Dialect(other, first.decimal, first.trailing)
    if grouped not in fitting:
        return first, []
    shown = next(figure for figure in figures if first.decimal in figure)
    if decimal_comma is not None:
        chosen = grouped if decimal_comma == (other == ",") else first
        return chosen, [f"unsure: {shown} is read as the decimals of other columns are written"]
    doubt = f"unsure: does {shown!r} have thousands or three decimals? Nothing decides"
    return _Dialect(None, first.decimal, first.trailing), [doubt]


def _ambiguous(decimal: str | None, figures: Sequence[str]) -> bool:
    """Whether what looks like a decimal sign may stand between thousands in all figures."""
    if decimal is None:
        return False
    sign = re.escape(decimal)
    either = re.compile(rf"[+-]?(?:[1-9]\d{{0,2}}{sign}\d{{3}}|\d{{1,3}})-?", re.ASCII)
    return all(map(either.fullmatch, figures))


def _declared(dialect: _Dialect, figures: Sequence[str], affixes: dict[str, Any], notes: list[str]) -> Values:
    matches = list(filter(None, map(dialect.pattern().fullmatch, figures)))
    wholes = [re.sub(r"\D", "", match[1]).lstrip("0") for match in matches]
    scale = max((len(match[2] or "") for match in matches), default=0)
    digits = max(map(len, wholes))
    type_ = "double"
    if scale == 0:
        largest = max(int(whole or 0) for whole in wholes)
        # room for larger values to come
        type_ = "int" if largest < LARGEST_INT // 10 else "bigint" if largest <= LARGEST_BIGINT else "decimal(38,0)"
        if digits > MAX_PRECISION:
            return Values(notes=["unsure: too many digits for a number, so it stays text"])
    elif scale <= LONGEST_SCALE and digits + scale <= MAX_PRECISION:
        type_ = f"decimal({min(max(digits, 1) + scale + 2, MAX_PRECISION)},{scale})"
    else:
        notes = [*notes, f"unsure: up to {scale} decimals, so a double, which rounds"]
    spelled = {
        "decimal": dialect.decimal if scale else None,
        "thousands": dialect.thousands if any(re.search(r"\D", match[1]) for match in matches) else None,
        **affixes,
        "negative": "trailing" if dialect.trailing else None,
    }
    numbers = {key: value for key, value in spelled.items() if value is not None}
    return Values({"type": type_} | ({"numbers": numbers} if numbers else {}), notes)
