"""What `source.yml` declares of a text of lines: delimited, or with columns at fixed positions."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from lakehouse.spec.archive import Archive
from lakehouse.spec.model import StrictModel, check_pattern

JsonEncoding = Literal["utf-8", "utf-8-sig", "cp1252", "latin-1"]
Encoding = Literal[JsonEncoding, "iso-8859-15", "cp850", "cp858", "cp437", "utf-16", "utf-16-le", "utf-16-be"]
Delimiter = Literal[",", ";", "\t", "|"]


class Lines(StrictModel):
    """A text of lines: what stands above and below its records.

    `utf-16` needs its byte order mark, `utf-16-le` and `utf-16-be` have none. Above the records stand `skip_lines`
    lines (only where their number never changes), or all lines from the first on that match the pattern `preamble`.
    `footer` is a pattern that the last line must match, which proves the file complete: one without it was cut off. A
    footer of several lines begins with the first line that matches `footer_begins`, which must be there; nothing from
    it on is a record.
    """

    encoding: Encoding
    skip_lines: int = Field(default=0, ge=0)
    preamble: str | None = None
    footer: str | None = None
    footer_begins: str | None = None
    archive: Archive | None = None

    @model_validator(mode="after")
    def _lines_are_patterns(self) -> Self:
        for pattern in (self.preamble, self.footer, self.footer_begins):
            check_pattern(pattern)
        if self.preamble is not None and self.skip_lines:
            raise ValueError("skip_lines and preamble both say what stands above the records")
        return self


class Csv(Lines):
    """Dialect of a delimited text file.

    A header of `header_lines` lines names each column by its texts from top to bottom, joined by a blank (`Wohnungen
    Anzahl`); a cell that is empty above a text belongs to the cell at its left. A column without a name is called
    `column 4` by its place, and then the order of the declared columns must hold. With `find_header` the header is the
    first line that holds the declared columns, whatever stands above it. `units_lines` stand directly below the
    header; `header` names the columns of a file that has none, in which only `preamble` may stand above records.

    `drop_trailing_empty` forgives empty fields beyond the header's width, which are not values, and `short_rows` that
    the last fields of a row are left out: they are NULL. With `one_line_per_record` no value holds a line break, so a
    stray quote costs its own record only. Rows that hold nothing but delimiters are no records.
    """

    type: Literal["csv"]
    delimiter: Delimiter
    drop_trailing_empty: bool = False
    short_rows: bool = False
    one_line_per_record: bool = False
    find_header: bool = False
    header_lines: int = Field(default=1, ge=1)
    header: list[str] | None = Field(default=None, min_length=1)
    units_lines: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.header and len(set(self.header)) != len(self.header):
            raise ValueError("header names columns twice")
        if self.header and self.units_lines:
            raise ValueError("units_lines stand below a header line, and a declared header says that there is none")
        if self.header and (self.find_header or self.header_lines > 1):
            raise ValueError("find_header and header_lines need a header in the file, and a declared header says none")
        if self.header and self.skip_lines:
            raise ValueError("skip_lines above a declared header may skip a header with other names: use `preamble`")
        if self.find_header and (self.skip_lines or self.preamble is not None):
            raise ValueError("find_header finds the header below any lines: skip_lines and preamble say the same twice")
        return self

    @property
    def is_plain(self) -> bool:
        """Whether a file is one header line and records, and nothing else."""
        around = (self.skip_lines, self.preamble, self.footer, self.footer_begins, self.header, self.units_lines)
        return not any(around) and not self.find_header and self.header_lines == 1

    def check_from(self, source: str) -> None:
        """Raises ValueError if a column's `from` cannot be a column of this format."""
        if self.header and source not in self.header:
            raise ValueError(f"{source!r} is not in the declared header")


class FixedWidth(Lines):
    """Columns at fixed positions: `fields` are half-open ranges counted from 0, values are stripped.

    Every field of the file is declared, also those that no column takes: text between fields tells a shifted line.
    Positions count characters, or with `unit: bytes` the bytes of the file. In UTF-8 the two differ: without `unit` a
    file is refused if a line with such a character is shorter than the layout.
    """

    type: Literal["fixed_width"]
    fields: dict[str, tuple[int, int]] = Field(min_length=1)
    unit: Literal["characters", "bytes"] | None = None

    @model_validator(mode="after")
    def _fields_follow_each_other(self) -> Self:
        end = 0
        for name, (first, beyond) in sorted(self.fields.items(), key=lambda item: item[1]):
            if not end <= first < beyond:
                raise ValueError(f"field {name} is empty or overlaps the field before")
            end = beyond
        if self.unit == "bytes" and self.encoding.startswith("utf-16"):
            raise ValueError("unit: bytes is for utf-8 and 8-bit encodings; in utf-16 positions count characters")
        return self

    def check_from(self, source: str) -> None:
        """Raises ValueError if a column's `from` cannot be a column of this format."""
        if source not in self.fields:
            raise ValueError(f"{source!r} is none of the declared fields")
