"""What the proposal knows of a file, and of the values of one of its columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Look:
    """What is proposed of a file as a whole.

    `columns` are what each column's `from` says; `exact` are those whose numbers are known to be numbers, because the
    format says so; `notes` are comments on the format, and `unnamed` tells that no column is named in the file.
    """

    format: dict[str, Any]
    columns: list[str]
    notes: list[str] = field(default_factory=list)
    exact: set[str] = field(default_factory=set)
    unnamed: bool = False


@dataclass
class Values:
    """How the values of a column are written: keys of its declaration, and comments on them."""

    declared: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
