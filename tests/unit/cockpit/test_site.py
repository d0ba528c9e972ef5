"""The pages of a release that has everything that is hard to show."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from lxml import etree, html

from cockpit import registry, site
from tests.support import cockpit
from tests.support.cockpit import HERTEN, HOSTILE
from tests.unit.cockpit.conftest import LINKS, PAGES, Document, text

# what may be asked of a browser: the page's own folder, its neighbours, and the links that were given
ADDRESS = re.compile(r"(#[a-z]|\.\./|[a-z0-9-]+\.(html|pdf)|cockpit\.css$|data:,$|/$|/pruefung/|http://127\.0\.0\.1:)")


def test_there_is_a_page_for_each_theme_and_administration(pages: dict[str, bytes]) -> None:
    papers = [f"{name}.pdf" for name in PAGES if name not in ("index", "start", "sql")]
    assert sorted(pages) == sorted([*(f"{name}.html" for name in PAGES), *papers, "cockpit.css"])


def test_the_same_release_gives_the_same_bytes(pages: dict[str, bytes]) -> None:
    rows = cockpit.example()
    with cockpit.connection(rows) as another:
        again = site.render(
            another, cockpit.manifest(rows, fictitious=cockpit.FICTITIOUS), [cockpit.manifest({}, 6)], LINKS
        )
    assert [name for name in pages if pages[name] != again[name]] == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_well_made(page: Callable[[str], Document], pages: dict[str, bytes], name: str) -> None:
    document, source = page(name), pages[f"{name}.html"].decode()
    assert document.get("lang") == "de"
    assert [len(document.findall(f".//{tag}")) for tag in ("main", "header", "footer", "h1", "head/title")] == [1] * 5
    levels = [int(heading.tag[1]) for heading in document.iter("h1", "h2", "h3", "h4")]
    assert levels[0] == 1 and all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False)), (
        levels
    )
    names = [element.get("id") for element in document.iter() if element.get("id")]
    assert len(names) == len(set(names)), "no name twice"
    referred = [one for element in document.iter() for one in (element.get("aria-labelledby") or "").split()]
    assert set(referred) <= set(names)
    for table in document.iter("table"):
        assert table.find("caption") is not None
        assert {th.get("scope") for th in table.iter("th")} <= {"col", "row"}
        widths = {len(row) for row in table.iter("tr")}
        assert len(widths) == 1, "every row has a cell per column"
    for link in document.iter("a"):
        assert text(link) and not (link.get("href") or "#").startswith("javascript")
    closed = [
        tag
        for tag in ("section", "div", "details", "table", "dl", "svg")
        if source.count(f"<{tag}") != source.count(f"</{tag}>")
    ]
    assert closed == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_nothing_else_and_runs_nothing(page: Callable[[str], Document], name: str) -> None:
    document = page(name)
    assert not list(document.iter("script", "iframe", "object", "form", "img", "style"))
    for element in document.iter():
        if not isinstance(element.tag, str):
            continue
        assert not [attribute for attribute in element.attrib if attribute.startswith("on") or attribute == "style"]
        for attribute in ("href", "src", "xlink:href"):
            if element.get(attribute):
                assert ADDRESS.match(element.get(attribute)), element.get(attribute)


def test_links_between_pages_lead_somewhere(page: Callable[[str], Document], pages: dict[str, bytes]) -> None:
    targets = {name: {e.get("id") for e in page(name).iter() if e.get("id")} for name in PAGES}
    for name in PAGES:
        for link in page(name).iter("a"):
            file, _, anchor = link.get("href").partition("#")
            if "/" not in file:
                file = file or f"{name}.html"
                assert file in pages, f"{name}: {file}"
                assert not anchor or anchor in targets[file.removesuffix(".html")], f"{name}: {link.get('href')}"


def test_foreign_text_is_text(pages: dict[str, bytes], page: Callable[[str], Document]) -> None:
    for name in ("b1", f"stadt-{HERTEN}", "start", "index"):
        assert HOSTILE in text(page(name)), "whole, and nothing of it is markup"
        assert b"<script" not in pages[f"{name}.html"] and b"<b>NRW" not in pages[f"{name}.html"]


# --- what is made up, missing, or interrupted


def test_what_is_made_up_says_so_in_the_figure_and_in_its_chart(page: Callable[[str], Document]) -> None:
    (progress,) = page("b1").xpath('//section[@id="kpi_ozg_online"]')
    assert text(progress.xpath("./h2")[0]).endswith("erfunden")
    titles = [title for title in progress.iter("{http://www.w3.org/2000/svg}title", "title")]
    assert titles and all("(erfundene Angaben)" in text(title) for title in titles)
    (missing,) = page("a").xpath('//section[@id="gigabit_missing"]')
    assert "erfunden" not in text(missing)
    (last_mile,) = page("b1").xpath('//section[@id="last_mile"]')
    assert text(last_mile.xpath("./h2")[0]).endswith("zum Teil erfunden")
    flagged = [bool(row.xpath('.//span[@class="badge"]')) for row in last_mile.xpath(".//tbody/tr")]
    assert flagged == [n % 2 == 0 for n in range(49, 9, -1)]
    assert "erfunden" in text(page("index").xpath('//li[@data-figure="kpi_ozg_online"]')[0])


def test_what_has_not_come_says_what_it_waits_for(page: Callable[[str], Document]) -> None:
    (section,) = page("g").xpath('//section[@id="brand"]')
    assert "Noch keine Daten. Erwartet wird: Lieferung zu mart_communication." in text(section)
    assert not section.xpath(".//table") and not section.xpath(".//*[local-name()='svg']")
    # the ledger came, and has nothing on this
    (used_for,) = page("money").xpath('//section[@id="million_2023_used_for"]')
    assert "Noch keine Daten." in text(used_for)


def test_a_release_from_before_a_mart_says_so() -> None:
    with cockpit.connection({}, without="mart_communication") as connection:
        pages = site.render(connection, cockpit.manifest({}, without="mart_communication"))
    document = html.document_fromstring(pages["g.html"].decode())
    assert "Die Auswertung dahinter gibt es in dieser Veröffentlichung nicht." in text(document)


def svg(document: Document, name: str) -> Document:
    (found,) = document.xpath(f"//*[local-name()='svg'][@aria-labelledby='{name}-title {name}-desc']")
    return found


def test_a_line_has_gaps_where_nothing_is_known_and_breaks_where_the_definition_changed(
    page: Callable[[str], Document],
) -> None:
    course = svg(page("b1"), "kpi_ozg_online-course")
    words = text(course)
    assert "neue Definition" in words and "1. Hj. 2024" in words, "a period without a value has its place"
    assert "2 Unterbrechungen" in words
    joined = [d for d in course.xpath(".//*[local-name()='path']/@d") if re.fullmatch(r"M[\d.,]+(L[\d.,]+)+", d)]
    assert len(joined) == 1, "only the two half-years of 2023 follow each other"
    # definitions follow each other by time, whatever they are called
    missing = page("a").xpath('//table[@data-table="gigabit_missing-history"]//tbody/tr')
    assert [row.get("data-key") for row in missing] == ["2018-12-31", "2019-12-31", "2020-12-31"]
    assert "1 Unterbrechung" in text(svg(page("a"), "gigabit_missing-course"))
    air = svg(page("c"), "air_quality-course")
    assert "2 Unterbrechungen" in text(air)


def test_a_chart_is_one_image_with_a_title_and_a_description(page: Callable[[str], Document]) -> None:
    charts = [chart for name in PAGES for chart in page(name).xpath("//*[local-name()='svg']")]
    assert len(charts) > 20
    for chart in charts:
        assert chart.get("role") == "img"
        assert [child.tag for child in chart[:2]] == ["title", "desc"] and text(chart[0]) and text(chart[1])
        inside = [e for e in chart.iterdescendants() if any(a == "role" or a.startswith("aria-") for a in e.attrib)]
        assert inside == []
        section = next(chart.iterancestors("section"))
        assert section.xpath(".//table"), "its numbers stand beside it"
    assert "512.345 (31.12.2018) bis 1.234.567 (31.12.2020)" in text(svg(page("a"), "gigabit_missing-course"))


def test_each_figure_says_unit_definition_source_licence_release_and_query(page: Callable[[str], Document]) -> None:
    for theme in registry.themes():
        for section in page(theme.id).xpath("//section[@data-figure]"):
            said = [text(dt) for dt in section.xpath('.//dl[@class="about"]//dt')]
            assert {"Definition", "Quelle und Lizenz", "Veröffentlichung"} <= set(said), section.get("id")
            assert section.xpath(".//details//pre/code")[0].text_content().strip().startswith("SELECT")
    (section,) = page("a").xpath('//section[@id="gigabit_missing"]')
    assert "Land <b>NRW</b>: dl-by-de/2.0" in text(section)
    (kpi,) = page("b1").xpath('//section[@id="kpi_ozg_online"]')
    assert (
        "100 × „Leistungen online“ geteilt durch „Leistungen“. Fassung 2 der Definition, gültig ab 01.01.2023."
        in text(kpi)
    )


def test_the_start_page_tells_releases_freshness_and_what_is_held_back(page: Callable[[str], Document]) -> None:
    start = page("start")
    rows = [text(row) for row in start.xpath('//table[caption[@id="releases"]]//tbody/tr')]
    assert [row.partition(",")[0] for row in rows] == [
        "Veröffentlichung 729.11.2026", "Veröffentlichung 628.11.2026",
    ]  # fmt: skip
    links = {link.get("href") for link in start.iter("a")}
    assert {
        "/",
        "/pruefung/",
        "/pruefung/dbt.html",
        "sql.html",
        "../6/index.html",
        LINKS.airflow,
        LINKS.catalogue,
    } <= links
    assert "Formeln darin" in text(start.xpath('//section[@id="held_back"]')[0])
    assert "ja" in text(start.xpath('//section[@id="source_health"]//tbody/tr')[0])


# --- colours


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_colours_are_told_apart(pages: dict[str, bytes]) -> None:
    from cockpit.charts import INK, PALETTE

    declared = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", pages["cockpit.css"].decode()))
    for ink, ground in (
        ("ink", "pale"),
        ("ink", "head"),
        ("soft", "pale"),
        ("link", "pale"),
        ("violet", "violet-pale"),
    ):
        assert contrast(declared[ink], declared[ground]) >= 4.5, (ink, ground)
    assert contrast("#ffffff", declared["blue"]) >= 4.5 and contrast(declared["focus"], declared["pale"]) >= 3
    assert all(contrast(colour, "#ffffff") >= 4.5 for colour in (*PALETTE, INK))


def test_the_svg_is_well_formed(pages: dict[str, bytes]) -> None:
    drawn = re.findall(r"<svg.*?</svg>", pages["a.html"].decode(), re.DOTALL)
    assert len(drawn) == 2
    assert all(etree.fromstring(one).get("viewBox") for one in drawn)
