"""Council papers on digital topics, found again in the delivered papers."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.integration.test_8_figures.region import Figures

# the words of the rule, each on its own
WORDS = ["breitband", "glasfaser", "gigabit", "mobilfunk", "digital", "smart", "lorawan", "intelligente", "internet"]
WORDS += ["e-government", "onlinezugang", r"\bonline", r"\bw-?lan", r"\b5g\b", r"\bozg\b", r"\bapps?\b"]
WORDS += ["open[ -]?data", "offene[nr]? daten", r"(?-i:\bIT\b)"]


def delivered(all_marts: Figures, feed: str) -> list[dict[str, Any]]:
    """The objects of a list that OParl serves page by page."""
    pages = [json.loads(path.read_text("utf-8")) for path in all_marts.file(feed)]
    return [thing for page in pages for thing in page["data"]]


def test_papers_on_digital_topics(all_marts: Figures) -> None:
    papers = [paper for paper in delivered(all_marts, "oparl__paper") if not paper.get("deleted")]
    expected = {}
    for paper in papers:
        hits = {hit for word in WORDS for hit in re.findall(f"(?i){word}", paper.get("name") or "")}
        if hits:
            words = sorted({hit if hit == "IT" else hit.lower() for hit in hits})
            expected[paper["id"]] = (words, paper.get("date"), len(paper.get("consultation", [])))
    found = all_marts.query(
        "select paper_id, matched_words, paper_date::varchar, consultation_count from mart_council_decision"
    )
    assert {paper: (list(words), day, count) for paper, words, day, count in found} == expected
    assert len(found) >= 3


def test_decisions_are_those_of_the_agendas(all_marts: Figures) -> None:
    noted = {
        item["id"]
        for meeting in delivered(all_marts, "oparl__meeting")
        for item in meeting.get("agendaItem", [])
        if item.get("public") and item.get("result")
    }
    papers = {paper["id"]: paper.get("consultation", []) for paper in delivered(all_marts, "oparl__paper")}
    found = all_marts.query("select paper_id, decision from mart_council_decision")
    for paper, decision in found:
        consulted = {consultation.get("agendaItem") for consultation in papers[paper]}
        known = bool(consulted & noted)
        assert (decision not in ("unknown", "not_consulted")) == known, paper
        assert (decision == "not_consulted") == (not papers[paper]), paper
