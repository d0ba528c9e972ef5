"""The declarations of the workbooks: German texts for people, and lists of codes that are the same everywhere."""

from __future__ import annotations

import datetime as dt

import pytest

from infra.region.facts import ACTION_FIELDS
from lakehouse.administrations import ADMINISTRATIONS
from lakehouse.settings import CHECKOUT
from lakehouse.spec.column import Column
from lakehouse.spec.discovery import delivery_ids, load_delivery
from lakehouse.spec.inbox import Inbox
from lakehouse.spec.source import Source
from tests.unit.region.reading import read

SOURCES = CHECKOUT / "sources"
TABLES = [
    table
    for delivery in delivery_ids(SOURCES)
    for table in load_delivery(SOURCES, delivery)
    if isinstance(table.fetch, Inbox)
]
COLUMNS = [(table, column) for table in TABLES for column in table.delivered]
LATER = dt.date(2099, 1, 1)


def test_the_workbooks_are_there() -> None:
    assert {"vest__ozg", "vest__kompetenzen", "vest__egov_check_bogen", "vest__strategie"} <= {
        t.delivery for t in TABLES
    }


@pytest.mark.parametrize("table", TABLES, ids=[table.id for table in TABLES])
def test_a_table_says_what_it_is(table: Source) -> None:
    assert isinstance(table.fetch, Inbox)
    assert table.fictitious is True
    assert table.licence is None
    assert table.description.startswith("Eine Zeile ist ")
    assert table.description.endswith(".")
    assert table.health is not None
    headers = [str(column.source) for column in table.delivered]
    assert len(set(headers)) == len(headers)
    assert max(map(len, headers)) <= 40
    for rule in table.rules:
        assert rule.message.endswith(".")
        assert "Bitte" in rule.message, "how is it mended?"


@pytest.mark.parametrize("column", [c for _, c in COLUMNS], ids=[f"{t.id}.{c.name}" for t, c in COLUMNS])
def test_a_column_tells_people_what_to_enter(column: Column) -> None:
    assert column.help.endswith(".")
    assert column.example
    read(column, column.example, LATER)


def test_a_list_of_administrations_is_the_one_of_the_house() -> None:
    lists = [(c.codes, c.many) for _, c in COLUMNS if any(code in ADMINISTRATIONS for code in c.codes)]
    assert len(lists) >= 3
    assert all(codes == dict(ADMINISTRATIONS) for codes, _ in lists)


def test_a_list_of_action_fields_is_the_one_of_the_pact() -> None:
    lists = [c.codes for _, c in COLUMNS if c.name == "action_field" or set(c.codes) & set(ACTION_FIELDS)]
    assert len(lists) >= 2
    assert all(codes == dict(ACTION_FIELDS) for codes in lists)


def test_the_same_name_has_the_same_codes_in_one_workbook() -> None:
    for delivery in {table.delivery for table in TABLES}:
        of: dict[str, dict[str, str]] = {}
        for table, column in COLUMNS:
            if table.delivery == delivery and column.name in ("target_group", "action_field"):
                of.setdefault(column.name, column.codes)
                assert of[column.name] == column.codes, f"{table.id}.{column.name}"
