"""Malformed and hostile deliveries: each ends in one named rejection, or in exactly the expected quarantined records.

Every case lists what must come out of each record, so a value that turned into NULL or anything else would show.
"""

from __future__ import annotations

import gzip
import io
import json
import resource
import struct
import time
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse import parse_to_parquet
from lakehouse.ingest.parse.archive import MAX_MEMBERS, MAX_RATIO
from lakehouse.ingest.parse.json import MAX_NESTING
from lakehouse.ingest.parse.records import MAX_FIELD, MAX_RAW
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

CASES = [
    # bytes and encodings
    Case("nothing", CSV, b"", "is empty"),
    Case("only line ends", CSV, b"\n\n\n", "the header lacks 'Baum', 'Art'"),
    Case("UTF-8 mark undeclared", CSV, b"\xef\xbb\xbf" + HEAD + b"1,Eiche\n", "begins with the byte order mark"),
    Case("UTF-8 mark in latin-1", GERMAN, b"\xef\xbb\xbfBaum;Art\n1;Eiche\n", "begins with the byte order mark"),
    Case("UTF-16 little", CSV, "Baum,Art\n1,Eiche\n".encode("utf-16"), "is UTF-16, declared is utf-8"),
    Case("UTF-16 big", GERMAN, b"\xfe\xff" + "Baum;Art\n".encode("utf-16-be"), "is UTF-16, declared is latin-1"),
    Case("UTF-16 without mark", GERMAN, "Baum;Art\n".encode("utf-16-le"), "line 1: holds a NUL byte"),
    Case("UTF-32", CSV, "Baum,Art\n".encode("utf-32"), "is UTF-32"),
    Case("latin-1 in UTF-8", CSV, HEAD + b"1,Eiche\n2,B\xe4rlauch\n", "line 3: is not utf-8"),
    Case(
        "UTF-8 in latin-1", GERMAN, "Baum;Art\n1;Eiche\n2;Bärlauch\n".encode(), "line 3: is UTF-8, declared is latin-1"
    ),
    Case(
        "one UTF-8 line in cp1252", WINDOWS, HEAD + b"1,B\xe4r\n2,B\xc3\xa4r\n", "line 3: is UTF-8, declared is cp1252"
    ),
    Case("cp1252 in latin-1", GERMAN, b"Baum;Art\n1;80 \x80\n", "line 2: is not latin-1: byte 80"),
    Case("a byte that cp1252 lacks", WINDOWS, HEAD + b"1,\x81\n", "line 2: is not cp1252"),
    Case("overlong UTF-8", CSV, HEAD + b"1,\xc0\xaf\n", "line 2: is not utf-8"),
    Case("surrogate in UTF-8", CSV, HEAD + b"1,\xed\xa0\x80\n", "line 2: is not utf-8"),
    Case("NUL byte", CSV, HEAD + b"1,Ei\0che\n", "line 2: holds a NUL byte"),
    Case("a zip where text is declared", CSV, packed(("a.csv", HEAD)), "is a zip archive"),
    Case("gzip where text is declared", CSV, gzip.compress(HEAD), "is a gzip archive"),
    Case("an error page", CSV, b"<!DOCTYPE html><html><body>503</body></html>", "the header lacks 'Baum', 'Art'"),
    # delimited text
    Case("another delimiter", CSV, b"Baum;Art\n1;Eiche\n", "the header lacks 'Baum' (probably renamed to 'Baum;Art')"),
    Case("another delimiter, no header", BARE, b"1;Eiche\n2;Linde\n", "no record can be read; the first has 1 fields"),
    Case("header twice in a line", CSV, b"Baum,Art,Baum\n1,Eiche,2\n", "the header names columns twice: Baum"),
    Case(
        "header and its alias",
        CSV,
        b"Baum,Art,Sorte\n1,Eiche,x\n",
        "has one column twice: 'Art', 'Sorte'",
        columns=({}, {"aliases": ["Sorte"]}),
    ),
    Case("header again", CSV, HEAD + b"1,Eiche\n" + HEAD, rows=(GOOD, Bad("repeats the header", "Baum"))),
    Case(
        "renamed and new columns", CSV, b"Nr,Arten\n1,Eiche\n", "lacks 'Baum', 'Art' (probably renamed to 'Arten'); new"
    ),
    Case(
        "ragged", CSV, HEAD + b"1,Eiche\n2\n3,Linde,x\n", rows=(GOOD, Bad("has 1 fields"), Bad("has 3 fields", "Linde"))
    ),
    Case("cut inside a record", CSV, HEAD + b"1,Eiche\n2", rows=(GOOD, Bad("has 1 fields"))),
    Case("cut before the last line", CLOSED, HEAD + b"1,Eiche\n2,Li", "was cut off"),
    Case(
        "goes on after the last line", CLOSED, HEAD + b"1,Eiche\nEnde: 1, 2\n2,Linde\n", "goes on after its last line"
    ),
    Case("cut inside quotes", CSV, HEAD + b'1,"Eiche\n2,Linde\n', "line 3: the quotes or fields do not end"),
    Case(
        "text behind a quote",
        CSV,
        HEAD + b'1,Eiche\n2,"Linde"x\n3,Ulme\n',
        rows=(GOOD, Bad("has text behind a closing quote", '2,\\"Linde\\"x'), ("3", "Ulme")),
    ),
    Case("quotes that do not add up", CSV, HEAD + b'1,"Ei"che"\n2,Linde\n', "line 2: the quotes or fields do not end"),
    Case("a quote that opens too early", CSV, HEAD + b'1,"Eiche\n2,"Linde"\n', "the quotes or fields do not end"),
    Case(
        "a very long field",
        CSV,
        HEAD + b"1,Eiche\n2," + b"x" * (MAX_FIELD + 1) + b"\n3,Ulme\n",
        rows=(GOOD, Bad(f"more than {MAX_FIELD} characters", "xxx"), ("3", "Ulme")),
    ),
    Case("a quote that swallows the rest", CSV, HEAD + b'1,"Eiche\n' + b"2,Linde\n" * 200_000, "do not end"),
    Case(
        "mixed line ends", CSV, b"Baum,Art\r\n1,Eiche\n2,Linde\r3,Ulme\r\n", rows=(GOOD, ("2", "Linde"), ("3", "Ulme"))
    ),
    Case(
        "control characters",
        CSV,
        HEAD + b"1,Ei\x07che\n2,\x1b[31m\n\x0b3,\x7f\n",
        rows=(("1", "Ei\x07che"), ("2", "\x1b[31m"), ("\x0b3", "\x7f")),
    ),
    Case("text directions", CSV, HEAD + "1,\u202eehciE\n".encode(), rows=(("1", "\u202eehciE"),)),
    Case(
        "huge and odd numbers",
        CSV,
        HEAD + b"1," + b"9" * 5000 + b"\n2,1e999999\n3,NaN\n4,-0\n",
        rows=(("1", "9" * 5000), ("2", "1e999999"), ("3", "NaN"), ("4", "-0")),
    ),
    Case("formulas", CSV, HEAD + b"1,=1+1\n2,@SUM(A1)\n", rows=(("1", "=1+1"), ("2", "@SUM(A1)"))),
    Case("ends above its header", POI, b"Stand 2020", "ends before its header"),
    Case("ends below its header", POI, b"Stand 2020\nBaum,Art\n", "ends before its first record"),
    Case(
        "a thousand new columns",
        CSV,
        b"Baum,Art," + b",".join(b"c%d" % n for n in range(1000)) + b"\n1,Eiche" + b"," * 1000 + b"\n",
        rows=(GOOD,),
    ),
    # values that contradict the declared dialect
    Case(
        "a decimal sign where thousands are declared",
        GERMAN,
        b"Baum;Art\n1;1.234,5\n2;12.5\n",
        "record 2: species: '12.5' groups no thousands",
        columns=({}, GROUPED),
    ),
    Case(
        "signs swapped", GERMAN, b"Baum;Art\n1;5\n2;1,234.5\n", "record 2: species: '1,234.5' ", columns=({}, GROUPED)
    ),
    Case(
        "decimal sign between thousands",
        GERMAN,
        b"Baum;Art\n1;5\n2;1,234,567\n",
        "record 2: species: '1,234,567' has the declared decimal sign",
        columns=({}, NUMBER),
    ),
    Case(
        "another decimal sign throughout",
        GERMAN,
        b"Baum;Art\n1;5\n2;1.5\n3;2.25\n",
        "record 2: species: '1.5' has another decimal sign",
        columns=({}, NUMBER),
    ),
    Case(
        "another decimal sign once",
        GERMAN,
        b"Baum;Art\n1;1.5\n2;2,5\n",
        rows=(("1", "1.5"), ("2", "2,5")),
        columns=({}, NUMBER),
    ),
    Case(
        "month before day",
        GERMAN,
        b"Baum;Art\n1;03.04.2021\n2;12.31.2021\n",
        "record 2: species: '12.31.2021' has no such month",
        columns=({}, DAY),
    ),
    Case(
        "a day that never was",
        GERMAN,
        b"Baum;Art\n1;31.02.2021\n2;45.45.2021\n",
        rows=(("1", "31.02.2021"), ("2", "45.45.2021")),
        columns=({}, DAY),
    ),
    # fixed width
    Case(
        "shifted",
        FIXED,
        b"Baum Art\n1    Eiche\n  2    Linde\n12345Ulme\n",
        rows=(GOOD, ("2", "Linde"), Bad("has text between its fields at 4", "12345Ulme")),
    ),
    Case("cut line", FIXED, b"Baum Art\n1    Eiche\n2\n", rows=(GOOD, Bad("has 1 characters"))),
    Case("tabs", FIXED, b"Baum Art\n1    Eiche\n2\tLinde\n", rows=(GOOD, Bad("holds a tab"))),
    Case("all lines too short", FIXED, b"Baum Art\n1;Ei\n2;Li\n", "no record can be read"),
    Case("only a header", FIXED, b"Baum Art\n", "holds no record"),
    Case("no header", FIXED, b"", "ends before its first record"),
    Case("UTF-8 in fixed width", FIXED, "Baum Art\n1    Bärlauch\n".encode(), "line 2: is UTF-8, declared is latin-1"),
    Case(
        "a very long line",
        FIXED,
        b"Baum Art\n1    Eiche\n2    " + b"x" * MAX_FIELD + b"\n",
        rows=(GOOD, Bad(f"more than {MAX_FIELD}")),
    ),
    # JSON
    Case("empty JSON", JSON, b" \n", "is empty"),
    Case("cut JSON", JSON, trees(ONE)[:-4], "line 1: is no JSON"),
    Case("two documents", JSON, trees(ONE) * 2, "is no JSON: Extra data"),
    Case("single quotes", JSON, b"{'trees': []}", "is no JSON"),
    Case("a comma too many", JSON, b'{"trees": [1,]}', "is no JSON"),
    Case("a comment", JSON, b'{"trees": [] /* none */}', "is no JSON"),
    Case("NaN", JSON, trees(ONE, tree("NaN")), "holds NaN, which is no JSON number"),
    Case("Infinity", JSON, trees(tree("-Infinity")), "holds -Infinity"),
    Case("a name twice", JSON, trees('{"Baum": 1, "Baum": 2, "Art": "x"}'), "holds the name 'Baum' twice"),
    Case(
        "huge numbers",
        JSON,
        trees(tree("9" * 5000), tree("1e999999"), tree("-0.0"), tree("1.50")),
        rows=(("2", "9" * 5000), ("2", "1e999999"), ("2", "-0.0"), ("2", "1.50")),
    ),
    Case("a number with a leading zero", JSON, trees(tree("007")), "is no JSON"),
    Case("deep arrays", JSON, trees(tree("[" * 100_000 + "]" * 100_000)), f"is nested deeper than {MAX_NESTING}"),
    Case("rather deep objects", JSON, trees(tree('{"a":' * 80 + "1" + "}" * 80)), "is nested deeper than"),
    Case("as deep as allowed", JSON, trees(tree("[" * 61 + "]" * 61)), rows=(("2", "[" * 61 + "]" * 61),)),
    Case(
        "half a surrogate pair",
        JSON,
        trees(ONE, tree('"\\ud83c"'), tree('"\\ud83c\\udf33"')),
        rows=(GOOD, Bad("holds half of a surrogate pair in species", "\\ud83c"), ("2", "🌳")),
    ),
    Case(
        "half a surrogate pair undeclared", JSON, trees('{"Baum": "1", "Art": "Eiche", "x": "\\ud83c"}'), rows=(GOOD,)
    ),
    Case("an escaped NUL", JSON, trees(ONE, tree('"a\\u0000b"')), rows=(GOOD, Bad("holds a NUL character in species"))),
    Case("a raw control character", JSON, trees('"a\x07"'), "is no JSON: Invalid control character"),
    Case(
        "a very long value",
        JSON,
        trees(ONE, tree('"' + "x" * (MAX_FIELD + 1) + '"')),
        rows=(GOOD, Bad(f"more than {MAX_FIELD} characters in species")),
    ),
    Case("an array instead of an object", JSON, b"[1, 2]", "has no 'trees' in $"),
    Case("a scalar", JSON, b'"trees"', "is a text, no object or array"),
    Case("an error object", JSON, b'{"error": {"status": 500}}', "has no 'trees' in $"),
    Case("records are null", JSON, b'{"trees": null}', "has null at $['trees']"),
    Case("no records", JSON, b'{"trees": []}', "holds no record"),
    Case("records of another kind", JSON, trees("1", '"x"', "null"), "none of its 3 records has the declared shape"),
    Case(
        "one record of another kind",
        JSON,
        trees(ONE, "17", tree("true")),
        rows=(GOOD, Bad("has a number at '/'", "17"), ("2", "true")),
    ),
    Case(
        "a name is gone everywhere",
        JSON,
        trees('{"Baum": 1, "Arten": "x"}'),
        "lacks '/Art' (probably renamed to '/Arten')",
    ),
    Case("a name is gone once", JSON, trees(ONE, '{"Baum": 2}', tree("null")), rows=(GOOD, ("2", None), ("2", None))),
    Case(
        "nested values stay text",
        JSON,
        trees(tree('{"de": [1.50, null, true, "ä"]}')),
        rows=(("2", '{"de":[1.50,null,true,"ä"]}'),),
    ),
    Case("UTF-16 JSON", JSON, trees(ONE).decode().encode("utf-16"), "is UTF-16"),
    Case("BOM in JSON", JSON, b"\xef\xbb\xbf" + trees(ONE), "begins with the byte order mark"),
    Case(
        "keys that mean something in Python",
        JSON,
        trees('{"Baum": "1", "Art": "Eiche", "__class__": "x"}'),
        rows=(GOOD,),
    ),
    # RDF
    Case("billion laughs", XML, rdf(RDF_TREE.replace("Eiche", "&i;"), before=LAUGHS), "declares a DTD or entities"),
    Case(
        "external entity",
        XML,
        rdf(RDF_TREE, before='<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>'),
        "declares a DTD or entities",
    ),
    Case("external DTD", XML, rdf(RDF_TREE, before='<!DOCTYPE r SYSTEM "http://ex.invalid/r.dtd">'), "declares a DTD"),
    Case("cut XML", XML, rdf(RDF_TREE)[:-12], "is no XML"),
    Case("deep XML", XML, rdf("<ex:a>" * 5000 + "</ex:a>" * 5000), f"is nested deeper than {MAX_NESTING}"),
    Case("XML of another kind", XML, b"<html><body>503</body></html>", "holds no record"),
    Case("XML of an unknown encoding", XML, b"<?xml version='1.0' encoding='klingon'?><r/>", "is no XML"),
    Case(
        "two kinds for one tree",
        XML,
        rdf(
            RDF_TREE,
            RDF_TREE.replace("/1", "/2")
            .replace("Eiche", "Linde")
            .replace("</ex:Tree>", "<ex:kind>Ulme</ex:kind></ex:Tree>"),
        ),
        rows=(GOOD, Bad("has 2 values of species: 'Linde', 'Ulme'", "Ulme")),
    ),
    Case(
        "an XML literal with entities",
        TURTLE,
        (
            TTL_HEAD
            + TTL_TREE.replace(
                '"Eiche"', f'"""{LAUGHS}<r>&i;</r>"""^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#XMLLiteral>'
            )
        ).encode(),
        rows=(("1", f"{LAUGHS}<r>&i;</r>"),),
    ),
    Case(
        "literals that are no numbers",
        TURTLE,
        (TTL_HEAD + TTL_TREE.replace('"Eiche"', '"007x"^^<http://www.w3.org/2001/XMLSchema#integer>')).encode(),
        rows=(("1", "007x"),),
    ),
    Case(
        "bare numbers keep their value",
        TURTLE,
        (TTL_HEAD + TTL_TREE.replace('"Eiche"', "007.50")).encode(),
        rows=(("1", "7.50"),),
    ),
    Case("cut Turtle", TURTLE, (TTL_HEAD + TTL_TREE)[:-6].encode(), "is no RDF in turtle"),
    Case(
        "deep Turtle",
        TURTLE,
        (TTL_HEAD + "<x> ex:a " + "[ ex:a " * 5000 + "1" + "]" * 5000 + " .").encode(),
        "is nested too deeply",
    ),
    Case(
        "literals keep their zeros",
        TURTLE,
        (TTL_HEAD + TTL_TREE.replace('"Eiche"', '"007.50"^^<http://www.w3.org/2001/XMLSchema#decimal>')).encode(),
        rows=(("1", "007.50"),),
    ),
    Case(
        "JSON-LD with its own context",
        JSON_LD,
        b'{"@context": {"@vocab": "http://ex.invalid/"}, "@type": "Tree", "no": "1", "kind": "Eiche"}',
        rows=(GOOD,),
    ),
    Case("NUL in Turtle", TURTLE, TTL_HEAD.encode() + b"\0", "holds a NUL byte"),
    Case(
        "a remote context", JSON_LD, b'{"@context": "http://ex.invalid/context.jsonld", "@id": "x"}', "remote @context"
    ),
    Case("a remote import", JSON_LD, b'[{"@context": [{"@import": "http://ex.invalid/c"}]}]', "remote @context"),
    Case("deep JSON-LD", JSON_LD, b'{"a":' * 5000 + b"1" + b"}" * 5000, "is nested deeper than"),
    # archives
    Case("no archive", ZIP, b"Baum,Art\n1,Eiche\n", "is no zip archive, or was cut off"),
    Case("empty archive", ZIP, packed(), "holds no member *.csv"),
    Case("no matching member", ZIP, packed(("liesmich.txt", b"x")), "holds no member *.csv; it has liesmich.txt"),
    Case("cut zip", ZIP, packed(("a.csv", HEAD + b"1,Eiche\n"))[:-30], "is no zip archive, or was cut off"),
    Case("wrong checksum", ZIP, wrong_crc(), "member a.csv: is broken or was cut off: Bad CRC-32"),
    Case(
        "a lying size", ZIP, lying_size(packed(("a.csv", HEAD + b"1,Eiche\n2,Linde\n")), 17), "member a.csv: is broken"
    ),
    Case("traversal", ZIP, packed(("../a.csv", HEAD + b"1,Eiche\n")), "'../a.csv' has a name that leads out"),
    Case("absolute name", ZIP, packed(("/tmp/a.csv", HEAD)), "'/tmp/a.csv' has a name that leads out"),
    Case("drive letter", ZIP, packed(("C:a.csv", HEAD)), "'C:a.csv' has a name that leads out"),
    Case("backslashes", ZIP, packed(("..\\a.csv", HEAD)), "leads out"),
    Case("traversal of another member", ZIP, packed(("a.csv", HEAD + b"1,Eiche\n"), ("x/../../b", b"")), "leads out"),
    Case("control characters in a name", ZIP, packed(("a\x1b[2J.csv", HEAD)), "has control characters in its name"),
    Case("a link", ZIP, link(), "'a.csv' is a link"),
    Case("encrypted", ZIP, encrypted(), "'a.csv' is encrypted"),
    Case("another method", ZIP, packed(("a.csv", HEAD), method=zipfile.ZIP_LZMA), "packed by another method"),
    Case("a member twice", ZIP, twice("a.csv"), "holds member 'a.csv' twice"),
    Case("empty member", ZIP, packed(("a.csv", HEAD + b"1,Eiche\n"), ("b.csv", b"")), "member b.csv: is empty"),
    Case("member without records", ZIP, packed(("a.csv", HEAD + b"1,Eiche\n"), ("b.csv", HEAD)), rows=(GOOD,)),
    Case(
        "bad record in the second member",
        ZIP,
        packed(("b.csv", HEAD + b"2\n"), ("a.csv", HEAD + b"1,Eiche\n")),
        rows=(GOOD, Bad("has 1 fields")),
    ),
    Case(
        "wrong bytes in the second member",
        ZIP,
        packed(("a.csv", HEAD + b"1,Eiche\n"), ("b.csv", HEAD + b"2,\xe4\n")),
        "all, member b.csv, line 2: is not utf-8",
    ),
    Case("zip in zip is bytes", ZIP, packed(("a.csv", packed(("b.csv", HEAD)))), "member a.csv: is a zip archive"),
    Case("zip bomb", ZIP, bomb(), "unpacks to more than"),
    Case("a bomb within the declared bytes", ROOMY, bomb(), f"unpacks to more than {MAX_RATIO} times its size"),
    Case("many members together", ZIP, many_bombs(), f"unpacks to more than {UNPACKED} bytes"),
    Case("too many members", ZIP, packed(*((f"{n}.csv", b"") for n in range(MAX_MEMBERS + 1))), "members, more than"),
    Case(
        "one page is an error",
        PAGES,
        packed(("0001.json", trees(ONE)), ("0002.json", b'{"error": 500}')),
        "member 0002.json: has no 'trees' in $",
    ),
    Case("gzip bomb", GZIP, gzip.compress(HEAD + b"1,Eiche\n" * 5_000_000), "unpacks to more than"),
    Case("cut gzip", GZIP, gzip.compress(HEAD + b"1,Eiche\n" * 100)[:-10], "is broken or was cut off"),
    Case("wrong gzip checksum", GZIP, gzip.compress(HEAD + b"1,Eiche\n")[:-8] + b"\0" * 8, "is broken or was cut off"),
    Case("text instead of gzip", GZIP, HEAD + b"1,Eiche\n", "is broken or was cut off: Not a gzipped file"),
    Case("rubbish behind gzip", GZIP, gzip.compress(HEAD + b"1,Eiche\n") + b"rubbish", "is broken or was cut off"),
]


def feed(folder: Path, case: Case) -> Source:
    names = NAMES[case.format["type"]]
    columns = [
        {"from": source, "name": name, **more}
        for source, name, more in zip(names, ("tree", "species"), case.columns, strict=True)
    ]
    return example.source(folder, format=case.format, columns=columns)


def test_the_corpus_is_large_and_its_names_differ() -> None:
    assert len(CASES) >= 60
    assert len({case.name for case in CASES}) == len(CASES)
    assert {case.format["type"] for case in CASES} == set(NAMES)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_hostile_delivery(case: Case, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source, delivered, into = feed(tmp_path, case), tmp_path / "delivered", tmp_path / "parsed.parquet"
    delivered.write_bytes(case.content)
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    if case.refused is not None:
        with pytest.raises(DeliveryRejected) as error:
            parse_to_parquet(source, delivered, "all", into)
        assert case.refused in str(error.value)
        assert str(error.value).startswith("town__tree: all")
        assert len(str(error.value)) < 1000
        assert str(tmp_path) not in str(error.value), "says nothing of this machine"
    else:
        found = parse_to_parquet(source, delivered, "all", into)
        assert found.records == len(case.rows)
        assert len(found.extra_columns) <= 100
        check_rows(case, pq.read_table(into).to_pylist())
    assert time.process_time() - started < MAX_SECONDS
    # kibibytes on Linux
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < MAX_GROWTH_BYTES
    assert {path.name for path in tmp_path.iterdir()} <= {"town__tree", "delivered", "parsed.parquet"}
    assert capfd.readouterr() == ("", "")


def check_rows(case: Case, rows: list[dict[str, Any]]) -> None:
    for number, (row, expected) in enumerate(zip(rows, case.rows, strict=True), 1):
        assert row["_record_number"] == number
        if isinstance(expected, Bad):
            assert (row["tree"], row["species"]) == (None, None)
            assert expected.says in row["_record_error"]
            assert expected.raw in row["_raw"]
            assert len(row["_raw"]) < 2 * MAX_RAW
            json.loads(row["_raw"])
        else:
            assert (row["tree"], row["species"]) == expected
            assert row["_record_error"] is None
