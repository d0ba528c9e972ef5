"""Nobody sees, overwrites or infers anything of another administration; the Kreis reads all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from minio.error import S3Error

from lakehouse.administrations import ADMINISTRATIONS, KREIS
from lakehouse.storage import ObjectStore
from tests.support.portal import BROKEN, HERTEN, MARL, STRATEGY, TRAINING, Ground
from tests.unit.portal.sending import PERIOD, send, text, workbook

SignIn = Callable[..., Client]
NAME = "20260102T030405000006Z-0123abcd.xlsx"
READ = ["", f"{STRATEGY}/", f"{STRATEGY}/{PERIOD}/vorlage.xlsx", f"{STRATEGY}/{PERIOD}/vorlage.zip"]
ONE = [f"{STRATEGY}/{PERIOD}/lieferungen/{NAME}/", f"{STRATEGY}/{PERIOD}/lieferungen/{NAME}/arbeitsmappe.xlsx"]
DELIVER = [f"{STRATEGY}/{PERIOD}/hochladen/", f"{STRATEGY}/{PERIOD}/zurueckziehen/"]


@pytest.fixture
def delivered(ground: Ground) -> Ground:
    """Both cities and the Kreis delivered, and have a marked workbook."""
    for ags in (HERTEN, MARL, KREIS):
        said = ground.answer(ags, PERIOD, NAME)
        key = f"{ags}/{STRATEGY}/{PERIOD}/{NAME}/{said.delivery}.xlsx"
        ground.root.put("answers", key, f"marked {ags}".encode())
    return ground


def test_every_page_is_there_for_the_administration_itself(delivered: Ground, sign_in: SignIn) -> None:
    for ags in (HERTEN, MARL, KREIS):
        client = sign_in(ags)
        for path in [*READ, *ONE, *DELIVER]:
            assert client.get(f"/{ags}/{path}").status_code == 200, (ags, path)
        marked = client.get(f"/{ags}/{ONE[1]}")
        assert marked.content == f"marked {ags}".encode()
        assert marked.headers["Content-Disposition"] == (
            f'attachment; filename="{STRATEGY}_{ags}_{PERIOD}_Antwort.xlsx"'
        )


@pytest.mark.parametrize(("who", "whose"), [(HERTEN, MARL), (MARL, HERTEN), (HERTEN, KREIS), (MARL, KREIS)])
def test_for_others_no_page_is_there(delivered: Ground, sign_in: SignIn, who: str, whose: str) -> None:
    client = sign_in(who)
    unknown = client.get("/05999999/").content
    for path in [*READ, *ONE, *DELIVER]:
        for response in (client.get(f"/{whose}/{path}"), client.post(f"/{whose}/{path}")):
            assert response.status_code == 404, path
            assert _without_token(response.content) == _without_token(unknown)
    assert send(client, at=f"/{whose}/{DELIVER[0]}").status_code == 404
    assert client.get("/verwaltungen/").status_code == 404
    assert list(delivered.root.list("inbox", "")) == []


def test_the_kreis_reads_all_and_delivers_for_itself_only(delivered: Ground, sign_in: SignIn) -> None:
    client = sign_in(KREIS)
    listed = text(client.get("/verwaltungen/"))
    for ags, name in ADMINISTRATIONS.items():
        assert f'<a href="/{ags}/">{name}</a>' in listed
        assert client.get(f"/{ags}/").status_code == 200
    for ags in (HERTEN, MARL):
        for path in [*READ, *ONE]:
            assert client.get(f"/{ags}/{path}").status_code == 200, path
        assert client.get(f"/{ags}/{ONE[1]}").content == f"marked {ags}".encode()
        for path in DELIVER:
            assert client.get(f"/{ags}/{path}").status_code == 404
            assert client.post(f"/{ags}/{path}").status_code == 404
        assert send(client, at=f"/{ags}/{DELIVER[0]}").status_code == 404
        assert "hochladen/" not in text(client.get(f"/{ags}/"))
    assert list(delivered.root.list("inbox", "")) == []


def test_who_is_not_signed_in_is_led_to_the_form(delivered: Ground) -> None:
    client = Client()
    for path in [*READ, *ONE, *DELIVER]:
        response = client.get(f"/{HERTEN}/{path}")
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/anmelden/?next=/")
    assert send(client).status_code == 302
    assert list(delivered.root.list("inbox", "")) == []


@pytest.mark.parametrize(
    "path",
    [
        f"{STRATEGY}/{PERIOD}/lieferungen/20260102T030405000006Z-ffffffff.xlsx/",
        f"{STRATEGY}/{PERIOD}/lieferungen/{NAME}/?lieferung=another",
        f"{STRATEGY}/{PERIOD}/lieferungen/..%2F..%2F{MARL}/",
        f"{STRATEGY}/{PERIOD}/lieferungen/%00/",
        f"{TRAINING}/{PERIOD}/lieferungen/{NAME}/",
        f"{BROKEN}/",
        "town__tree/",
        "vest__nichts/",
        "..%2Fsources/",
    ],
)
def test_what_does_not_exist_is_not_found(delivered: Ground, sign_in: SignIn, path: str) -> None:
    client = sign_in()
    response = client.get(f"/{HERTEN}/{path}")
    assert response.status_code == 404
    assert _without_token(response.content) == _without_token(client.get(f"/{MARL}/").content)


def test_the_store_itself_refuses_a_city_the_folders_of_others(delivered: Ground) -> None:
    from django.conf import settings

    herten = ObjectStore.for_role(settings.PORTAL, HERTEN)
    foreign = f"{MARL}/{STRATEGY}/{PERIOD}/{NAME}"
    for bucket in ("inbox", "answers"):
        with pytest.raises(S3Error, match="AccessDenied"):
            list(herten.list(bucket, f"{MARL}/"))
        with pytest.raises(S3Error, match="AccessDenied"):
            herten.get(bucket, foreign)
    for key in (foreign, f"{HERTEN}/x"):
        with pytest.raises(S3Error, match="AccessDenied"):
            herten.put("answers" if key.startswith(HERTEN) else "inbox", key, b"")
    kreis = ObjectStore.for_role(settings.PORTAL, KREIS)
    assert len(list(kreis.list("answers", f"{MARL}/"))) == 2
    with pytest.raises(S3Error, match="AccessDenied"):
        kreis.put("inbox", foreign, workbook())


def _without_token(shown: bytes) -> list[bytes]:
    return [line for line in shown.splitlines() if b"csrfmiddlewaretoken" not in line]
