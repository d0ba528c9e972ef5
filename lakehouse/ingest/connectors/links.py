"""The header `Link` (RFC 8288), as far as it names the next page of a list.

Libraries at hand split it at every semicolon or comma, also within quotes, and lose links that way without a word.
"""

from __future__ import annotations

import re

TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
PARAMETER = re.compile(rf"\s*;\s*({TOKEN})(?:\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s\",;]*)))?")
TARGET = re.compile(r"\s*<([^>]*)>")
END = re.compile(r"\s*(?:;\s*)?(?:,|$)")


def next_links(header: str) -> set[str]:
    """Targets of all links with `rel="next"`. Raises ValueError if the header cannot be read."""
    found = set()
    at = 0
    while header[at:].strip(" \t,"):
        at += len(header[at:]) - len(header[at:].lstrip(" \t,"))
        target = TARGET.match(header, at)
        if target is None:
            raise ValueError(f"has a header Link that cannot be read: {header[at : at + 100]!r}")
        at, relations = target.end(), None
        while parameter := PARAMETER.match(header, at):
            at = parameter.end()
            # of several relations the first counts
            if parameter[1].lower() == "rel" and relations is None:
                relations = (parameter[2] or parameter[3] or "").lower().split()
        end = END.match(header, at)
        if end is None:
            raise ValueError(f"has a header Link that cannot be read: {header[at : at + 100]!r}")
        at = end.end()
        if "next" in (relations or ()):
            found.add(target[1])
    return found
