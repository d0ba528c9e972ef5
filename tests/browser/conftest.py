"""A real browser before a real page on a real MinIO."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.support import portal
from tests.support.portal import Ground

DEVICES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    # the narrowest that has to do, and as small as a page that is enlarged four times
    "phone": {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True},
}
Open = Callable[..., Page]
Seen = Callable[..., None]


def chromium() -> str:
    """Where the browser is."""
    named = os.environ.get("SMARTVEST_CHROMIUM")
    found = named or shutil.which("chromium") or shutil.which("google-chrome")
    if not found or not Path(found).exists():
        pytest.fail(
            "There is no Chromium: install one with `apt-get install chromium`, or name it in SMARTVEST_CHROMIUM."
        )
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        # root, as in containers, has no sandbox
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"] if os.getuid() == 0 else [])
        yield started
        started.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ground, str]]:
    with (
        portal.running(tmp_path_factory.mktemp("stack")) as ground,
        portal.served(ground, SMARTVEST_PORTAL_UPLOADS_PER_HOUR="1000") as (url, _),
    ):
        yield ground, url


@pytest.fixture
def site(served: tuple[Ground, str]) -> tuple[Ground, str]:
    """The ground and the page's address; nothing was delivered."""
    ground, _ = served
    for bucket in ("inbox", "answers"):
        for key in list(ground.root.list(bucket, "")):
            ground.root.delete(bucket, key)
    with closing(sqlite3.connect(ground.stack.state / "portal" / "portal.sqlite3")) as kept, kept:
        kept.execute("DELETE FROM uploads")
    return served


@pytest.fixture
def opened(browser: Browser, site: tuple[Ground, str]) -> Iterator[Open]:
    """Opens windows; whatever a page's own code complains of fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def window(device: str = "desktop", **options: Any) -> Page:
        context = browser.new_context(base_url=site[1], locale="de-DE", **DEVICES[device], **options)
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        # Asked long before: a browser asked only with the key to tell of file choosers may get the key first.
        page.on("filechooser", lambda _: None)
        return page

    yield window
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures of all pages are kept."""
    named = os.environ.get("SMARTVEST_SCREENSHOTS")
    return Path(named) if named else tmp_path_factory.mktemp("screenshots")


@pytest.fixture
def seen(shots: Path) -> Seen:
    """What must hold for every page: nothing that axe finds, no scrolling to the side; takes its picture."""

    def look(page: Page, name: str, whole: bool = True) -> None:
        # a picture of a very long page takes longer than anybody waits
        page.screenshot(path=shots / f"{name}.png", full_page=whole)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        width, window = page.evaluate("document.documentElement.scrollWidth"), page.viewport_size
        assert window is not None and width <= window["width"], f"{name} is {width} wide and so scrolls to the side"

    return look
