"""The one form of a text in which two spellings of a name are equal, for declared values and delivered ones alike."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator

# soft hyphen, zero-width blanks and joiners, marks of direction, byte order mark: nobody sees them
INVISIBLE = "\u00ad\u200b\u200c\u200e\u200f\u2060\ufeff\ufe0f"
INVISIBLE += "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
# blanks of other widths, and those that keep a line together
BLANKS = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
# letters that are signs of their own in Unicode, and the same as Latin or Greek ones
SIGNS = "\u212a\u212b\u2126"
LETTERS = INVISIBLE + BLANKS + SIGNS
_PLAIN = str.maketrans({**dict.fromkeys(INVISIBLE), **dict.fromkeys(BLANKS, " ")})
# what a text in normal form never holds; a letter with marks of its own may also be in normal form
ODD = re.compile(f"[{LETTERS}\u0300-\u036f]")


# the quote is doubled where the text has one
DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_TRANSCRIBED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
TEXT_FORMULA = re.compile(r'=\s*"((?:[^"]|"")*)"')


def normal_form(text: str) -> str:
    """A text in Unicode's composed form (NFC), with plain blanks and nothing invisible; blanks around it stay."""
    return unicodedata.normalize("NFC", text.translate(_PLAIN)) if ODD.search(text) else text


def spelled_out(text: str) -> str:
    """A delivered text in normal form; of a formula that Excel writes to protect a text (`="05562004"`), the text."""
    found = TEXT_FORMULA.fullmatch(text)
    return normal_form(found[1].replace('""', '"') if found else text)


def declared(text: str) -> str:
    """A declared value as delivered ones are compared with it: in normal form, without blanks around it."""
    return normal_form(text).strip()


def folded(text: str) -> str:
    """What two spellings share that differ only by form: case, kinds of dashes and blanks, umlauts written as two."""
    plain = unicodedata.normalize("NFKC", normal_form(text)).casefold().translate(_TRANSCRIBED)
    return " ".join(DASHES.sub("-", plain).replace("-", " - ").split())


Word = Annotated[str, AfterValidator(declared)]
Pattern = Annotated[str, AfterValidator(normal_form)]
