"""Values that were damaged before they were delivered: UTF-8 encoded twice, lost characters, byte order marks.

"DorfstraÃŸe" is UTF-8 that somebody read as cp1252 (or latin-1) and encoded again. The pairs are chosen so that no
orthography has them: "Ä“" may be the end of a quotation, so a quotation mark, dash or no-break space behind a capital
counts only where the letters around it show that a word goes on.
"""

from __future__ import annotations

import re

import pyarrow as pa

from lakehouse.spec.normal_form import LETTERS

MARK = "\ufeff"
LOST = "\ufffd"
# as a formula that stands for a text begins: so Excel keeps the zero in front of a key
FORMULA = b'="'
# what the bytes 80 to 9f are in cp1252
_BYTES = {
    bytes([byte]).decode("cp1252"): byte for byte in range(0x80, 0xA0) if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
_TRAIL = "\x80-\xbf" + "".join(_BYTES)
_QUOTES = "‘’“”–—…‹›«»"
_MAY_FOLLOW = f"{_QUOTES}\xa0\xad¹²³·®™"
_CAPITAL = "A-Z\xc0-\xde"
TWICE = re.compile(
    # of Latin letters and signs: "Ã¤", "Â§", "Ä±"
    rf"(?:Ã(?![{_QUOTES}\xa0\xad])|[ÄÅ](?![{_MAY_FOLLOW}]))[{_TRAIL}]"
    rf"|Ã[{_QUOTES}](?=[A-Za-z])|(?<![{_CAPITAL}])[ÃÂ][\xa0\xad]|Â[¡-ª¬®-º¼-¿]"
    rf"|(?<=[a-z])(?:[ÃÄÅ][{_MAY_FOLLOW}]|Â[«»]|È[˜™š›])|[Â-ß][\x80-\x9f]"
    # of two letters of another script
    rf"|(?:[ÎÏÐÑ×ØÙÚÛ][{_TRAIL}]){{2}}"
    # of signs with three or four bytes: "â€“", "â‚¬", "â„¢", a byte order mark, a lost character, an emoji
    rf"|â[€\x80][{_TRAIL}]|â[‚\x82]¬|â[„\x84]¢|áº[ž\x9e]|ï»¿|ï¿½|ð[Ÿ\x9f][{_TRAIL}]{{2}}"
)
# UTF-8 read as a code page of DOS ("├ñ"), of the Mac ("√§") or of Central Europe ("Ă¤"): of German letters
OTHER_TWICE = re.compile("├[ñÂ╢╝ÄÖŁƒûœ£]|√[§∂ºüÑñú]|Ă[¤¶ĽŸź]")
# the first bytes of all that: much faster to look for than the whole
_HINT = re.compile(rb"\xe2(?:\x94\x9c|\x88\x9a)|\xc4\x82|\xc3[\x82-\x9f\xa1\xa2\xaf\xb0][\xc2\xc5\xc6\xcb\xe2]")


# letters with loose marks, invisible signs and blanks of other kinds: text that is not in normal form
_ODD = re.compile(b"|".join([rb"\xcc[\x80-\xbf]|\xcd[\x80-\xaf]", *map(re.escape, map(str.encode, LETTERS))]))


def may_be(texts: pa.Array) -> bool:
    """Whether one of the texts may be damaged, not in normal form, or the formula of a text."""
    buffer = texts.buffers()[2]
    data = buffer.to_pybytes() if buffer is not None else b""
    if FORMULA in data:
        return True
    if data.isascii():
        return False
    if b"\xef" in data and (LOST.encode() in data or MARK.encode() in data):
        return True
    return _HINT.search(data) is not None or _ODD.search(data) is not None


def unmarked(value: str) -> str:
    """The value without the byte order marks that it begins with: they mark joined files, and are no text."""
    return value.lstrip(MARK)


def problem(value: str) -> str | None:
    """What is wrong with a value that cannot be repaired."""
    if LOST in value:
        return "holds U+FFFD, the sign for a lost character,"
    if found := TWICE.search(value):
        once = bytes(_BYTES.get(letter) or ord(letter) for letter in found[0])
        return f"holds UTF-8 encoded twice ({found[0]!r} for {once.decode()!r})"
    if found := OTHER_TWICE.search(value):
        return f"holds UTF-8 encoded twice ({found[0]!r})"
    return None
