"""Every query of the cockpit is one that dbt's contracts allow, and says all that a figure needs."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from cockpit import questions, registry
from cockpit.answers import Asker
from cockpit.registry import AREAS, FICTITIOUS, Figure, key_figure
from lakehouse.errors import LakehouseError
from tests.support import cockpit

FIGURES = [pytest.param(figure, id=figure.id) for theme in registry.themes() for figure in theme.figures]
QUESTIONS = [pytest.param(figure, id=figure.id) for figure in questions.theme().figures]
KPI = key_figure("ozg_online", "Online", "Prozent", "…")


@pytest.fixture(scope="module")
def empty() -> Iterator[duckdb.DuckDBPyConnection]:
    with cockpit.connection({}) as connection:
        yield connection


def test_the_themes_are_those_of_the_pact() -> None:
    assert [theme.id for theme in registry.themes()] == [*"a b1 b2 b3 b4 c d e f g".split(), "money", "quality"]
    names = [figure.id for theme in registry.themes() for figure in theme.figures]
    assert len(names) == len(set(names)) and len(names) >= 35
    assert all(
        3 <= len(theme.figures) for theme in registry.themes() if theme.id in ("a", "b1", "b2", "c", "d", "money")
    )


@pytest.mark.parametrize("figure", [*FIGURES, pytest.param(KPI, id="kpi")])
def test_a_query_is_valid_against_the_contracts_of_its_marts(figure: Figure, empty: duckdb.DuckDBPyConnection) -> None:
    columns = empty.sql(figure.sql).columns
    if figure.kind == "areas":
        assert {*AREAS} <= {*columns}, "the columns of a figure by area"
        assert figure.unit
    if figure.kind == "series":
        assert columns == ["series", "period", "value"]
    for named in (figure.ags, *figure.codes, *figure.labels, *figure.units):
        assert not named or named in columns, f"{named} is no column of the query"
    if figure.chart:
        assert {figure.chart.category, figure.chart.value} <= {*columns} - figure.hidden
    marts = empty.get_table_names(figure.sql)
    made_up = any(c["name"] == FICTITIOUS for mart in marts for c in cockpit.contracts()[mart]["columns"])
    assert (FICTITIOUS in columns) == made_up, "a mart that says what is made up is asked for it"


def test_five_of_the_questions_are_drawn() -> None:
    assert len(QUESTIONS) == 25
    assert sum(1 for figure in questions.theme().figures if figure.chart) == 5


@pytest.mark.parametrize("figure", QUESTIONS)
def test_what_a_question_names_are_columns_of_its_answer(figure: Figure, empty: duckdb.DuckDBPyConnection) -> None:
    columns = {*empty.sql(figure.sql).columns}
    assert {*figure.labels, *figure.codes} <= columns
    assert figure.chart is None or {figure.chart.category, figure.chart.value} <= columns


@pytest.mark.parametrize("figure", [*FIGURES, *QUESTIONS])
def test_every_column_that_is_shown_has_a_german_name(figure: Figure, empty: duckdb.DuckDBPyConnection) -> None:
    if figure.kind == "series":
        return
    answer = Asker(empty, cockpit.manifest({})).ask(figure)
    assert answer.is_released
    shown = [column for column in answer.columns if figure.kind != "areas" or column.name not in AREAS]
    assert [column.name for column in shown if column.label == column.name] == []


@pytest.mark.parametrize("figure", FIGURES)
def test_a_query_says_in_which_order(figure: Figure) -> None:
    assert "ORDER BY" in figure.sql.rpartition(")")[2] or figure.kind == "facts"


def test_codes_are_those_that_are_declared() -> None:
    from lakehouse.settings import CHECKOUT
    from lakehouse.spec.discovery import load_sources

    every = (*registry.themes(), questions.theme())
    used = {code for theme in every for figure in theme.figures for code in figure.codes.values()}
    assert used
    feeds = {code.partition(".")[0] for code in used} - {"ops__deliveries"}
    declared = {
        f"{feed}.{column.name}"
        for feed, source in load_sources(CHECKOUT / "sources", sorted(feeds)).items()
        for column in source.columns
        if column.codes
    }
    assert used - declared == {"ops__deliveries.reason"}


def test_a_figure_with_an_unknown_word_names_its_file(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "x.yml").write_text(
        "title: X\nabout: X\nfigures: [{id: x, title: X, kind: pie, about: X, sql: SELECT 1}]\n"
    )
    monkeypatch.setattr(registry, "FOLDER", folder)
    registry.themes.cache_clear()
    try:
        with pytest.raises(LakehouseError, match=r"x\.yml: .*\n.*kind"):
            registry.themes()
    finally:
        registry.themes.cache_clear()
