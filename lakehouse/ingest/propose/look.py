"""What a file looks like: its encoding, its format and the names of its columns; what stands in them is asked later."""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any, get_args

from lakehouse.errors import DeliveryRejected, LakehouseError
from lakehouse.ingest.parse import encoding
from lakehouse.ingest.parse.header import SEARCHED
from lakehouse.ingest.parse.records import MAX_FIELD, Part
from lakehouse.ingest.propose.found import Look
from lakehouse.ingest.propose.tree import look_at_json
from lakehouse.ingest.propose.values import NULL_MARKS, is_figure, is_year
from lakehouse.spec.source import Source
from lakehouse.spec.text_format import Delimiter

GUESSED = ("cp1252", "cp850")
UNITS = 3
# types of workbooks, and the member of the archive that tells them
WORKBOOKS = {"xlsx": "xl/workbook.xml", "ods": "content.xml"}


def look(path: Path) -> Look:
    """Finds out how a file is written.

    Raises:
        LakehouseError: nobody can make it out; says why in one sentence.
    """
    with path.open("rb") as raw:
        start = raw.read(4)
    if not start:
        raise LakehouseError(f"{path.name}: is empty")
    if start.startswith((b"PK", b"\x1f\x8b")):
        return _packed(path, start)
    found, notes = _encoding(path)
    text = path.read_text(found)
    if not text.strip():
        raise LakehouseError(f"{path.name}: holds nothing but blanks")
    if text.lstrip().startswith(("{", "[")):
        seen = look_at_json(path.name, text, found)
    elif text.lstrip().startswith("<"):
        raise LakehouseError(f"{path.name}: is XML or HTML, for which nothing can be proposed")
    else:
        seen = _look_at_lines(path.name, text, found)
    seen.notes[:0] = notes
    return seen


def _packed(path: Path, start: bytes) -> Look:
    if start.startswith(b"PK"):
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
        except zipfile.BadZipFile as error:
            raise LakehouseError(f"{path.name}: is a broken zip archive: {error}") from None
        for type_, member in WORKBOOKS.items():
            if member in names:
                return _look_at_sheet(path, type_)
    raise LakehouseError(
        f"{path.name}: is packed; propose from one of its files, and declare `archive` below `format` afterwards"
    )


def _look_at_sheet(path: Path, type_: str) -> Look:
    from python_calamine import CalamineError, load_workbook

    try:
        book = load_workbook(path)
        rows = [["" if c is None else str(c) for c in row] for row in book.get_sheet_by_index(0).to_python()[:SEARCHED]]
    except CalamineError as error:
        raise LakehouseError(f"{path.name}: cannot be read as a workbook: {error}") from None
    width = max(map(len, rows), default=0)
    top = _header(rows, width)
    if top is None:
        raise LakehouseError(f"{path.name}: no line of its first sheet looks like a header")
    notes = [f"the first of {len(book.sheet_names)} sheets is read"] if len(book.sheet_names) > 1 else []
    columns = [" ".join(name.split()) for name in rows[top] if name.strip()]
    return Look({"type": type_, "sheet": 1}, columns, notes)


def _encoding(path: Path) -> tuple[str, list[str]]:
    """The encoding, and what is doubtful of it: by marks, then UTF-8, then those that no byte contradicts."""
    raw = path.read_bytes()
    if raw.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", []
    if raw.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise LakehouseError(f"{path.name}: is UTF-32, which cannot be declared")
    if raw.startswith(tuple(encoding.UTF16_MARKS)):
        return "utf-16", []
    if b"\0" in raw:
        # of Latin letters in UTF-16 every other byte is NUL
        found = "utf-16-be" if raw[:2000:2].count(0) > raw[1:2000:2].count(0) else "utf-16-le"
        if _decodes(raw, found) and "\0" not in raw.decode(found):
            return found, [f"unsure: no byte order mark, but NUL bytes as in {found}"]
        raise LakehouseError(f"{path.name}: holds NUL bytes, so it is no text")
    if _decodes(raw, "utf-8"):
        return "utf-8", []
    # only its id is asked for
    nobody = Source.model_construct(id=path.stem)  # type: ignore[call-arg]
    possible = []
    for candidate in GUESSED:
        try:
            encoding.check(nobody, Part(path, path.name), candidate)
        except DeliveryRejected:
            continue
        possible.append(candidate)
    if not possible:
        raise LakehouseError(f"{path.name}: is neither UTF-8 nor UTF-16, nor consistent text in {' or '.join(GUESSED)}")
    line = next(line for line in raw.splitlines() if not line.isascii())
    shown = f"reads {line.decode(possible[0], 'replace').strip()[:60]!r}"
    if len(possible) > 1:
        return possible[0], [f"unsure: {' or '.join(possible)}, nothing decides; {possible[0]} {shown}"]
    return possible[0], [f"unsure: not UTF-8, and only {possible[0]} is not contradicted; it {shown}"]


def _decodes(raw: bytes, codec: str) -> bool:
    try:
        raw.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _look_at_lines(file: str, text: str, codec: str) -> Look:
    csv.field_size_limit(MAX_FIELD)
    delimiter = max(get_args(Delimiter), key=lambda sign: _score(_rows(text, sign)))
    rows = _rows(text, delimiter)
    width = _width(rows)
    format_: dict[str, Any] = {"type": "csv", "encoding": codec, "delimiter": delimiter}
    notes: list[str] = []
    if width < 2:
        notes.append("unsure: no delimiter separates the lines; one column, or columns at fixed positions?")
        format_["delimiter"] = ";"
    # records may end in empty fields that the header lacks
    used = max((i + 1 for row in rows if len(row) == width for i in range(width) if row[i].strip()), default=0)
    top = _header(rows, used)
    if top is None:
        names = [f"column_{i + 1}" for i in range(width)]
        notes.append("unsure: the first line looks like a record, so no header is read; give the columns names")
        return Look({**format_, "header": names}, names, notes, unnamed=True)
    names = [name.strip() for name in rows[top]]
    if doubled := sorted(name for name, times in Counter(filter(None, names)).items() if times > 1):
        raise LakehouseError(f"{file}: its header names columns twice: {', '.join(doubled)}")
    if top:
        format_["find_header"] = True
        notes.append(f"{top} lines stand above the header")
    if units := _units(rows[top + 1 :], used):
        format_["units_lines"] = units
        notes.append(f"unsure: {units} lines below the header hold no figure where the others do, such as units")
    below = rows[top + 1 + units :]
    if any(len(row) > len(names) and not any(row[len(names) :]) for row in below):
        format_["drop_trailing_empty"] = True
    if short := sum(0 < len(row) < len(names) and any(map(str.strip, row)) for row in below):
        notes.append(f"unsure: {short} of the first {len(below)} lines have too few fields; a footer, or short_rows?")
    # a column without a name is known by its place
    named = [name or f"column {i + 1}" for i, name in enumerate(names)]
    filled = [any(len(row) > i and row[i].strip() for row in below) for i in range(len(named))]
    return Look(format_, [name for name, own, holds in zip(named, names, filled, strict=True) if own or holds], notes)


def _rows(text: str, delimiter: str) -> list[list[str]]:
    """Fields of the first lines; lines that cannot be read end them."""
    rows: list[list[str]] = []
    try:
        rows.extend(islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), SEARCHED))
    except csv.Error:
        pass
    return rows


def _width(rows: list[list[str]]) -> int:
    """How many fields most lines have; the larger number of two that are as frequent."""
    counted = Counter(len(row) for row in rows if row)
    return max(counted, key=lambda width: (counted[width], width)) if counted else 0


def _score(rows: list[list[str]]) -> tuple[float, bool, int, float]:
    """How well a delimiter fits: about as many lines with the same number of fields, a header, many fields."""
    width = _width(rows)
    alike = sum(len(row) == width for row in rows) / max(sum(map(bool, rows)), 1) if width > 1 else 0.0
    # decimal commas also separate every record, but not the header
    return (round(alike, 1), _header(rows, width) is not None, width, alike)


def _header(rows: list[list[str]], width: int) -> int | None:
    """Where the header stands: the first line that is full and holds no figures; None if the records begin at once."""
    for i, row in enumerate(rows):
        filled = [cell for cell in row if cell.strip()]
        if len(row) < width or len(filled) < max(0.7 * width, min(width, 2)):
            continue
        if any(is_figure(cell) and not is_year(cell) for cell in filled):
            return None
        return i
    return None


def _units(below: list[list[str]], width: int) -> int:
    """How many lines directly below the header have text where nearly all others have figures."""
    rows = [row for row in below if len(row) >= width]
    if len(rows) < UNITS + 3:
        return 0
    rest = rows[UNITS:]
    figures = [
        i
        for i in range(width)
        if (held := [row[i] for row in rest if row[i].strip() not in NULL_MARKS | {""}])
        and len(held) > 1
        and sum(map(is_figure, held)) > 0.9 * len(held)
    ]
    count = 0
    while count < UNITS and figures:
        cells = [cell for i in figures if (cell := rows[count][i].strip()) not in NULL_MARKS | {""}]
        if len(cells) < 0.5 * len(figures) or sum(map(is_figure, cells)) > 0.2 * len(cells):
            break
        count += 1
    return count
