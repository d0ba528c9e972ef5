"""Delimited text, many lines at once.

Arrow's reader is many times faster than Python's, but it forgives what must not be forgiven and tells less. So it only
gets lines that both are sure to read alike, and what it returns is used only if every record has the header's width.
Any doubt is answered by None: then the lines are read record by record.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from lakehouse.ingest.parse.encoding import UTF8_MARK
from lakehouse.ingest.parse.records import MAX_FIELD, is_unicode
from lakehouse.spec.source import Source
from lakehouse.spec.text_format import Csv

ESCAPED_IN_JSON = r'["\\\x00-\x1f]'


@dataclass(frozen=True)
class Columns:
    """Names in the header, positions of the delivered columns (None: absent), undeclared columns by position.

    `header` are the rows that the names are written in, which are no records if a file repeats them.
    """

    names: list[str]
    positions: Sequence[int | None]
    extra: dict[int, str]
    header: list[list[str]]


class PlainLines:
    """Reads blocks of one file below its header."""

    def __init__(self, source: Source, dialect: Csv, columns: Columns, codec: str) -> None:
        """Prepares what is the same for all blocks, which are written in `codec`."""
        self.dialect, self.columns, self.codec = dialect, columns, codec
        self.schema = pa.schema([(name, pa.string()) for name in (*(c.name for c in source.delivered), "_extra")])
        self.footers = [re.compile(pattern) for pattern in (dialect.footer, dialect.footer_begins) if pattern]
        names = columns.extra.values()
        # of two undeclared columns with one name the record holds the later value in the earlier place
        self.possible = bool(columns.names) and len(set(names)) == len(names) and all(map(is_unicode, names))
        unquoted = rf'[^"\r\n{re.escape(dialect.delimiter)}]*'
        field = rf'(?:{unquoted}|"(?:[^"\r\n]|"")*")'
        line = rf"{field}(?:{re.escape(dialect.delimiter)}{field})*"
        self.plain_quotes = rf"^{line}(?:\r?\n{line})*$"

    def batch(self, block: bytes) -> pa.RecordBatch | None:
        """The records of a block of whole lines, as the delivered columns and `_extra`; None if it is not plain."""
        # in a shorter block no field can be too long
        if not self.possible or len(block) > MAX_FIELD or block.count(b"\r") != block.count(b"\r\n"):
            return None
        text = block if self.codec == "utf-8" or block.isascii() else block.decode(self.codec).encode()
        # before a record it is taken away
        if UTF8_MARK[:1] in text and UTF8_MARK in text:
            return None
        quoted = b'"' in text
        if quoted and not pc.match_substring_regex(pa.scalar(text.decode()), self.plain_quotes).as_py():
            return None
        if self._may_hold_the_footer(text, quoted):
            return None
        fields = self._fields(text, quoted)
        if fields is None or self._repeats_the_header(fields):
            return None
        count = len(fields[0])
        values = [pa.nulls(count, pa.string()) if i is None else fields[i] for i in self.columns.positions]
        return pa.RecordBatch.from_arrays([*values, self._extra(fields, count)], schema=self.schema)

    def _may_hold_the_footer(self, text: bytes, quoted: bool) -> bool:
        if not self.footers:
            return False
        # a record of one quoted field may be the footer without its quotes
        return (quoted and len(self.columns.names) == 1) or any(
            footer.search(line.rstrip("\r")) for line in text.decode().split("\n") for footer in self.footers
        )

    def _fields(self, text: bytes, quoted: bool) -> list[pa.Array] | None:
        width = written = len(self.columns.names)
        if self.dialect.drop_trailing_empty:
            first = text.partition(b"\n")[0].rstrip(b"\r").decode()
            written = max(width, len(next(csv.reader([first], delimiter=self.dialect.delimiter), [])))
        names = [str(i) for i in range(written)]
        try:
            table = arrow_csv.read_csv(
                pa.BufferReader(text),
                # one block, so that no record lies on the border of two
                arrow_csv.ReadOptions(column_names=names, block_size=len(text) + 1, use_threads=False),
                arrow_csv.ParseOptions(delimiter=self.dialect.delimiter, quote_char='"' if quoted else False),
                arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
                ),
            )
        except pa.ArrowInvalid:  # a record of another width, or nothing but blank lines
            return None
        fields = [column.combine_chunks() for column in table.columns]
        if any(pc.any(pc.not_equal(column, "")).as_py() for column in fields[width:]):
            return None
        return _without_empty_rows(fields[:width]) if table.num_rows else None

    def _repeats_the_header(self, fields: list[pa.Array]) -> bool:
        return any(_holds(fields, row) for row in self.columns.header if len(row) == len(fields))

    def _extra(self, fields: list[pa.Array], count: int) -> pa.Array:
        """What `json_text` makes of the undeclared columns."""
        if not self.columns.extra:
            return pa.nulls(count, pa.string())
        parts: list[pa.Array | str] = []
        for i, name in self.columns.extra.items():
            parts += [f"{', ' if parts else '{'}{json.dumps(name, ensure_ascii=False)}: ", _json(fields[i])]
        return pc.binary_join_element_wise(*parts, "}", "")


def _holds(fields: list[pa.Array], row: list[str]) -> bool:
    alike = pc.equal(fields[0], row[0])
    for column, text in zip(fields[1:], row[1:], strict=True):
        if not pc.any(alike).as_py():
            return False
        alike = pc.and_(alike, pc.equal(column, text))
    return bool(pc.any(alike).as_py())


def _without_empty_rows(fields: list[pa.Array]) -> list[pa.Array]:
    """The rows that hold more than delimiters and blanks; of a single column, all."""
    first = fields[0]
    if len(fields) == 1 or not pc.any(pc.or_(pc.equal(first, ""), pc.starts_with(first, " "))).as_py():
        return fields
    texts = pc.binary_join_element_wise(*fields, "")
    some = pc.not_equal(pc.utf8_trim(texts, " "), "")
    return fields if pc.all(some).as_py() else [column.filter(some) for column in fields]


def _json(texts: pa.Array) -> pa.Array:
    if pc.any(pc.match_substring_regex(texts, ESCAPED_IN_JSON)).as_py():
        return pa.array([json.dumps(text, ensure_ascii=False) for text in texts.to_pylist()], pa.string())
    return pc.binary_join_element_wise('"', texts, '"', "")
