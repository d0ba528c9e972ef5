"""What all declarations share: models that refuse keys they do not know, names, and patterns that compile."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

# types of a column that says when something was
MOMENTS = ("date", "timestamp")
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]

# Python checks these patterns and Java runs them: only what both read alike, so no flags, names, anchors, `\Z` or `[[`
_ESCAPED = r"\\(?:[dswDSW]|[^A-Za-z0-9])"
PORTABLE = re.compile(
    rf"(?:{_ESCAPED}|\[\^?(?:{_ESCAPED}|[^\]\\\[&])+\]|\(\?[:=!]|\((?!\?)|\{{\d+(?:,\d*)?\}}|[^\\(\[\]{{}}^$])*"
)


class StrictModel(BaseModel):
    """A model that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def check_pattern(pattern: str | None) -> None:
    """Raises ValueError if a declared pattern is not a regular expression."""
    try:
        re.compile(pattern or "")
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a valid pattern: {error}") from None


def check_portable(pattern: str | None) -> None:
    """Raises ValueError if a declared pattern might not mean the same where it is checked and where it runs."""
    if pattern is not None and not PORTABLE.fullmatch(pattern):
        raise ValueError(
            f"{pattern!r} is not plain enough to mean the same in Python and Java: a pattern has no flags, names, "
            r"anchors (it matches the whole text anyway) or nested sets, and escapes only \d \s \w and signs"
        )
    check_pattern(pattern)
