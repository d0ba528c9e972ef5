"""The worked questions of analysts as one more page: a file of `questions/` is a figure.

Its first comment is the question, the second its theme. `-- Spalten: name = Bezeichnung; …` names columns that no mart
has, `-- Codes: name = feed.column; …` those whose codes have labels, `-- Diagramm: name, value` draws bars; the other
comments say what the answer means.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cockpit.registry import Bars, Figure, Theme
from lakehouse.settings import CHECKOUT

FOLDER = CHECKOUT / "questions"
_COMMENT, _LABELS, _CODES, _BARS = "-- ", "Spalten: ", "Codes: ", "Diagramm: "
_ABOUT = (
    "Fragen aus allen Themen des Digitalpakts mit der Antwort dieser Veröffentlichung. Jede Abfrage läuft auch so, wie "
    "sie dasteht, mit „lakehouse sql“ und in PostgreSQL."
)


@cache
def theme() -> Theme:
    """The page of all questions, in the order of their numbers."""
    return Theme(
        id="fragen", title="Fragen und Antworten", about=_ABOUT, figures=[*map(_figure, sorted(FOLDER.glob("*.sql")))]
    )


def _figure(path: Path) -> Figure:
    text = path.read_text("utf-8")
    title, _, *told = [line.removeprefix(_COMMENT) for line in text.splitlines() if line.startswith(_COMMENT)]
    labels, codes = (
        dict(pair.split(" = ") for line in _after(word, told) for pair in line.split("; "))
        for word in (_LABELS, _CODES)
    )
    bars = [
        Bars(category=category, value=value) for line in _after(_BARS, told) for category, value in [line.split(", ")]
    ]
    about = " ".join(line for line in told if not line.startswith((_LABELS, _CODES, _BARS)))
    return Figure(
        id=f"frage_{path.stem}", title=title, kind="list", about=about, sql=text, labels=labels, codes=codes,
        chart=bars[0] if bars else None,
    )  # fmt: skip


def _after(word: str, lines: list[str]) -> list[str]:
    return [line.removeprefix(word) for line in lines if line.startswith(word)]
