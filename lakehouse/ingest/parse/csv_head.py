"""The header of delimited text: where it stands, the names of its columns, and whether they are the declared ones."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import islice, pairwise
from typing import get_args

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse import header
from lakehouse.ingest.parse.fast_csv import Columns
from lakehouse.ingest.parse.lines import Lines
from lakehouse.spec.format import Csv, Delimiter

DELIMITERS: dict[str, str] = dict(
    zip(get_args(Delimiter), ("commas", "semicolons", "tabs", "vertical bars"), strict=True)
)
# a header that is looked for stands in one of so many lines
SEARCHED = 200


def columns(dialect: Csv, lines: Lines, reader: Iterator[list[str]]) -> Columns:
    """The columns of a file, which begins with the header unless one is declared or it is to be found.

    Args:
        dialect: how the file is written.
        lines: its lines, those above the header taken.
        reader: their fields.

    Raises:
        DeliveryRejected: there is no header, or not with the declared columns.
    """
    if dialect.header:
        return _matched(dialect, lines, [dialect.header], "")
    if dialect.find_header:
        return _found(dialect, lines)
    before = len(lines.taken)
    rows = list(islice(reader, dialect.header_lines))
    if len(rows) < dialect.header_lines:
        raise lines.refused("ends before its header" if lines.number else "is empty")
    return _matched(dialect, lines, rows, "".join(lines.taken[before:]))


def other_delimiter(dialect: Csv, text: str, width: int) -> str | None:
    """Says by which other sign a line separates `width` fields."""
    for other in DELIMITERS:
        if width > 1 and other != dialect.delimiter and len(_rows(text, other)[0]) == width:
            return _separates(dialect, other)
    return None


def _found(dialect: Csv, lines: Lines) -> Columns:
    texts: list[str] = []
    best: tuple[int, list[str]] = (-1, [])
    for line in islice(lines, SEARCHED):
        # the next line is the first of the file again, as far as a byte order mark goes
        texts = [*texts, line][-dialect.header_lines :]
        if len(texts) < dialect.header_lines:
            continue
        held = header.held(lines.source, _named(_rows("".join(texts), dialect.delimiter)))
        if held > best[0]:
            best = held, texts
        if held and _holds_all(dialect, lines, texts):
            break
    if not best[1]:
        raise lines.refused("ends before its header" if lines.number else "is empty")
    text = "".join(best[1])
    return _matched(dialect, lines, _rows(text, dialect.delimiter), text)


def _holds_all(dialect: Csv, lines: Lines, texts: list[str]) -> bool:
    try:
        header.match(lines.source, _named(_rows("".join(texts), dialect.delimiter)), lines.part.where)
    except DeliveryRejected:
        return False
    return True


def _matched(dialect: Csv, lines: Lines, rows: list[list[str]], text: str) -> Columns:
    """The columns that rows of a header name; `text` is how they are written, if they are."""
    names = rows[0] if dialect.header else _named(rows)
    try:
        positions, extra = header.match(lines.source, names, lines.part.where)
    except DeliveryRejected:
        held = header.held(lines.source, names)
        for other in DELIMITERS:
            if text and header.held(lines.source, _named(_rows(text, other))) > held:
                raise lines.refused(_separates(dialect, other)) from None
        raise
    if not dialect.header:
        _check_order(lines, rows, names, positions)
    return Columns(names, positions, {i: names[i] or f"column {i + 1}" for i in extra}, rows)


def _check_order(lines: Lines, rows: list[list[str]], names: list[str], positions: list[int | None]) -> None:
    """A column that is known by its place only is the declared one if the others stand as declared."""
    places = [i for i in positions if i is not None]
    unnamed = [names[i] for i in places if not any(row[i] for row in rows if i < len(row))]
    if unnamed and places != sorted(places):
        raise lines.refused(
            f"the header has its columns in another order than declared, and {unnamed[0]!r} is known by its place only"
        )


def _named(rows: list[list[str]]) -> list[str]:
    """Names of the columns: texts of one column from top to bottom, or its place."""
    if len(rows) == 1 and not all(rows[0]):
        return [name or f"column {i + 1}" for i, name in enumerate(rows[0])]
    width = max(map(len, rows), default=0)
    padded = [row + [""] * (width - len(row)) for row in rows]
    for above, below in reversed(list(pairwise(padded))):
        for i in range(1, width):
            if not above[i].strip() and below[i].strip():
                above[i] = above[i - 1]
    texts = [[text.strip() for text in column if text.strip()] for column in zip(*padded, strict=True)]
    return rows[0] if len(rows) == 1 else [" ".join(found) or f"column {i + 1}" for i, found in enumerate(texts)]


def _rows(text: str, delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)) or [[]]
    except csv.Error:  # a field is too long
        return [[]]


def _separates(dialect: Csv, other: str) -> str:
    declared = "a tab" if dialect.delimiter == "\t" else dialect.delimiter
    return f"the file separates by {DELIMITERS[other]}, declared is {declared}"
