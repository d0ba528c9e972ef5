"""Whether the values of a delivery contradict their declared dialect, before any of them is read.

A value that is unreadable as declared, but readable in another dialect, is a witness that the file is written in that
other dialect; then the values that are readable in both ("1.234", "03.04.2021") would silently be read wrongly.
What is readable in neither is the business of the row rules.

Dates that begin with the year are not checked: nobody writes year, day, month. Nor is what people typed into a workbook
of the inbox: the next cell may be of somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

import pyarrow as pa
import pyarrow.compute as pc

from lakehouse.errors import DeliveryRejected
from lakehouse.spec.column import Column, Numbers
from lakehouse.spec.inbox import Inbox
from lakehouse.spec.normal_form import normal_form
from lakehouse.spec.source import Source

OTHER = {".": ",", ",": "."}


@dataclass
class _Check:
    """Looks for witnesses in one column.

    `readable` is what the declaration can read, and `own` what only it can read; without `own` one witness is enough,
    else the first is kept in `found` until the end of the delivery shows whether there is a value of the `own` kind.
    `sign` stands in every witness; looking for it first is much cheaper than the pattern.
    """

    name: str
    nulls: list[str]
    witness: str
    readable: str | None
    says: str
    sign: str = ""
    own: str | None = None
    own_seen: bool = False
    found: tuple[str, str] | None = None

    def first(self, texts: pa.Array) -> int | None:
        """Position of the first witness."""
        if self.sign and not pc.any(pc.match_substring(texts, self.sign)).as_py():
            return None
        for position in pc.indices_nonzero(pc.fill_null(pc.match_substring_regex(texts, self.witness), False)):
            text = texts[position.as_py()].as_py()
            if text.strip() not in self.nulls and not (self.readable and re.search(self.readable, text)):
                return int(position.as_py())
        return None


class Verification:
    """Checks the batches of one delivery in turn."""

    def __init__(self, source: Source, path_values: Mapping[str, str]) -> None:
        """Compiles what to look for in each column.

        Args:
            source: the feed.
            path_values: what the delivery's address says, by column.
        """
        self.source = source
        self.told = [(c, normal_form(path_values[c.name])) for c in source.delivered if c.name in path_values]
        unpivoted = next((c for c in source.columns if c.made_by == "unpivot"), None)
        # what people type has no dialect: each cell is asked back by itself
        typed = isinstance(source.fetch, Inbox)
        self.checks = [
            check
            for column in (() if typed else source.delivered)
            for check in _checks(column.name, unpivoted if unpivoted and column.name in source.measured else column)
        ]

    def check(self, batch: pa.RecordBatch, where: Callable[[int], str]) -> None:
        """Looks for witnesses against the declaration.

        Args:
            batch: parsed records.
            where: names a record by its number.

        Raises:
            DeliveryRejected: names the first such record, column and value.
        """
        for column, value in self.told:
            self._check_told(column, value, batch, where)
        for check in self.checks:
            texts = batch.column(check.name)
            if check.own is not None and not check.own_seen:
                check.own_seen = bool(pc.any(pc.match_substring_regex(texts, check.own)).as_py())
            if check.own_seen or check.found or (position := check.first(texts)) is None:
                continue
            check.found = (
                where(batch.column("_record_number")[position].as_py()),
                f"{check.name}: {texts[position].as_py()!r} {check.says}",
            )
            if check.own is None:
                raise DeliveryRejected(self.source.id, *check.found)

    def _check_told(self, column: Column, told: str, batch: pa.RecordBatch, where: Callable[[int], str]) -> None:
        """Raises DeliveryRejected if the file is about something else than its address."""
        texts = pc.utf8_trim(batch.column(column.name), " ")
        for other in pc.unique(texts).to_pylist():
            # what is empty or damaged says nothing, and is left to the rules of its row
            if other in (told, "", None, *column.nulls) or (column.pattern and not re.fullmatch(column.pattern, other)):
                continue
            record = where(batch.column("_record_number")[pc.index(texts, other).as_py()].as_py())
            reason = f"is about {column.name} {other!r}, and its address about {told!r}: it is another file"
            raise DeliveryRejected(self.source.id, record, reason)

    def finish(self) -> None:
        """Raises DeliveryRejected for what only the whole delivery shows."""
        for check in self.checks:
            if check.found and not check.own_seen:
                raise DeliveryRejected(self.source.id, *check.found)


def _checks(name: str, column: Column) -> Iterator[_Check]:
    if column.type in ("int", "bigint", "double") or column.type.startswith("decimal"):
        yield from _number_checks(name, column)
    elif column.format is not None:
        yield from _date_checks(name, column, column.format)


def _number_checks(name: str, column: Column) -> Iterator[_Check]:
    decimal, thousands = column.numbers.decimal, column.numbers.thousands
    readable = _number(column.numbers, _whole(thousands) + (rf"(?:{re.escape(decimal)}\d+)?" if decimal else ""))
    if thousands in OTHER:
        # "12.5" or "1,234.5" where "." stands between thousands
        as_decimal = _whole(OTHER[thousands]) + rf"{re.escape(thousands)}\d+"
        yield _Check(
            name, column.nulls, _number(column.numbers, as_decimal), readable,
            f"groups no thousands, as the declared sign {thousands!r} should; is {thousands!r} the decimal sign?",
            sign=thousands,
        )  # fmt: skip
    if decimal is None:
        return
    sign, other = re.escape(decimal), re.escape(OTHER[decimal])
    # "1,234,567" or "1,234.5" where "," is the decimal sign
    as_thousands = rf"\d{{1,3}}(?:(?:{sign}\d{{3}}){{2,}}|(?:{sign}\d{{3}})+{other}\d+)"
    yield _Check(
        name, column.nulls, _number(column.numbers, as_thousands), readable,
        f"has the declared decimal sign {decimal!r} between thousands",
        sign=decimal,
    )  # fmt: skip
    if thousands != OTHER[decimal]:
        # "12,5" where "." is the decimal sign: dirt beside values such as "12.5", a contradiction without any
        yield _Check(
            name, column.nulls, _number(column.numbers, rf"\d+{other}\d+"), readable,
            f"has another decimal sign, and no value has the declared {decimal!r}",
            sign=OTHER[decimal],
            own=_number(column.numbers, rf"{_whole(thousands)}{sign}(?:\d{{1,2}}|\d{{4,}})"),
        )  # fmt: skip


def _whole(thousands: str | None) -> str:
    return rf"(?:\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+|\d+)" if thousands else r"\d+"


def _number(numbers: Numbers, figure: str) -> str:
    prefix, suffix = re.escape(numbers.prefix.strip()), re.escape(numbers.suffix.strip())
    # with a minus behind it or brackets around it, and a letter that flags it
    return rf"^\s*\(?[+-]?(?:{prefix})?\s*[+-]?{figure}\s*(?:{suffix})?\s*(?:-|\)|[A-Za-z]{{1,2}})?\s*$"


def _date_checks(name: str, column: Column, written: str) -> Iterator[_Check]:
    runs = [(letter, len(list(run))) for letter, run in groupby(written)]
    lengths = dict(runs)
    if not {"d", "M"} <= set(lengths) or written.startswith("y") or max(lengths["d"], lengths["M"]) > 2:
        return
    swapped = {
        "M": r"(?:1[3-9]|2\d|3[01])",
        "d": r"(?:0[1-9]|1[0-2])" if lengths["d"] == 2 else r"(?:0?[1-9]|1[0-2])",
    }
    pattern = ""
    for letter, length in runs:
        if letter in swapped:
            pattern += swapped[letter]
        elif letter in "yHms":
            pattern += rf"\d{{{length}}}" if length > 1 else r"\d{1,2}"
        else:
            pattern += re.escape(letter * length)
    says = f"has no such month as {written}; are day and month the other way round?"
    yield _Check(name, column.nulls, rf"^\s*{pattern}\s*$", None, says)
