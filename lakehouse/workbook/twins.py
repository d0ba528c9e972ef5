"""The CSV twin of a workbook: one file per table in a zip archive, or the one file of a delivery with one table."""

from __future__ import annotations

import csv
import glob
import io
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse import archive, encoding, header
from lakehouse.ingest.parse.records import MAX_FIELD
from lakehouse.spec.archive import Archive
from lakehouse.spec.normal_form import TEXT_FORMULA, declared
from lakehouse.spec.source import Source
from lakehouse.spec.text_format import Csv
from lakehouse.workbook.opening import NO_WORKBOOK, Container, Refused, refused

DELIMITER = ";"
SUFFIX = ".csv"
COMMAS = "Diese CSV-Datei trennt die Spalten durch Kommas. Bitte speichern Sie sie mit Semikolon (;) als Trennzeichen."
AS_UTF8 = "Bitte speichern Sie die Datei als „CSV UTF-8 (durch Trennzeichen getrennt)“."
UTF16 = (b"\xff\xfe", b"\xfe\xff")


def members(table: Source, path: Path) -> dict[str, tuple[str, str]]:
    """The CSV files of an archive: name and encoding by the name of the sheet that they stand for.

    Raises:
        Refused: too large, encrypted, broken, a file in an unknown encoding, or two of one name.
    """
    found: dict[str, tuple[str, str]] = {}
    with zipfile.ZipFile(path) as packed:
        container = Container(table, path, packed)
        for key, info in list(container.waiting.items()):
            name = info.filename
            if not key.endswith(SUFFIX) or name.startswith("__MACOSX/"):
                continue
            sheet = declared(PurePosixPath(name).name[: -len(SUFFIX)])
            if sheet in found:
                raise Refused(f"„{sheet}{SUFFIX}“ ist zweimal im Archiv. Bitte lassen Sie nur eine davon stehen.")
            try:
                content = b"".join(container.pieces(key))
            except DeliveryRejected as error:
                raise refused(error) from None
            found[sheet] = (name, _encoding(content, f"„{sheet}{SUFFIX}“"))
    return found


def dialect(encoding_: str, member: str | None = None) -> Csv:
    """How a twin is written; `member` is its name in the archive."""
    return Csv.model_validate(
        {
            "type": "csv",
            "encoding": encoding_,
            "delimiter": DELIMITER,
            # spreadsheet programs leave out or add empty cells at the end of a row
            "drop_trailing_empty": True,
            "short_rows": True,
            "archive": None if member is None else Archive(type="zip", members=glob.escape(member)),
        }
    )


def of_text(table: Source, path: Path) -> Csv:
    """The dialect of a single file that holds the table. Raises Refused if it is no such text."""
    content = path.read_bytes()
    if b"\0" in content and not content.startswith(UTF16):
        raise Refused(NO_WORKBOOK)
    codec = _encoding(content, "dieser CSV-Datei")
    text = content.decode(codec)
    if header.held(table, _first(text, DELIMITER)):
        return dialect(codec)
    if header.held(table, _first(text, ",")):
        raise Refused(COMMAS)
    raise Refused(NO_WORKBOOK)


def _first(text: str, delimiter: str) -> list[str]:
    """The first line of a text, whichever ends its lines have; nothing if it is no line of a CSV file."""
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return []


def _encoding(content: bytes, where: str) -> str:
    if not content.startswith(UTF16):
        for codec in ("utf-8-sig" if content.startswith(encoding.UTF8_MARK) else "utf-8", "cp1252"):
            try:
                content.decode(codec)
            except UnicodeDecodeError:
                continue
            return codec
    raise Refused(f"Die Zeichen in {where} können nicht gelesen werden. {AS_UTF8}")


def table_rows(table: Source, path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of a twin with content, the header first, each with its number as a spreadsheet program shows it.

    Args:
        table: with the format that `dialect` gives.
        path: the upload.

    Raises:
        Refused: its quotes do not end, or its bytes are not in its encoding.
    """
    assert isinstance(table.format, Csv)  # a twin is
    csv.field_size_limit(MAX_FIELD)
    with tempfile.TemporaryDirectory() as folder:
        try:
            (part,) = archive.parts(table, table.format.archive, path, path.name, Path(folder))
            encoding.check(table, part, table.format.encoding)
        except DeliveryRejected as error:
            raise refused(error) from None
        with part.path.open(encoding=table.format.encoding, newline="") as text:
            yield from _rows(_where(table), csv.reader(text, delimiter=DELIMITER, strict=True))


def _where(table: Source) -> str:
    assert isinstance(table.format, Csv)  # a twin is
    packed = table.format.archive
    return "der CSV-Datei" if packed is None else f"der Datei „{PurePosixPath(packed.members).name}“"


def _rows(where: str, reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    number = width = 0
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise Refused(
                f"In Zeile {number + 1} {where} endet ein Anführungszeichen nicht. Bitte ergänzen Sie das schließende."
            ) from None
        number += 1
        width = width or len(row)
        # as the parser tells what is no record
        if row and (width == 1 or any(field.strip(" ") for field in row)):
            yield number, row


def is_formula(text: str) -> bool:
    """Whether a spreadsheet program would calculate the text; one that only protects a text is none."""
    return text.startswith("=") and TEXT_FORMULA.fullmatch(text) is None
