"""What the XML of a workbook says of its sheets before their cells are read: extent, errors, length of texts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lakehouse.ingest.parse.markup import Elements, local

# what a sheet of Excel could hold in 19 columns; each takes 32 bytes of memory
MAX_CELLS = 20_000_000
PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})", re.ASCII)
NUMBER = re.compile(r"\d{1,10}", re.ASCII)
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
# as programs show an error that they do not mark as one: beside a formula only
ERROR = re.compile(r"#[A-Z]+(?:/[A-Z0]+)?[!?]?|Err:\d+")

__all__ = ["Attributes", "Elements", "Extent", "OdsSheets", "SharedTexts", "XlsxSheet", "cell_place"]


@dataclass
class Extent:
    """How many rows and columns a sheet has up to its last cell with content, and its errors by row and column."""

    rows: int = 0
    columns: int = 0
    errors: dict[int, dict[int, str]] = field(default_factory=dict)

    def reach(self, row: int, column: int) -> None:
        """There is content at a place that counts from 0. Raises ValueError if the sheet would be too large."""
        self.rows, self.columns = max(self.rows, row + 1), max(self.columns, column + 1)
        if self.rows * self.columns > MAX_CELLS:
            raise ValueError(f"spreads over {self.rows} rows and {self.columns} columns, more than {MAX_CELLS} cells")


class _Texts:
    """How much text a workbook holds, each text as often as it is shown."""

    def __init__(self, limit: int) -> None:
        self.limit, self.length = limit, 0

    def add(self, length: int) -> None:
        self.length += length
        if self.length > self.limit:
            raise ValueError(f"holds more than {self.limit} characters of text")


class Attributes:
    """Attributes of every element of one name, namespaces left out."""

    def __init__(self, element: str) -> None:
        """Looks for `element`."""
        self.element = element
        self.found: list[dict[str, str]] = []

    def start(self, tag: str, attributes: Mapping[str, str], namespaces: Mapping[str | None, str]) -> None:
        """An element begins."""
        if local(tag) == self.element:
            self.found.append({local(name): value for name, value in attributes.items()})

    def end(self, tag: str) -> None:
        """An element ends."""

    def data(self, text: str) -> None:
        """A text, or a piece of one."""


class SharedTexts:
    """Lengths of the texts of an xlsx workbook, which its cells name by their number."""

    def __init__(self) -> None:
        """Before the first text."""
        self.lengths: list[int] = []

    def start(self, tag: str, attributes: Mapping[str, str], namespaces: Mapping[str | None, str]) -> None:
        """An element begins."""
        if local(tag) == "si":
            self.lengths.append(0)

    def end(self, tag: str) -> None:
        """An element ends."""

    def data(self, text: str) -> None:
        """A text, or a piece of one."""
        if self.lengths:
            self.lengths[-1] += len(text)


class XlsxSheet:
    """One sheet of an xlsx workbook."""

    def __init__(self, lengths: Sequence[int], limit: int) -> None:
        """Before the first cell.

        Args:
            lengths: lengths of the shared texts.
            limit: the most characters that all cells may show.
        """
        self.extent, self.lengths, self.texts = Extent(), lengths, _Texts(limit)
        self.row = self.column = -1
        self.kind: str | None = None
        self.value: list[str] | None = None

    def start(self, tag: str, attributes: Mapping[str, str], namespaces: Mapping[str | None, str]) -> None:
        """An element begins."""
        match local(tag):
            case "row":
                self.row, self.column = _number(attributes.get("r", str(self.row + 2))) - 1, -1
            case "c":
                self.column += 1
                if place := attributes.get("r"):
                    self.row, self.column = cell_place(place)
                self.kind = attributes.get("t")
            case "v" | "is":
                self.value = []

    def end(self, tag: str) -> None:
        """An element ends."""
        if self.value is None or (name := local(tag)) not in ("v", "is"):
            return
        value, self.value = "".join(self.value), None
        if not value and self.kind != "e":
            return
        self.extent.reach(self.row, self.column)
        if self.kind == "e":
            self.extent.errors.setdefault(self.row, {})[self.column] = value
        elif self.kind == "s" and name == "v":
            number = _number(value)
            self.texts.add(self.lengths[number] if number < len(self.lengths) else 0)

    def data(self, text: str) -> None:
        """A text, or a piece of one."""
        if self.value is not None:
            self.value.append(text)


def _number(written: str) -> int:
    if not NUMBER.fullmatch(written):
        raise ValueError(f"has {written[:20]!r} where a number must stand")
    return int(written)


def cell_place(written: str) -> tuple[int, int]:
    """Row and column, from 0, of a cell such as `C7`. Raises ValueError if it is none."""
    found = PLACE.fullmatch(written.upper())
    if found is None:
        raise ValueError(f"has a cell at {written[:20]!r}, which is no place")
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]) - 1, column - 1


class OdsSheets:
    """All sheets of an ods workbook: it is one document, which is read as a whole."""

    def __init__(self, limit: int) -> None:
        """Before the first sheet; `limit` is the most characters that all cells may show."""
        self.extents: dict[str, Extent] = {}
        self.texts = _Texts(limit)
        self.row = self.column = self.rows = self.columns = 0
        self.extent, self.cells = Extent(), 0
        self.cell: Mapping[str, str] | None = None
        self.paragraphs = 0
        self.value: list[str] = []

    def start(self, tag: str, attributes: Mapping[str, str], namespaces: Mapping[str | None, str]) -> None:
        """An element begins."""
        if tag == f"{TABLE}table":
            name = attributes.get(f"{TABLE}name", "")
            if name in self.extents:
                raise ValueError(f"has two sheets {name!r}")
            self.cells += self.extent.rows * self.extent.columns
            self.extents[name] = self.extent = Extent()
            self.row = 0
        elif tag == f"{TABLE}table-row":
            self.rows, self.column = _number(attributes.get(f"{TABLE}number-rows-repeated", "1")), 0
        elif tag in (f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
            self.columns = _number(attributes.get(f"{TABLE}number-columns-repeated", "1"))
            self.cell, self.value, self.paragraphs = dict(attributes), [], 0
        elif tag == f"{TEXT}p" and self.cell is not None:
            self.paragraphs += 1

    def end(self, tag: str) -> None:
        """An element ends."""
        if tag == f"{TABLE}table-row":
            self.row += self.rows
        elif tag in (f"{TABLE}table-cell", f"{TABLE}covered-table-cell") and self.cell is not None:
            self._cell(self.cell, "".join(self.value))
            self.column += self.columns
            self.cell = None

    def data(self, text: str) -> None:
        """A text, or a piece of one."""
        if self.cell is not None and self.paragraphs:
            self.value.append(text)

    def _cell(self, attributes: Mapping[str, str], text: str) -> None:
        kind = attributes.get(f"{OFFICE}value-type")
        if kind is None and not text:
            return
        self.extent.reach(self.row + self.rows - 1, self.column + self.columns - 1)
        if self.cells + self.extent.rows * self.extent.columns > MAX_CELLS:
            raise ValueError(f"has sheets that spread over more than {MAX_CELLS} cells")
        shown = attributes.get(f"{OFFICE}string-value", "") or text
        self.texts.add(len(shown) * self.rows * self.columns)
        formula = f"{TABLE}formula" in attributes
        if attributes.get(f"{CALC}value-type") == "error" or (formula and ERROR.fullmatch(shown)):
            for row in range(self.row, self.row + self.rows):
                found = self.extent.errors.setdefault(row, {})
                found.update(dict.fromkeys(range(self.column, self.column + self.columns), text or shown))
