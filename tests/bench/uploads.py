"""`python -m tests.bench.uploads`: from a workbook put into the inbox to its answer, through Airflow's scheduler.

Workbooks of few rows, then of 5,000, half of which cannot be taken; the first one only warms up.
"""

from __future__ import annotations

import time
from typing import Any

from infra.region import rows_of
from lakehouse import names
from lakehouse.airflow_api import Airflow
from lakehouse.spec.discovery import load_delivery
from lakehouse.workbook import template
from lakehouse.workbook.answers import Answer, answers
from tests.bench.measure import describe_machine, table
from tests.bench.stacks import running
from tests.support.stack import LocalStack

DELIVERY, CITY, PERIOD = "vest__ozg", "05562024", "2025-H1"
MANY = 5_000


def main() -> None:
    """Prints the seconds between putting a workbook down and its answer."""
    with running() as stack:
        print(describe_machine(), flush=True)
        _wait_for_dag(stack)
        measured = [
            _measure(stack, name, rows, spoiled)
            for name, rows, spoiled in (("warm", 40, 0), ("few", 40, 2), ("many", MANY, MANY // 2), ("again", MANY, 0))
        ]
    print(table(["workbook", "rows", "cannot be taken", "answered after s"], measured[1:]))


def _measure(stack: LocalStack, name: str, count: int, spoiled: int) -> list[str]:
    tables = load_delivery(stack.sources_dir, DELIVERY)
    (own,) = tables
    first, *_ = rows_of(DELIVERY, CITY, PERIOD)[own.id]
    # LeiKa keys of services that do not exist
    rows: list[dict[str, Any]] = [{**first, "leika_key": f"99{number:012}"} for number in range(count)]
    for row in rows[:spoiled]:
        row["as_of_date"] = "siehe Anlage"
    path, store = stack.root / "workbook.xlsx", stack.store(CITY)
    template.write(path, tables, CITY, PERIOD, {own.id: rows})
    begun = time.monotonic()
    store.put_file(names.INBOX, f"{names.inbox_prefix(CITY, DELIVERY)}{PERIOD}/{name}.xlsx", path)
    while not (found := _answers(stack, name)):
        time.sleep(0.2)
    seconds = time.monotonic() - begun
    (said,) = found[0].tables
    assert (said.read, said.waiting, len(found[0].findings)) == (count, spoiled, spoiled), found[0].refusal
    return [name, f"{count:,}", f"{spoiled:,}", f"{seconds:.1f}"]


def _answers(stack: LocalStack, name: str) -> list[Answer]:
    return [a for a in answers(stack.store(CITY), CITY, DELIVERY) if a.upload == f"{name}.xlsx"]


def _wait_for_dag(stack: LocalStack) -> None:
    airflow = Airflow(stack.settings)
    while names.ingest_dag(DELIVERY) not in airflow.dags():
        time.sleep(1)


if __name__ == "__main__":
    main()
