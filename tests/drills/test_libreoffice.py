"""Every workbook opened, changed and saved by LibreOffice is read as what stands in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from infra.region import ENTITIES, rows_of
from infra.region.facts import Row, as_of
from lakehouse.settings import CHECKOUT
from lakehouse.spec.discovery import load_delivery
from lakehouse.spec.inbox import Inbox
from lakehouse.spec.source import Source
from lakehouse.workbook import layout, opening, template
from lakehouse.workbook.answers import Finding
from lakehouse.workbook.check import NIL_RETURN, check
from lakehouse.workbook.mark import marked
from tests.support import uploads
from tests.support.uploads import parsed
from tests.unit.region.reading import problems, read

INSTALL = "apt-get install -y --no-install-recommends libreoffice-calc python3-uno"
# Debian's, which has UNO
PYTHON = Path("/usr/bin/python3")
XLSX, ODS, OLD_XLS = "Calc MS Excel 2007 XML", "calc8", "MS Excel 97"
ADMINISTRATIONS = ("05562000", "05562024")
FREE_ROWS = 1000


class Delivery(NamedTuple):
    """One workbook of one administration, `saved` by LibreOffice, and the rows that stand in it."""

    tables: list[Source]
    ags: str
    period: str
    rows: Mapping[str, Sequence[Row]]
    made: Path
    saved: Path


def in_calc(folder: Path, jobs: Sequence[Mapping[str, Any]]) -> None:
    """Has LibreOffice do what `in_calc.py` describes."""
    soffice = shutil.which("soffice")
    has_uno = PYTHON.exists() and not subprocess.run([PYTHON, "-c", "import uno"], capture_output=True).returncode
    assert soffice and has_uno, f"LibreOffice or its Python is missing: {INSTALL}"
    asked = {"soffice": soffice, "profile": str(folder / "profile"), "jobs": jobs}
    script = Path(__file__).with_name("in_calc.py")
    # what our own Python needs would lead the other one astray
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    subprocess.run([PYTHON, script], input=json.dumps(asked), text=True, check=True, env=environment)


def typed(table: Source, row: Row, number: int, columns: Sequence[str]) -> list[tuple[str, str, str]]:
    """Some cells of a row, as a clerk types them into row `number` below the header, from 0."""
    top = len(layout.introduction(table)) + 4
    return [
        (
            layout.sheet(table),
            f"{get_column_letter(i)}{top + number}",
            layout.german(layout.cell(column, row[column.name])),
        )
        for i, column in enumerate(table.delivered, 1)
        if column.name in columns and row[column.name] is not None
    ]


def unfinished(table: Source, rows: Sequence[Row]) -> tuple[list[Row], list[tuple[str, str, str]]]:
    """The rows as they stand before the last hour of work, without the last and with a wrong cell, and what is left."""
    if not rows:
        return [], []
    *before, last = rows
    left = typed(table, last, len(before), list(last))
    for name in last:
        if (
            before
            and name not in table.key
            and None not in (before[0][name], last[name])
            and before[0][name] != last[name]
        ):
            left += typed(table, before[0], 0, [name])
            before[0] = {**before[0], name: last[name]}
            break
    return before, left


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Delivery]:
    """All of them by delivery and administration, in one run of LibreOffice."""
    folder = tmp_path_factory.mktemp("calc")
    made, jobs = {}, []
    for name in ENTITIES:
        tables = load_delivery(CHECKOUT / "sources", name)
        fetch = tables[0].fetch
        assert isinstance(fetch, Inbox)
        period = "2025" if fetch.period == "year" else "2025-H1"
        for ags in ADMINISTRATIONS:
            rows, cells = rows_of(name, ags, period), []
            before = {}
            for table in tables:
                before[table.id], left = unfinished(table, rows[table.id])
                cells += left
            one = Delivery(
                tables, ags, period, rows, folder / f"{name}-{ags}.xlsx", folder / f"{name}-{ags}-saved.xlsx"
            )
            template.write(one.made, tables, ags, period, before)
            jobs.append({"open": str(one.made), "save": str(one.saved), "filter": XLSX, "cells": cells})
            made[name, ags] = one
    in_calc(folder, jobs)
    return made


@pytest.mark.parametrize("ags", ADMINISTRATIONS)
@pytest.mark.parametrize("name", ENTITIES)
def test_what_libreoffice_saves_is_what_was_typed(
    name: str, ags: str, deliveries: Mapping[tuple[str, str], Delivery], tmp_path: Path
) -> None:
    tables, ags, period, rows, made, saved = deliveries[name, ags]
    checked = check(saved, tables, ags, period)
    assert (checked.rows, checked.notices) == ({table.id: len(rows[table.id]) for table in tables}, [])
    texts: dict[str, list[Row]] = {table.id: [] for table in tables}
    for table in (table for table in tables if rows[table.id]):
        records = parsed(table, saved, tmp_path / "bronze")
        assert [record["_record_error"] for record in records] == [None] * len(records)
        texts[table.id] = [{column.name: record[column.name] for column in table.delivered} for record in records]
    assert problems(tables, texts, ags, period, as_of(period)) == []
    for table in tables:
        meant = [{c.name: read(c, row[c.name], as_of(period)) for c in table.delivered} for row in texts[table.id]]
        assert meant == [{c.name: row[c.name] for c in table.delivered} for row in rows[table.id]]
    assert validations(saved) == validations(made)


def validations(path: Path) -> dict[tuple[str, str], tuple[Any, ...]]:
    """What may be typed into the cells of a workbook, by sheet and first cell of an area.

    LibreOffice saves an area of a whole column down to a thousand rows below the last one with content.
    """
    found = {}
    for sheet in openpyxl.load_workbook(path).worksheets:
        for rule in sheet.data_validations.dataValidation:
            (area,) = rule.sqref.ranges
            assert area.size["rows"] == 1 or area.max_row >= FREE_ROWS
            first = f"{get_column_letter(area.min_col)}{area.min_row}"
            bounds = [rule.formula1] if rule.type == "list" else [float(rule.formula1), float(rule.formula2)]
            found[sheet.title, first] = (rule.type, rule.operator or "between", bounds, rule.error, rule.prompt)
    return found


@pytest.fixture
def small(tmp_path: Path) -> tuple[list[Source], Path]:
    """The two tables of the tests of workbooks, and a workbook that is filled with them."""
    every = uploads.tables(tmp_path)
    template.write(tmp_path / "made.xlsx", every, uploads.CITY, uploads.PERIOD, uploads.ROWS)
    return every, tmp_path / "made.xlsx"


def sent(made: Path, filter_: str, *cells: tuple[str, str, str]) -> Path:
    """The workbook after some cells were typed into it in LibreOffice, and as that saved it."""
    there = made.with_name("sent")
    in_calc(made.parent, [{"open": str(made), "save": str(there), "filter": filter_, "cells": cells}])
    return there


def test_nothing_to_report_is_said_in_libreoffice_too(small: tuple[list[Source], Path]) -> None:
    every, made = small
    template.write(made, every, uploads.CITY, uploads.PERIOD)
    checked = check(sent(made, XLSX, (layout.COVER, "B8", "ja")), every, uploads.CITY, uploads.PERIOD)
    assert (checked.rows, checked.notices) == ({uploads.TRAINING: 0, uploads.PLACE: 0}, [NIL_RETURN])


def test_an_answer_is_mended_in_libreoffice_and_taken(small: tuple[list[Source], Path]) -> None:
    every, made = small
    finding = Finding(sheet="Maßnahmen", cell="D6", found="120", sentence="Bitte prüfen Sie die Zahl.")
    marked(made, made.with_name("answer.xlsx"), [finding], [], "Eine Zeile wartet.")
    there = sent(made.with_name("answer.xlsx"), XLSX, ("Maßnahmen", "D6", "1.200"))
    checked = check(there, every, uploads.CITY, uploads.PERIOD)
    assert (checked.rows, checked.notices) == ({uploads.TRAINING: 2, uploads.PLACE: 1}, [])
    first, _ = parsed(uploads.by_id(every, uploads.TRAINING), there, made.with_name("bronze"))
    assert (first["number"], first["places"], first["cost"]) == ("M1", "1200", "1234,56")


@pytest.mark.parametrize(
    ("filter_", "cells", "says", "at"),
    [
        (ODS, [], opening.OPEN_DOCUMENT, ""),
        (OLD_XLS, [], opening.OLD, ""),
        (XLSX, [("Orte", "B6", "12,5%")], "Auf dem Blatt „Orte“ ist Zelle B6 als Prozent formatiert", "B6"),
        (XLSX, [("Maßnahmen", "D8", "=D6+D7")], "Auf dem Blatt „Maßnahmen“ steht in Zelle D8 eine Formel", "D8"),
    ],
)
def test_what_libreoffice_saves_is_refused_with_the_sentence_for_it(
    filter_: str, cells: list[tuple[str, str, str]], says: str, at: str, small: tuple[list[Source], Path]
) -> None:
    every, made = small
    with pytest.raises(opening.Refused) as refused:
        check(sent(made, filter_, *cells), every, uploads.CITY, uploads.PERIOD)
    assert (refused.value.sentence[: len(says)], refused.value.cell) == (says, at)
