"""`python -m opendata publish [--release N]`: exit code 0 when published, 1 when refused."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from lakehouse import command
from lakehouse.settings import Settings
from opendata.job import publish
from opendata.report import HeldBack, PublishRefused, PublishReport


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and prints what left and what was held back."""
    parser = argparse.ArgumentParser(prog="python -m opendata", description=__doc__)
    known = parser.add_subparsers(required=True).add_parser("publish", help="publish a release as open data")
    known.add_argument("--release", type=int, help="number of the release; the current one if not given")
    options = parser.parse_args(arguments)
    console = Console()
    return command.run(lambda: _publish(console, options.release))


def _publish(console: Console, release: int | None) -> None:
    try:
        show(console, publish(Settings.load(), release))
    except PublishRefused as error:
        _show_held_back(console, error.held_back)
        raise


def show(console: Console, report: PublishReport) -> None:
    """Prints a report as tables."""
    table = Table("dataset", "rows", "version", "content", title=f"release {report.release}: open data")
    for item in report.published:
        table.add_row(
            item.dataset, str(item.rows), item.version, f"{item.content_id} {'new' if item.changed else 'unchanged'}"
        )
    console.print(table)
    for item in report.published:
        for address in item.addresses:
            console.print(address, soft_wrap=True, highlight=False, markup=False)
    _show_held_back(console, report.held_back)
    for warning in report.warnings:
        console.print(f"warning: {warning}", soft_wrap=True, highlight=False, markup=False)
    if not report.shapes_checked:
        console.print("official shapes not checked: DCAT_SHAPES_DIR is not set", style="yellow")
    console.print(
        f"{report.catalogue_url} {'switched' if report.switched else 'unchanged'}, {report.uploaded} new objects",
        soft_wrap=True,
        highlight=False,
        markup=False,
    )


def _show_held_back(console: Console, held_back: Sequence[HeldBack]) -> None:
    if not held_back:
        return
    table = Table("dataset", "held back because", "what would change it")
    for held in held_back:
        table.add_row(held.dataset, held.reason, held.remedy)
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
