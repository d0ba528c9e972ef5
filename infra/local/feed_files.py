"""Fills the folder that the loopback feed server serves: from the bundled samples or from a folder of real files."""

from __future__ import annotations

import filecmp
import shutil
from pathlib import Path
from urllib.parse import unquote, unquote_plus, urlsplit

from lakehouse.errors import LakehouseError
from lakehouse.spec.dates import SAMPLE_DAY
from lakehouse.spec.fetch import Http
from lakehouse.spec.inbox import Inbox
from lakehouse.spec.mqtt import Mqtt
from lakehouse.spec.source import SAMPLE_INPUT, Source

# of a page's file, where its address has none
PAGE_SUFFIXES = (".csv", ".json", ".rdf", ".ttl")
# static files do not know when their objects changed
IGNORED_PARAMETER = "modified_since="


def served_name(address: str) -> str:
    """Name below the served folder of the file that answers an address: `list?page=2` is `list@page=2`, unquoted.

    The file may also end in one of `PAGE_SUFFIXES`.
    """
    parts = urlsplit(address)
    asked = "&".join(part for part in parts.query.split("&") if not part.startswith(IGNORED_PARAMETER))
    query = unquote_plus(asked).replace("/", "%2F")
    return unquote(parts.path).lstrip("/") + (f"@{query}" if query else "")


def place(sources: dict[str, Source], into: Path, real: Path | None = None) -> list[str]:
    """Copies the declared files of every feed whose bytes differ, so that Last-Modified moves only with the content.

    Args:
        sources: the feeds.
        into: folder that is served.
        real: folder with real files; the samples if not given.

    Returns:
        the files that changed.

    Raises:
        LakehouseError: the folder lacks a declared file, or every page of a declared list.
    """
    changed = []
    for source in sources.values():
        if not source.is_fetched:
            continue
        folder = real or source.folder / SAMPLE_INPUT
        for file, served in _files(source, folder, sample=real is None).items():
            target = into / served
            if target.exists() and filecmp.cmp(folder / file, target, shallow=False):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / file, target)
            changed.append(served)
    return changed


def _files(source: Source, folder: Path, *, sample: bool) -> dict[str, str]:
    """The files of a feed below a folder, and the names below which they are served."""
    found: dict[str, str] = {}
    assert not isinstance(source.fetch, (Inbox, Mqtt))
    fetch = source.fetch.mirrored
    today = fetch.addresses
    # the dates in a sample's names count from its own day
    there = [address for address, _ in fetch.editions(SAMPLE_DAY)] if sample else today
    for address, asked in zip(there, today, strict=True):
        file = served_name(address)
        if isinstance(fetch, Http) and fetch.may_be_absent and not (folder / file).is_file():
            continue
        if isinstance(fetch, Http):
            files = {file: served_name(asked)}
        else:
            files = {name: name for name in _pages(folder, unquote(urlsplit(address).path).lstrip("/"))}
        if not files or not all((folder / name).is_file() for name in files):
            raise LakehouseError(f"{source.id}: {folder} has no file {file}")
        found |= files
    return found


def _pages(folder: Path, path: str) -> list[str]:
    """Every page of a list: the pages share the path of its address and differ in the query."""
    beside = (folder / path).parent
    name = Path(path).name
    found = sorted(beside.iterdir()) if beside.is_dir() else []
    names = {name, *(name + suffix for suffix in PAGE_SUFFIXES)}
    return [
        str(p.relative_to(folder)) for p in found if p.is_file() and (p.name in names or p.name.startswith(f"{name}@"))
    ]
