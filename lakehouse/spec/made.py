"""What `source.yml` declares of columns that are made, not delivered: texts rewritten, observations flagged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Self

from pydantic import Field, model_validator

from lakehouse.spec.model import MOMENTS, Name, StrictModel, check_portable

GROUP = re.compile(r"\$(\d)")
RESULT = re.compile(r"(?:[^$\\]|\$\d(?!\d))*")


class Rewrite(StrictModel):
    r"""A text made from the texts of other columns, before it is typed; NULL if one of them is NULL.

    The texts of `of` are joined. The first pattern of `cases` that matches the whole text gives the result, in which
    `$1` stands for the first group and `$0` for the text; what fits no case is `otherwise`, or NULL. Without `cases`
    the joined text is the result. It is typed and checked by the column's own `type` and rules.

    A pattern must be read alike by Python, which checks it, and by Java, which runs it: no flags, named groups,
    lookbehind, anchors or nested sets, and no escapes but `\d`, `\s`, `\w` and signs. Upper and lower case differ.
    """

    of: list[Name] = Field(min_length=1)
    cases: dict[str, str] = {}
    otherwise: str | None = None

    @model_validator(mode="after")
    def _cases_can_be_tried(self) -> Self:
        for pattern, result in self.cases.items():
            check_portable(pattern)
            _check_result(result, re.compile(pattern).groups)
        if self.otherwise is not None:
            if not self.cases:
                raise ValueError("otherwise needs cases: without them the text stays as it is")
            _check_result(self.otherwise, 0)
        return self


def _check_result(result: str, groups: int) -> None:
    """Java reads `$` and the backslash as signs of its own, and so much of `$12` as there are groups."""
    if not RESULT.fullmatch(result) or any(int(group) > groups for group in GROUP.findall(result)):
        raise ValueError(f"{result!r} holds a backslash, or a $ that names none of the groups $0 to ${groups}")


# Signs of the tables of German statistical offices, and what they say of a figure
OFFICIAL_SIGNS = {
    "-": "exactly_zero",
    "–": "exactly_zero",
    ".": "unknown",
    "/": "too_uncertain",
    "...": "later",
    "…": "later",
    "x": "blocked",
    "X": "blocked",
}
LIMITED = "limited"


class Signs(StrictModel):
    """Signs of statistical tables that stand for a figure or beside it, kept as a text in another column.

    That is the column `reason`, which is declared with `made_by: signs`.

    Without a figure: `–` exactly zero (the value is 0), `.` unknown or secret, `/` too uncertain, `…` later, `x`
    blocked. A figure in brackets is `limited`. `flags` are letters behind a figure and what they mean, such as
    `p: provisional`; a figure without any sign has no reason.
    """

    reason: Name
    flags: dict[str, str] = {}

    @model_validator(mode="after")
    def _flags_are_letters(self) -> Self:
        if wrong := [flag for flag in self.flags if not flag.isalpha()]:
            raise ValueError(f"a flag behind a figure is one or more letters: {wrong}")
        return self


class Plausibility(StrictModel):
    """How far an observation can be trusted: doubtful values are kept and flagged, never dropped.

    The flag is `missing` (`value` is NULL), `future` (`observed_until`, where a date means its end, is later than the
    delivery was fetched: a clock is wrong), `out_of_range` or `plausible`, the first that holds. `ranges` are the
    lowest and highest plausible value by `quantity`; a quantity without one has no range. The flag is a text column
    that is declared with `made_by: plausibility`.
    """

    value: Name
    observed_until: Name
    quantity: Name
    ranges: dict[str, tuple[float, float]] = Field(min_length=1)

    @model_validator(mode="after")
    def _ranges_hold_something(self) -> Self:
        if empty := [quantity for quantity, (lowest, highest) in self.ranges.items() if lowest > highest]:
            raise ValueError(f"the lowest value is above the highest: {empty}")
        return self

    def check(self, columns: Mapping[str, str], measures: Iterable[Mapping[str, str | int]]) -> None:
        """Raises ValueError if the feed cannot be flagged so.

        Args:
            columns: types of its silver columns.
            measures: attributes of its measures, of which the quantity may be one.
        """
        if unknown := {self.value, self.observed_until, self.quantity} - set(columns):
            raise ValueError(f"plausibility names unknown silver columns: {sorted(unknown)}")
        if columns[self.observed_until] not in MOMENTS:
            raise ValueError(f"plausibility.observed_until needs a column of type {' or '.join(MOMENTS)}")
        if columns[self.value] in ("string", "boolean", *MOMENTS):
            raise ValueError("plausibility.value needs a column of a numeric type")
        quantities = {str(attributes[self.quantity]) for attributes in measures if self.quantity in attributes}
        if quantities and (unknown := set(self.ranges) - quantities):
            raise ValueError(f"plausibility.ranges names unknown quantities: {sorted(unknown)}")
