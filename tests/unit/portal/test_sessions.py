"""Sign-in, and how long it lasts; what every answer says to browsers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client, override_settings

from lakehouse.errors import LakehouseError
from tests.support import portal
from tests.support.portal import HERTEN, MARL, PASSWORD, Ground
from tests.unit.portal.sending import page, text

SignIn = Callable[..., Client]


def is_signed_in(client: Client) -> bool:
    response = client.get(f"/{HERTEN}/")
    assert response.status_code in (200, 302)
    return response.status_code == 200


def test_a_session_that_was_ended_is_not_taken_again(sign_in: SignIn) -> None:
    client = sign_in()
    cookie = client.cookies["session"].value
    assert is_signed_in(client)
    assert client.get("/abmelden/").status_code == 405
    assert client.post("/abmelden/").headers["Location"] == "/anmelden/"
    replayed = Client()
    replayed.cookies["session"] = cookie
    assert not is_signed_in(replayed)


def test_signing_in_changes_the_session_and_keeps_its_content_here(ground: Ground) -> None:
    client = Client()
    client.cookies["session"] = "a" * 32  # what somebody else chose
    client.post("/anmelden/", {"username": f"{HERTEN}-cdo", "password": PASSWORD})
    cookie = client.cookies["session"]
    assert cookie.value != "a" * 32 and len(cookie.value) == 32
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    client.get("/hilfe/")
    assert client.cookies["csrf"]["httponly"] is True
    from django.contrib.auth.models import User

    assert {user.username.partition(":")[2] for user in User.objects.all()} <= {"CDO", "Kämmerei"}
    assert set(User.objects.values_list("password", "email", "first_name", "last_name")) == {("", "", "", "")}


def test_a_session_ends_when_nobody_asks_and_after_a_day_of_work(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in()
    assert is_signed_in(client)
    assert client.cookies["session"]["max-age"] == ""
    assert 1790 < client.session.get_expiry_age() <= 1800
    now = time.time()
    monkeypatch.setattr("portal.middleware.time.time", lambda: now + 8 * 3600 - 60)
    assert is_signed_in(client)
    monkeypatch.setattr("portal.middleware.time.time", lambda: now + 8 * 3600 + 60)
    assert not is_signed_in(client)


def test_an_account_that_is_removed_or_has_another_password_is_out_at_once(ground: Ground, sign_in: SignIn) -> None:
    from django.conf import settings

    from portal import accounts

    path: Path = settings.PORTAL.accounts_file
    kept, before = portal.accounts(), path.read_text("utf-8")
    herten, marl = sign_in(HERTEN), sign_in(MARL)
    try:
        changed = [{**a, "password": "anders"} if a["ags"] == MARL else a for a in kept]
        accounts.write(path, changed)
        assert is_signed_in(herten)
        assert marl.get(f"/{MARL}/").status_code == 302
        accounts.write(path, [a for a in kept if a["ags"] != HERTEN])
        assert not is_signed_in(herten)
    finally:
        path.write_text(before, "utf-8")


def test_the_file_of_accounts_has_no_password_and_is_not_made_wrong(tmp_path: Path, ground: Ground) -> None:
    from portal import accounts

    path = tmp_path / "portal" / "accounts.json"
    one = {"user": "a", "password": PASSWORD, "ags": HERTEN, "function": "Kämmerei"}
    accounts.write(path, [one])
    assert path.stat().st_mode & 0o777 == 0o600
    (entry,) = json.loads(path.read_text("utf-8"))
    assert entry["password_hash"].startswith("argon2$")
    assert PASSWORD not in path.read_text("utf-8")
    written = path.read_text("utf-8")
    accounts.write(path, [one])
    assert path.read_text("utf-8") == written
    for wrong in ({**one, "ags": "05999999"}, {**one, "function": ""}, {**one, "function": "a\nb"}):
        with pytest.raises(LakehouseError, match="is no AGS with a function"):
            accounts.write(path, [wrong])
    with pytest.raises(LakehouseError, match="not one for each user and function"):
        accounts.write(path, [one, {**one, "user": "b"}])
    assert path.read_text("utf-8") == written


def test_who_guesses_is_locked_out_and_nobody_else(ground: Ground) -> None:
    client = Client()
    form = {"username": f"{HERTEN}-cdo", "password": "falsch"}
    for _ in range(4):
        response = client.post("/anmelden/", form)
        assert response.status_code == 200
        assert "Benutzername oder Kennwort ist falsch." in text(response)
    assert client.post("/anmelden/", form).status_code == 429
    locked = client.post("/anmelden/", {**form, "password": PASSWORD})
    assert locked.status_code == 429
    assert "für 15 Minuten gesperrt" in text(locked)
    assert not is_signed_in(client)
    assert Client(REMOTE_ADDR="192.0.2.7").post("/anmelden/", {**form, "password": PASSWORD}).status_code == 302
    assert client.post("/anmelden/", {**form, "username": f"{MARL}-cdo", "password": PASSWORD}).status_code == 302


def test_names_that_are_typed_are_kept_nowhere(ground: Ground) -> None:
    Client().post("/anmelden/", {"username": "Erika Mustermann", "password": "falsch"})
    from django.conf import settings

    for path in settings.PORTAL.folder.iterdir():
        assert b"Mustermann" not in path.read_bytes(), path


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_sign_in_leads_to_this_page_only(ground: Ground, elsewhere: str) -> None:
    form = {"username": f"{HERTEN}-cdo", "password": PASSWORD, "next": elsewhere}
    assert Client().post("/anmelden/", form).headers["Location"] == "/"
    back = page() + "hochladen/"
    assert Client().post("/anmelden/", {**form, "next": back}).headers["Location"] == back


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/anmelden/", 200),
        ("/hilfe/", 200),
        (f"/{HERTEN}/", 200),
        (page() + "hochladen/", 200),
        ("/", 302),
        (f"/{MARL}/", 404),
        ("/gibt/es/nicht/hier/", 404),
        ("/static/portal.css", 200),
        ("/static/portal.js", 200),
        ("/static/..%2fsettings.py", 404),
        ("/static/nichts.css/", 404),
    ],
)
def test_every_answer_has_its_headers(sign_in: SignIn, path: str, status: int) -> None:
    response = (Client() if path == "/anmelden/" else sign_in()).get(path)
    assert response.status_code == status
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    if not path.startswith("/static/"):
        assert response.headers["Cache-Control"] == "no-store"
    if not path.startswith("/static/") and status != 302:
        content = response.content.decode()
        assert '<html lang="de">' in content
        assert " style=" not in content and "<style" not in content and "onclick" not in content


def test_errors_are_german_and_tell_nothing(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    client = sign_in()
    client.raise_request_exception = False

    def broken() -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("portal.declared.deliveries", broken)
    response = client.get(f"/{HERTEN}/")
    assert response.status_code == 500
    assert "Die Seite konnte nicht erstellt werden." in text(response)
    assert "secret" not in text(response) and "Traceback" not in text(response)
    unknown = client.get("/hilfe/", headers={"host": "evil.example"})
    assert unknown.status_code == 400
    assert "Ihre Anfrage konnte nicht gelesen werden." in text(unknown)


def test_a_store_that_is_away_is_no_success(sign_in: SignIn, ground: Ground) -> None:
    from django.conf import settings

    from tests.unit.portal.sending import send

    client = sign_in()
    away = settings.PORTAL.model_copy(update={"s3_endpoint": "http://127.0.0.1:9"})
    with override_settings(PORTAL=away):
        response = send(client)
        assert response.status_code == 503
        assert "Die Ablage für Lieferungen antwortet gerade nicht. Es wurde nichts gespeichert." in text(response)
        read = client.get(f"/{HERTEN}/")
        assert read.status_code == 503
        assert "Es wurde nichts gespeichert" not in text(read)
    assert list(ground.root.list("inbox", "")) == []
    assert "fehlt" in text(client.get(f"/{HERTEN}/"))
