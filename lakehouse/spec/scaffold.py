"""Writes the folder of a new feed from the skeleton beside this module."""

from __future__ import annotations

from pathlib import Path
from string import Template

from lakehouse import names
from lakehouse.errors import LakehouseError
from lakehouse.spec.source import SAMPLE_INPUT

SKELETON = Path(__file__).with_name("skeleton")


def write(sources_dir: Path, feed: str) -> list[Path]:
    """Writes `source.yml`, a sample with bad records in it, and the rows that must come out of it.

    Returns:
        the files, of which `source.yml` is the first.

    Raises:
        LakehouseError: the id is none, or the feed exists.
    """
    folder = _new(sources_dir, feed)
    source, _, entity = feed.partition("__")
    declared = Template((SKELETON / "source.yml").read_text("utf-8"))
    written = {
        folder / "source.yml": declared.substitute(source=source, entity=entity),
        folder / SAMPLE_INPUT / source / f"{entity}.csv": (SKELETON / SAMPLE_INPUT / "sample.csv").read_text("utf-8"),
    }
    for expected in sorted((SKELETON / "sample").glob("expected_*.csv")):
        written[folder / "sample" / expected.name] = expected.read_text("utf-8")
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return list(written)


def write_declaration(sources_dir: Path, feed: str, text: str) -> Path:
    """Writes the folder of a new feed with nothing but this `source.yml` in it. Raises LakehouseError as `write`."""
    path = _new(sources_dir, feed) / "source.yml"
    path.parent.mkdir(parents=True)
    path.write_text(text, "utf-8")
    return path


def _new(sources_dir: Path, feed: str) -> Path:
    try:
        folder = sources_dir / names.check_feed_id(feed)
    except ValueError as error:
        raise LakehouseError(str(error)) from None
    if folder.exists():
        raise LakehouseError(f"{folder} exists already")
    return folder
