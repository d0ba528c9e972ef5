"""The pages as PDF for a council's papers: tagged for assistive technology, and made without a browser.

Typst sets what the pages on the screen show; the same release gives the same bytes, so only the fonts that it brings
itself are used, and the document is as old as its release.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typst
from lxml import etree
from markupsafe import Markup

from cockpit import german
from cockpit.answers import Answer
from cockpit.shown import Large, Shown, Table
from lakehouse.lake.release import Manifest

_TEMPLATE = Path(__file__).resolve().parent / "templates" / "page.typ"
_BADGES = {"alle": "erfunden", "manche": "zum Teil erfunden", "": ""}


def page(manifest: Manifest, title: str, about: str, parts: Sequence[dict[str, Any]]) -> bytes:
    """One page as PDF.

    Args:
        manifest: the release.
        title: heading of the page.
        about: what the page is about.
        parts: figures and headings, in their order.
    """
    release = f"Veröffentlichung {manifest.release} vom {german.moment(manifest.created_at)}"
    content = {"title": title, "about": about, "release": release, "parts": list(parts)}
    made: bytes = typst.compile(
        _TEMPLATE.read_bytes(),
        format="pdf",
        sys_inputs={"page": json.dumps(content, ensure_ascii=False)},
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
        timestamp=manifest.created_at.replace(microsecond=0),
    )
    return made


def heading(title: str) -> dict[str, Any]:
    """A heading between figures."""
    return _part(2, title)


def figure(one: Shown, level: int = 2, compared: Shown | None = None) -> dict[str, Any]:
    """A figure."""
    answer = one.answer
    large = [*one.large, *(compared.large[:1] if compared and one.large else [])]
    return _part(
        level,
        answer.figure.title,
        badge=_BADGES[answer.made_up],
        note="" if answer.rows else missing(answer),
        large=[_large(each) for each in large],
        charts=[_chart(svg, wide=svg is not one.map) for svg in (one.chart, one.map, one.course) if svg],
        about_map=one.about_map,
        tables=[_table(each, answer.made_up) for each in (one.table, one.history) if each],
        terms=_terms(answer, one.when),
    )


def missing(answer: Answer) -> str:
    """Why a figure has no rows, in a sentence."""
    if not answer.is_released:
        return "Noch keine Daten. Die Auswertung dahinter gibt es in dieser Veröffentlichung nicht."
    if answer.origin.awaited:
        titles = ", ".join(source.title for source in answer.origin.awaited)
        return f"Noch keine Daten. Erwartet wird: {titles}."
    return "Noch keine Daten. Was geliefert wurde, enthält dazu keine Angabe."


def _part(level: int, title: str, **more: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "badge": "",
        "note": "",
        "large": [],
        "charts": [],
        "about_map": "",
        "tables": [],
        "terms": [],
    }
    return {"level": level, "title": title, **empty, **more}


def _large(one: Large) -> dict[str, str]:
    when = f"Stand {one.when}" if one.when else ""
    return {"label": one.label, "value": one.value.text, "unit": one.unit, "when": when}


def _chart(svg: Markup, wide: bool) -> dict[str, Any]:
    title, description = etree.fromstring(svg)[:2]
    return {"svg": str(svg), "alt": f"{title.text}. {description.text}", "wide": wide}


def _table(one: Table, made_up: str) -> dict[str, Any]:
    marked = [" (erfunden)" if line.made_up and made_up == "manche" else "" for line in one.lines]
    rows = [[cell.text for cell in line.cells] for line in one.lines]
    left_out = f"{len(rows)} von {len(rows) + one.left_out} Zeilen" if one.left_out else ""
    return {
        "caption": one.caption,
        "headings": [heading for heading, _ in one.headings],
        "numeric": [is_number for _, is_number in one.headings],
        "rows": [[row[0] + mark, *row[1:]] for row, mark in zip(rows, marked, strict=True)],
        "left_out": left_out,
    }


def _terms(answer: Answer, when: str) -> list[tuple[str, str]]:
    sources = "; ".join(
        f"{source.title}{', ' if source.attribution else ''}{source.attribution}"
        f" ({source.licence or 'nicht zur Weitergabe freigegeben'})"
        for source in answer.origin.sources
    )
    terms = [("Definition", answer.figure.about), ("Einheit", answer.figure.unit), ("Stand", when)]
    return [(term, said) for term, said in [*terms, ("Quelle und Lizenz", sources)] if said]
