"""What `source.yml` declares of the archive around the files of a delivery."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lakehouse.spec.model import StrictModel

MAX_UNPACKED_BYTES = 200_000_000


class Archive(StrictModel):
    """What is packed around the files: every member of a `zip` or `tar` that matches `members`, or one `gzip` stream.

    `members` is a pattern with `*` and `?` for the whole name, folders included (`daten/*.csv`). Members are read in
    the order of their names, as if they were one file after the other. A `tar` may be packed with gzip, bzip2 or xz,
    which needs no declaration. `max_unpacked_bytes` holds for all files together that are read, of a `tar` for the
    whole of it. Whatever is packed more than 200 times, encrypted, cut off, a link, or named to leave its folder is
    refused.
    """

    type: Literal["zip", "gzip", "tar"]
    members: str = "*"
    max_unpacked_bytes: int = Field(default=MAX_UNPACKED_BYTES, gt=0)
