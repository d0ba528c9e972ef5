"""A small feed for tests that need one of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from lakehouse.spec.discovery import load_source
from lakehouse.spec.source import Source

FEED = "town__tree"


def declared(**changes: Any) -> dict[str, Any]:
    """What the feed's `source.yml` declares, with some keys changed."""
    return {
        "title": "Trees",
        "description": "Every tree of the town.",
        "owner": "Parks office",
        "licence": None,
        "licence_note": "Nobody asked yet.",
        "schedule": "0 4 * * *",
        "scope_label": "town",
        "fetch": {"connector": "http", "files": ["trees/all.csv"], "max_bytes": 10_000, "timeout_s": 5},
        "format": {"type": "csv", "encoding": "utf-8", "delimiter": ","},
        "load": {"kind": "snapshot"},
        "key": ["tree"],
        "columns": [{"from": "Baum", "name": "tree", "required": True}, {"from": "Art", "name": "species"}],
        **changes,
    }


def write(folder: Path, feed: str = FEED, **changes: Any) -> Path:
    """Writes the feed's `source.yml` below a folder of sources."""
    path = folder / feed / "source.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(declared(**changes), sort_keys=False, allow_unicode=True), "utf-8")
    return path


def source(folder: Path, feed: str = FEED, **changes: Any) -> Source:
    """The feed, read from the file that was written."""
    return load_source(write(folder, feed, **changes))
