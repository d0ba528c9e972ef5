"""One release with everything that is hard to show, and its pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import pytest
from lxml import html

from cockpit import registry, site
from cockpit.site import Links
from lakehouse.administrations import ADMINISTRATIONS
from lakehouse.lake.release import Manifest
from tests.support import cockpit

LINKS = Links(airflow="http://127.0.0.1:8080", catalogue="http://127.0.0.1:9000/public/catalog.ttl")
PAGES = [
    "index",
    "start",
    "sql",
    "fragen",
    *(theme.id for theme in registry.themes()),
    *(f"stadt-{ags}" for ags in ADMINISTRATIONS),
]
Document = Any


@pytest.fixture(scope="module")
def release() -> tuple[duckdb.DuckDBPyConnection, Manifest]:
    rows = cockpit.example()
    return cockpit.connection(rows), cockpit.manifest(rows, fictitious=cockpit.FICTITIOUS)


@pytest.fixture(scope="module")
def pages(release: tuple[duckdb.DuckDBPyConnection, Manifest]) -> dict[str, bytes]:
    return site.render(*release, [cockpit.manifest({}, 6)], LINKS)


@pytest.fixture(scope="module")
def page(pages: dict[str, bytes]) -> Callable[[str], Document]:
    read = {name: html.document_fromstring(body.decode()) for name, body in pages.items() if name.endswith(".html")}
    return lambda name: read[f"{name}.html"]


def text(element: Document) -> str:
    return " ".join(element.text_content().split())
