"""What a publishing run tells: what left the house, what was held back and why, or why nothing was switched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lakehouse.errors import LakehouseError


@dataclass(frozen=True)
class PublishedDataset:
    """A dataset that the catalogue lists; `changed` compares its content with what the entry object showed before."""

    dataset: str
    rows: int
    content_id: str
    version: str
    changed: bool
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class HeldBack:
    """A dataset that did not leave, why, and what would change that."""

    dataset: str
    reason: str
    remedy: str


@dataclass(frozen=True)
class PublishReport:
    """Result of one run.

    `uploaded` counts the objects that were new; `switched` says whether the entry object was replaced; `warnings` are
    the recommendations of the official shapes that the catalogue does not follow.
    """

    release: int
    published: tuple[PublishedDataset, ...]
    held_back: tuple[HeldBack, ...]
    shapes_checked: bool
    catalogue_url: str
    uploaded: int
    switched: bool
    warnings: tuple[str, ...]


class PublishRefused(LakehouseError):
    """The catalogue may not be published; the entry object still shows what it showed before."""

    def __init__(self, reasons: Sequence[str], held_back: Sequence[HeldBack] = ()) -> None:
        """Takes the reasons, one sentence each, and the datasets that were held back in the same run."""
        super().__init__("nothing was published: " + "; ".join(reasons))
        self.reasons = tuple(reasons)
        self.held_back = tuple(held_back)
