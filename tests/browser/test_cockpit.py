"""The cockpit in a real browser: every kind of page, on both devices and printed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cockpit import site
from cockpit.site import Links
from lakehouse import names
from tests.browser.conftest import Open, Seen
from tests.browser.test_ways import sign_in
from tests.support import cockpit
from tests.support.cockpit import MARL
from tests.support.portal import Ground

KINDS = {
    "index": "Wie weit ist das SmartVest?",
    "a": "A – Infrastruktur",
    "b1": "B1 – Online-Leistungen (OZG)",
    "c": "C – Handlungsfelder",
    "money": "Geld",
    f"stadt-{MARL}": "Marl",
    "start": "Das Datenhaus SmartVest",
    "sql": "Selbst fragen: Hilfe zu SQL",
    "fragen": "Fragen und Antworten",
}


def made(release: int, without: str = "") -> dict[str, bytes]:
    rows = {name: some for name, some in cockpit.example().items() if name != without}
    with cockpit.connection(rows, without=without) as connection:
        manifest = cockpit.manifest(rows, release, cockpit.FICTITIOUS, without)
        links = Links("http://127.0.0.1:8080", "http://127.0.0.1:9000/")
        return site.render(connection, manifest, [cockpit.manifest({}, release - 1)], links)


@pytest.fixture(scope="module")
def pages() -> dict[int, dict[str, bytes]]:
    """Two releases; the older one is from before there were boundaries."""
    return {7: made(7), 6: made(6, without="dim_boundary")}


@pytest.fixture
def written(site: tuple[Ground, str], pages: dict[int, dict[str, bytes]]) -> Iterator[Ground]:
    """Their cockpits in the store of the page."""
    store = site[0].root
    for release, its in pages.items():
        for name, body in its.items():
            store.put(names.LAKE, names.cockpit_key(release, name), body)
        listed = json.dumps({"pages": dict.fromkeys(its)}).encode()
        store.put(names.LAKE, names.cockpit_key(release, names.COCKPIT_PAGES), listed)
    store.put(names.LAKE, names.COCKPIT_POINTER, b'{"release": 7}')
    yield site[0]
    for key in list(store.list(names.LAKE, names.PAGES)):
        store.delete(names.LAKE, key)


def asked(page: Page) -> list[str]:
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url) if not request.url.startswith("data:") else None)
    return found


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_every_kind_of_page_can_be_read_by_everybody(written: Ground, opened: Open, seen: Seen, device: str) -> None:
    page = opened(device)
    sign_in(page)
    page.get_by_role("link", name="Cockpit").click()
    expect(page).to_have_url("/cockpit/7/index.html")
    for kind, title in KINDS.items():
        addresses = asked(page)
        page.goto(f"/cockpit/7/{kind}.html")
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        assert {address.rpartition("/")[2] for address in addresses} <= {f"{kind}.html", "cockpit.css"}
        seen(page, f"{device}-cockpit-{kind}")
    for kind in ("fragen", "b1"):
        page.goto(f"/cockpit/7/{kind}.html")
        for details in page.locator("details").all():
            details.locator("summary").click()
        seen(page, f"{device}-cockpit-{kind}-opened", whole=kind != "fragen")


def test_an_older_release_is_found_and_read(written: Ground, opened: Open, seen: Seen) -> None:
    page = opened("phone")
    sign_in(page)
    page.goto("/cockpit/7/b1.html")
    expect(page.get_by_role("img", name="Karte: Online")).to_be_visible()
    page.get_by_role("link", name="Alle Stände").click()
    seen(page, "phone-cockpits")
    page.get_by_role("link", name="Veröffentlichung 6").click()
    page.get_by_role("link", name="B1 – Online-Leistungen (OZG)").click()
    expect(page).to_have_url("/cockpit/6/b1.html")
    expect(page.get_by_text("Ohne Karte: Diese Veröffentlichung enthält keine Grenzen").first).to_be_visible()
    seen(page, "phone-cockpit-older")
    page.get_by_role("link", name="Zur neuesten Veröffentlichung").click()
    expect(page).to_have_url("/cockpit/7/index.html")


def test_nothing_needs_scripts(written: Ground, opened: Open) -> None:
    page = opened(java_script_enabled=False)
    sign_in(page)
    for kind, title in KINDS.items():
        page.goto(f"/cockpit/7/{kind}.html")
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.goto("/cockpit/7/b1.html")
    figure = page.locator("#kpi_ozg_online")
    expect(figure.get_by_role("img")).to_have_count(3)
    expect(figure.get_by_role("table", name="neueste Angabe je Gebiet")).to_contain_text("Castrop-Rauxel")
    figure.locator("summary").first.click()
    expect(figure.get_by_role("table", name="Verlauf")).to_be_visible()


def test_it_is_used_with_the_keyboard_alone(written: Ground, opened: Open) -> None:
    page = opened()
    sign_in(page)
    page.goto("/cockpit/7/b1.html")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Zum Inhalt springen")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    summary = page.locator("#kpi_ozg_online summary").first
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("table", name="Verlauf")).to_be_visible()


def test_a_chart_is_an_image_that_says_what_it_shows(written: Ground, opened: Open) -> None:
    page = opened()
    sign_in(page)
    page.goto("/cockpit/7/a.html")
    chart = page.get_by_role("img", name="Noch ohne Gigabit-Anschluss, 31.12.2020")
    expect(chart).to_be_visible()
    box = chart.bounding_box()
    assert box is not None and box["width"] > 300 and box["height"] > 100


def test_printed_it_has_all_tables_and_no_navigation(written: Ground, opened: Open, shots: Path) -> None:
    page = opened()
    sign_in(page)
    page.goto(f"/cockpit/7/stadt-{MARL}.html")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation").first).to_be_hidden()
    expect(page.locator("#gigabit_missing table")).to_be_visible()
    page.goto("/cockpit/7/a.html")
    # the table of a line that is closed on the screen
    expect(page.locator("#gigabit_missing-history")).to_be_visible()
    page.pdf(path=shots / "cockpit.pdf", prefer_css_page_size=True, tagged=True)
