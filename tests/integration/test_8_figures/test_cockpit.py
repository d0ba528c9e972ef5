"""The cockpit of a release with everything in it: every number on its pages, asked again of the released files."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import html

from cockpit import job, registry
from cockpit.shown import ROWS
from lakehouse import open_release
from lakehouse.administrations import ADMINISTRATIONS, KREIS
from tests.integration.region import Region
from tests.integration.test_8_figures.region import Figures
from tests.support.shown import asking, compare

Pages = dict[str, bytes]


def made(into: Path, loaded: Region, release: int) -> Pages:
    folder = job.write(loaded.stack.settings, into, release).parent
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, loaded: Region, all_marts: Figures) -> Pages:
    return made(tmp_path_factory.mktemp("cockpit"), loaded, all_marts.release.release)


def test_every_number_on_every_page_is_what_its_query_gives(pages: Pages, loaded: Region, all_marts: Figures) -> None:
    opened = open_release(all_marts.release.release, settings=loaded.stack.settings)
    with opened.connection as connection:
        found = compare(pages, asking(connection), ROWS)
    assert sum(found.values()) > 3000
    names = [theme.id for theme in registry.themes()] + [f"stadt-{ags}" for ags in ADMINISTRATIONS]
    assert [name for name in names if not found[f"{name}.html"]] == []


def test_shares_are_drawn_into_the_map_of_the_cities(pages: Pages) -> None:
    document = html.document_fromstring(pages["a.html"].decode())
    for figure in ("kpi_gigabit_reach", "households_50"):
        (drawn,) = document.xpath(f"//*[local-name()='svg'][contains(@aria-labelledby, '{figure}-map-title')]")
        assert [name for ags, name in ADMINISTRATIONS.items() if ags != KREIS and name not in drawn[1].text] == []


def test_the_same_release_gives_the_same_bytes(
    pages: Pages, tmp_path: Path, loaded: Region, all_marts: Figures
) -> None:
    again = made(tmp_path, loaded, all_marts.release.release)
    assert again.keys() == pages.keys() and [name for name in pages if pages[name] != again[name]] == []
