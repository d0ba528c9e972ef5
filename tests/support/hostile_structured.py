"""Hostile fixed width, JSON, RDF and archives."""

from __future__ import annotations

import gzip
import zipfile

from lakehouse.ingest.parse.archive import MAX_MEMBERS, MAX_RATIO
from lakehouse.ingest.parse.json_values import MAX_NESTING
from lakehouse.ingest.parse.records import MAX_FIELD
from tests.support.hostile import (
    FIXED,
    GOOD,
    GZIP,
    HEAD,
    JSON,
    JSON_LD,
    LAUGHS,
    ONE,
    PAGES,
    RDF_TREE,
    ROOMY,
    TTL_HEAD,
    TTL_TREE,
    TURTLE,
    UNPACKED,
    XML,
    ZIP,
    Bad,
    Case,
    bomb,
    encrypted,
    link,
    lying_size,
    many_bombs,
    packed,
    rdf,
    tree,
    trees,
    twice,
    wrong_crc,
)

CASES = [
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
    Case("cut JSON", JSON, trees(ONE)[:-4], "line 1: is not valid JSON"),
    Case("two documents", JSON, trees(ONE) * 2, "is not valid JSON: Extra data"),
    Case("single quotes", JSON, b"{'trees': []}", "is not valid JSON"),
    Case("a comma too many", JSON, b'{"trees": [1,]}', "is not valid JSON"),
    Case("a comment", JSON, b'{"trees": [] /* none */}', "is not valid JSON"),
    Case("NaN", JSON, trees(ONE, tree("NaN")), "holds NaN, which is not a JSON number"),
    Case("Infinity", JSON, trees(tree("-Infinity")), "holds -Infinity"),
    Case("a name twice", JSON, trees('{"Baum": 1, "Baum": 2, "Art": "x"}'), "holds the name 'Baum' twice"),
    Case(
        "huge numbers",
        JSON,
        trees(tree("9" * 5000), tree("1e999999"), tree("-0.0"), tree("1.50")),
        rows=(("2", "9" * 5000), ("2", "1e999999"), ("2", "-0.0"), ("2", "1.50")),
    ),
    Case("a number with a leading zero", JSON, trees(tree("007")), "is not valid JSON"),
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
    Case("a raw control character", JSON, trees('"a\x07"'), "is not valid JSON: Invalid control character"),
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
    Case("cut XML", XML, rdf(RDF_TREE)[:-12], "is not valid XML"),
    Case("deep XML", XML, rdf("<ex:a>" * 5000 + "</ex:a>" * 5000), f"is nested deeper than {MAX_NESTING}"),
    Case("XML of another kind", XML, b"<html><body>503</body></html>", "holds no record"),
    Case("XML of an unknown encoding", XML, b"<?xml version='1.0' encoding='klingon'?><r/>", "is not valid XML"),
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
    Case("cut Turtle", TURTLE, (TTL_HEAD + TTL_TREE)[:-6].encode(), "is not valid RDF in turtle"),
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
    Case("no archive", ZIP, b"Baum,Art\n1,Eiche\n", "is not a zip archive, or was cut off"),
    Case("empty archive", ZIP, packed(), "holds no member *.csv"),
    Case("no matching member", ZIP, packed(("liesmich.txt", b"x")), "holds no member *.csv; it has liesmich.txt"),
    Case("cut zip", ZIP, packed(("a.csv", HEAD + b"1,Eiche\n"))[:-30], "is not a zip archive, or was cut off"),
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
