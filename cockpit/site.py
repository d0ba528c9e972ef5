"""All pages of one release: the same release gives the same bytes, whenever and wherever they are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cockpit import german, maps, paper, questions, registry
from cockpit.answers import Asker
from cockpit.shown import MADE_UP, Shown, shown
from lakehouse.administrations import ADMINISTRATIONS, KREIS
from lakehouse.lake.release import Manifest

STYLE = "cockpit.css"
OF_CITY = (
    "Was die Veröffentlichung über diese Verwaltung sagt, je Thema des Digitalpakts. "
    "Wo es eine gibt, steht die Zahl für alle daneben."
)
_TEMPLATES = Path(__file__).resolve().parent / "templates"
# of the theme on the quality of data, which the start page repeats
_FRESHNESS, _HELD_BACK = "source_health", "held_back"


@dataclass(frozen=True)
class Links:
    """Where the rest of an installation is; what is empty is not linked."""

    airflow: str = ""
    catalogue: str = ""


def render(
    connection: duckdb.DuckDBPyConnection, manifest: Manifest, history: Sequence[Manifest] = (), links: Links = Links()
) -> dict[str, bytes]:
    """All pages of a release by their file name.

    Args:
        connection: in it every mart of the release is a view.
        manifest: the release.
        history: the releases before it that the start page lists, newest first.
        links: where the rest of the installation is.
    """
    asker, themes = Asker(connection, manifest), (*registry.themes(), questions.theme())
    answers = {
        theme.id: [asker.ask(figure) for figure in [*asker.key_figures(theme), *theme.figures]] for theme in themes
    }
    boundaries = maps.boundaries(connection, manifest)
    figures = {theme: [shown(answer, boundaries=boundaries) for answer in asked] for theme, asked in answers.items()}
    by_id = {one.answer.figure.id: one for found in figures.values() for one in found}
    common = {"manifest": manifest, "links": links, "themes": registry.themes(), "administrations": ADMINISTRATIONS}
    pages = {
        "index.html": _page("index.html", common, key_figures=_key_figures(figures)),
        "start.html": _page(
            "start.html", common, history=history, released=_released(manifest, history),
            freshness=by_id[_FRESHNESS], held_back=by_id[_HELD_BACK],
        ),
        "sql.html": _page("sql.html", common, marts=sorted(manifest.marts.items())),
        STYLE: (_TEMPLATES / STYLE).read_bytes(),
    }  # fmt: skip
    for theme in themes:
        parts = [paper.figure(one) for one in figures[theme.id]]
        pages[f"{theme.id}.pdf"] = paper.page(manifest, theme.title, theme.about, parts)
        pages[f"{theme.id}.html"] = _page("theme.html", common, theme=theme, figures=figures[theme.id])
    for ags, name in ADMINISTRATIONS.items():
        title = f"{name} (Kreisverwaltung)" if ags == KREIS else name
        of_themes = _of_city(figures, ags)
        parts = []
        for theme, found in of_themes:
            parts += [paper.heading(theme.title), *(paper.figure(one, 3, compared) for one, compared in found)]
        pages[f"stadt-{ags}.pdf"] = paper.page(manifest, title, OF_CITY, parts)
        pages[f"stadt-{ags}.html"] = _page(
            "city.html", common, ags=ags, title=title, about=OF_CITY, of_themes=of_themes
        )
    return pages


def overview(numbers: Sequence[int]) -> bytes:
    """The page that leads to the cockpits of several releases, newest first."""
    return _environment().get_template("overview.html").render(numbers=numbers).encode()


def _key_figures(figures: dict[str, list[Shown]]) -> dict[str, list[Shown]]:
    """The figures for the region that stand large on the page of a theme."""
    return {theme: [one for one in found if one.large] for theme, found in figures.items()}


def _of_city(figures: dict[str, list[Shown]], ags: str) -> list[tuple[registry.Theme, list[tuple[Shown, Shown]]]]:
    """Per theme the figures that say something of one administration, each beside that of all."""
    found = []
    for theme in registry.themes():
        of_it = []
        for whole in figures[theme.id]:
            if whole.answer.figure.kind == "areas" or whole.answer.figure.ags:
                own = whole.answer.of(ags)
                if own.rows:
                    of_it.append((shown(own, ags), whole))
        if of_it:
            found.append((theme, of_it))
    return found


def _released(manifest: Manifest, history: Sequence[Manifest]) -> list[tuple[Manifest, int, int]]:
    """Each release with how many deliveries changed what it rests on, and how many marts are other than before."""
    found = []
    every = [manifest, *history]
    for position, one in enumerate(every):
        before = every[position + 1].marts if position + 1 < len(every) else {}
        changed = sum(
            1 for name, mart in one.marts.items() if name not in before or before[name].checksum != mart.checksum
        )
        found.append((one, sum(map(len, one.changes.values())), changed if before else len(one.marts)))
    return found


def _page(template: str, common: dict[str, Any], **values: Any) -> bytes:
    return _environment().get_template(template).render(**common, **values).encode()


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {"number": german.number, "moment": german.moment, "day": german.day}
    made.globals |= {"count": german.count, "MADE_UP": MADE_UP, "STYLE": STYLE}
    return made
