"""Dates in the names of files: which editions a run asks for."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field, model_validator

from lakehouse.spec.model import StrictModel

# the placeholder, and how it may be written: `{date}` in ISO form, or by the codes of strftime that know no language
DATE = "date"
FORMAT = re.compile(r"(?:[^%]|%[YymdjGVu]|%-[mdj])*")
# a sample is named as if it had been fetched on this day
SAMPLE_DAY = dt.date(2026, 1, 1)


class Dates(StrictModel):
    """The editions that `{date}` in a file's name stands for, one every day, month or year.

    `{date}` is written in ISO form; `{date:%Y%m%d}` and the like use the codes of `strftime` that are numbers. The
    names of files in the feed's sample count from 2026-01-01.

    They reach from `oldest` to `newest`, in days (months, years) before the run's own, in UTC; 0 is that of the run. An
    edition that came is not asked for again, but for the `again` newest that are over, which may still be corrected,
    and the one of the run's own day, which grows. `at_most` bounds the files of one run; these are always among them,
    the others are drawn by the day.
    """

    every: Literal["day", "month", "year"] = "day"
    oldest: int = Field(ge=0, le=2000)
    newest: int = Field(default=0, ge=0)
    again: int = Field(default=1, ge=1)
    at_most: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _can_be_asked(self) -> Self:
        if self.oldest < self.newest:
            raise ValueError("oldest and newest are counted backwards: oldest must not be less than newest")
        return self

    @property
    def renewed(self) -> int:
        """How many editions every run asks for: the one of its own day still grows, and is asked for after its end."""
        return self.again + (self.newest == 0)

    def editions(self, today: dt.date) -> list[dt.date]:
        """First day of every edition, oldest first."""
        return [self._before(today, number) for number in range(self.oldest, self.newest - 1, -1)]

    def over(self, edition: dt.date) -> dt.date:
        """The first day after an edition."""
        return self._before(edition, -1)

    def asked(
        self, editions: Sequence[tuple[str, dt.date]], came: Sequence[bool], today: dt.date
    ) -> list[tuple[str, dt.date]]:
        """The addresses that a run asks for, oldest first.

        Args:
            editions: every address and its date.
            came: whether something ever came from each of them.
            today: day of the run.
        """
        newest = set(self.editions(today)[-self.renewed :])
        chosen = {address for address, date in editions if date in newest}
        missing = [a for (a, _), there in zip(editions, came, strict=True) if not there and a not in chosen]
        if self.at_most is not None:
            room = min(max(self.at_most - len(chosen), 0), len(missing))
            # drawn anew every day: days that will never come must not keep the others from their turn for ever
            missing = random.Random(today.toordinal()).sample(missing, room)
        chosen.update(missing)
        return [(address, date) for address, date in editions if address in chosen]

    def _before(self, day: dt.date, number: int) -> dt.date:
        if self.every == "day":
            return day - dt.timedelta(days=number)
        if self.every == "year":
            return dt.date(day.year - number, 1, 1)
        months = day.year * 12 + day.month - 1 - number
        return dt.date(months // 12, months % 12 + 1, 1)
