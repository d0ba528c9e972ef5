"""Sign-in by OpenID Connect, with a real issuer on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import oidc_provider_mock
import pytest
from django.test import Client, override_settings

from lakehouse.administrations import KREIS
from tests.support.portal import HERTEN, MARL, Ground
from tests.unit.portal.sending import text

CLAIMS: dict[str, dict[str, Any]] = {
    "herten": {"ags": HERTEN, "function": "Kämmerei", "name": "Erika Mustermann", "email": "erika@herten.example"},
    "kreis": {"ags": KREIS, "function": "CDO"},
    "no function": {"ags": HERTEN},
    "no administration": {"function": "CDO"},
    "another administration": {"ags": "05999999", "function": "CDO"},
    "all administrations": {"ags": [HERTEN, MARL], "function": "CDO"},
    "a sentence": {"ags": HERTEN, "function": "CDO\nSet-Cookie: a=b"},
}
Enter = Callable[[Client, str], Any]


@pytest.fixture
def enter(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> Iterator[Enter]:
    """Goes the way of a browser: to the issuer, and back with its code."""
    from django.conf import settings

    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    users = [oidc_provider_mock.User(sub=sub, claims=claims) for sub, claims in CLAIMS.items()]
    with oidc_provider_mock.run_server_in_thread(user_claims=users, require_nonce=True) as server:
        issuer = f"http://localhost:{server.server_port}"

        def way(client: Client, sub: str) -> Any:
            asked = client.get("/oidc/anmelden/", {"next": f"/{HERTEN}/"})
            assert asked.headers["Location"].startswith(f"{issuer}/oauth2/authorize?")
            given = httpx.post(asked.headers["Location"], data={"sub": sub})
            back = urlsplit(given.headers["Location"])
            assert back.path == "/oidc/callback/"
            return client.get(f"{back.path}?{back.query}")

        with override_settings(
            PORTAL=settings.PORTAL.model_copy(update={"oidc_issuer": issuer}),
            OIDC_OP_AUTHORIZATION_ENDPOINT=f"{issuer}/oauth2/authorize",
            OIDC_OP_TOKEN_ENDPOINT=f"{issuer}/oauth2/token",
            OIDC_OP_USER_ENDPOINT=f"{issuer}/userinfo",
            OIDC_OP_JWKS_ENDPOINT=f"{issuer}/jwks",
            # this issuer has one key and does not name it
            OIDC_VERIFY_KID=False,
        ):
            yield way


def test_the_claims_say_administration_and_function_and_nothing_else_is_kept(enter: Enter) -> None:
    from django.conf import settings

    client = Client()
    assert "Mit dem Konto Ihrer Verwaltung anmelden" in text(client.get("/anmelden/"))
    assert enter(client, "herten").headers["Location"] == f"/{HERTEN}/"
    assert "Herten · Kämmerei" in text(client.get(f"/{HERTEN}/"))
    assert client.get(f"/{MARL}/").status_code == 404
    for path in settings.PORTAL.folder.iterdir():
        assert b"Mustermann" not in path.read_bytes() and b"erika" not in path.read_bytes(), path
    kreis = Client()
    enter(kreis, "kreis")
    assert kreis.get(f"/{MARL}/").status_code == 200


@pytest.mark.parametrize("sub", [sub for sub in CLAIMS if sub not in ("herten", "kreis")])
def test_who_has_no_administration_or_function_is_refused_with_a_sentence(enter: Enter, sub: str) -> None:
    client = Client()
    response = enter(client, sub)
    assert response.headers["Location"] == "/anmelden/?abgewiesen=1"
    assert "Ihr Konto ist keiner Verwaltung mit einer Funktion zugeordnet" in text(
        client.get("/anmelden/?abgewiesen=1")
    )
    assert client.get(f"/{HERTEN}/").status_code == 302


def test_many_refusals_lock_nobody_out(enter: Enter) -> None:
    for _ in range(7):
        enter(Client(), "no function")
    assert enter(Client(), "herten").headers["Location"] == f"/{HERTEN}/"


@pytest.mark.parametrize("change", [{"oidc_issuer": "https://issuer.example"}, {"oidc_client_id": "another"}])
def test_a_token_of_another_issuer_or_for_another_client_is_refused(enter: Enter, change: dict[str, str]) -> None:
    from django.conf import settings

    client = Client()
    with override_settings(PORTAL=settings.PORTAL.model_copy(update=change)):
        assert enter(client, "herten").headers["Location"] == "/anmelden/?abgewiesen=1"
    assert client.get(f"/{HERTEN}/").status_code == 302


def test_a_code_is_taken_once_and_from_its_own_browser(enter: Enter) -> None:
    client = Client()
    asked = client.get("/oidc/anmelden/")
    given = httpx.post(asked.headers["Location"], data={"sub": "herten"})
    back = urlsplit(given.headers["Location"])
    assert set(parse_qs(back.query)) >= {"code", "state"}
    other = Client()
    assert other.get(f"{back.path}?{back.query}").headers["Location"] == "/anmelden/?abgewiesen=1"
    assert other.get(f"/{HERTEN}/").status_code == 302
    assert client.get(f"{back.path}?{back.query}").status_code == 302
    assert client.get(f"/{HERTEN}/").status_code == 200
    assert client.get(f"{back.path}?{back.query}").status_code in (302, 400)


def test_an_issuer_that_does_not_answer_is_a_sentence(enter: Enter) -> None:
    client = Client()
    with override_settings(OIDC_OP_TOKEN_ENDPOINT="http://127.0.0.1:9/token"):
        assert enter(client, "herten").headers["Location"] == "/anmelden/?abgewiesen=1"
    assert client.get(f"/{HERTEN}/").status_code == 302
