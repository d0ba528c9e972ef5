"""Every way through the upload page: by mouse and finger, by keyboard only, and without JavaScript."""

from __future__ import annotations

import base64
import datetime as dt
import io
import re
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from lakehouse.administrations import KREIS
from tests.browser.conftest import Open, Seen
from tests.support.portal import FINDING, HERTEN, MARL, PASSWORD, STRATEGY, Ground

PERIOD = str(dt.date.today().year)
Site = tuple[Ground, str]
DROP = """([data, name]) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name));
  return transfer;
}"""


def sign_in(page: Page, ags: str = HERTEN) -> None:
    page.goto("/")
    page.get_by_label("Benutzername").fill(f"{ags}-cdo")
    page.get_by_label("Kennwort").fill(PASSWORD)
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Lieferungen")


def waiting_upload(ground: Ground) -> str:
    """Name of the one upload that waits."""
    (key,) = ground.root.list("inbox", f"{HERTEN}/")
    return key.rpartition("/")[2]


def answer_partly(ground: Ground) -> None:
    """What the DAG would say about it, with a marked workbook."""
    notice = "Das Blatt „Notizen“ gehört nicht zur Vorlage und wurde nicht gelesen."
    said = ground.answer(HERTEN, PERIOD, waiting_upload(ground), outcome="partly", findings=[FINDING], notices=[notice])
    book, made = openpyxl.Workbook(), io.BytesIO()
    book.active.title = "Markiert"
    book.save(made)
    key = f"{HERTEN}/{STRATEGY}/{PERIOD}/{said.upload}/{said.delivery}.xlsx"
    ground.root.put("answers", key, made.getvalue())


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_a_delivery_from_the_template_to_its_withdrawal(
    site: Site, opened: Open, seen: Seen, tmp_path: Path, device: str
) -> None:
    ground, _ = site
    page = opened(device)
    page.goto("/")
    seen(page, f"{device}-1-sign-in")
    sign_in(page)
    seen(page, f"{device}-2-home")

    with page.expect_download() as download:
        page.get_by_role("link", name=f"Vorlage (Excel) Strategie, Jahr {PERIOD}").click()
    template = tmp_path / "strategie.xlsx"
    download.value.save_as(template)
    assert download.value.suggested_filename == f"{STRATEGY}_{HERTEN}_{PERIOD}.xlsx"
    assert "Maßnahmen" in openpyxl.load_workbook(template).sheetnames

    page.get_by_role("link", name=f"Hochladen Strategie, Jahr {PERIOD}").click()
    seen(page, f"{device}-3-upload")
    page.get_by_label("Ausgefüllte Arbeitsmappe").set_input_files(template)
    page.get_by_role("button", name="Hochladen").click()
    expect(page.get_by_role("status")).to_contain_text("Die Datei ist angekommen und wird geprüft.")
    seen(page, f"{device}-4-waiting")
    assert ground.root.get("inbox", f"{HERTEN}/{STRATEGY}/{PERIOD}/{waiting_upload(ground)}") == template.read_bytes()

    answer_partly(ground)
    expect(page.get_by_role("cell", name=FINDING.sentence)).to_be_visible()
    seen(page, f"{device}-5-partly")
    with page.expect_download() as marked:
        page.get_by_role("link", name="Ihre Arbeitsmappe mit Anmerkungen herunterladen").click()
    marked.value.save_as(tmp_path / "marked.xlsx")
    assert openpyxl.load_workbook(tmp_path / "marked.xlsx").sheetnames == ["Markiert"]

    page.get_by_role("link", name="Neue Datei hochladen").click()
    again(page, ground, template)
    page.get_by_role("link", name="Zum Verlauf").click()
    expect(page.get_by_text("ersetzt", exact=True)).to_be_visible()
    seen(page, f"{device}-7-history")
    page.get_by_role("link", name="Ansehen").last.click()
    expect(page.get_by_text("Ersetzt durch die")).to_be_visible()
    seen(page, f"{device}-8-replaced")
    take_back(page, ground, seen, device)


def again(page: Page, ground: Ground, template: Path) -> None:
    """Drops the file, and has it taken over."""
    data = page.evaluate_handle(DROP, [base64.b64encode(template.read_bytes()).decode(), "neu.xlsx"])
    expect(page.get_by_text("Sie können die Datei auch hierher ziehen.")).to_be_visible()
    page.dispatch_event("[data-drop]", "dragover", {"dataTransfer": data})
    expect(page.locator(".drop.over")).to_be_visible()
    page.dispatch_event("[data-drop]", "drop", {"dataTransfer": data})
    page.get_by_role("button", name="Hochladen").click()
    expect(page.get_by_role("status")).to_contain_text("wird geprüft")
    ground.answer(HERTEN, PERIOD, waiting_upload(ground))
    expect(page.get_by_text("Alle Zeilen sind übernommen.")).to_be_visible()


def take_back(page: Page, ground: Ground, seen: Seen, device: str) -> None:
    """Withdraws what counts, and signs out."""
    page.get_by_role("link", name=re.compile("^Lieferung vom")).click()
    seen(page, f"{device}-6-accepted")
    page.get_by_role("link", name="Lieferung zurückziehen").click()
    seen(page, f"{device}-9-withdraw")
    page.get_by_role("button", name="Ja, Lieferung zurückziehen").click()
    expect(page.get_by_role("status")).to_contain_text("Die Rücknahme ist angekommen")
    assert waiting_upload(ground).endswith(".withdrawal")
    ground.answer(HERTEN, PERIOD, waiting_upload(ground), outcome="withdrawn", tables=[])
    expect(page.get_by_text("Ihre Angaben dazu zählen nicht mehr.")).to_be_visible()
    seen(page, f"{device}-10-withdrawn")
    page.get_by_role("button", name="Abmelden").click()
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
    page.goto(f"/{HERTEN}/")
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_what_goes_wrong_is_said_beside_its_field(
    site: Site, opened: Open, seen: Seen, tmp_path: Path, device: str
) -> None:
    page = opened(device)
    page.goto("/anmelden/")
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("alert")).to_have_text("Bitte geben Sie Benutzername und Kennwort ein.")
    seen(page, f"{device}-sign-in-wrong")
    sign_in(page)
    page.goto(f"/{HERTEN}/{STRATEGY}/{PERIOD}/hochladen/")
    old = tmp_path / "alt.xls"
    old.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(100))
    field = page.get_by_label("Ausgefüllte Arbeitsmappe")
    field.set_input_files(old)
    page.get_by_role("button", name="Hochladen").click()
    expect(page.get_by_role("alert")).to_contain_text("„alt.xls“: Die Datei hat das alte Excel-Format .xls.")
    expect(field).to_have_accessible_description(re.compile("Die Datei hat das alte Excel-Format"))
    seen(page, f"{device}-upload-refused")
    large = tmp_path / "gross.xlsx"
    large.write_bytes(bytes(300_000))
    field.set_input_files(large)
    expect(page.get_by_role("alert")).to_have_text("Die Datei ist zu groß: Angenommen werden höchstens 1 MB.")
    page.goto(f"/{MARL}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Seite nicht gefunden")
    seen(page, f"{device}-not-found")
    page.goto("/hilfe/")
    seen(page, f"{device}-help")


def test_the_kreis_reads_all(site: Site, opened: Open, seen: Seen) -> None:
    site[0].answer(
        MARL, PERIOD, "s3.xlsx", outcome="refused", refusal="Die Datei ist für eine andere Stadt.", tables=[]
    )
    page = opened("phone")
    sign_in(page, KREIS)
    page.get_by_role("link", name="Alle Verwaltungen").click()
    seen(page, "phone-administrations")
    page.get_by_role("link", name="Marl").click()
    seen(page, "phone-of-marl")
    page.get_by_role("link", name="abgelehnt").click()
    expect(page.get_by_text("Die Datei ist für eine andere Stadt.")).to_be_visible()
    seen(page, "phone-refused")


def focus(page: Page, name: str) -> None:
    """Goes on by the tabulator until something has the focus, which must be seen."""
    for _ in range(60):
        page.keyboard.press("Tab")
        told = page.evaluate(
            "(() => { const e = document.activeElement, s = getComputedStyle(e), t = (e.labels?.[0] ?? e).textContent;"
            "return [t.trim().replace(/\\s+/g, ' '), s.outlineStyle, s.outlineWidth]; })()"
        )
        if told[0] == name:
            assert told[1:] == ["solid", "3px"], f"the focus on {name} is not seen"
            return
    raise AssertionError(f"{name} is not reached by the keyboard")


def test_the_keyboard_is_enough(site: Site, opened: Open, tmp_path: Path) -> None:
    ground, _ = site
    page = opened()
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Zum Inhalt springen"
    page.keyboard.press("Enter")
    focus(page, "Benutzername:")
    page.keyboard.type(f"{HERTEN}-cdo")
    focus(page, "Kennwort:")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Lieferungen: Herten")
    focus(page, f"Hochladen Strategie, Jahr {PERIOD}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("hochladen")
    file = tmp_path / "x.csv"
    file.write_text("Maßnahme;Budget (Euro)\nM-1;1,00\n", "utf-8")
    focus(page, "Ausgefüllte Arbeitsmappe")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(file)
    focus(page, "Hochladen")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("wird geprüft")
    ground.answer(HERTEN, PERIOD, waiting_upload(ground))
    expect(page.get_by_text("Alle Zeilen sind übernommen.")).to_be_visible()
    focus(page, "Lieferung zurückziehen")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Lieferung zurückziehen?")
    focus(page, "Ja, Lieferung zurückziehen")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Die Rücknahme ist angekommen")
    focus(page, "Abmelden")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()


def test_nothing_needs_javascript(site: Site, opened: Open, tmp_path: Path) -> None:
    ground, _ = site
    page = opened("phone", java_script_enabled=False)
    sign_in(page)
    page.get_by_role("link", name=f"Hochladen Strategie, Jahr {PERIOD}").click()
    assert not page.get_by_text("Sie können die Datei auch hierher ziehen.").is_visible()
    file = tmp_path / "x.csv"
    file.write_text("Maßnahme;Budget (Euro)\nM-1;1,00\n", "utf-8")
    page.get_by_label("Ausgefüllte Arbeitsmappe").set_input_files(file)
    page.get_by_role("button", name="Hochladen").click()
    expect(page.get_by_role("status")).to_contain_text("wird geprüft")
    ground.answer(HERTEN, PERIOD, waiting_upload(ground))
    expect(page.get_by_text("Alle Zeilen sind übernommen.")).to_be_visible()
    page.get_by_role("link", name="Lieferung zurückziehen").click()
    page.get_by_role("button", name="Ja, Lieferung zurückziehen").click()
    expect(page.get_by_role("status")).to_contain_text("Die Rücknahme ist angekommen")
    page.get_by_role("button", name="Abmelden").click()
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
