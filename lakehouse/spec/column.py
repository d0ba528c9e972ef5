"""What `source.yml` declares of one column: where it comes from, how it is written, what it may hold."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from lakehouse.spec.made import Rewrite
from lakehouse.spec.model import Name, StrictModel, check_pattern

MAX_PRECISION = 38
SqlType = Annotated[
    str,
    StringConstraints(pattern=r"^(string|boolean|int|bigint|double|date|timestamp|decimal\(\d{1,2},\d{1,2}\))$"),
]
TIME_FORMAT = re.compile(r"[yMdHms.:/ T-]+")


class Numbers(StrictModel):
    """How numbers are written: decimal sign, sign between thousands, text before and behind the figure."""

    decimal: Literal[".", ","] | None = None
    thousands: Literal[".", ",", " "] | None = None
    prefix: str = ""
    suffix: str = ""

    @model_validator(mode="after")
    def _signs_differ(self) -> Self:
        # "1.5" would be read as 15
        if self.decimal is not None and self.decimal == self.thousands:
            raise ValueError("the decimal sign and the sign between thousands must differ")
        return self


class Booleans(StrictModel):
    """How yes and no are written."""

    true: list[str] = ["true"]
    false: list[str] = ["false"]

    @model_validator(mode="after")
    def _words_differ(self) -> Self:
        if both := set(self.true) & set(self.false):
            raise ValueError(f"means true and false: {sorted(both)}")
        return self


class Column(StrictModel):
    """One column of a feed.

    A column without `from` is made: as text by `rewrite` or by `prepare`, typed by `plausibility` or by `derive`
    (`prepare` and `derive` are functions of `transform.py`), by `unpivot`, or from the address by `fetch.path_pattern`.
    With `silver: false` it ends in bronze.

    `aliases` are other headers with the same meaning; an `optional` column may be absent from a file. `format` is how a
    date or time is written (ISO 8601 if not given), `zone` the zone of times that name none. `many` keeps several
    values (RDF) as a JSON array. `trim` removes the blanks (U+0020) around a text before anything but `drop` reads it;
    bronze keeps them. `personal` says that the column names a natural person or may.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    source: str | None = Field(default=None, alias="from")
    aliases: list[str] = []
    name: Name
    type: SqlType = "string"
    numbers: Numbers = Numbers()
    booleans: Booleans = Booleans()
    format: str | None = None
    zone: str = "UTC"
    nulls: list[str] = [""]
    required: bool = False
    optional: bool = False
    many: bool = False
    trim: bool = False
    personal: bool = False
    pattern: str | None = None
    values: list[str] | None = None
    minimum: float | None = None
    maximum: float | None = None
    silver: bool = True
    rewrite: Rewrite | None = None
    made_by: Literal["rewrite", "plausibility", "prepare", "derive", "unpivot", "path"] | None = None

    @model_validator(mode="after")
    def _rules_fit_the_type(self) -> Self:
        numeric = self.type in ("int", "bigint", "double") or self.type.startswith("decimal")
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

    @model_validator(mode="after")
    def _options_fit_the_column(self) -> Self:
        if self.booleans != Booleans() and self.type != "boolean":
            raise ValueError("booleans needs type boolean")
        if self.format is not None and (
            self.type not in ("date", "timestamp") or not TIME_FORMAT.fullmatch(self.format)
        ):
            raise ValueError("format needs type date or timestamp, and holds only y M d H m s and . : / - T or a blank")
        if self.zone != "UTC":
            if self.type != "timestamp" or self.format is None:
                raise ValueError("zone needs type timestamp and a format")
            if self.zone not in available_timezones():
                raise ValueError(f"there is no time zone {self.zone}")
        if (self.aliases or self.optional or self.many or self.trim) and self.source is None:
            raise ValueError("aliases, optional, many and trim need `from`")
        if self.trim and self.type != "string":
            raise ValueError("trim needs type string: around other values blanks mean nothing anyway")
        if (self.rewrite is None) == (self.made_by == "rewrite"):
            raise ValueError("rewrite and `made_by: rewrite` belong together")
        if self.made_by == "plausibility" and (self.type != "string" or not self.silver):
            raise ValueError("what plausibility makes has type string, and reaches silver")
        if self.personal and self.silver:
            raise ValueError("what names a person stays in bronze: personal needs `silver: false`")
        return self
