"""Fills the folder that the loopback feed server serves: from the bundled samples or from a folder of real files."""

from __future__ import annotations

import filecmp
import shutil
from pathlib import Path
from urllib.parse import unquote

from lakehouse.errors import LakehouseError
from lakehouse.spec import Source

SAMPLE_INPUT = Path("sample") / "input"


def place(sources: dict[str, Source], into: Path, real: Path | None = None) -> list[str]:
    """Copies the declared files of every feed whose bytes differ, so that Last-Modified moves only with the content.

    Args:
        sources: the feeds.
        into: folder that is served.
        real: folder with real files; the samples if not given.

    Returns:
        the files that changed.

    Raises:
        LakehouseError: the folder lacks a declared file.
    """
    changed = []
    for source in sources.values():
        folder = real or source.folder / SAMPLE_INPUT
        for file in map(unquote, source.fetch.files):
            if not (folder / file).is_file():
                raise LakehouseError(f"{source.id}: {folder} has no file {file}")
            target = into / file
            if target.exists() and filecmp.cmp(folder / file, target, shallow=False):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / file, target)
            changed.append(file)
    return changed
