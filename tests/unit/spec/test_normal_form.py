"""Two spellings of a name are one text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse.spec.normal_form import ODD, declared, normal_form, spelled_out


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Höxter", "Höxter"),
        ("Ho\u0308xter", "Höxter"),
        ("Haltern\u00a0am\u2009See", "Haltern am See"),
        ("Hal\u00adtern\u200b am See\ufeff", "Haltern am See"),
        ("\u00a0", " "),
        ("Straße", "Straße"),
        ("\u212bngström", "Ångström"),
        ("e\u0301\u0323", "\u1eb9\u0301"),
        ("  Marl ", "  Marl "),
        ("①½ﬁ", "①½ﬁ"),
        ("a\tb\nc", "a\tb\nc"),
        ("", ""),
    ],
)
def test_spellings_become_one(text: str, form: str) -> None:
    assert normal_form(text) == form


def test_a_declared_value_has_no_blanks_around_it() -> None:
    assert declared("\u00a0Kreis Recklinghausen ") == "Kreis Recklinghausen"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('="05562004"', "05562004"),
        ('="Ha\u0308user ""Markt"""', 'Häuser "Markt"'),
        ('=""', ""),
        ('="a"&"b"', '="a"&"b"'),
        ("=A1", "=A1"),
        ('="a" ', '="a" '),
        ('a="b"', 'a="b"'),
    ],
)
def test_the_formula_of_a_text_is_the_text(text: str, meant: str) -> None:
    assert spelled_out(text) == meant


LETTERS = st.text(st.characters(max_codepoint=0x24F) | st.sampled_from("\u0308\u0301\u0327\u00a0\u200b\u2009\u212b"))


@given(LETTERS)
def test_it_is_reached_in_one_step_and_composed(text: str) -> None:
    form = normal_form(text)
    assert normal_form(form) == form
    assert unicodedata.is_normalized("NFC", form)


@given(st.text(st.characters(max_codepoint=0x24F)))
def test_what_is_not_odd_needs_no_composing(text: str) -> None:
    if not ODD.search(text):
        assert unicodedata.is_normalized("NFC", text)
