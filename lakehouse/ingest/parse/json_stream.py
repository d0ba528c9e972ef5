"""Records of a JSON text that stand in one array or object, read one after the other: memory holds one at a time.

Each record is decoded by the decoder of the standard library, as a whole document is; only the brackets, names and
commas around the records are read here. Where they break JSON's grammar, the decoder is asked for the words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, TextIO

from lakehouse.ingest.parse.json_values import MAX_NESTING, TOO_DEEP, Invalid, depth, not_json, shape, twice

SIZE = 1 << 18
# longer than anything that reads otherwise when its end is not there yet ("-Infinity", two escapes of a pair)
MARGIN = 16
LETTER = re.compile(r"[^ \t\n\r]")


class _Window:
    """The part of a text that is not read yet, as far as it is in memory; `at` is where reading goes on."""

    def __init__(self, file: TextIO, decoder: json.JSONDecoder) -> None:
        self.file, self.decoder = file, decoder
        self.text, self.at, self.next = "", 0, 0
        self.ended = False
        # what was dropped: its lines, and the characters of its last one
        self.lines = self.columns = 0

    def more(self) -> None:
        """Drops what was read and adds to the rest, the more the longer that is."""
        if lines := self.text.count("\n", 0, self.at):
            self.lines += lines
            self.columns = self.at - self.text.rindex("\n", 0, self.at) - 1
        else:
            self.columns += self.at
        piece = self.file.read(max(SIZE, len(self.text) - self.at))
        self.text, self.at, self.ended = self.text[self.at :] + piece, 0, not piece

    def ahead(self, passed: int = 0) -> str:
        """The first letter that is no blank behind `passed` letters, which stands at `next`; empty at the end."""
        while True:
            if found := LETTER.search(self.text, self.at + passed):
                self.next = found.start()
                return found[0]
            if self.ended:
                self.next = len(self.text)
                return ""
            self.more()

    def value(self) -> Any:
        """Reads the value that begins here. Raises Invalid."""
        while True:
            try:
                found, end = self.decoder.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                is_whole = error.pos < len(self.text) - MARGIN and not error.msg.startswith("Unterminated")
                if is_whole or self.ended:
                    raise self.broken(error.msg, error.pos) from None
            except RecursionError:
                raise Invalid(TOO_DEEP) from None
            else:
                # a number may go on, with "e-5" behind it
                if end < len(self.text) - MARGIN or self.ended:
                    self.at = end
                    return found
            self.more()

    def unexpected(self, before: str) -> Invalid:
        """What the decoder says of the text from here on, if `before` stood before it."""
        try:
            self.decoder.decode(before + self.text[self.at :])
        except json.JSONDecodeError as error:
            return self.broken(error.msg, error.pos - len(before) + self.at)
        raise AssertionError("asked for an error where there is none")

    def broken(self, message: str, position: int) -> Invalid:
        """The error at a position in what is in memory."""
        line = self.text.count("\n", 0, position)
        column = position - self.text.rfind("\n", 0, position) if line else self.columns + position + 1
        return not_json(message, self.lines + line + 1, column)

    def elements(self) -> Iterator[int]:
        """The indexes of the array that begins here; whoever takes one reads its value before the next."""
        index = 0
        while (letter := self.ahead(1)) != "]":
            self.at = self.next
            yield index
            index += 1
            letter = self.ahead()
            self.at = self.next
            if letter == "]":
                break
            if letter != "," or self.ahead(1) == "]":
                raise self.unexpected("[0")
        else:
            self.at = self.next
        self.at += 1

    def members(self) -> Iterator[str]:
        """The names of the object that begins here; whoever takes one reads its value before the next."""
        names: dict[str, int] = {}
        letter, before = self.ahead(1), ""
        while letter != "}" or before:
            if letter != '"':
                raise self.unexpected(before)
            self.at = self.next
            name = self.value()
            names[name] = names.get(name, 0) + 1
            if self.ahead() != ":":
                raise self.unexpected('{""')
            self.at = self.next
            self.ahead(1)
            self.at = self.next
            yield name
            letter, before = self.ahead(), '{"":0'
            self.at = self.next
            if letter == "}":
                break
            if letter != ",":
                raise self.unexpected(before)
            letter = self.ahead(1)
        else:
            self.at = self.next
        self.at += 1
        for name, count in names.items():
            if count > 1:
                raise twice(name)


class Stream:
    """A document whose records stand in one array or object.

    `around` are the objects that hold it, from the inmost on: of each the members in `NOTED`, known at the end.
    """

    NOTED = ("type", "crs")

    def __init__(self, file: TextIO, decoder: json.JSONDecoder) -> None:
        """Begins before the document."""
        self.window = _Window(file, decoder)
        self.around: list[dict[str, Any]] = []
        self.is_too_deep = False
        self.misshapen: str | None = None

    def items(self, names: list[str]) -> Iterator[tuple[str | int, Any]]:
        """Name or index and value of each record; `names` lead to what holds them.

        Raises:
            Invalid: it is empty, not valid JSON, too deep, not of the declared shape, or what the decoder refuses.
        """
        window = self.window
        while not window.text.strip():
            if window.ended:
                raise Invalid("is empty")
            window.more()
        window.ahead()
        window.at = window.next
        yield from self._below(names, "$", 1)
        if window.ahead():
            raise window.broken("Extra data", window.next)
        # later than anything else, as it is when the whole document is read first
        if self.is_too_deep:
            raise Invalid(TOO_DEEP)
        if self.misshapen is not None:
            raise Invalid(self.misshapen)

    def _below(self, names: list[str], path: str, level: int) -> Iterator[tuple[str | int, Any]]:
        window = self.window
        opening = window.text[window.at : window.at + 1]
        if opening not in ("{", "["):
            value = window.value()
            if path == "$":
                self.misshapen = f"is {shape(value)}, no object or array"
            elif names:
                self.misshapen = f"has no {names[0]!r} in {path}, where its records are declared"
            else:
                self.misshapen = f"has {shape(value)} at {path}, no object or array"
        elif not names:
            for key in window.members() if opening == "{" else window.elements():
                value = self._value(level)
                if not self.is_too_deep:
                    yield key, value
        else:
            yield from self._within(names, path, level, is_object=opening == "{")

    def _within(self, names: list[str], path: str, level: int, is_object: bool) -> Iterator[tuple[str | int, Any]]:
        is_there, noted = False, {}
        for key in self.window.members() if is_object else self.window.elements():
            if key == names[0]:
                is_there = True
                yield from self._below(names[1:], f"{path}[{key!r}]", level + 1)
            elif key in self.NOTED:
                noted[str(key)] = self._value(level)
            else:
                self._skip(level)
        self.around.append(noted)
        if not is_there:
            self.misshapen = f"has no {names[0]!r} in {path}, where its records are declared"

    def _value(self, level: int) -> Any:
        value = self.window.value()
        if type(value) in (dict, list) and level + depth(value) > MAX_NESTING:
            self.is_too_deep = True
        return value

    def _skip(self, level: int) -> None:
        """Reads a value that holds no records; an array by the element, because it may be as long as theirs."""
        if self.window.text.startswith("[", self.window.at):
            for _ in self.window.elements():
                self._value(level + 1)
        else:
            self._value(level)
