"""A small delivery of two tables for tests of workbooks, filled workbooks, and ways to spoil them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import yaml

from lakehouse.ingest.parse import parse_to_parquet
from lakehouse.spec.discovery import load_delivery
from lakehouse.spec.source import Source
from lakehouse.workbook import layout, template

DELIVERY, TRAINING, PLACE = "town__course", "town__training", "town__venue"
CITY, PERIOD = "05562024", "2025"
SHARED: dict[str, Any] = {
    "title": "Kurse",
    "description": "Welche Kurse die Verwaltung anbietet.",
    "owner": "Parks office",
    "licence": None,
    "licence_note": "Nobody asked yet.",
    "scope_label": "town",
    "fictitious": True,
    "fetch": {"connector": "inbox", "period": "year", "due_days": 90},
}
TRAININGS: dict[str, Any] = {
    "title": "Schulungen",
    "description": "Eine Zeile ist ein Angebot.",
    "format": {"type": "xlsx", "sheet": "Maßnahmen"},
    "key": ["number"],
    "columns": [
        {"from": "Nr.", "name": "number", "required": True, "pattern": r"M\d+", "example": "M1", "help": "Kennung."},
        {"from": "Zielgruppe", "name": "audience", "required": True,
         "codes": {"staff": "Verwaltung", "firms": "Unternehmen", "all": "Bürgerinnen, Bürger"}},
        {"from": "Handlungsfelder", "name": "fields", "many": True,
         "codes": {"climate": "Nachhaltigkeit und Klimaschutz", "mobility": "Intelligente Mobilität"}},
        {"from": "Plätze", "name": "places", "type": "int", "minimum": 0, "maximum": 5000, "example": "120",
         "unit": "Plätze"},
        {"from": "Kosten", "name": "cost", "type": "decimal(14,2)", "unit": "EUR", "minimum": 0},
        {"from": "Beginn", "name": "begins_on", "type": "date", "required": True},
        {"from": "Online", "name": "online", "type": "boolean"},
        {"from": "Ort", "name": "place", "refers_to": f"{PLACE}.place"},
        {"from": "Bemerkung", "name": "remark"},
    ],
    "rules": [
        {"column": "cost", "check": "cost <= 100000 OR places > 0", "reason": "costs much without a place",
         "message": "Bitte prüfen Sie Kosten und Plätze."}
    ],
}  # fmt: skip
PLACES: dict[str, Any] = {
    "title": "Orte",
    "description": "Eine Zeile ist ein Ort.",
    "format": {"type": "xlsx", "sheet": "Orte"},
    "key": ["place"],
    "columns": [
        {"from": "Ort", "name": "place", "required": True},
        {"from": "Fläche", "name": "area", "type": "double"},
    ],
}
ROWS: dict[str, list[dict[str, Any]]] = {
    TRAINING: [
        {"number": "M1", "audience": "staff", "fields": ["climate", "mobility"], "places": 120,
         "cost": Decimal("1234.56"), "begins_on": dt.date(2025, 2, 1), "online": True, "place": "Rathaus",
         "remark": "=1+1"},
        {"number": "M2", "audience": "all", "fields": [], "places": None, "cost": Decimal("0.10"),
         "begins_on": dt.date(2025, 12, 31), "online": False, "place": None, "remark": None},
    ],
    PLACE: [{"place": "Rathaus", "area": 12.5}],
}  # fmt: skip
# the header stands in this row of both sheets, and data from the next one on
HEADER_ROW = 5


def tables(
    folder: Path, trainings: Mapping[str, Any] = TRAININGS, places: Mapping[str, Any] | None = PLACES
) -> list[Source]:
    """The tables of the delivery, read from files that are written below a folder."""
    home = folder / DELIVERY / "tables"
    home.mkdir(parents=True, exist_ok=True)
    for path, declared in (
        (home.parent / "source.yml", SHARED),
        (home / f"{TRAINING}.yml", trainings),
        (home / f"{PLACE}.yml", places),
    ):
        if declared is not None:
            path.write_text(yaml.safe_dump(dict(declared), sort_keys=False, allow_unicode=True), "utf-8")
    return load_delivery(folder, DELIVERY)


def one_table(folder: Path) -> list[Source]:
    """The delivery with its first table only."""
    columns = [column for column in TRAININGS["columns"] if "refers_to" not in column]
    return tables(folder, {**TRAININGS, "columns": columns}, None)


def by_id(every: Sequence[Source], feed: str) -> Source:
    return next(table for table in every if table.id == feed)


def filled(folder: Path, every: Sequence[Source], name: str = "filled.xlsx", ags: str = CITY) -> Path:
    """A workbook as an administration sends it: the template with rows, saved by another program."""
    path = folder / name
    template.write(path, every, ags, PERIOD, {table.id: ROWS[table.id] for table in every})
    return edited(path, lambda book: None)


def edited(path: Path, edit: Callable[[Any], None]) -> Path:
    """The workbook after somebody opened, changed and saved it."""
    book = openpyxl.load_workbook(path)
    edit(book)
    book.save(path)
    return path


def cover_cell(book: Any, label: str) -> Any:
    """The cell beside a label of the cover."""
    return next(row[1] for row in book[layout.COVER].iter_rows() if row[0].value == label)


def parsed(table: Source, path: Path, into: Path) -> list[dict[str, Any]]:
    """What bronze gets of a table."""
    told = {"ags": CITY, "period": PERIOD}
    parse_to_parquet(table, path, path.name, into, told)
    return pq.read_table(into).to_pylist()
