"""The worked questions are SQL that PostgreSQL takes, too, and a difference between two answers is found."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from psycopg.sql import SQL, Identifier

from lakehouse.settings import CHECKOUT
from serving.config import ServingSettings
from serving.types import postgres_type
from tests.support import postgres, questions
from tests.support.questions import Answer, difference


@pytest.fixture(scope="module")
def empty(server: ServingSettings) -> psycopg.Connection:
    """Every mart without rows, as its contract declares it, in the schema that a reader may write to."""
    connection = postgres.reader(server)
    for path in CHECKOUT.glob("dbt/models/marts/**/_*.yml"):
        for mart in yaml.safe_load(path.read_text("utf-8")).get("models", []):
            columns = SQL(", ").join(
                SQL("{} {}").format(Identifier(column["name"]), SQL(postgres_type(column["data_type"])))
                for column in mart["columns"]
            )
            connection.execute(SQL("CREATE TABLE {} ({})").format(Identifier("scratch_analyst", mart["name"]), columns))
    return connection


@pytest.mark.parametrize("path", questions.QUESTIONS, ids=lambda path: path.stem)
def test_postgresql_takes_the_question(path: Path, empty: psycopg.Connection) -> None:
    assert questions.in_postgres(empty, path.read_text("utf-8")).columns


NOON = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, Decimal("1.00")), (0.1, Decimal("0.1")), (100 / 3, Decimal("33.333333333333333")), (None, None),
        (float("nan"), float("nan")), (NOON, NOON.astimezone(dt.timezone(dt.timedelta(hours=1)))), ("a", "a"),
        ([1, None], [Decimal(1), None]), ({"a": 1}, {"a": 1.0}), (True, True),
        (dt.date(2026, 1, 1), dt.date(2026, 1, 1)),
    ],
)  # fmt: skip
def test_what_two_engines_hand_out_for_a_value_is_the_same(one: Any, other: Any) -> None:
    assert difference(Answer(["x"], [(one,)]), Answer(["x"], [(other,)])) == ""


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        (Answer(["x"], [(1,)]), Answer(["y"], [(1,)]), "columns ['x'] and ['y']"),
        (Answer(["x"], []), Answer(["x"], [(1,)]), "0 and 1 rows"),
        (Answer(["x"], [(1,), (2,)]), Answer(["x"], [(2,), (1,)]), "row 1, x: 1 and 2"),
        (Answer(["x"], [(0.1,)]), Answer(["x"], [(0.1001,)]), "row 1, x: 0.1 and 0.1001"),
        (Answer(["x"], [(0,)]), Answer(["x"], [(None,)]), "row 1, x: 0 and None"),
        (Answer(["x"], [(1,)]), Answer(["x"], [(True,)]), "row 1, x: 1 and True"),
        (Answer(["x"], [("1",)]), Answer(["x"], [(1,)]), "row 1, x: '1' and 1"),
        (Answer(["x"], [(["a"],)]), Answer(["x"], [(["a", "b"],)]), "row 1, x: ['a'] and ['a', 'b']"),
    ],
)
def test_a_difference_is_named_with_its_cell(ours: Answer, theirs: Answer, said: str) -> None:
    assert difference(ours, theirs) == said
