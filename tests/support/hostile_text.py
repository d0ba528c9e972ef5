"""Hostile text: encodings, headers, delimiters and quotes of CSV."""

from __future__ import annotations

import gzip

from lakehouse.ingest.parse.records import MAX_FIELD
from tests.support.hostile import (
    BARE,
    CLOSED,
    CSV,
    DAY,
    GERMAN,
    GOOD,
    GROUPED,
    HEAD,
    NUMBER,
    POI,
    WINDOWS,
    Bad,
    Case,
    packed,
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
    Case("another delimiter", CSV, b"Baum;Art\n1;Eiche\n", "the file separates by semicolons, declared is ,"),
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
    Case("text directions", CSV, HEAD + "1,\u202eehciE\n".encode(), rows=(("1", "ehciE"),)),
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
]
