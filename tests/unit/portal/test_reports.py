"""The pages that the lakehouse writes about itself: listed, and shown apart from the upload page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape

import pytest
from django.test import Client

from lakehouse import names
from lakehouse.administrations import KREIS
from tests.support.portal import HERTEN, Ground
from tests.unit.portal.sending import text

SignIn = Callable[..., Client]
SUITES = ("delivery.town__tree", "silver.town__tree", "release.mart_tree", "reconciliation")
PAGES = {f"{suite}.html": names.suite_page(suite) for suite in SUITES} | {"dbt.html": names.DBT_PAGE}


@pytest.fixture
def written(ground: Ground) -> Iterator[Ground]:
    """A page of each kind, each with its own content."""
    for page, key in PAGES.items():
        ground.root.put(names.LAKE, key, f"<script>1</script>{page} ä".encode(), "image/svg+xml")
    ground.root.put(names.LAKE, "ops/secret.html", b"not for clerks")
    yield ground
    for key in list(ground.root.list(names.LAKE, "ops/")):
        ground.root.delete(names.LAKE, key)


@pytest.mark.parametrize("who", [HERTEN, KREIS])
def test_every_page_is_listed_with_its_last_run_and_shown_as_it_was_written(
    written: Ground, sign_in: SignIn, who: str
) -> None:
    client = sign_in(who)
    listed = unescape(text(client.get("/pruefung/")))
    assert set(re.findall(r'href="/pruefung/([^"]+)"', listed)) == {*PAGES}
    moments = re.findall(r"\d\d\.\d\d\.\d{4}, \d\d:\d\d:\d\d Uhr", listed)
    assert len(moments) == len(PAGES)
    for page in PAGES:
        assert client.get(f"/pruefung/{page}").content == f"<script>1</script>{page} ä".encode()


def test_a_page_is_in_the_list_of_its_kind(written: Ground, sign_in: SignIn) -> None:
    marts, deliveries, rows, pairs = text(sign_in().get("/pruefung/")).split("<h2")[2:]
    assert ("release.mart_tree.html" in marts, ">mart_tree<" in marts) == (True, True)
    assert ("delivery.town__tree.html" in deliveries, "silver.town__tree.html" in rows) == (True, True)
    assert ("reconciliation.html" in pairs, ">reconciliation<" in pairs) == (True, True)


def test_a_page_can_act_neither_in_this_origin_nor_abroad(written: Ground, sign_in: SignIn) -> None:
    """Whatever type it was stored with, and although the pages around it have a policy of their own."""
    response = sign_in().get("/pruefung/dbt.html")
    policy = response.headers["Content-Security-Policy"].split("; ")
    assert "sandbox allow-scripts" in policy
    assert "default-src 'none'" in policy
    sources = {source for directive in policy for source in directive.split()[1:]}
    assert sources == {"allow-scripts", "'none'", "'unsafe-inline'", "data:"}
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Cache-Control"] == "no-store"
    assert "sandbox" not in sign_in().get("/pruefung/").headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "name",
    [
        "silver.nobody.html",
        "dbt",
        "dbt.html/",
        "quality/silver.town__tree.html",
        "../secret.html",
        "..%2Fsecret.html",
        "%2E%2E/secret.html",
        "..%5Csecret.html",
        "quality/../dbt.html",
        "/dbt.html",
        "dbt.html%00",
        "DBT.html",
    ],
)
def test_what_is_not_listed_is_not_found(written: Ground, sign_in: SignIn, name: str) -> None:
    response = sign_in().get(f"/pruefung/{name}")
    assert response.status_code == 404
    assert "Seite nicht gefunden" in text(response)
    assert "sandbox" not in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["", "dbt.html", "nothing.html"])
def test_who_is_not_signed_in_is_led_to_the_form(written: Ground, path: str) -> None:
    response = Client().get(f"/pruefung/{path}")
    assert (response.status_code, response.headers["Location"]) == (302, f"/anmelden/?next=/pruefung/{path}")


def test_pages_are_only_read(written: Ground, sign_in: SignIn) -> None:
    client = sign_in()
    assert [client.post(f"/pruefung/{path}").status_code for path in ("", "dbt.html")] == [405, 405]


def test_without_pages_it_says_so_and_every_page_leads_there(ground: Ground, sign_in: SignIn) -> None:
    client = sign_in()
    assert '<a href="/pruefung/">Prüfberichte</a>' in text(client.get(f"/{HERTEN}/"))
    said = text(client.get("/pruefung/"))
    assert said.count("Noch kein Prüfbericht.") == 4
    assert "Der Datenkatalog entsteht mit der nächsten Veröffentlichung." in said
    assert "/pruefung/" not in text(Client().get("/hilfe/"))
