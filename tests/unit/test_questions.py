"""The worked questions: each says what it asks, and asks columns that there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import yaml

from lakehouse.lake.sql import duckdb_type, quoted
from lakehouse.settings import CHECKOUT
from tests.support.questions import QUESTIONS

THEMES = {"A", "B1", "B2", "B3", "B4", "C", "D", "E", "F", "money", "quality"}


@pytest.fixture(scope="module")
def empty() -> Iterator[duckdb.DuckDBPyConnection]:
    """Every mart without rows, as its contract declares it."""
    with duckdb.connect() as connection:
        for path in CHECKOUT.glob("dbt/models/marts/**/_*.yml"):
            for mart in yaml.safe_load(path.read_text("utf-8")).get("models", []):
                columns = ", ".join(
                    f"{quoted(column['name'])} {duckdb_type(column['data_type'])}" for column in mart["columns"]
                )
                connection.execute(f"CREATE TABLE {quoted(mart['name'])} ({columns})")
        yield connection


def test_there_are_twenty_five_over_all_themes() -> None:
    assert [path.name[:3] for path in QUESTIONS] == [f"{number:02}_" for number in range(1, 26)]
    themes = {
        line.removeprefix("-- Thema: ") for path in QUESTIONS for line in path.read_text("utf-8").splitlines()[1:2]
    }
    assert themes == THEMES


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_a_question_is_answered_in_its_order_from_columns_that_there_are(
    path: Path, empty: duckdb.DuckDBPyConnection
) -> None:
    title, theme, explanation, *_ = text = path.read_text("utf-8").splitlines()
    assert re.fullmatch(r"-- [A-ZÄÖÜ].*\?", title) and theme.startswith("-- Thema: ") and explanation.startswith("-- ")
    assert any(line.startswith("order by") for line in text), "an answer without an order is another one each time"
    assert empty.sql(path.read_text("utf-8")).columns
