"""Malformed and hostile bytes: how they are made, and what must come of them."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lakehouse.spec.source import Source
from tests.support import example

MAX_SECONDS = 10
MAX_GROWTH_BYTES = 400 << 20
UNPACKED = 2_000_000

CSV = {"type": "csv", "encoding": "utf-8", "delimiter": ","}
GERMAN = {**CSV, "encoding": "latin-1", "delimiter": ";"}
WINDOWS = {**CSV, "encoding": "cp1252"}
CLOSED = {**CSV, "footer": "^Ende: "}
BARE = {**CSV, "header": ["Baum", "Art"]}
POI = {**CSV, "skip_lines": 1, "units_lines": 1}
FIXED = {"type": "fixed_width", "encoding": "latin-1", "skip_lines": 1, "fields": {"Baum": [0, 4], "Art": [5, 15]}}
JSON = {"type": "json", "records": "$.trees[*]"}
XML = {"type": "rdf", "syntax": "xml", "class": "ex:Tree", "prefixes": {"ex": "http://ex.invalid/"}}
TURTLE, JSON_LD = {**XML, "syntax": "turtle"}, {**XML, "syntax": "json-ld"}
ZIP = {**CSV, "archive": {"type": "zip", "members": "*.csv", "max_unpacked_bytes": UNPACKED}}
ROOMY = {**CSV, "archive": {"type": "zip", "members": "*.csv"}}
GZIP = {**CSV, "archive": {"type": "gzip", "max_unpacked_bytes": UNPACKED}}
PAGES = {**JSON, "archive": {"type": "zip", "max_unpacked_bytes": UNPACKED}}

NAMES = {"csv": ("Baum", "Art"), "fixed_width": ("Baum", "Art"), "json": ("/Baum", "/Art"), "rdf": ("ex:no", "ex:kind")}
HEAD = b"Baum,Art\n"
GOOD = ("1", "Eiche")


@dataclass(frozen=True)
class Bad:
    """A quarantined record: part of the reason, part of what is kept of it."""

    says: str
    raw: str = ""


@dataclass(frozen=True)
class Case:
    name: str
    format: dict[str, Any]
    content: bytes
    refused: str | None = None
    rows: tuple[tuple[str | None, str | None] | Bad, ...] = ()
    columns: tuple[dict[str, Any], ...] = ({}, {})


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members:
            # a name as it is, without the clean-up of `writestr`
            info = zipfile.ZipInfo("x")
            info.filename, info.compress_type = name, method
            archive.writestr(info, content)
    return out.getvalue()


def twice(name: str) -> bytes:
    with pytest.warns(UserWarning, match="Duplicate name"):
        return packed((name, HEAD + b"1,Eiche\n"), (name, HEAD + b"2,Linde\n"))


def encrypted() -> bytes:
    content = bytearray(packed(("a.csv", HEAD)))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def link() -> bytes:
    out = io.BytesIO()
    info = zipfile.ZipInfo("a.csv")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, "/etc/hostname")
    return out.getvalue()


def lying_size(content: bytes, size: int) -> bytes:
    """The directory says another unpacked size than the member has."""
    changed = bytearray(content)
    struct.pack_into("<I", changed, content.index(b"PK\x01\x02") + 24, size)
    return bytes(changed)


def wrong_crc() -> bytes:
    content = packed(("a.csv", HEAD + b"1,Eiche\n"), method=zipfile.ZIP_STORED)
    return content.replace(b"1,Eiche", b"1,Esche", 1)


def bomb() -> bytes:
    return packed(("a.csv", HEAD + b"1,Eiche\n" * 5_000_000))


def many_bombs() -> bytes:
    # each member below the limit on its own, and not tightly packed
    line = HEAD + b"".join(b"%d,%s\n" % (n, zlib.crc32(b"%d" % n).to_bytes(4).hex().encode()) for n in range(40_000))
    return packed(*((f"{n}.csv", line) for n in range(5)))


def trees(*records: str) -> bytes:
    return f'{{"trees": [{", ".join(records)}]}}'.encode()


def tree(art: str) -> str:
    return f'{{"Baum": 2, "Art": {art}}}'


ONE = '{"Baum": "1", "Art": "Eiche"}'
RDF_HEAD = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:ex="http://ex.invalid/" xml:lang="de">'
)
RDF_TREE = '<ex:Tree rdf:about="http://t.invalid/1"><ex:no>1</ex:no><ex:kind>Eiche</ex:kind></ex:Tree>'
TTL_HEAD = "@prefix ex: <http://ex.invalid/> .\n"
TTL_TREE = '<http://t.invalid/1> a ex:Tree ; ex:no "1" ; ex:kind "Eiche" .\n'
LAUGHS = (
    '<!DOCTYPE r [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)


def rdf(*resources: str, before: str = "") -> bytes:
    return f"<?xml version='1.0'?>{before}{RDF_HEAD}{''.join(resources)}</rdf:RDF>".encode()


NUMBER, GROUPED, DAY = (
    {"type": "decimal(9,2)", "numbers": {"decimal": ","}},
    {"type": "decimal(9,2)", "numbers": {"decimal": ",", "thousands": "."}},
    {"type": "date", "format": "dd.MM.yyyy"},
)


def feed(folder: Path, case: Case) -> Source:
    names = NAMES[case.format["type"]]
    columns = [
        {"from": source, "name": name, **more}
        for source, name, more in zip(names, ("tree", "species"), case.columns, strict=True)
    ]
    return example.source(folder, format=case.format, columns=columns)
