"""The worked questions have one answer, whichever engine is asked: DuckDB on released files, or PostgreSQL."""

from __future__ import annotations

from serving.config import ServingSettings
from serving.load import load
from tests.integration.test_8_figures.region import Figures
from tests.support import postgres, questions

# the others need feeds of which an installation may have none
ANSWERED = 15


def test_every_question_has_the_same_answer_in_both_engines(all_marts: Figures) -> None:
    ServingSettings.load.cache_clear()
    settings = ServingSettings.load()
    number = all_marts.release.release
    load(settings, number)
    with postgres.reader(settings) as reader:
        rows = questions.asked(settings, reader, number)
    assert len(rows) == 25
    assert sum(1 for found in rows.values() if found) >= ANSWERED, rows
