"""Workbooks of the made-up region on their way through the stack of the integration tests."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl

from infra.region import rows_of
from infra.region.faults import Spoiled, spoil
from lakehouse import names
from lakehouse.lake import sql
from lakehouse.spec.source import Source
from lakehouse.workbook import template
from lakehouse.workbook.answers import Answer, answers
from tests.support.stack import LocalStack

CITY, OTHER = "05562024", "05562020"
Row = Mapping[str, Any]


def period_of(tables: Sequence[Source]) -> str:
    return "2025-H1" if tables[0].fetch.period == "half_year" else "2025"  # type: ignore[union-attr]


def put(
    stack: LocalStack,
    tables: Sequence[Source],
    ags: str,
    rows: Mapping[str, Sequence[Row]],
    path: Path,
    name: str = "a",
) -> str:
    """Fills a workbook and puts it into the inbox with its sender's own key; gives its own."""
    period = period_of(tables)
    template.write(path, tables, ags, period, rows)
    key = f"{names.inbox_prefix(ags, tables[0].delivery)}{period}/{name}.xlsx"
    stack.store(ags).put_file(names.INBOX, key, path)
    return key


def last_answer(stack: LocalStack, ags: str, delivery: str) -> Answer:
    return max(answers(stack.store(ags), ags, delivery), key=lambda found: found.delivery)


def silver(stack: LocalStack, table: Source, ags: str) -> list[tuple[object, ...]]:
    """What silver holds of one administration, without the columns that its key tells."""
    own = [column.name for column in table.delivered if column.silver]
    with stack.lake() as lake:
        return lake.execute(
            f"SELECT {', '.join(own)} FROM {sql.scan(names.uri('silver', table.id))} WHERE ags = ? ORDER BY ALL", [ags]
        ).fetchall()


def typed(table: Source, rows: Sequence[Row]) -> list[tuple[object, ...]]:
    """Rows of the region as silver holds them."""
    own = [column.name for column in table.delivered if column.silver]
    # exact places of private homes end in bronze
    hidden = {"latitude", "longitude"}
    return [
        tuple(None if name in hidden and row.get("private_place") else _stored(row[name]) for name in own)
        for row in rows
    ]


def _stored(value: object) -> object:
    return (json.dumps(value, separators=(",", ":")) if value else None) if isinstance(value, list) else value


def sort(rows: Sequence[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return sorted(rows, key=lambda row: [(value is not None, str(value)) for value in row])


def spoiled(tables: Sequence[Source], ags: str) -> Spoiled:
    """What an administration delivers, with faults in a part of its rows unless its workbook is all or nothing."""
    delivery = tables[0].delivery
    share = 0.0 if tables[0].bounds.max_quarantined_share == 0 else 0.3
    drawn = random.Random(f"{delivery} {ags}")
    return spoil(drawn, tables, rows_of(delivery, ags, period_of(tables)), share)


def held(stack: LocalStack, tables: Sequence[Source]) -> dict[str, list[tuple[object, ...]]]:
    """What silver holds of two administrations."""
    return {f"{table.id} {ags}": silver(stack, table, ags) for table in tables for ags in (CITY, OTHER)}


def cells(said: Answer) -> set[tuple[str, str]]:
    return {(finding.sheet, finding.cell) for finding in said.findings}


def expected_cells(stack: LocalStack, tables: Sequence[Source], ags: str, found: Spoiled) -> Iterator[tuple[str, str]]:
    """Where each spoiled cell stands, found by openpyxl in the workbook that came back."""
    by_id = {table.id: table for table in tables}
    said = last_answer(stack, ags, tables[0].delivery)
    key = f"{names.inbox_prefix(ags, said.feed)}{said.period}/{said.upload}"
    marked = stack.store(ags).get(names.ANSWERS, names.answer_key(key, said.delivery, "xlsx"))
    book = openpyxl.load_workbook(io.BytesIO(marked))
    for one in found.waiting:
        table = by_id[one.table]
        sheet = book[str(getattr(table.format, "sheet", ""))]
        column = next(column for column in table.delivered if column.name == one.column)
        (header,) = [cell for row in sheet.iter_rows(max_row=20) for cell in row if cell.value == column.source]
        cell = sheet.cell(header.row + 1 + one.row, header.column)
        assert cell.comment is not None, (sheet.title, cell.coordinate)
        yield sheet.title, cell.coordinate
