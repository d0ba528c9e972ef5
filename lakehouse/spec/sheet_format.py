"""What `source.yml` declares of a workbook."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, Strict, StringConstraints, model_validator

from lakehouse.spec.archive import MAX_UNPACKED_BYTES, Archive
from lakehouse.spec.model import StrictModel, check_pattern


class Sheet(StrictModel):
    """One sheet of a workbook, of Excel (`xlsx`) or of OpenDocument (`ods`); `xls` and `xlsb` cannot be read.

    `sheet` is its number, from 1 and hidden ones included, or its name; a name that is a number stands in quotes. The
    header is the first row that holds the declared columns, or the row `header_row`, counted from 1 as at the margin
    of the sheet. One of `header_lines` rows names each column by its texts from top to bottom, joined by a blank. In a
    row with merged cells a text stands over all columns that it is merged over; in a row without, and in all of an
    `ods`, a cell that is empty above a text belongs to the cell at its left. Line breaks and several blanks in a
    header are one blank, and a column without a name is called `column 4` by its place. Nothing is a record from the
    row on whose first cell with content matches the pattern `footer_begins`; a sheet without such a row was cut off.

    Rows without content are no records; hidden rows are. An empty cell is an empty text, as are all but the first of
    merged cells. A text stays as it is, with its leading zeros. All other cells are written as their column declares
    that they are, so that numbers as text beside real ones are read by the same declaration:

    * numbers with the declared decimal sign, minus, prefix and suffix, to fifteen digits, whatever the cell shows;
      5562004 has no leading zero although it may be shown with one. A workbook keeps 12.5 % as 0.125: a number in a
      column with `%` in its prefix or suffix goes to the quarantine, because nobody can tell what it means.
    * dates and times by the declared `format`, or in ISO form; the time of a cell is one of the declared `zone`. What
      the format cannot say, such as the time of day of a `date`, is written in ISO form, which the format refuses.
    * true and false by the first of the words in `booleans`.

    A cell with an error (`#REF!`, `#N/A`) costs its record, unless the column declares it in `nulls` or nobody declares
    the column. The value of a formula is the one that was stored with it: without one the cell is empty. Durations of
    an `ods` are texts such as `PT36H`. `max_unpacked_bytes` is the most that the workbook may unpack to.
    """

    type: Literal["xlsx", "ods"]
    sheet: Annotated[int, Strict(), Field(ge=1)] | Annotated[str, StringConstraints(min_length=1)]
    header_row: int | None = Field(default=None, ge=1)
    header_lines: int = Field(default=1, ge=1)
    footer_begins: str | None = None
    max_unpacked_bytes: int = Field(default=MAX_UNPACKED_BYTES, gt=0)
    archive: Archive | None = None

    @model_validator(mode="after")
    def _footer_is_a_pattern(self) -> Self:
        check_pattern(self.footer_begins)
        return self

    def check_from(self, source: str) -> None:
        """Raises ValueError if a column's `from` cannot be a column of this format."""
        if source != " ".join(source.split()):
            raise ValueError(f"{source!r}: line breaks and several blanks in the header of a sheet are one blank")
