"""The command line. Each module brings the commands of one matter; what they need is imported when one is called."""

from __future__ import annotations

import sys

from lakehouse import command
from lakehouse.cli import asking, feeds, quarantine, released
from lakehouse.cli.base import app

__all__ = ["app", "asking", "feeds", "main", "quarantine", "released"]


def main() -> None:
    """Runs a command; see `lakehouse.command` for how it ends."""
    sys.exit(command.run(app))
