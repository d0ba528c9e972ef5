"""What `source.yml` declares of a feed's rows and deliveries: shape, scope, load, expectations, freshness, bounds."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field, model_validator

from lakehouse.spec.model import Name, StrictModel, check_pattern, check_portable
from lakehouse.spec.normal_form import Pattern, Word


class Unpivot(StrictModel):
    """Turns each record into one row per measure: the measure's text goes to `value`, its attributes are constants.

    A column of the file that is not declared may be a new measure, and stops the delivery, unless one of the patterns
    `ignored` matches its whole name.
    """

    value: Name
    measures: dict[Name, dict[Name, str | int]] = Field(min_length=1)
    ignored: list[str] = []

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len({tuple(sorted(attributes)) for attributes in self.measures.values()}) != 1:
            raise ValueError("every measure must have the same attributes")
        for pattern in self.ignored:
            check_pattern(pattern)
        return self

    @property
    def ignored_names(self) -> re.Pattern[str]:
        """What matches the whole names of undeclared columns that are no measures."""
        return re.compile("|".join(f"(?:{pattern})" for pattern in self.ignored) or r"(?!)")


class Scope(StrictModel):
    """Rows outside are counted as filtered: a silver column holds one of the values, or matches the pattern."""

    column: Name
    values: list[Word] | None = Field(default=None, min_length=1)
    pattern: Pattern | None = None

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        if (self.values is None) == (self.pattern is None):
            raise ValueError("a scope has either `values` or `pattern`")
        check_portable(self.pattern)
        return self


class Drop(StrictModel):
    """Records that are no rows of their own, such as totals: those whose delivered text matches count as filtered."""

    column: Name
    pattern: Pattern

    @model_validator(mode="after")
    def _is_a_pattern(self) -> Self:
        check_portable(self.pattern)
        return self


class RowRule(StrictModel):
    """What the columns of one row must hold together; a row that breaks it goes to the quarantine.

    `check` is a condition of Spark SQL on silver columns, such as `end_date >= start_date`; a row of which it says
    NULL keeps it. `column` is the one that has to be mended, `reason` says in English what is wrong, and `message` in
    German what to do.
    """

    column: Name
    check: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    message: str = Field(min_length=1)


class Expects(StrictModel):
    """Values that every delivery must hold, such as the ten cities; the gate names those that are missing.

    With `only: true` it holds no others: that is what the feed is about, such as one station, and the file of
    another station at its address stops.
    """

    column: Name
    values: list[Word] = Field(min_length=1)
    only: bool = False
    severity: Literal["fail", "warn"] = "fail"


class Health(StrictModel):
    """When the next delivery is due, and which column tells how fresh the data themselves are.

    `partition` is the column whose values are watched one by one, `observed` the date or time of what a row says. A
    register that names dates of events, not of its own state, has no `observed`.
    """

    cadence_days: float = Field(gt=0)
    grace_days: float = Field(default=0, ge=0)
    partition: Name | None = None
    observed: Name | None = None

    @model_validator(mode="after")
    def _a_partition_has_observations(self) -> Self:
        if self.partition is not None and self.observed is None:
            raise ValueError("health.partition needs health.observed: only the data say how fresh one partition is")
        return self


class Load(StrictModel):
    """`snapshot`: a delivery replaces everything that shares its values of `replaces` (empty: the whole table).

    `upsert`: a delivery inserts and corrects by key, and removes nothing.

    `append`: a delivery brings events and changes none. A copy of an event that is there, by its key, is left out,
    whatever else it says; a correction is an event of its own. Events are looked for within the bounds of the key's
    times, so the key begins with the time of the event. Only for `connector: mqtt`, whose deliveries are too many to
    be listed one by one.
    """

    kind: Literal["snapshot", "upsert", "append"]
    replaces: list[Name] = []


class Bounds(StrictModel):
    """What a batch may look like before the gate stops it; shares are 0 to 1.

    A few bad records are always tolerated, so that one of them does not stop a small delivery.
    """

    min_rows: int = Field(default=1, ge=0)
    min_share_of_current: float = Field(default=0.9, ge=0, le=1)
    max_quarantined_share: float = Field(default=0.01, ge=0, le=1)
    tolerated_quarantined_records: int = Field(default=20, ge=0)
