"""`real.yml` of a feed: which recorded real files it stands for, and what is known of them without our parser."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import yaml
from pydantic import Field

from infra.local.feed_files import served_name
from lakehouse.spec.model import StrictModel
from lakehouse.spec.source import Source


class Wrap(StrictModel):
    """Objects that were recorded one by one, served as the list that they came from: {member: [objects by name]}."""

    into: str
    glob: str
    member: str = Field(alias="as")


class Check(StrictModel):
    """A query over the view `silver` and what it must answer; `why` says how that was counted."""

    sql: str
    equals: str
    why: str


class Real(StrictModel):
    """Exact counts of the complete files; `files` maps declared addresses to paths, where they differ.

    Lines that hold one of the texts `without` are not served: links to pages that were not recorded.
    """

    files: dict[str, str] = {}
    without: list[str] = []
    wrap: list[Wrap] = []
    records: int
    silver: int
    quarantined: int
    duplicate: int
    filtered: int
    superseded: int
    checks: list[Check] = Field(min_length=1)


def real(source: Source) -> Real | None:
    """The `real.yml` of a feed, if real files of it were recorded."""
    path = source.folder / "real.yml"
    return Real(**yaml.safe_load(path.read_text("utf-8"))) if path.exists() else None


def place(source: Source, known: Real, data: Path, into: Path) -> None:
    """Puts the recorded files of a feed where they are served from."""
    wrapped = {wrap.into for wrap in known.wrap}
    for address in source.fetch.mirrored.addresses:
        if address in wrapped:
            continue
        target = into / served_name(address)
        target.parent.mkdir(parents=True, exist_ok=True)
        recorded = data / known.files.get(address, served_name(address))
        if known.without:
            lines = recorded.read_text("utf-8").splitlines(keepends=True)
            target.write_text("".join(x for x in lines if not any(text in x for text in known.without)), "utf-8")
        else:
            shutil.copyfile(recorded, target)
    for wrap in known.wrap:
        objects = [json.loads(path.read_text("utf-8")) for path in sorted(data.glob(wrap.glob))]
        target = into / served_name(wrap.into)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps({wrap.member: objects}, ensure_ascii=False), "utf-8")
