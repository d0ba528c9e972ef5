"""What `source.yml` declares of the archive around the files of a delivery."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lakehouse.spec.model import StrictModel


class Archive(StrictModel):
    """What is packed around the files: every zip member that matches `members`, or one gzip stream.

    `max_unpacked_bytes` holds for all members together.
    """

    type: Literal["zip", "gzip"]
    members: str = "*"
    max_unpacked_bytes: int = Field(default=200_000_000, gt=0)
