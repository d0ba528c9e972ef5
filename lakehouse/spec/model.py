"""What all declarations share: models that refuse keys they do not know, names, and patterns that compile."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

# types of a column that says when something was
MOMENTS = ("date", "timestamp")
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class StrictModel(BaseModel):
    """A model that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def check_pattern(pattern: str | None) -> None:
    """Raises ValueError if a declared pattern is not a regular expression."""
    try:
        re.compile(pattern or "")
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a valid pattern: {error}") from None
