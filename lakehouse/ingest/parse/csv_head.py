"""The header of delimited text: where it stands, the names of its columns, and whether they are the declared ones."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import get_args

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse import header
from lakehouse.ingest.parse.fast_csv import Columns
from lakehouse.ingest.parse.lines import Lines
from lakehouse.spec.text_format import Csv, Delimiter

DELIMITERS: dict[str, str] = dict(
    zip(get_args(Delimiter), ("commas", "semicolons", "tabs", "vertical bars"), strict=True)
)


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
        return _matched(dialect, lines, [dialect.header], [])
    if dialect.find_header:
        return _found(dialect, lines)
    before = len(lines.taken)
    try:
        rows = list(islice(reader, dialect.header_lines))
    except csv.Error:
        _check_delimiter(dialect, lines, ["".join(lines.taken[before:])])
        raise
    if len(rows) < dialect.header_lines:
        raise lines.refused("ends before its header" if lines.number else "is empty")
    return _matched(dialect, lines, rows, ["".join(lines.taken[before:])])


def other_delimiter(dialect: Csv, text: str, width: int) -> str | None:
    """Says by which other sign a line separates `width` fields."""
    for other in DELIMITERS:
        if width > 1 and other != dialect.delimiter and len(_rows(text, other)[0]) == width:
            return _separates(dialect, other)
    return None


def _found(dialect: Csv, lines: Lines) -> Columns:
    """The first lines that hold the declared columns; else says what the best ones lack."""
    recent: list[str] = []
    tried: list[str] = []
    for line in islice(lines, header.SEARCHED):
        recent = [*recent, line][-dialect.header_lines :]
        if len(recent) == dialect.header_lines:
            tried.append("".join(recent))
            rows = _rows(tried[-1], dialect.delimiter)
            if header.fits(lines.source, header.named(rows)):
                return _matched(dialect, lines, rows, tried[-1:])
    if not tried:
        raise lines.refused("ends before its header" if lines.number else "is empty")
    best = max(
        (_rows(text, dialect.delimiter) for text in tried), key=lambda r: header.held(lines.source, header.named(r))
    )
    return _matched(dialect, lines, best, tried)


def _matched(dialect: Csv, lines: Lines, rows: list[list[str]], texts: list[str]) -> Columns:
    """The columns that rows of a header name; it is one of `texts`, unless it is declared."""
    names = rows[0] if dialect.header else header.named(rows)
    try:
        positions, extra = header.match(lines.source, names, lines.part.where)
    except DeliveryRejected:
        _check_delimiter(dialect, lines, texts)
        raise
    if not dialect.header:
        header.check_order(lines.source, names, positions, lines.part.where)
    return Columns(names, positions, {i: names[i] or header.place(i) for i in extra}, rows)


def _check_delimiter(dialect: Csv, lines: Lines, texts: list[str]) -> None:
    """Raises DeliveryRejected if another delimiter than the declared one finds more of the declared columns."""
    held = {
        delimiter: max((header.held(lines.source, header.named(_rows(text, delimiter))) for text in texts), default=0)
        for delimiter in DELIMITERS
    }
    best = max(held, key=lambda delimiter: held[delimiter])
    if held[best] > held[dialect.delimiter]:
        raise lines.refused(_separates(dialect, best)) from None


def _rows(text: str, delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)) or [[]]
    except csv.Error:  # a field is too long
        return [[]]


def _separates(dialect: Csv, other: str) -> str:
    declared = "a tab" if dialect.delimiter == "\t" else dialect.delimiter
    return f"the file separates by {DELIMITERS[other]}, declared is {declared}"
