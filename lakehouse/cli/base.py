"""The application that every command joins, and where it prints."""

from __future__ import annotations

import sys

import typer
from rich.console import Console

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The command line: SQL, releases, comparisons, lineage, backfill, quarantine, explanations, new sources.",
)
console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 160)
