"""The pages that the lakehouse writes about itself, in a real browser: they work where they may do nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import great_expectations.expectations as gxe
import pyarrow as pa
import pytest
from playwright.sync_api import Browser, Error, Page, expect

from expectations.gate import Gate, Result
from expectations.suites.said import said
from lakehouse import names
from lakehouse.settings import CHECKOUT
from lakehouse.storage import ObjectStore
from spark_jobs import dbt_project
from tests.browser.conftest import Open, Seen
from tests.browser.test_ways import sign_in
from tests.support.portal import HERTEN, Ground

SETTINGS: Any = None
SUITE = "silver.town__tree"


class Unrecorded(Gate):
    """A gate that writes pages, and no results into the lake."""

    def _record(self, results: list[Result]) -> None:
        pass


@pytest.fixture
def written(site: tuple[Ground, str], tmp_path: Path) -> Iterator[ObjectStore]:
    """What a gate and dbt write, in the store of the page."""
    store = site[0].root
    rule = gxe.ExpectColumnValuesToNotBeNull(
        column="tree", severity="warning", meta=said("Office", "Jeder Baum ist angegeben.")
    )
    Unrecorded(SETTINGS, store, "run").check({SUITE: (pa.table({"tree": ["oak", None]}), [rule])})
    store.put_file(names.LAKE, names.DBT_PAGE, dbt_project.document(CHECKOUT / "sources", tmp_path))
    yield store
    for key in list(store.list(names.LAKE, names.PAGES)):
        store.delete(names.LAKE, key)


def asked(page: Page) -> list[str]:
    """Addresses that the page has asked since, but for data that it holds itself."""
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url) if not request.url.startswith("data:") else None)
    return found


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_a_report_is_found_and_read(written: ObjectStore, opened: Open, seen: Seen, device: str) -> None:
    page = opened(device)
    sign_in(page)
    page.get_by_role("link", name="Prüfberichte").click()
    seen(page, f"{device}-reports")
    addresses = asked(page)
    page.get_by_role("link", name="town__tree").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Prüfbericht {SUITE}")
    expect(page.get_by_role("listitem")).to_have_text("Hinweis, nicht erfüllt: Jeder Baum ist angegeben.")
    expect(page.get_by_text("values must never be null")).to_be_visible()
    assert [address.rpartition("/")[2] for address in addresses] == [f"{SUITE}.html"]


def test_the_catalogue_is_searched_and_nothing_of_the_page_around_it_is_reached(
    written: ObjectStore, browser: Browser, site: tuple[Ground, str]
) -> None:
    # not `opened`: dbt asks for an icon that it never made, which is refused and told
    page = browser.new_page(base_url=site[1])
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    sign_in(page)
    page.goto("/pruefung/")
    addresses = asked(page)
    page.get_by_role("link", name="Datenkatalog öffnen").click()
    page.get_by_placeholder("Search for models...").fill("mart_connectivity_gap")
    page.get_by_role("heading", name="mart_connectivity_gap", level=4).click()
    expect(page.get_by_role("heading", name="mart_connectivity_gap")).to_be_visible()
    page.get_by_role("link", name="Columns").click()
    assert {address for address in addresses if not address.startswith(site[1])} == set()
    assert errors == []
    # what a script of the page could try
    assert page.evaluate("window.origin") == "null"
    with pytest.raises(Error, match="The document is sandboxed"):
        page.evaluate("document.cookie")
    assert page.evaluate(f"fetch('/{HERTEN}/').then(() => 'answered', () => 'refused')") == "refused"
    page.close()
