"""The cells of one sheet of a workbook, after it is known that reading them is safe, and which of them are errors.

python-calamine reads the cells. It takes an error for an empty cell (in OpenDocument for the number 0), and holds a
sheet in memory from its first cell to its last one, each text as often as it is used. So the sheet's XML is read
before: for its errors, its extent and the length of its texts.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat
from pathlib import PurePosixPath

from python_calamine import CalamineError, CalamineWorkbook

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse import archive
from lakehouse.ingest.parse.cells import Cell
from lakehouse.ingest.parse.markup import stream
from lakehouse.ingest.parse.records import Part
from lakehouse.ingest.parse.sheet_xml import Attributes, Elements, Extent, OdsSheets, SharedTexts, XlsxSheet
from lakehouse.spec.normal_form import declared
from lakehouse.spec.sheet_format import Sheet
from lakehouse.spec.source import Source

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
ODS = "application/vnd.oasis.opendocument.spreadsheet"


@dataclass(frozen=True)
class Table:
    """The cells of a sheet.

    `rows` are all from the sheet's first one on, from its first column on and equally long. `errors` are the texts of
    cells with an error by row and column, `merged` the first and last row and column of merged cells, or None if the
    workbook's form does not tell; all of them count from 0.
    """

    name: str
    rows: Iterator[list[Cell]]
    errors: dict[int, dict[int, str]]
    merged: list[tuple[tuple[int, int], tuple[int, int]]] | None


def table(source: Source, format_: Sheet, part: Part) -> Table:
    """The declared sheet of a workbook.

    Raises:
        DeliveryRejected: no such workbook or sheet, cut, broken, encrypted, or too large when unpacked.
    """
    book = _Book(source, format_, part)
    name, extent = book.sheet()
    try:
        with part.path.open("rb") as raw, CalamineWorkbook.from_filelike(raw) as workbook:
            sheet = workbook.get_sheet_by_name(name)
    except CalamineError as error:
        raise book.refused(f"cannot be read: {error}") from None
    first = sheet.start[1] if sheet.start else 0
    # calamine begins with the first row of the sheet, but with the first column that has a cell
    rows = ([*repeat("", first), *row] for row in sheet.iter_rows())
    return Table(name, rows, extent.errors, sheet.merged_cell_ranges)


class _Book:
    """The container of a workbook: a zip archive of XML."""

    def __init__(self, source: Source, format_: Sheet, part: Part) -> None:
        self.source, self.format, self.part = source, format_, part

    def refused(self, reason: str) -> DeliveryRejected:
        return DeliveryRejected(self.source.id, self.part.where, reason)

    def sheet(self) -> tuple[str, Extent]:
        """Name of the declared sheet, and what its XML says. Raises DeliveryRejected."""
        self._check_form()
        try:
            opened = zipfile.ZipFile(self.part.path)
        except (*archive.BROKEN, ValueError, OverflowError) as error:
            raise self.refused(f"is not an {self.format.type} workbook, or was cut off: {error}") from None
        with opened as packed:
            unpacking = archive.Unpacking(self.source, self.format.max_unpacked_bytes)
            members = {}
            for info in archive.sound(self.source, packed, self.part.where):
                members[info.filename.casefold()] = info
                for _ in self._pieces(packed, info, unpacking):
                    pass
            inside = _Inside(self, packed, members)
            return inside.of_xlsx() if self.format.type == "xlsx" else inside.of_ods()

    def _check_form(self) -> None:
        data = self.part.path.read_bytes()
        if not data:
            raise self.refused("is empty")
        if data.startswith(OLE):
            form = "is encrypted" if ENCRYPTED in data else "is a workbook of the old form xls"
            raise self.refused(f"{form}, declared is {self.format.type}")

    def _pieces(self, packed: zipfile.ZipFile, info: zipfile.ZipInfo, unpacking: archive.Unpacking) -> Iterator[bytes]:
        where = self._member(info)
        with archive.member(self.source, packed, info, where) as content:
            yield from unpacking.chunks(content, where, info.compress_size)

    def _member(self, info: zipfile.ZipInfo) -> str:
        return f"{self.part.where}, member {info.filename}"

    def read(self, packed: zipfile.ZipFile, info: zipfile.ZipInfo, elements: Elements) -> None:
        """Hands the XML of a member to `elements`. Raises DeliveryRejected."""
        pieces = self._pieces(packed, info, archive.Unpacking(self.source, self.format.max_unpacked_bytes))
        try:
            for _ in stream(self.source, self._member(info), pieces, elements):
                pass
        except ValueError as error:
            raise DeliveryRejected(self.source.id, self._member(info), str(error)) from None


class _Inside:
    """What is in the container, its members by their names in small letters."""

    def __init__(self, book: _Book, packed: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> None:
        self.book, self.packed, self.members = book, packed, members
        self.limit = book.format.max_unpacked_bytes

    def of_xlsx(self) -> tuple[str, Extent]:
        sheets = [one for one in self._attributes("xl/workbook.xml", "sheet") if "name" in one]
        places = {one.get("Id"): one for one in self._attributes("xl/_rels/workbook.xml.rels", "Relationship")}
        chosen = sheets[self._chosen([one["name"] for one in sheets])]
        place = places.get(chosen.get("id"), {}).get("Target", "")
        texts = SharedTexts()
        if shared := self.members.get("xl/sharedstrings.xml"):
            self.book.read(self.packed, shared, texts)
        sheet = XlsxSheet(texts.lengths, self.limit)
        self.book.read(self.packed, self._required(str(PurePosixPath("/xl") / place)[1:]), sheet)
        return chosen["name"], sheet.extent

    def of_ods(self) -> tuple[str, Extent]:
        kind = self.members.get("mimetype")
        if kind is None or not self.packed.read(kind).startswith(ODS.encode()):
            raise self.book.refused("is not an ods workbook: its mimetype is missing or says something else")
        if self._attributes("META-INF/manifest.xml", "encryption-data"):
            raise self.book.refused("is encrypted")
        sheets = OdsSheets(self.limit)
        self.book.read(self.packed, self._required("content.xml"), sheets)
        names = list(sheets.extents)
        name = names[self._chosen(names)]
        return name, sheets.extents[name]

    def _required(self, name: str) -> zipfile.ZipInfo:
        if found := self.members.get(name.casefold()):
            return found
        raise self.book.refused(f"is not an {self.book.format.type} workbook: it has no {name}")

    def _attributes(self, name: str, element: str) -> list[dict[str, str]]:
        found = Attributes(element)
        self.book.read(self.packed, self._required(name), found)
        return found.found

    def _chosen(self, names: list[str]) -> int:
        """Index of the declared sheet. Raises DeliveryRejected."""
        asked = self.book.format.sheet
        if isinstance(asked, int):
            found = [asked - 1] if asked <= len(names) else []
        else:
            found = [i for i, name in enumerate(names) if declared(name) == declared(asked)]
        if len(found) != 1:
            shown = ", ".join(map(repr, names[:20])) or "none"
            raise self.book.refused(
                f"has {'several sheets' if found else 'no sheet'} {asked!r}; its sheets are {shown}"
            )
        return found[0]
