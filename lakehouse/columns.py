"""What `source.yml` declares of one column: where it comes from, how it is written, what it may hold."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
MAX_PRECISION = 38
SqlType = Annotated[str, StringConstraints(pattern=r"^(string|int|bigint|date|timestamp|decimal\(\d{1,2},\d{1,2}\))$")]


class Closed(BaseModel):
    """A model that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Numbers(Closed):
    """How numbers are written: decimal sign, sign between thousands, text behind the figure."""

    decimal: Literal[".", ","] | None = None
    thousands: Literal[".", ",", " "] | None = None
    suffix: str = ""

    @model_validator(mode="after")
    def _signs_differ(self) -> Self:
        # "1.5" would be read as 15
        if self.decimal is not None and self.decimal == self.thousands:
            raise ValueError("the decimal sign and the sign between thousands must differ")
        return self


class Column(Closed):
    """One column of a feed.

    A column without `from` is made: as text by `prepare`, typed by `derive` (both in `transform.py`), or by `unpivot`.
    With `silver: false` it ends in bronze.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    source: str | None = Field(default=None, alias="from", min_length=1)
    name: Name
    type: SqlType = "string"
    numbers: Numbers = Numbers()
    nulls: list[str] = [""]
    required: bool = False
    pattern: str | None = None
    values: list[str] | None = None
    minimum: float | None = None
    maximum: float | None = None
    silver: bool = True
    made_by: Literal["prepare", "derive", "unpivot"] | None = None

    @model_validator(mode="after")
    def _rules_fit_the_type(self) -> Self:
        numeric = self.type in ("int", "bigint") or self.type.startswith("decimal")
        if (self.minimum is not None or self.maximum is not None or self.numbers != Numbers()) and not numeric:
            raise ValueError("minimum, maximum and numbers need a numeric type")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError("minimum is above maximum")
        if self.type.startswith("decimal"):
            precision, scale = map(int, re.findall(r"\d+", self.type))
            if not scale <= precision <= MAX_PRECISION or precision == 0:
                raise ValueError(f"{self.type} does not exist")
        if (self.source is None) == (self.made_by is None):
            raise ValueError("a column has either `from` or `made_by`")
        if (self.pattern or self.values) and self.type != "string":
            raise ValueError("pattern and values need type string")
        check_pattern(self.pattern)
        return self


def check_pattern(pattern: str | None) -> None:
    """Raises ValueError if a declared pattern is no regular expression."""
    try:
        re.compile(pattern or "")
    except re.error as error:
        raise ValueError(f"{pattern!r} is no pattern: {error}") from None
