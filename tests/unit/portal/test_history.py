"""What a city reads of its deliveries: states, what counts, what replaced what, and how it takes something back."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Callable

import openpyxl
import pytest
from django.test import Client

from portal import history
from tests.support.portal import FINDING, HERTEN, MARL, STRATEGY, TRAINING, Ground
from tests.unit.portal.sending import PERIOD, page, send, text

SignIn = Callable[..., Client]


def upload(client: Client, ags: str = HERTEN) -> str:
    """Puts a file down and returns its name."""
    response = send(client, at=page(ags) + "hochladen/")
    assert response.status_code == 302
    return str(response.headers["Location"].split("/")[-2])


def states(client: Client, ags: str = HERTEN) -> list[str]:
    """The states of this period's uploads as the history shows them."""
    shown = text(client.get(f"/{ags}/{STRATEGY}/"))
    section = shown.partition(f'id="p-{PERIOD}"')[2].partition("</section>")[0]
    return re.findall(r'<td>(?:Rücknahme: )?<span class="tag \w+">([^<]+)</span></td>', section)


def on_first_page(client: Client, ags: str = HERTEN) -> str:
    shown = text(client.get(f"/{ags}/")).partition(f'id="d-{STRATEGY}"')[2]
    row = shown.partition(f"<h3>Jahr {PERIOD}</h3>")[2].partition("</li>")[0]
    found = re.search(r'<span class="tag (\w+)">([^<]+)</span>', row)
    assert found is not None
    return found[2]


def test_a_delivery_goes_from_missing_to_taken_over(ground: Ground, sign_in: SignIn) -> None:
    client = sign_in()
    assert (on_first_page(client), states(client)) == ("fehlt", [])
    name = upload(client)
    assert (on_first_page(client), states(client)) == ("wird geprüft", ["wird geprüft"])
    ground.root.delete("inbox", f"{HERTEN}/{STRATEGY}/{PERIOD}/{name}")  # landed, and not answered yet
    assert (on_first_page(client), states(client)) == ("wird geprüft", ["wird geprüft"])
    ground.answer(HERTEN, PERIOD, name)
    assert (on_first_page(client), states(client)) == ("übernommen", ["übernommen"])
    marl = sign_in(MARL)
    assert (on_first_page(marl, MARL), states(marl, MARL)) == ("fehlt", [])


@pytest.mark.parametrize(
    ("outcome", "state"),
    [("accepted", "übernommen"), ("partly", "teilweise übernommen"), ("refused", "abgelehnt")],
)
def test_the_outcome_is_the_state(ground: Ground, sign_in: SignIn, outcome: str, state: str) -> None:
    client = sign_in()
    ground.answer(HERTEN, PERIOD, upload(client), outcome=outcome)
    assert (on_first_page(client), states(client)) == (state, [state])


def test_the_answer_says_all_that_a_clerk_needs(ground: Ground, sign_in: SignIn) -> None:
    client = sign_in()
    name = upload(client)
    notice = "Das Blatt „Notizen“ wurde nicht gelesen."
    ground.answer(HERTEN, PERIOD, name, outcome="partly", findings=[FINDING], notices=[notice])
    shown = text(client.get(page() + f"lieferungen/{name}/"))
    assert "http-equiv" not in shown
    row = '<tr><td>Maßnahmen</td><td>F7</td><td class="found">ca. 500 &lt;b&gt;</td>'
    assert row + f'<td class="long">{FINDING.sentence}</td></tr>' in shown
    assert notice in shown
    cells = "".join(f"<td>{figure}</td>" for figure in (12, 11, 1, 0, 3, 2, 1))
    assert f'<tr><th scope="row">Maßnahmen</th>{cells}</tr>' in shown
    total = "<td>1.234.567,50</td><td>1.234.600,00</td><td>−32,50</td>"
    assert f'<tr><th scope="row">Budget (Euro)</th>{total}</tr>' in shown
    assert "arbeitsmappe.xlsx" not in shown


def test_a_refusal_says_why_and_what_still_counts(ground: Ground, sign_in: SignIn) -> None:
    client = sign_in()
    ground.answer(HERTEN, PERIOD, upload(client))
    name = upload(client)
    sentence = "Die Datei enthält Makros; bitte speichern Sie sie als .xlsx."
    ground.answer(HERTEN, PERIOD, name, outcome="refused", refusal=sentence, tables=[])
    shown = text(client.get(page() + f"lieferungen/{name}/"))
    assert f"<strong>{sentence}</strong>" in shown
    assert "Nichts davon ist übernommen. Es gilt weiter die" in shown
    assert states(client) == ["abgelehnt", "übernommen"]
    assert on_first_page(client) == "abgelehnt"
    assert "Es gilt die Lieferung vom" in text(client.get(f"/{HERTEN}/"))


def test_many_findings_are_shown_in_part(ground: Ground, sign_in: SignIn) -> None:
    client = sign_in()
    name = upload(client)
    ground.answer(HERTEN, PERIOD, name, outcome="partly", findings=[FINDING] * 203)
    shown = text(client.get(page() + f"lieferungen/{name}/"))
    assert shown.count("<td>F7</td>") == 200
    assert "… und 3 weitere Stellen." in shown


def test_of_two_files_the_later_one_counts_and_both_pages_say_so(ground: Ground, sign_in: SignIn) -> None:
    client = sign_in()
    first, second = upload(client), upload(client)
    moment = dt.datetime(2026, 1, 2, 23, 30, tzinfo=dt.UTC)
    later = moment + dt.timedelta(minutes=1)
    # answered in the other order: the later upload counts, not the later answer
    ground.answer(HERTEN, PERIOD, second, uploaded_at=later, function="Kämmerei")
    said = ground.answer(HERTEN, PERIOD, first, uploaded_at=moment)
    assert states(client) == ["übernommen", "ersetzt"]
    older = text(client.get(page() + f"lieferungen/{first}/?lieferung={said.delivery}"))
    assert "Ersetzt durch die" in older
    assert "Lieferung vom 03.01.2026, 00:31:00 Uhr</a> (Kämmerei)." in older
    assert "Lieferung zurückziehen" not in older
    newer = text(client.get(page() + f"lieferungen/{second}/"))
    assert "Ersetzt durch" not in newer and "Lieferung zurückziehen" in newer


def test_a_delivery_is_taken_back_after_being_asked_once_more(ground: Ground, sign_in: SignIn) -> None:
    client = sign_in()
    back = page() + "zurueckziehen/"
    assert client.get(back).status_code == client.post(back).status_code == 404
    name = upload(client)
    ground.answer(HERTEN, PERIOD, name)
    assert "Lieferung zurückziehen?" in text(client.get(back))
    assert list(ground.root.list("inbox", "")) == []
    response = client.post(back)
    (key,) = ground.root.list("inbox", "")
    assert re.fullmatch(rf"{HERTEN}/{STRATEGY}/{PERIOD}/\d{{8}}T\d{{12}}Z-[0-9a-f]{{8}}\.withdrawal", key)
    assert json.loads(ground.root.get("inbox", key))["withdraw"] == STRATEGY
    assert ground.root.metadata("inbox", key) == {"function": "CDO"}
    assert "Die Rücknahme ist angekommen" in text(client.get(response.headers["Location"]))
    ground.answer(HERTEN, PERIOD, key.rpartition("/")[2], outcome="withdrawn", tables=[])
    assert states(client) == ["zurückgezogen", "zurückgezogen"]
    assert on_first_page(client) == "zurückgezogen"
    assert "Zurückgezogen durch die" in text(client.get(page() + f"lieferungen/{name}/"))
    assert client.get(back).status_code == 404


def test_what_comes_by_s3_is_the_same_delivery(ground: Ground, sign_in: SignIn) -> None:
    client = sign_in()
    name = "Strategie Herten #2 ?.xlsx"
    key = f"{HERTEN}/{STRATEGY}/{PERIOD}/{name}"
    said = {"function": "K%C3%A4mmerei"}
    assert ground.root.put_new("inbox", key, b"bytes", metadata=said)
    shown = text(client.get(f"/{HERTEN}/{STRATEGY}/"))
    assert "<td>Kämmerei</td>" in shown
    (link,) = re.findall(r'href="([^"]+lieferungen[^"]+)"', shown)
    assert "wird geprüft" in text(client.get(link))
    before = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    first = ground.answer(HERTEN, PERIOD, name, outcome="refused", refusal="Falsche Stadt.", uploaded_at=before)
    ground.root.put_new("inbox", key, b"again")
    assert states(client) == ["wird geprüft", "abgelehnt"]
    assert "Falsche Stadt." in text(client.get(f"{link}?lieferung={first.delivery}"))
    assert "wird geprüft" in text(client.get(link))


def test_a_check_that_takes_long_is_not_asked_for_again(ground: Ground, sign_in: SignIn) -> None:
    client = sign_in()
    name = "20260102T030405000006Z-0123abcd.xlsx"
    ground.root.put("inbox", f"{HERTEN}/{STRATEGY}/{PERIOD}/{name}", b"bytes")
    shown = text(client.get(page() + f"lieferungen/{name}/"))
    assert "Die Prüfung dauert länger als üblich. Ihre Datei ist sicher gespeichert." in shown
    assert "http-equiv" not in shown and "data-waiting" not in shown


def test_deadlines_and_made_up_data_are_named(ground: Ground, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    client = sign_in()
    today = dt.date(2026, 2, 1)
    monkeypatch.setattr("django.utils.timezone.localdate", lambda: today)
    shown = text(client.get(f"/{HERTEN}/"))
    training, _, strategy = shown.partition(f'id="d-{STRATEGY}"')
    assert "fiktive Daten" in strategy and "fiktive Daten" not in training
    assert "<h3>1. Halbjahr 2026</h3>" in training
    assert '<span class="nowrap">31.01.2026</span></p> <p> <span class="tag overdue">überfällig</span>' in strategy
    assert '<span class="nowrap">31.01.2027</span></p> <p> <span class="tag missing">fehlt</span>' in strategy
    assert "Kaputt" not in shown and "Bäume" not in shown
    history = text(client.get(f"/{HERTEN}/{TRAINING}/"))
    assert re.findall(r'<h2 id="p-([^"]+)">', history)[:3] == ["2026-H1", "2025-H2", "2025-H1"]
    assert re.findall(r'<h2 id="p-([^"]+)">', history)[-1] == "2022-H1"


def test_templates_name_administration_and_period(ground: Ground, sign_in: SignIn) -> None:
    client = sign_in()
    response = client.get(page() + "vorlage.xlsx")
    assert response.headers["Content-Disposition"] == f'attachment; filename="{STRATEGY}_{HERTEN}_{PERIOD}.xlsx"'
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    assert "Maßnahmen" in book.sheetnames
    cells = {str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row}
    assert {HERTEN, "Herten", PERIOD} <= cells
    twin = client.get(page() + "vorlage.zip")
    assert twin.headers["Content-Type"] == "application/zip"
    assert any(name.endswith(".csv") for name in zipfile.ZipFile(io.BytesIO(twin.content)).namelist())


@pytest.mark.parametrize("name", ["", "ordner/", "ordner/x.xlsx"])
def test_a_folder_in_the_inbox_is_no_delivery(ground: Ground, sign_in: SignIn, name: str) -> None:
    ground.root.put("inbox", f"{HERTEN}/{STRATEGY}/{PERIOD}/{name}", b"")
    client = sign_in()
    assert (on_first_page(client), states(client)) == ("fehlt", [])


@pytest.mark.parametrize("stamp", ["20261399T000000000000", "20260101T256060000000", "99991231T235959999999"])
def test_a_name_that_only_looks_like_one_of_ours_is_shown(ground: Ground, sign_in: SignIn, stamp: str) -> None:
    ground.root.put("inbox", f"{HERTEN}/{STRATEGY}/{PERIOD}/{stamp}Z-00000000.xlsx", b"x")
    client = sign_in()
    assert (on_first_page(client), states(client)) == ("wird geprüft", ["wird geprüft"])


def test_only_a_function_is_taken_for_one(ground: Ground, sign_in: SignIn) -> None:
    for n, said in enumerate(("erika%40herten.example", "E%0AF", "%3Cb%3E", "", "F%C3%B6rderstelle")):
        ground.root.put_new("inbox", f"{HERTEN}/{STRATEGY}/{PERIOD}/{n}.xlsx", b"x", metadata={"function": said})
    shown = text(sign_in().get(f"/{HERTEN}/{STRATEGY}/"))
    assert (shown.count("<td>nicht angegeben</td>"), shown.count("<td>Förderstelle</td>")) == (4, 1)


def test_a_list_of_uploads_holds_none_of_their_findings(ground: Ground, sign_in: SignIn) -> None:
    client = sign_in()
    name = upload(client)
    ground.answer(HERTEN, PERIOD, name, outcome="partly", findings=[FINDING] * 201)
    (entry,) = history.of(ground.root, HERTEN, STRATEGY, PERIOD)
    assert entry.answer is not None and entry.answer.findings == []
    shown = text(client.get(page() + f"lieferungen/{name}/"))
    assert (shown.count(FINDING.sentence), "… und 1 weitere Stellen." in shown) == (200, True)
