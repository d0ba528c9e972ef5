"""The worked questions, asked of the same release in DuckDB and in PostgreSQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from lakehouse.settings import CHECKOUT
from serving.config import ServingSettings
from serving.load import load
from tests.integration.test_8_figures.region import Figures

QUESTIONS = sorted((CHECKOUT / "questions").glob("*.sql"))
# sums and means are of other types, and may differ in the last bits
DIGITS = 9


@pytest.fixture(scope="module")
def analyst(all_marts: Figures) -> Iterator[psycopg.Connection]:
    """A session of the analyst, whose schema `marts` shows the release."""
    settings = ServingSettings.load()
    assert load(settings).shown == all_marts.release.release
    with settings.connect("analyst") as connection:
        yield connection


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_both_engines_give_the_same_answer(path: Path, all_marts: Figures, analyst: psycopg.Connection) -> None:
    question = path.read_text("utf-8")
    answer = [[comparable(cell) for cell in row] for row in all_marts.query(question)]
    assert [[comparable(cell) for cell in row] for row in analyst.execute(question)] == answer


def comparable(cell: Any) -> Any:
    """A cell as both engines have it."""
    match cell:
        case bool():
            return cell
        case int() | float() | Decimal():
            return round(float(cell), DIGITS)
        case dt.datetime():
            return cell.astimezone(dt.UTC)
        case list():
            return [comparable(each) for each in cell]
        case _:
            return cell
