"""Every figure on a page is what its query gives, on the screen and on paper."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import duckdb

from cockpit import maps, paper, registry
from cockpit.answers import Answer, Asker
from cockpit.shown import ROWS, shown
from lakehouse.administrations import KREIS
from lakehouse.lake.release import Manifest
from tests.support.cockpit import HERTEN, MARL
from tests.unit.cockpit.conftest import Document, text


def answers(release: tuple[duckdb.DuckDBPyConnection, Manifest]) -> dict[str, Answer]:
    asker = Asker(*release)
    return {
        figure.id: asker.ask(figure)
        for theme in registry.themes()
        for figure in [*asker.key_figures(theme), *theme.figures]
    }


def figures(element: Document) -> list[str]:
    """The raw numbers in a part of a page; each is also what its words say."""
    found = []
    for data in element.iter("data"):
        raw = Decimal(data.get("value"))
        said = Decimal(text(data).replace(".", "").replace(",", ".").replace("\u2212", "-"))
        assert said == round(raw, max(0, -int(said.as_tuple().exponent))), (raw, text(data))
        found.append(data.get("value"))
    return found


def numbers(row: dict[str, Any], columns: list[str]) -> list[str]:
    values = (row[column] for column in columns)
    return [str(value) for value in values if isinstance(value, int | float | Decimal) and not isinstance(value, bool)]


def table(section: Document, name: str) -> Document:
    (found,) = section.xpath(f'.//table[@data-table="{name}"]')
    return found


def test_every_figure_on_a_theme_s_page_is_what_its_query_gives(
    release: tuple[duckdb.DuckDBPyConnection, Manifest], page: Callable[[str], Document]
) -> None:
    asked, seen = answers(release), 0
    for theme in registry.themes():
        for section in page(theme.id).xpath("//section[@data-figure]"):
            answer = asked[section.get("data-figure")]
            assert [tuple(row.values()) for row in answer.rows] == release[0].sql(answer.figure.sql).fetchall()
            if answer.figure.kind == "list" and answer.rows:
                rows = table(section, f"{answer.figure.id}-list").xpath(".//tbody/tr")
                columns = [column.name for column in answer.columns]
                assert [figures(row) for row in rows] == [numbers(row, columns) for row in answer.rows[:ROWS]]
                seen += len(rows)
            if answer.figure.kind == "areas" and answer.rows:
                for row in table(section, f"{answer.figure.id}-areas").xpath(".//tbody/tr"):
                    own = [r for r in answer.rows if r["ags"] == row.get("data-key")]
                    newest = max(own, key=lambda r: (str(r["period"]), str(r.get("definition_version"))))
                    more = [c.name for c in answer.columns if c.name not in registry.AREAS]
                    assert figures(row) == numbers(newest, ["value", *more])
                    seen += 1
    assert seen > 60


def test_large_figures_and_lines_are_what_the_query_gives(
    release: tuple[duckdb.DuckDBPyConnection, Manifest], page: Callable[[str], Document]
) -> None:
    ((reach,),) = (
        release[0]
        .execute(
            "SELECT inhabitants_to_reach_estimate FROM mart_connectivity_gap"
            " WHERE ags = '05562' AND reference_date = '2020-12-31'"
        )
        .fetchall()
    )
    (section,) = page("a").xpath('//section[@id="gigabit_missing"]')
    assert figures(section.xpath('.//dl[@class="large"]')[0]) == [str(reach)]
    assert "1.234.567" in text(section)
    (million,) = page("money").xpath('//section[@id="million_2023"]//dl[@class="large"]')
    assert figures(million) == ["1000000.00", "250000.50", "0.00", "749999.50"]
    assert "1.000.000,00" in text(million) and "Stand 31.12.2025" in text(million)
    history = page("b1").xpath('//table[@data-table="kpi_ozg_online-history"]//tbody/tr')
    assert [(row.get("data-key"), *figures(row)) for row in history] == [
        ("2023-H1", "10.00"), ("2023-H2", "20.00"), ("2025-H1", "30.00"), ("2025-H2", "25.00"),
    ]  # fmt: skip


def test_the_page_of_a_city_has_its_figures_only(
    release: tuple[duckdb.DuckDBPyConnection, Manifest], page: Callable[[str], Document]
) -> None:
    asked = answers(release)
    for ags in (MARL, HERTEN, KREIS):
        sections = page(f"stadt-{ags}").xpath("//section[@data-figure]")
        assert sections
        for section in sections:
            answer = asked[section.get("data-figure")].of(ags)
            if answer.figure.kind == "list":
                columns = [column.name for column in answer.columns]
                rows = section.xpath(".//table//tbody/tr")
                assert [figures(row) for row in rows] == [numbers(row, columns) for row in answer.rows[:ROWS]]
            else:
                shown = {value for value in figures(section) if value}
                whole = {
                    str(row["value"]) for row in asked[section.get("data-figure")].rows if row["level"] == "district"
                }
                assert shown - whole <= {v for row in answer.rows for v in numbers(row, list(row))}
    last_mile = page(f"stadt-{HERTEN}").xpath('//section[@id="last_mile"]//tbody/tr')
    assert len(last_mile) == 25 and all("Herten" in text(row) for row in last_mile)
    assert not page(f"stadt-{KREIS}").xpath('//section[@id="last_mile"]')
    assert "–" in text(page(f"stadt-{HERTEN}").xpath('//section[@id="gigabit_missing"]')[0]), "nothing known is no zero"


def test_the_paper_has_the_tables_of_the_page(
    release: tuple[duckdb.DuckDBPyConnection, Manifest], page: Callable[[str], Document], pages: dict[str, bytes]
) -> None:
    asked, within = answers(release), maps.boundaries(*release)
    for theme in registry.themes():
        paper_of = pages[f"{theme.id}.pdf"]
        assert paper_of.startswith(b"%PDF-") and b"pdfuaid" in paper_of, "tagged for assistive technology"
        for section in page(theme.id).xpath("//section[@data-figure]"):
            part = paper.figure(shown(asked[section.get("data-figure")], boundaries=within))
            on_screen = [
                [[text(cell).removesuffix(" erfunden") for cell in row] for row in table.xpath(".//tbody/tr")]
                for table in section.iter("table")
            ]
            on_paper = [
                [[" ".join(cell.removesuffix(" (erfunden)").split()) for cell in row] for row in table["rows"]]
                for table in part["tables"]
            ]
            assert on_paper == on_screen
            assert len(part["charts"]) == len(section.xpath(".//*[local-name()='svg']"))
            assert not part["about_map"] or part["about_map"] in text(section)
            assert bool(part["note"]) == ("Noch keine Daten" in text(section))
