"""Opens an upload that nobody trusts: what it is, whether it is safe to read, and what its XML says of each sheet.

Nothing is unpacked without a limit, no document type is read, and nothing of the file is ever run.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lakehouse.errors import DeliveryRejected, LakehouseError
from lakehouse.ingest.parse import archive
from lakehouse.ingest.parse.markup import Elements, stream
from lakehouse.ingest.parse.sheet_xml import Attributes, SharedTexts
from lakehouse.ingest.parse.workbook import ENCRYPTED, ODS, OLE
from lakehouse.spec.sheet_format import Sheet
from lakehouse.spec.source import Source
from lakehouse.workbook.facts import Facts, Styles

SAVE_AS = "Bitte speichern Sie sie als Excel-Arbeitsmappe (.xlsx) und laden Sie sie noch einmal hoch."
NO_WORKBOOK = (
    "Diese Datei ist keine Excel-Arbeitsmappe (.xlsx). Bitte füllen Sie die Vorlage aus und laden Sie sie hoch."
)
EMPTY = "Diese Datei ist leer. Bitte laden Sie sie noch einmal hoch."
OLD = f"Diese Datei hat das alte Excel-Format (.xls). {SAVE_AS}"
BINARY = f"Diese Datei ist eine binäre Excel-Mappe (.xlsb). {SAVE_AS}"
OPEN_DOCUMENT = f"Diese Datei ist eine OpenDocument-Tabelle (.ods). {SAVE_AS}"
PASSWORD = (
    "Diese Datei ist mit einem Kennwort geschützt. Bitte entfernen Sie das Kennwort und laden Sie sie noch einmal hoch."
)
MACROS = "Diese Mappe enthält Makros. Bitte speichern Sie sie ohne Makros als Excel-Arbeitsmappe (.xlsx)."
EXTERNAL = (
    "Diese Mappe ist mit anderen Dateien oder Datenquellen verknüpft. "
    "Bitte lösen Sie die Verknüpfungen und tragen Sie die Werte selbst ein."
)
EMBEDDED = (
    "Diese Mappe enthält eingebettete Objekte. Bitte entfernen Sie diese und laden Sie die Mappe noch einmal hoch."
)
ENTITIES = (
    "Diese Datei enthält Anweisungen, die in einer Arbeitsmappe nichts zu suchen haben (XML-Dokumenttyp). "
    "Bitte übertragen Sie Ihre Angaben in eine neue Vorlage."
)
BOMB = "Diese Datei wird beim Entpacken zu groß. Bitte übertragen Sie Ihre Angaben in eine neue Vorlage."
BROKEN = (
    "Diese Datei ist beschädigt und kann nicht gelesen werden. "
    "Bitte öffnen Sie sie in Excel, speichern Sie sie neu als Arbeitsmappe (.xlsx) und laden Sie sie noch einmal hoch."
)
DEFINES = (b"<!DOCTYPE", b"<!ENTITY")
# pictures, settings of printers, drawings around comments, whose XML is none, the beginning of signatures, and what
# Excel threw away; every other part is XML
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".emf", ".wmf", ".wdp")
NO_XML = (*PICTURES, ".bin", ".vml", ".sigs", ".dat")
OUTSIDE = ("xl/externallinks/", "xl/connections.xml", "xl/querytables/", "xl/model/")
OBJECTS = ("xl/embeddings/", "xl/activex/", "xl/ctrlprops/")
RUNS = ("xl/vbaproject", "xl/macrosheets/", "xl/dialogsheets/", "xl/vbadata")


class Refused(LakehouseError):
    """An upload cannot be taken as a whole.

    `sentence` says in German what is wrong and how to mend it, `sheet` and `cell` where, as far as there is a place.
    """

    def __init__(self, sentence: str, sheet: str = "", cell: str = "") -> None:
        """The sentence is also the error's message."""
        super().__init__(sentence)
        self.sentence, self.sheet, self.cell = sentence, sheet, cell


@dataclass(frozen=True)
class SheetFacts:
    """One sheet of a workbook, in the order of its tabs."""

    name: str
    hidden: bool
    facts: Facts


class _Nothing:
    """Reads a part only to know that it is harmless XML."""

    def start(self, tag: str, attributes: Mapping[str, str], namespaces: Mapping[str | None, str]) -> None:
        """An element begins."""

    def end(self, tag: str) -> None:
        """An element ends."""

    def data(self, text: str) -> None:
        """A text, or a piece of one."""


class Container:
    """A zip archive whose members are read once each, within limits that hold for all of them together."""

    def __init__(self, source: Source, path: Path, packed: zipfile.ZipFile) -> None:
        """Looks at the list of members. Raises Refused."""
        self.source, self.packed = source, packed
        assert isinstance(source.format, Sheet)  # what comes through the inbox is
        self.limit = source.format.max_unpacked_bytes
        self.unpacking = archive.Unpacking(source, self.limit)
        try:
            infos = archive.sound(source, packed, path.name)
        except DeliveryRejected as error:
            raise refused(error) from None
        files = [info for info in infos if not info.is_dir()]
        self.waiting = {info.filename.casefold(): info for info in files}
        # of two parts whose names differ by capitals only, programs open one or the other
        if len(self.waiting) < len(files):
            raise Refused(BROKEN)

    def pieces(self, name: str) -> Iterator[bytes]:
        """The bytes of a member, by the piece. Raises DeliveryRejected."""
        info = self.waiting.pop(name)
        with archive.member(self.source, self.packed, info, name) as content:
            yield from self.unpacking.chunks(content, name, info.compress_size)

    def read(self, name: str, elements: Elements) -> None:
        """Hands the XML of a member to `elements`. Raises Refused."""
        try:
            for _ in stream(self.source, name, self.pieces(name), elements):
                pass
        except DeliveryRejected as error:
            raise refused(error) from None
        except (ValueError, KeyError) as error:
            raise Refused(BOMB if "more than" in str(error) else BROKEN) from None

    def attributes(self, name: str, element: str) -> list[dict[str, str]]:
        """Attributes of every element of one name. Raises Refused."""
        if name not in self.waiting:
            raise Refused(BROKEN)
        found = Attributes(element)
        self.read(name, found)
        return found.found

    def drain(self, name: str) -> None:
        """Reads what is no XML only to know that it is harmless. Raises Refused."""
        try:
            before = b""
            for piece in self.pieces(name):
                if any(sign in before + piece for sign in DEFINES):
                    raise Refused(ENTITIES)
                before = piece[-max(map(len, DEFINES)) :]
        except DeliveryRejected as error:
            raise refused(error) from None


def refused(error: DeliveryRejected) -> Refused:
    """What to tell about a file that the parser of all feeds refuses as a whole."""
    for sign, sentence in (
        ("unpacks to more", BOMB),
        ("more than", BOMB),
        ("document type", ENTITIES),
        ("encrypted", PASSWORD),
        ("old form xls", OLD),
    ):
        if sign in error.reason:
            return Refused(sentence)
    return Refused(BROKEN)


def kind(path: Path) -> str:
    """What the bytes of an upload are: `workbook`, `archive` (of CSV files), or `text`.

    Raises:
        Refused: an old, binary or encrypted workbook, one of OpenDocument, another zip archive, or nothing at all.
    """
    with path.open("rb") as raw:
        head = raw.read(8)
    if not head:
        raise Refused(EMPTY)
    if head == OLE:
        raise Refused(PASSWORD if ENCRYPTED in path.read_bytes() else OLD)
    if not head.startswith(b"PK"):
        return "text"
    try:
        with zipfile.ZipFile(path) as packed:
            names = {name.casefold() for name in packed.namelist()}
            mime = packed.open("mimetype").read(100) if "mimetype" in names else b""
    except (*archive.BROKEN, ValueError, OverflowError, RuntimeError, KeyError, OSError):
        raise Refused(BROKEN) from None
    if mime.startswith(ODS.encode()):
        raise Refused(OPEN_DOCUMENT)
    if "xl/workbook.bin" in names:
        raise Refused(BINARY)
    if "xl/workbook.xml" in names:
        return "workbook"
    if any(name.endswith(".csv") for name in names):
        return "archive"
    raise Refused(NO_WORKBOOK)


def sheets(source: Source, path: Path) -> list[SheetFacts]:
    """Reads every part of a workbook once, and says what stands in its sheets.

    Args:
        source: one table of the delivery; its format has the limit.
        path: what `kind` calls a workbook.

    Raises:
        Refused: macros, links to other files, embedded objects, document types, too large, or broken.
    """
    with zipfile.ZipFile(path) as packed:
        container = Container(source, path, packed)
        _check_names(list(container.waiting))
        _check_types(container.attributes("[content_types].xml", "Override"))
        listed = [one for one in container.attributes("xl/workbook.xml", "sheet") if "name" in one]
        found = _targets(container.attributes("xl/_rels/workbook.xml.rels", "Relationship"))
        texts, styles = SharedTexts(), Styles()
        for name, elements in (("xl/sharedstrings.xml", texts), ("xl/styles.xml", styles)):
            if name in container.waiting:
                container.read(name, elements)
        result = []
        for one in listed:
            facts = Facts(texts.lengths, container.limit, styles.percent)
            name = found.get(one.get("id", ""), "")
            if name not in container.waiting:
                raise Refused(BROKEN)
            container.read(name, facts)
            result.append(SheetFacts(one["name"], one.get("state", "visible") != "visible", facts))
        _read_the_rest(container)
    if any(one.facts.asks_programs for one in result):
        raise Refused(EXTERNAL)
    return result


def _check_types(types: list[dict[str, str]]) -> None:
    for one in types:
        kind_, name = one.get("ContentType", "").casefold(), one.get("PartName", "").casefold()
        if "macroenabled" in kind_:
            raise Refused(MACROS)
        # programs that look for the workbook by its type would open another one than was examined
        if kind_.endswith(".main+xml") and "spreadsheetml" in kind_ and name != "/xl/workbook.xml":
            raise Refused(BROKEN)


def _check_names(names: list[str]) -> None:
    for beginnings, sentence in ((RUNS, MACROS), (OUTSIDE, EXTERNAL), (OBJECTS, EMBEDDED)):
        if any(name.startswith(beginnings) for name in names):
            raise Refused(sentence)


def _targets(relationships: list[dict[str, str]]) -> dict[str, str]:
    """Names of the parts that the workbook names, by the ids of their relationships."""
    _check_inside(relationships)
    return {
        one.get("Id", ""): str(PurePosixPath("/xl") / one.get("Target", ""))[1:].casefold() for one in relationships
    }


def _check_inside(relationships: list[dict[str, str]]) -> None:
    for one in relationships:
        if one.get("TargetMode") == "External" and not one.get("Type", "").endswith("/hyperlink"):
            raise Refused(EXTERNAL)


def _read_the_rest(container: Container) -> None:
    for name in list(container.waiting):
        if name.endswith(".rels"):
            _check_inside(container.attributes(name, "Relationship"))
        elif name.endswith(NO_XML):
            container.drain(name)
        else:
            container.read(name, _Nothing())
