"""What `source.yml` declares of one column: where it comes from, how it is written, what it may hold."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from lakehouse.spec.made import Rewrite, Signs
from lakehouse.spec.model import MOMENTS, Name, StrictModel, check_portable
from lakehouse.spec.normal_form import Pattern, Word, folded
from lakehouse.spec.times import Day, Zone, check_format, check_zones

MAX_PRECISION = 38
SqlType = Annotated[
    str,
    StringConstraints(pattern=r"^(string|boolean|int|bigint|double|date|timestamp|decimal\(\d{1,2},\d{1,2}\))$"),
]


class Numbers(StrictModel):
    """How numbers are written: decimal sign, sign between thousands, text before and behind the figure.

    `thousands: " "` is any blank that typesetters use there: also a no-break or a thin one. `negative` is where the
    minus stands: before the figure, behind it (SAP), or as brackets around it (accounts). `affixes: optional` reads a
    figure also without its prefix or suffix.
    """

    decimal: Literal[".", ","] | None = None
    thousands: Literal[".", ",", " ", "'"] | None = None
    prefix: str = ""
    suffix: str = ""
    affixes: Literal["required", "optional"] = "required"
    negative: Literal["leading", "trailing", "brackets"] = "leading"

    @model_validator(mode="after")
    def _signs_differ(self) -> Self:
        # "1.5" would be read as 15
        if self.decimal is not None and self.decimal == self.thousands:
            raise ValueError("the decimal sign and the sign between thousands must differ")
        if self.affixes == "optional" and not (self.prefix or self.suffix):
            raise ValueError("affixes needs a prefix or a suffix")
        return self


class Booleans(StrictModel):
    """How yes and no are written."""

    true: list[Word] = ["true"]
    false: list[Word] = ["false"]

    @model_validator(mode="after")
    def _words_differ(self) -> Self:
        if both := set(self.true) & set(self.false):
            raise ValueError(f"means true and false: {sorted(both)}")
        return self


class Column(StrictModel):
    """One column of a feed.

    A column without `from` is made: as text by `rewrite` or by `prepare`, typed by `plausibility`, `signs` or `derive`
    (`prepare` and `derive` are functions of `transform.py`), by `unpivot`, or from the address by `fetch.path_pattern`.
    With `silver: false` it ends in bronze.

    `aliases` are other headers with the same meaning; an `optional` column may be absent from a file. `many` keeps
    several values (RDF, XML) as a JSON array. `personal` says that the column names a natural person or may.

    `format` is how a date or time is written: `yyyy`, `yy` (with `pivot`, the last year that two digits may mean), `M`
    and `MM`, `MMM` and `MMMM` (a month's name, short or not, in the language `months`), `d`, `dd`, `H`, `HH`, `m`,
    `mm`, `s`, `ss`, `SSS` (a fraction of at most so many digits), `XXX` (an offset such as `+01:00`, or `Z`) and `XX`
    (`+0100`); or `epoch`, `epoch_ms`: seconds or milliseconds since 1970. Without a `format` it is ISO 8601, a time
    with its offset. A timestamp keeps microseconds. `24:00` is the end of the day.

    `zone` is the zone of times that name none, by name or as an offset (`+01:00`: winter time all the year); before a
    day in `zones_before` clocks showed that zone. A local time that comes twice a year is refused, unless
    `repeated_hour: in_order` says that the file has both hours, summer time first; what else is in the key tells series
    apart. A date or time later than its delivery is refused unless `future: true` says that there are such. `minimum`
    and `maximum` of dates and times are days.

    `from` is a header, a field, a JSON Pointer, an XPath or a property path, as the format has it. A text that is one
    of `nulls` is NULL, and refused if the column is `required`; a text that cannot be read as the `type`, or breaks
    `pattern` (which matches the whole text), `values`, `minimum` or `maximum`, quarantines its record.

    `codes` are the values that silver may hold, each with the German label by which people know it: the file says the
    label or the code, in capitals or not, and with `many` several of them, separated by `;`. `refers_to` is a column
    `<feed>.<column>` of the same delivery in which the value must stand.

    `label` (by default what `from` says), `help`, `unit` and `example` are German texts for people: templates of
    workbooks, marts and the catalogue use these words.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    source: str | None = Field(default=None, alias="from")
    aliases: list[str] = []
    name: Name
    type: SqlType = "string"
    numbers: Numbers = Numbers()
    signs: Signs | None = None
    booleans: Booleans = Booleans()
    format: str | None = None
    months: Literal["de", "en"] | None = None
    zone: Zone = "UTC"
    zones_before: dict[dt.date, Zone] = {}
    repeated_hour: Literal["in_order"] | None = None
    pivot: int | None = Field(default=None, ge=1999, le=2099)
    future: bool = False
    nulls: list[Word] = [""]
    required: bool = False
    optional: bool = False
    many: bool = False
    personal: bool = False
    pattern: Pattern | None = None
    values: list[Word] | None = None
    codes: dict[str, Word] = {}
    refers_to: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")
    label: str | None = None
    help: str = ""
    unit: str = ""
    example: str = ""
    minimum: float | Day | None = None
    maximum: float | Day | None = None
    silver: bool = True
    rewrite: Rewrite | None = None
    made_by: Literal["rewrite", "plausibility", "signs", "prepare", "derive", "unpivot", "path"] | None = None

    @property
    def title(self) -> str:
        """What people call the column."""
        return self.label or self.source or self.name

    @model_validator(mode="after")
    def _codes_are_texts(self) -> Self:
        if not self.codes:
            return self
        if self.type != "string" or self.pattern or self.values:
            raise ValueError("codes need type string and stand for pattern and values")
        said = [text for code, label in self.codes.items() for text in {folded(code), folded(label)}]
        if doubled := sorted({text for text in said if said.count(text) > 1}):
            raise ValueError(f"codes and labels mean two things: {doubled}")
        return self

    @model_validator(mode="after")
    def _rules_fit_the_type(self) -> Self:
        numeric = self.type in ("int", "bigint", "double") or self.type.startswith("decimal")
        if (self.numbers != Numbers() or self.signs) and not numeric:
            raise ValueError("numbers and signs need a numeric type")
        if self.signs and self.numbers.negative == "brackets":
            raise ValueError("brackets mean a minus or a limited figure, not both")
        bounds = [bound for bound in (self.minimum, self.maximum) if bound is not None]
        kind = dt.date if self.type in MOMENTS else float
        if bounds and not (numeric or self.type in MOMENTS) or not all(isinstance(bound, kind) for bound in bounds):
            raise ValueError("minimum and maximum are numbers of a numeric type, or days of a date or timestamp")
        if len(bounds) == 2 and bounds[0] > bounds[1]:  # type: ignore[operator]
            raise ValueError("minimum is above maximum")
        if self.type == "double" and self.numbers.thousands == "." and self.numbers.decimal is None:
            raise ValueError("a double has decimals: say which sign they begin with, if the point is between thousands")
        if self.type.startswith("decimal"):
            precision, scale = map(int, re.findall(r"\d+", self.type))
            if not scale <= precision <= MAX_PRECISION or precision == 0:
                raise ValueError(f"{self.type} does not exist")
        if (self.source is None) == (self.made_by is None):
            raise ValueError("a column has either `from` or `made_by`")
        if (self.pattern or self.values) and self.type != "string":
            raise ValueError("pattern and values need type string")
        check_portable(self.pattern)
        return self

    @model_validator(mode="after")
    def _options_fit_the_column(self) -> Self:
        if self.booleans != Booleans() and self.type != "boolean":
            raise ValueError("booleans needs type boolean")
        if self.format is not None:
            check_format(self.format, self.type, self.months, self.pivot, bounded=self.minimum is not None)
        elif self.pivot is not None or self.months is not None:
            raise ValueError("pivot and months need a format that writes years and months so")
        check_zones(self.format, self.type, self.zone, self.zones_before)
        if self.repeated_hour and "/" not in self.zone:
            raise ValueError("repeated_hour needs a `zone` whose clocks are put back, such as Europe/Berlin")
        if self.future and self.type not in MOMENTS:
            raise ValueError("future needs type date or timestamp")
        if (self.aliases or self.optional or self.many) and self.source is None:
            raise ValueError("aliases, optional and many need `from`")
        if (self.rewrite is None) == (self.made_by == "rewrite"):
            raise ValueError("rewrite and `made_by: rewrite` belong together")
        if self.made_by in ("plausibility", "signs") and (self.type != "string" or not self.silver):
            raise ValueError(f"what {self.made_by} makes has type string, and reaches silver")
        if self.personal and self.silver:
            raise ValueError("what names a person stays in bronze: personal needs `silver: false`")
        return self
