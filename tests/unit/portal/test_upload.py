"""A file is put down: stored under a name that is made here, or refused with a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from tests.support.portal import HERTEN, MARL, MAX_BYTES, STRATEGY, Ground
from tests.unit.portal.sending import PERIOD, page, send, text, workbook

SignIn = Callable[..., Client]
KEY = re.compile(rf"{HERTEN}/{STRATEGY}/{PERIOD}/\d{{8}}T\d{{12}}Z-[0-9a-f]{{8}}\.(xlsx|zip|csv)")


def stored(ground: Ground) -> list[str]:
    return list(ground.root.list("inbox", ""))


def test_a_workbook_is_stored_as_it_is_and_says_who_put_it(ground: Ground, sign_in: SignIn) -> None:
    client = sign_in()
    response = send(client)
    (key,) = stored(ground)
    assert KEY.fullmatch(key)
    assert ground.root.get("inbox", key) == workbook()
    assert ground.root.metadata("inbox", key) == {"function": "CDO"}
    assert response.status_code == 302
    assert response.headers["Location"] == page() + f"lieferungen/{key.rpartition('/')[2]}/"
    waiting = client.get(response.headers["Location"])
    assert "Die Datei ist angekommen und wird geprüft." in text(waiting)
    assert '<meta http-equiv="refresh" content="3">' in text(waiting)


@pytest.mark.parametrize(
    "name",
    [
        "../../x.xlsx",
        "C:\\Daten\\x.xlsx",
        "/etc/passwd.xlsx",
        "x\0y.xlsx",
        "\u202exslx.‮x.xlsx",
        "ä" * 300 + ".xlsx",
        "<script>alert(1)<script>.xlsx",
        "a&quot;b.XLSX",
        "%2e%2e%2fx.xlsx",
        f"{MARL}.xlsx",
    ],
)
def test_no_name_of_a_file_becomes_a_part_of_the_key(ground: Ground, sign_in: SignIn, name: str) -> None:
    response = send(sign_in(), name)
    assert response.status_code == 302, text(response)
    (key,) = stored(ground)
    assert KEY.fullmatch(key)


@pytest.mark.parametrize("name", ["", "..", ".xlsx", "\0", "x.xlsx\u202e.exe", "x.xlsx/", "x.xlsx\\"])
def test_a_name_without_an_ending_that_is_known_is_refused(ground: Ground, sign_in: SignIn, name: str) -> None:
    response = send(sign_in(), name)
    assert response.status_code == 400
    assert stored(ground) == []


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("x.xls", OLE, "Die Datei hat das alte Excel-Format .xls. Bitte speichern Sie sie"),
        ("x.xlsx", OLE, "Die Datei ist mit einem Kennwort geschützt oder hat das alte Excel-Format."),
        ("x.xlsm", workbook(), "Die Datei kann Makros enthalten (.xlsm)."),
        ("x.ods", workbook(), "Die Datei hat das Format .ods."),
        ("x.xlsx", b"Ort;Zahl\n", "Die Datei endet auf .xlsx, ist aber keine solche Datei."),
        ("x.zip", b"%PDF-1.7", "Die Datei endet auf .zip, ist aber keine solche Datei."),
        ("x.csv", workbook(), "Die Datei endet auf .csv, enthält aber keinen Text."),
        ("x.csv", b"a;b\0c\n", "Die Datei endet auf .csv, enthält aber keinen Text."),
        ("x.xlsx", b"", "Die Datei ist leer."),
        ("x.exe", b"MZ", "Dateien dieser Art können nicht gelesen werden."),
    ],
)
def test_other_files_are_refused_with_a_sentence(
    ground: Ground, sign_in: SignIn, name: str, content: bytes, sentence: str
) -> None:
    response = send(sign_in(), name, content)
    assert response.status_code == 400
    assert sentence in text(response)
    assert f"„{name}“" in text(response)
    assert 'aria-describedby="file-hint file-error" aria-invalid="true"' in text(response)
    assert stored(ground) == []


@pytest.mark.parametrize(
    ("name", "content", "suffix"),
    [
        ("x.csv", "Maßnahme;1,5\n".encode(), "csv"),
        ("x.CSV", "\ufeffa;b\n".encode("utf-16"), "csv"),
        ("x.zip", workbook(), "zip"),
    ],
)
def test_csv_files_are_the_twin_of_a_workbook(
    ground: Ground, sign_in: SignIn, name: str, content: bytes, suffix: str
) -> None:
    assert send(sign_in(), name, content).status_code == 302
    (key,) = stored(ground)
    assert key.endswith(f".{suffix}")
    assert ground.root.get("inbox", key) == content


def test_a_refused_name_is_shown_as_text(sign_in: SignIn) -> None:
    response = send(sign_in(), "<script>alert(1)<b>.exe")
    assert "„&lt;script&gt;alert(1)&lt;b&gt;.exe“" in text(response)
    assert "<script>alert" not in text(response)


def test_a_form_without_a_file_says_so(ground: Ground, sign_in: SignIn) -> None:
    response = sign_in().post(page() + "hochladen/", {})
    assert response.status_code == 400
    assert "Bitte wählen Sie eine Datei aus." in text(response)


def test_a_file_up_to_the_limit_is_taken_and_one_above_is_not(ground: Ground, sign_in: SignIn) -> None:
    client = sign_in()
    assert send(client, content=workbook().ljust(MAX_BYTES, b"\0")).status_code == 302
    assert len(stored(ground)) == 1
    response = send(client, content=workbook().ljust(MAX_BYTES + 1, b"\0"))
    assert response.status_code == 400
    assert "Die Datei ist zu groß" in text(response)
    assert len(stored(ground)) == 1


def test_what_is_far_too_large_is_refused_before_it_is_read(ground: Ground, sign_in: SignIn) -> None:
    class Unread:
        def read(self, *_: object) -> bytes:
            raise AssertionError("the body was read")

        readline = read

    client = sign_in()
    response = client.request(
        **{
            "REQUEST_METHOD": "POST",
            "PATH_INFO": page() + "hochladen/",
            "CONTENT_TYPE": "multipart/form-data; boundary=edge",
            "CONTENT_LENGTH": str(10 * MAX_BYTES),
            "wsgi.input": Unread(),
        }
    )
    assert response.status_code == 413
    assert "Die Datei ist zu groß: Angenommen werden höchstens 1 MB. Es wurde nichts gespeichert." in text(response)
    assert stored(ground) == []


def test_an_account_puts_down_so_many_files_an_hour(ground: Ground, sign_in: SignIn) -> None:
    client = sign_in()
    for _ in range(60):
        assert send(client).status_code == 302
    response = send(client)
    assert response.status_code == 429
    assert "Diese Datei wurde nicht gespeichert." in text(response)
    assert len(stored(ground)) == 60
    assert send(sign_in(MARL), at=page(MARL) + "hochladen/").status_code == 302


def test_a_forged_administration_in_the_form_is_ignored(ground: Ground, sign_in: SignIn) -> None:
    forged = {"ags": MARL, "key": f"{MARL}/{STRATEGY}/{PERIOD}/x.xlsx", "function": "Landrat", "period": "2022"}
    assert send(sign_in(), **forged).status_code == 302
    (key,) = stored(ground)
    assert KEY.fullmatch(key)
    assert ground.root.metadata("inbox", key) == {"function": "CDO"}


def test_a_form_of_another_page_stores_nothing(ground: Ground, sign_in: SignIn) -> None:
    client = sign_in()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    for response in (send(strict), send(strict, csrfmiddlewaretoken="a" * 64), strict.post(page() + "zurueckziehen/")):
        assert response.status_code == 403
        assert "Das Formular ist abgelaufen oder stammt nicht von dieser Seite." in text(response)
    assert stored(ground) == []
    token = strict.cookies["csrf"].value
    assert send(strict, csrfmiddlewaretoken=token).status_code == 302
    assert len(stored(ground)) == 1


@pytest.mark.parametrize("period", ["2021", "2099", "2025-H1", "2025x", "..", "2025%2f2024"])
def test_there_is_no_page_of_another_period(ground: Ground, sign_in: SignIn, period: str) -> None:
    client = sign_in()
    assert client.get(page(period=period) + "hochladen/").status_code == 404
    assert send(client, at=page(period=period) + "hochladen/").status_code == 404
    assert stored(ground) == []
