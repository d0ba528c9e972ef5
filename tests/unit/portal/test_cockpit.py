"""The cockpit in the portal: each release at its address, nothing of one half made, open only if so set."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from lakehouse import names
from lakehouse.administrations import KREIS
from tests.support.portal import HERTEN, Ground
from tests.unit.portal.sending import text

SignIn = Callable[..., Client]
FILES = {"index.html": b"<h1>\xc3\xa4</h1>", "start.html": b"start", "cockpit.css": b"p {}", "a.pdf": b"%PDF-"}


@pytest.fixture
def written(ground: Ground) -> Iterator[Ground]:
    """Cockpits of releases 6 and 7, of which 7 is shown, and one of release 8 that is half made."""

    def put(key: str, body: bytes) -> None:
        ground.root.put(names.LAKE, key, body, "image/svg+xml")

    for release in (6, 7):
        for name, body in FILES.items():
            put(names.cockpit_key(release, name), body + str(release).encode())
        put(names.cockpit_key(release, names.COCKPIT_PAGES), json.dumps({"pages": dict.fromkeys(FILES, "")}).encode())
    put(names.cockpit_key(8, "index.html"), b"half")
    put(names.COCKPIT_POINTER, b'{"release": 7}')
    yield ground
    for key in list(ground.root.list(names.LAKE, names.PAGES)):
        ground.root.delete(names.LAKE, key)


@pytest.fixture
def opened(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.conf import settings

    monkeypatch.setattr(settings, "PORTAL", settings.PORTAL.model_copy(update={"portal_cockpit_open": True}))


@pytest.mark.parametrize("who", [HERTEN, KREIS])
def test_every_release_has_its_address_and_the_newest_is_led_to(written: Ground, sign_in: SignIn, who: str) -> None:
    client = sign_in(who)
    for asked, page in (("/cockpit/", "index.html"), ("/cockpit/index.html", "index.html"), ("/start/", "start.html")):
        response = client.get(asked)
        assert (response.status_code, response.headers["Location"]) == (302, f"/cockpit/7/{page}")
    for release in (6, 7):
        for name, body in FILES.items():
            assert client.get(f"/cockpit/{release}/{name}").content == body + str(release).encode()
    assert client.get("/cockpit/6/").content.endswith(b"6")


def test_a_page_can_run_and_load_nothing(written: Ground, sign_in: SignIn) -> None:
    client = sign_in()
    page, style = client.get("/cockpit/7/index.html"), client.get("/cockpit/7/cockpit.css")
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src data:;") and "script" not in policy
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert style.headers["Content-Type"] == "text/css; charset=utf-8"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    paper = client.get("/cockpit/7/a.pdf")
    assert paper.headers["Content-Type"] == "application/pdf"
    assert paper.headers["Content-Disposition"] == 'attachment; filename="smartvest-7-a.pdf"'


@pytest.mark.parametrize(
    "path",
    ["8/", "8/index.html", "9/", "7/b.html", "7/pages.json", "7/..%2F6%2Findex.html", "7/../current.json", "x/", "-7/"],
)
def test_what_no_cockpit_lists_is_not_found(written: Ground, sign_in: SignIn, path: str) -> None:
    assert sign_in().get(f"/cockpit/{path}").status_code == 404


def test_all_releases_are_listed_newest_first(written: Ground, sign_in: SignIn) -> None:
    listed = text(sign_in().get("/cockpit/staende.html"))
    assert [release for release in ("8", "7", "6") if f"/cockpit/{release}/index.html" in listed] == ["7", "6"]
    assert listed.index("/cockpit/7/") < listed.index("/cockpit/6/")


@pytest.mark.parametrize("path", ["cockpit/", "cockpit/7/index.html", "cockpit/9/", "cockpit/staende.html", "start/"])
def test_who_is_not_signed_in_is_led_to_the_form(written: Ground, path: str) -> None:
    response = Client().get(f"/{path}")
    assert (response.status_code, response.headers["Location"]) == (302, f"/anmelden/?next=/{path}")


@pytest.mark.usefixtures("opened")
def test_an_operator_may_open_the_cockpit_and_nothing_else(written: Ground) -> None:
    client = Client()
    assert client.get("/cockpit/7/index.html").content == FILES["index.html"] + b"7"
    assert client.get("/start/").headers["Location"] == "/cockpit/7/start.html"
    assert "/cockpit/6/" in text(client.get("/cockpit/staende.html"))
    for path in ("pruefung/", f"{KREIS}/", "verwaltungen/"):
        assert client.get(f"/{path}").status_code == 302, "everything else still asks who it is"


def test_pages_are_only_read(written: Ground, sign_in: SignIn) -> None:
    assert [sign_in().post(f"/{path}").status_code for path in ("cockpit/", "cockpit/7/", "start/")] == [405] * 3


def test_before_the_first_cockpit_it_says_so(ground: Ground, sign_in: SignIn) -> None:
    client = sign_in()
    for path in ("cockpit/", "start/", "cockpit/staende.html"):
        assert "Noch kein Cockpit. Es entsteht mit der nächsten Veröffentlichung." in text(client.get(f"/{path}"))
    assert '<a href="/cockpit/">Cockpit</a>' in text(client.get(f"/{HERTEN}/"))


def test_reports_do_not_list_the_cockpit(written: Ground, sign_in: SignIn) -> None:
    client = sign_in()
    assert "index.html" not in text(client.get("/pruefung/"))
    assert client.get("/pruefung/index.html").status_code == 404
