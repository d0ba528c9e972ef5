"""Every figure on a page is what its query gives, on the screen and on paper."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pytest

from cockpit import maps, paper, registry
from cockpit.answers import Answer, Asker
from cockpit.shown import ROWS, shown
from lakehouse.administrations import KREIS
from lakehouse.lake.release import Manifest
from tests.support.cockpit import HERTEN, MARL
from tests.support.shown import asking, compare, numbers
from tests.unit.cockpit.conftest import Document, text


def answers(release: tuple[duckdb.DuckDBPyConnection, Manifest]) -> dict[str, Answer]:
    asker = Asker(*release)
    return {
        figure.id: asker.ask(figure)
        for theme in registry.themes()
        for figure in [*asker.key_figures(theme), *theme.figures]
    }


def test_every_number_on_every_page_is_what_the_query_beside_it_gives(
    release: tuple[duckdb.DuckDBPyConnection, Manifest], pages: dict[str, bytes]
) -> None:
    found = compare(pages, asking(release[0]), ROWS)
    assert sum(found.values()) > 300 and found["index.html"] and found[f"stadt-{MARL}.html"]


def test_a_number_that_differs_is_found(
    release: tuple[duckdb.DuckDBPyConnection, Manifest], pages: dict[str, bytes]
) -> None:
    page = f"stadt-{MARL}.html"
    for said, other in (
        (b'<data value="5000.00">5.000,00<', b'<data value="5000.01">5.000,01<'),
        (b'<data value="5000.00">5.000,00<', b'<data value="5000.00">5.001,00<'),
        (b"</h1>", b'</h1><data value="1">1</data>'),
    ):
        changed = pages[page].replace(said, other, 1)
        assert changed != pages[page]
        with pytest.raises(AssertionError):
            compare({**pages, page: changed}, asking(release[0]), ROWS)


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
    assert numbers(section.xpath('.//dl[@class="large"]')[0]) == [str(reach)]
    assert "1.234.567" in text(section)
    (million,) = page("money").xpath('//section[@id="million_2023"]//dl[@class="large"]')
    assert numbers(million) == ["1000000.00", "250000.50", "0.00", "749999.50"]
    assert "1.000.000,00" in text(million) and "Stand 31.12.2025" in text(million)
    history = page("b1").xpath('//table[@data-table="kpi_ozg_online-history"]//tbody/tr')
    assert [(row.get("data-key"), *numbers(row)) for row in history] == [
        ("2023-H1", "10.00"), ("2023-H2", "20.00"), ("2025-H1", "30.00"), ("2025-H2", "25.00"),
    ]  # fmt: skip


def test_the_page_of_a_city_has_its_figures_only(page: Callable[[str], Document]) -> None:
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
