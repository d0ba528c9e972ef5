"""Which type all values of a column have, and how they are written; doubts are said, never decided in silence."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from typing import Any

from lakehouse.ingest.propose import numbers
from lakehouse.ingest.propose.found import Values

# signs and words that stand where a value is missing
NULL_MARKS = frozenset(
    "- – — . .. ... … / x X * ? -- --- null NULL Null None nan NaN NAN n/a N/A na NA k.A. #NV #N/A unbekannt".split()
) | {"k. A."}
FIGURE = re.compile(r"[+-]?\d+(?:[.,' \u00a0\u202f]\d+)*-?(?:[eE][+-]?\d{1,3})?(?:\s?[^\w\s]|\s[A-Za-z/]{1,6})?")
WORDS = (("true", "false"), ("ja", "nein"), ("wahr", "falsch"), ("yes", "no"), ("j", "n"), ("y", "n"))
# how dates are written: the declared form, and that of strptime
DATES = {
    "dd.MM.yyyy": "%d.%m.%Y", "d.M.yyyy": "%d.%m.%Y", "yyyy/MM/dd": "%Y/%m/%d", "dd/MM/yyyy": "%d/%m/%Y",
    "MM/dd/yyyy": "%m/%d/%Y", "dd-MM-yyyy": "%d-%m-%Y", "MM-dd-yyyy": "%m-%d-%Y", "yyyyMMdd": "%Y%m%d",
    "dd.MM.yy": "%d.%m.%y", "yyyy-MM-dd": "%Y-%m-%d",
}  # fmt: skip
CLOCKS = {"HH:mm:ss": "%H:%M:%S", "HH:mm": "%H:%M"}
# what is read without a declared form
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
ISO_TIME = re.compile(rf"{ISO_DATE.pattern}T\d{{2}}:\d{{2}}:\d{{2}}(?:\.\d{{1,6}})?(?:Z|[+-]\d{{2}}:\d{{2}})")
EARLIEST, LATEST = 1800, 2200


def is_figure(text: str) -> bool:
    """Whether a text is a number or a date in any writing."""
    text = text.strip()
    return bool(FIGURE.fullmatch(text)) or any(_fits([text], form) for form in DATES)


def is_year(text: str) -> bool:
    """Whether a text may be a year, which also heads columns."""
    return re.fullmatch(r"(?:19|20)\d\d", text.strip()) is not None


def typed(texts: Sequence[str], *, exact: bool, code: bool, decimal_comma: bool | None) -> Values:
    """How some values are written.

    Args:
        texts: different values without blanks around them, none of them empty.
        exact: they are numbers as JSON has them.
        code: the column's name says that digits are a code, not a quantity.
        decimal_comma: how other columns of the file write decimals, if they tell.
    """
    marks = sorted(NULL_MARKS.intersection(texts))
    plain = [text for text in texts if text not in marks]
    if not plain:
        nulls = {"nulls": ["", *marks]} if marks else {}
        return Values(nulls, ["unsure: empty in this file, so nothing tells its type"])
    found = _number(plain, exact, code, decimal_comma) or _boolean(plain) or _moment(plain)
    if found is None:
        return Values(notes=_nearly(plain))
    if found.declared.get("type", "string") == "string":
        return found  # a mark may be a text among texts
    if marks:
        found.declared["nulls"] = ["", *marks]
        found.notes.append(f"unsure: {', '.join(map(repr, marks))} taken for missing")
    return found


def _nearly(texts: Sequence[str]) -> list[str]:
    """Says that most values of a text column are figures."""
    others = [text for text in texts if not is_figure(text)]
    if 0 < len(others) < 0.1 * len(texts):
        shown = ", ".join(map(repr, others[:3]))
        return [f"unsure: text, because {len(others)} of {len(texts)} different values are no figures: {shown}"]
    return []


def _boolean(texts: Sequence[str]) -> Values | None:
    for words in WORDS:
        if {text.lower() for text in texts} <= set(words):
            told = {str(truth).lower(): sorted({t for t in texts if t.lower() == word} or {word})
                    for truth, word in zip((True, False), words, strict=True)}  # fmt: skip
            plain = told == {"true": ["true"], "false": ["false"]}
            return Values({"type": "boolean"} | ({} if plain else {"booleans": told}))
    return None


def _moment(texts: Sequence[str]) -> Values | None:
    if all(ISO_TIME.fullmatch(text) and _reads(dt.datetime.fromisoformat, text) for text in texts):
        return _future(Values({"type": "timestamp"}), max(texts)[:10])
    if all(ISO_DATE.fullmatch(text) and _reads(dt.date.fromisoformat, text) for text in texts):
        return _future(Values({"type": "date"}), max(texts))
    forms = [form for form in DATES if form not in ("yyyyMMdd", "yyyy-MM-dd") and _fits(texts, form)]
    if not forms:
        clocks = {f"{day}{sign}{clock}": f"{DATES[day]}{sign}{CLOCKS[clock]}"
                  for day in DATES for sign in " T" for clock in CLOCKS}  # fmt: skip
        forms = [form for form in clocks if _fits(texts, form, clocks[form])]
        if not forms:
            return None
        found = Values({"type": "timestamp", "format": forms[0]})
        found.notes.append("unsure: names no zone, so UTC; if it is local time, `zone: Europe/Berlin`")
        strptime = clocks[forms[0]]
    else:
        found, strptime = Values({"type": "date", "format": forms[0]}), DATES[forms[0]]
    if any(form.startswith(("MM/", "MM-")) for form in forms) and len(forms) > 1:
        found.notes.append(f"unsure: day or month first cannot be told: {' or '.join(forms)}")
    latest = max(dt.datetime.strptime(text, strptime) for text in texts)
    if "%y" in strptime:
        found.declared["pivot"] = min(dt.date.today().year + 1, 2099)
        found.notes.append("unsure: years of two digits; `pivot` is the last one that they may mean")
        return found
    return _future(found, latest.date().isoformat())


def _future(found: Values, latest: str) -> Values:
    if latest > dt.date.today().isoformat():
        found.declared["future"] = True
        found.notes.append(f"unsure: some are in the future, up to {latest}")
    return found


def _fits(texts: Sequence[str], form: str, strptime: str | None = None) -> bool:
    """Whether every text is a day, or a time, that exists and is written in a form."""
    strptime = strptime or DATES[form]
    shape = re.escape(form)
    for letters in ("yyyy", "yy", "MM", "dd", "HH", "mm", "ss"):
        shape = shape.replace(letters, rf"\d{{{len(letters)}}}")
    # what is left of the letters of a form counts one or two digits
    shape = re.sub(r"(?<!\\)[dM]", r"\\d{1,2}", shape)
    pattern = re.compile(shape)
    return all(
        pattern.fullmatch(text)
        and (day := _reads(lambda t: dt.datetime.strptime(t, strptime), text)) is not None
        and EARLIEST <= day.year <= LATEST
        for text in texts
    )


def _reads(read: Callable[[str], Any], text: str) -> Any:
    try:
        return read(text)
    except ValueError:
        return None


def _number(texts: Sequence[str], exact: bool, code: bool, decimal_comma: bool | None) -> Values | None:
    if not exact and (found := _digits(texts, code)) is not None:
        return found
    return numbers.number(texts, exact, decimal_comma)


def _digits(texts: Sequence[str], code: bool) -> Values | None:
    """Digits that are no quantity: codes and days; None if they are not only digits, or a quantity."""
    if not all(re.fullmatch(r"\d+", text, re.ASCII) for text in texts):
        return None
    lengths = sorted({len(text) for text in texts})
    if lengths == [8] and not code and _fits(texts, "yyyyMMdd"):
        return _future(
            Values({"type": "date", "format": "yyyyMMdd"}, ["unsure: eight digits that are all days"]), _iso(max(texts))
        )
    leading = any(len(text) > 1 and text.startswith("0") for text in texts)
    if not (leading or code or lengths[-1] > 18):
        return None
    found = Values()
    shortest, longest = lengths[0], lengths[-1]
    found.declared["pattern"] = rf"\d{{{shortest}}}" if shortest == longest else rf"\d{{{shortest},{longest}}}"
    if len(lengths) == 2 and longest - shortest == 1:
        short = min(text for text in texts if len(text) == shortest)
        found.notes.append(f"unsure: {short} has {shortest} digits, others {longest}; keys lose leading zeros")
    elif not leading:
        found.notes.append("unsure: digits kept as text, because the name speaks of a code")
    return found


def _iso(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"
