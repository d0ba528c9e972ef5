"""`python -m cockpit [--release N] [--into DIR]`: makes the cockpit of a release in the lake, or in a folder."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from cockpit import job
from lakehouse import command
from lakehouse.settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and says where the pages are."""
    parser = argparse.ArgumentParser(prog="python -m cockpit", description=__doc__)
    parser.add_argument("--release", type=int, help="number of the release; the current one if not given")
    parser.add_argument("--into", type=Path, help="write the pages into this folder, and nothing into the lake")
    options = parser.parse_args(arguments)
    return command.run(lambda: _make(options.release, options.into))


def _make(release: int | None, into: Path | None) -> None:
    settings = Settings.load()
    if into is None:
        made = job.make(settings, release)
        print(f"The cockpit of release {made} is in the lake; the upload page shows it at /cockpit/{made}/.")
    else:
        print(job.write(settings, into, release))


if __name__ == "__main__":
    sys.exit(main())
