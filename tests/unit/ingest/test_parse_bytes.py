"""Bytes and texts that are not what they seem: another encoding, encoded twice, lost letters, marks, UTF-16."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse import blocks, damaged, encoding
from lakehouse.ingest.parse.records import Part
from lakehouse.spec.normal_form import normal_form
from tests.support import example
from tests.unit.ingest.test_parse import parsed, refused, values
from tests.unit.ingest.test_parse_formats import columns
from tests.unit.ingest.test_parse_formats import parsed as parsed_as
from tests.unit.ingest.test_parse_formats import values as values_as

EIGHT_BIT = ["utf-8", "utf-8-sig", "cp1252", "latin-1", "iso-8859-15", "cp850", "cp437"]
WORDS = [
    "Süd", "Höfe", "Dorfstraße", "Ärzte", "ÖPNV", "GÖRLITZ", "STRAẞE", "Übung", "Café", "à la carte", "voilà", "España",
    "Yıldız", "Şahin", "İstanbul", "Dağ", "Paweł", "piątek", "Jiří", "Timișoara", "Αθήνα", "Київ", "10 °C", "§ 5",
    "5 m²", "100 €", "Marl – Herten", "„Markt“", "Bürger’s", "… und", "🌳", "naïve", "Œuvre ß",
]  # fmt: skip


def twice(text: str, codec: str) -> str:
    """The text as it comes out if its UTF-8 is read in a codec, bytes that the codec lacks as they are."""
    return "".join(
        bytes([b]).decode(codec) if codec == "latin-1" or b not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(b)
        for b in text.encode()
    )


@pytest.mark.parametrize("codec", ["cp1252", "latin-1"])
@pytest.mark.parametrize("word", WORDS)
def test_a_text_encoded_twice_is_quarantined(word: str, codec: str, tmp_path: Path) -> None:
    content = f"Baum,Art\n1,Eiche\n2,{twice(word, codec)}\n3,{word}\n"
    found, rows = parsed(tmp_path, content)
    assert found.records == 3
    assert values(rows) == [("1", "Eiche"), (None, None), ("3", word)]
    assert rows[1]["_record_error"].startswith("holds UTF-8 encoded twice (")
    assert rows[1]["_record_error"].endswith(" in species")


@pytest.mark.parametrize(
    "text",
    ["Ã", "MAÇÃ", "São João", "IRMÃ DULCE", "IRMÔ", "Ã “a”", "„Spaß“", "„MENÜ“", "Buchstabe „Ä“", "‚Ä‘", "»Ä«", "A–Ä–Z",
     "Ä, Ö und Ü", "Ä…", "die Ä’s", "GEMÄ®", "STÄ\xadDTE", "5 Å²", "“Café…”", "« Café »", "Ø 5 cm", "2 ×\xa04",
     "ROMÂNIA", "MAÇÃ\xa0VERDE", "Voß’ Garten", "Žižek", "Åå", "Ñandú", "â", "pâté", "Î", "Đakovo", "ÄÖÜäöüß§€²³°µ"],
)  # fmt: skip
def test_a_text_of_letters_that_look_alike_stays(text: str, tmp_path: Path) -> None:
    assert values(parsed(tmp_path, f"Baum;Art\n1;{text}\n", delimiter=";")[1]) == [("1", normal_form(text))]


@given(st.text(st.sampled_from("abcXYZ äöüßÄÖÜéèàçñøåğışİŞłąęőćčžš–„“”‚‘’…€²°§«»"), max_size=12))
def test_no_text_is_taken_for_damaged_that_its_bytes_do_not_show(text: str) -> None:
    assume(not damaged.TWICE.search(text))
    assert damaged.problem(text) is None
    for codec in ("cp1252", "latin-1"):
        doubled = twice(text, codec)
        if damaged.problem(doubled):
            assert damaged.may_be(pa.array(["plain", doubled, None])), "the fast look misses nothing"


@pytest.mark.parametrize("value", ["\ufffd", "M\ufffdnster", "\ufeff\ufffd"])
def test_a_lost_character_quarantines_its_record(value: str, tmp_path: Path) -> None:
    _, rows = parsed(tmp_path, f"Baum,Art\n1,{value}\n2,Linde\n")
    assert rows[0]["_record_error"] == "holds U+FFFD, the sign for a lost character, in species"
    assert values(rows)[1] == ("2", "Linde")


def test_in_json_and_fixed_width_too(tmp_path: Path) -> None:
    document = '[{"a": "\ufeff1", "b": "HÃ¶fe"}, {"a": "\ufeff2", "b": "\\ufffd"}, {"a": "3", "b": "ok"}]'
    _, rows = parsed_as(tmp_path, {"type": "json", "records": "$[*]"}, document, columns("/a", "/b"))
    assert values_as(rows) == [[None, None], [None, None], ["3", "ok"]]
    layout = {"type": "fixed_width", "encoding": "utf-8", "fields": {"a": [0, 2], "b": [2, 4]}}
    _, rows = parsed_as(tmp_path, layout, "\ufeff".join(["1 x ", "\n2 y \n"]), columns("a", "b"))
    assert values_as(rows) == [["1", "x"], ["2", "y"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_files_with_marks_that_were_joined(encoding: str, quote: str, tmp_path: Path) -> None:
    one = f"{quote}Baum{quote},{quote}Art{quote}\n{quote}1{quote},Eiche\n"
    joined = ("\ufeff" * (encoding == "utf-8-sig") + one) + "\ufeff" + one.replace("1", "2") + "\ufeff\ufeff3,x\n"
    codec = encoding.removesuffix("-sig")
    found, rows = parsed(tmp_path, (joined + "4,\ufeffUlme\n").encode(codec), encoding=encoding)
    assert values(rows) == [("1", "Eiche"), ("2", "Eiche"), ("3", "x"), ("4", "Ulme")]
    assert found.records == 4, "a header behind a mark is no record"


def test_a_header_again_without_a_mark_is_still_named(tmp_path: Path) -> None:
    _, rows = parsed(tmp_path, "Baum,Art\n1,Eiche\nBaum,Art\n")
    assert rows[1]["_record_error"] == "repeats the header"


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "iso-8859-15", "cp850", "cp437"])
@pytest.mark.parametrize("word", [word for word in WORDS if not word.isascii()])
def test_utf_8_under_another_encoding_is_refused(word: str, encoding: str, tmp_path: Path) -> None:
    try:
        (content := f"Baum,Art\n1,{word}\n".encode()).decode(encoding)
    except UnicodeDecodeError:
        assert f"is not {encoding}" in refused(tmp_path, content, encoding=encoding)
        return
    assert f"line 2: is UTF-8, declared is {encoding}" in refused(tmp_path, content, encoding=encoding)


@pytest.mark.parametrize("text", ["'Spaß’", "Voß’ Haus", "MENÜ\xa0®", "Ø\xa05", "2 ×\xa04", "Größe ß\xa0–", "“É“"])
def test_cp1252_that_could_be_read_as_utf_8_stays(text: str, tmp_path: Path) -> None:
    content = f"Baum,Art\n1,{text}\n".encode("cp1252")
    assert values(parsed(tmp_path, content, encoding="cp1252")[1]) == [("1", normal_form(text))]


@pytest.mark.parametrize(
    ("written", "declared", "text", "reason"),
    [
        ("iso-8859-15", "latin-1", "5 €", "line 2: is not latin-1: byte a4 is '¤' there, '€' in iso-8859-15"),
        ("iso-8859-15", "cp1252", "5 €", "line 2: is not cp1252: byte a4 is '¤' there, '€' in iso-8859-15"),
        ("cp1252", "iso-8859-15", "5 €", "line 2: is not iso-8859-15: byte 80 is a control character there"),
        ("cp850", "cp1252", "Gärten", "line 2: is not cp1252: byte 84 is '„' there, 'ä' in cp850"),
        ("cp850", "cp1252", "Köln", "line 2: is not cp1252: byte 94 is '”' there, 'ö' in cp850"),
        ("cp850", "cp1252", "Süd", "line 2: is not cp1252"),
        ("cp850", "cp1252", "Bergstraße", "line 2: is not cp1252: byte e1 is 'á' there, 'ß' in cp850"),
        ("cp437", "latin-1", "Köln", "line 2: is not latin-1: byte 94 is a control character there"),
        ("cp437", "latin-1", "Straße", "line 2: is not latin-1: byte e1 is 'á' there, 'ß' in cp850"),
        ("cp850", "iso-8859-15", "Großer Weg", "line 2: is not iso-8859-15: byte e1 is 'á' there, 'ß' in cp850"),
        ("cp858", "latin-1", "Weiß", "line 2: is not latin-1: byte e1 is 'á' there, 'ß' in cp850"),
        ("cp1252", "cp850", "Süd", "line 2: is not cp850: byte fc is '³' there, 'ü' in cp1252"),
        ("cp1252", "cp437", "Köln", "line 2: is not cp437: byte f6 is '÷' there, 'ö' in cp1252"),
        ("cp1252", "cp858", "Fuß", "line 2: is not cp858: byte df is '▀' there, 'ß' in cp1252"),
        ("latin-1", "cp850", "Übung", "line 2: is not cp850: byte dc is '▄' there, 'Ü' in cp1252"),
        ("utf-8", "utf-16-le", "Süd ", "utf-16-le"),
        ("utf-16-le", "utf-16", "Süd", "has no byte order mark of utf-16; without one, declare utf-16-le or utf-16-be"),
        ("utf-16", "utf-16-le", "Süd", "begins with the byte order mark of utf-16, declared is utf-16-le"),
        ("utf-16", "cp1252", "Süd", "is UTF-16, declared is cp1252"),
        ("utf-16-be", "utf-16-le", "Süd", "the header lacks"),
    ],
)
def test_another_encoding_than_declared_is_named(
    written: str, declared: str, text: str, reason: str, tmp_path: Path
) -> None:
    found = refused(tmp_path, f"Baum;Art\n1;{text}\n".encode(written), encoding=declared, delimiter=";")
    if (written, declared) != ("utf-8", "utf-16-le"):
        assert reason in found


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("iso-8859-15", "100 € für Šárka"), ("cp850", "Straße Ä Ö Ü ½"), ("cp858", "5 €"), ("cp437", "Größe ½ Ä"),
     ("cp1252", "„Žižek“ – 5 € m² á la”"), ("utf-16", "„Ş“ 🌳"), ("utf-16-le", "Ä"), ("utf-16-be", "ಠ\u0a0a")],
)  # fmt: skip
def test_every_encoding_gives_its_letters(encoding: str, text: str, tmp_path: Path) -> None:
    content = f"Baum\tArt\r\n1\t{text}\r\n".encode(encoding)
    assert values(parsed(tmp_path, content, encoding=encoding, delimiter="\t")[1]) == [("1", text)]
    layout = {"type": "fixed_width", "encoding": encoding, "fields": {"a": [0, 2], "b": [2, 40]}}
    content = f"1 {text.ljust(38)}\r\n".encode(encoding)
    assert values_as(parsed_as(tmp_path, layout, content, columns("a", "b"))[1]) == [["1", text]]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [(b"\x00\xd8x\x00", "line 3: is not utf-16: illegal UTF-16 surrogate"), (b"\x00\x00", "line 3: holds a NUL"),
     (b"x", "line 4: is not utf-16: truncated data")],
)  # fmt: skip
def test_the_line_of_broken_utf_16_is_named(damage: bytes, reason: str, tmp_path: Path) -> None:
    above, below = "Baum,Art\n1,Eiche\n2,", "x\n3,y"
    content = above.encode("utf-16") + damage * (damage != b"x") + below.encode("utf-16-le") + damage[: damage == b"x"]
    assert reason in refused(tmp_path, content, encoding="utf-16")


def test_json_has_no_code_pages(tmp_path: Path) -> None:
    found: dict[str, Any] = {"type": "json", "records": "$[*]", "encoding": "cp850"}
    with pytest.raises(Exception, match=r"format\.json\.encoding"):
        parsed_as(tmp_path, found, "[]", columns("/a"))


LINES = [b"a\n", b"\n", b"b\r\n", b"c\r", "ä ß\n".encode(), "„Ü“".encode(), b"\xe4\n", b"\x80\n", b"\x81", b"\0",
         b"\xc3", b"\xa4\n", b"a\x84b", b"Stra\xe1e", b"o\xf6o", b"LC", b"\xe2\x82\n", b"\xef\xbb\xbfd\n"]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(pieces=st.lists(st.sampled_from(LINES), max_size=12), codec=st.sampled_from(EIGHT_BIT), size=st.integers(1, 20))
def test_the_first_line_that_contradicts_the_encoding(
    pieces: list[bytes], codec: str, size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = b"x" + b"".join(pieces)
    problems = ((n, encoding._problem(line, codec)) for n, line in enumerate(io.BytesIO(content), 1))
    first = next((f"town__tree: all, line {n}: {problem}" for n, problem in problems if problem), None)
    folder = tmp_path_factory.getbasetemp()
    path = folder / "delivered"
    path.write_bytes(content)
    source, found = example.source(folder), None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "SIZE", size)
        try:
            encoding.check(source, Part(path, "all"), codec)
        except DeliveryRejected as error:
            found = str(error)
    assert found == first
