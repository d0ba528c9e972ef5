"""`python -m tests.bench.builds`: a release of all marts on all real files, and one after each of three small changes.

Everything is loaded first: every feed from its real files where there are some, the workbooks of all administrations.
"""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path

from infra.local import feed_files
from infra.region import rows_of
from lakehouse import names
from lakehouse.lake.release import MartPin, latest
from lakehouse.spec.discovery import load_delivery
from lakehouse.workbook import template
from tests.bench.measure import describe_machine, table
from tests.bench.stacks import running
from tests.conftest import SHARED
from tests.integration.test_8_figures.region import load_everything
from tests.support.built import make_release, run_feed
from tests.support.polled import ESF_FILE
from tests.support.stack import LocalStack

DATA = SHARED / "data"
CITY = "05562024"
WORKBOOKS = {"vest__leuchttuerme": ("2025", "vest__trend"), "vest__strategie": ("2025-H2", "vest__measure")}


def main() -> None:
    """Prints how long each release took, and how many marts it made again."""
    # nothing comes due beside the measurement
    with running(feeds=()) as stack:
        print(describe_machine(), flush=True)
        for feed, source in stack.region.items():
            feed_files.place({feed: source}, stack.feeds_dir, DATA)
            run_feed(feed, "first")
        load_everything(stack, DATA)
        rows = [_release(stack, "all marts")]
        for workbook, (period, of) in WORKBOOKS.items():
            _correct(stack, workbook, period, of)
            rows.append(_release(stack, f"after {workbook}"))
        stack.edit(ESF_FILE, lambda text: text.replace("1.000 €", "1.001 €", 1))
        run_feed("esf_nrw__grant", "changed")
        rows.append(_release(stack, "after esf_nrw__grant"))
    print(table(["release", "marts made", "seconds", "of which build", "gate", "release"], rows))


def _release(stack: LocalStack, name: str) -> list[str]:
    before = {mart: pin.version for mart, pin in _marts(stack).items()}
    seconds = make_release(stack, name)
    made = [mart for mart, pin in _marts(stack).items() if before.get(mart) != pin.version]
    figures = [sum(seconds.values()), seconds["build"], seconds["gate"], seconds["release"]]
    return [name, str(len(made)), *(f"{figure:.1f}" for figure in figures)]


def _marts(stack: LocalStack) -> dict[str, MartPin]:
    found = latest(stack.store("spark"))
    return found.marts if found else {}


def _correct(stack: LocalStack, workbook: str, period: str, of: str) -> None:
    tables = load_delivery(stack.sources_dir, workbook)
    rows = copy.deepcopy(rows_of(workbook, CITY, period))
    rows[of][0]["title"] = "Berichtigt"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "workbook.xlsx"
        template.write(path, tables, CITY, period, rows)
        stack.store(CITY).put_file(names.INBOX, f"{names.inbox_prefix(CITY, workbook)}{period}/corrected.xlsx", path)
    run_feed(workbook, "corrected")


if __name__ == "__main__":
    main()
