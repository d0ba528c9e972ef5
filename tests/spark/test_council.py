"""What titles of council papers tell without being told on."""

from __future__ import annotations

import json
import random
import re

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from spark_jobs.transforms.council import RESULTS, TOPICS, names_nobody, result, topics, words
from tests.support.models import render


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Kostenloses W-LAN und 5G am Markt", '["connectivity"]'),
        ("Smart City: Open Data und LoRaWAN", '["open_data","smart_city"]'),
        ("Multifunktions-App „digital@Muster“", '["digital_services","digitalisation"]'),
        ("IT-Sicherheit der Stadt", '["information_technology"]'),
        ("Hartz-IV-Sanktionen, E-Scooter und Kapp-Graben", None),
        ("", None),
        (None, None),
    ],
)
def test_topics_of_a_title(spark: SparkSession, title: str | None, found: str | None) -> None:
    assert spark.range(1).select(topics(F.lit(title).cast("string"))).first()[0] == found


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Digital: WLAN, W-LAN und digitale Apps", '["apps","digital","w-lan","wlan"]'),
        ("IT und it für Frau Onlinski", '["IT"]'),
        ("Anfrage StRn Muster: Spielplatz", None),
        (None, None),
    ],
)
def test_only_words_of_the_list_come_out(spark: SparkSession, title: str | None, found: str | None) -> None:
    assert spark.range(1).select(words(F.lit(title).cast("string"))).first()[0] == found


def test_a_title_has_topics_if_and_only_if_it_has_words(spark: SparkSession) -> None:
    """Brute force: each word of the rule, alone and inside other words, judged by Python's engine."""
    listed = [
        "Glasfaser",
        "WLAN",
        "5G",
        "5Gs",
        "OZG",
        "online",
        "Apps",
        "Kapp",
        "Digital",
        "IT",
        "ITS",
        "offene Daten",
        "smart",
    ]
    titles = [
        f"{before}{word}{after}" for word in listed for before in ("", "Alt", "Alt ") for after in ("", "netz", " neu")
    ]
    seen = spark.createDataFrame([(title,) for title in titles], "title string")
    rows = seen.select("title", topics(F.col("title")), words(F.col("title"))).collect()
    for title, codes, found in rows:
        expected = sorted(code for code, pattern in TOPICS.items() if re.search(pattern, title))
        assert (json.loads(codes) if codes else []) == expected, title
        matched = {hit.group() for pattern in TOPICS.values() for hit in re.finditer(pattern, title)}
        assert (json.loads(found) if found else []) == sorted({m if m == "IT" else m.lower() for m in matched}), title
    assert len({codes for _, codes, _ in rows}) > 5


@pytest.mark.parametrize(
    ("note", "code"),
    [
        ("einstimmig zugestimmt", "adopted"),
        ("Beschlossen mit geändertem Beschlusstext", "adopted"),
        ("nicht beschlossen", "rejected"),
        ("mehrheitlich abgelehnt", "rejected"),
        ("mit Stellungnahme einverstanden", "settled"),
        ("in Beschlussvorlage übernommen", "settled"),
        ("zurückgezogen", "withdrawn"),
        ("Verwiesen in Ausschuss für Umwelt und Gesundheit", "referred"),
        ("vertagt", "postponed"),
        ("Kenntnisnahme", "noted"),
        ("vorberaten ohne Änderungen", "discussed"),
        ("keine Abstimmung", "other"),
        (" ", None),
        (None, None),
    ],
)
def test_a_note_is_sorted_into_a_code(spark: SparkSession, note: str | None, code: str | None) -> None:
    assert spark.range(1).select(result(F.lit(note).cast("string"))).first()[0] == code
    assert code in {*RESULTS, "other", None}


@pytest.mark.parametrize(
    "text",
    ["Empfang für Frau Muster", "Anfrage StRn Muster", "Ausscheiden von Stadtrat Dr. Max Muster", "Herrn Öztürk", None],
)
def test_a_form_of_address_hides_the_text(spark: SparkSession, text: str | None) -> None:
    assert spark.range(1).select(names_nobody(F.lit(text).cast("string"))).first()[0] is None


@pytest.mark.parametrize("text", ["Ortschaftsrat Durlach (öffentlich)", "Frauenbeirat", "Stadtrat", "Kunstkommission"])
def test_a_committee_keeps_its_name(spark: SparkSession, text: str) -> None:
    assert spark.range(1).select(names_nobody(F.lit(text))).first()[0] == text


MEETINGS = "meeting_id string, meeting_name string, started_at timestamp, agenda_results string"
PAPERS = (
    "paper_id string, body_id string, reference string, paper_type string, paper_date date, topics string, "
    "matched_words string, agenda_items string, consultation_count int, under_direction_of string, "
    "originator_organizations string"
)


def test_the_newest_note_is_what_came_of_a_paper(spark: SparkSession) -> None:
    """Brute force over random agendas, papers on none of them included."""
    dice = random.Random(7)
    codes = ["adopted", "rejected", "referred", "noted"]
    notes: dict[str, tuple[str, str, str]] = {}
    meetings = []
    for number in range(12):
        begin, body = f"2025-{number + 1:02d}-11 22:30:00", f"Ausschuss {number % 4}"
        items = [f"item {number}-{n}" for n in range(3)]
        results = [{"agenda_item": item, "result": dice.choice(codes)} for item in items if dice.random() < 0.7]
        notes |= {note["agenda_item"]: (begin, note["result"], body) for note in results}
        meetings.append((f"m{number}", body, begin, json.dumps(results) if results else None))
    spark.createDataFrame(meetings, MEETINGS.replace("started_at timestamp", "started_at string")).selectExpr(
        "meeting_id", "meeting_name", "timestamp(started_at) started_at", "agenda_results"
    ).createOrReplaceTempView("meetings")
    papers, wanted = [], {}
    for number in range(60):
        items = [f"item {dice.randrange(14)}-{dice.randrange(3)}" for _ in range(dice.randrange(4))]
        papers.append(
            (str(number), "b", None, "", None, '["smart_city"]', '["smart"]', json.dumps(items) if items else None)
            + (len(items), None, None)
        )
        newest = max((notes[item] for item in items if item in notes), default=None)
        wanted[str(number)] = (newest[1], newest[2]) if newest else ("unknown" if items else "not_consulted", None)
    spark.createDataFrame(papers, PAPERS).createOrReplaceTempView("papers")
    rows = spark.sql(render("mart_council_decision", oparl__paper="papers", oparl__meeting="meetings")).collect()
    assert len(rows) == 60
    assert {row.paper_id: (row.decision, row.decided_in) for row in rows} == wanted
    assert {row.decision for row in rows} == {*codes, "unknown", "not_consulted"}
    assert all((row.decided_on is None) == (row.decided_in is None) for row in rows)
    # half past ten in the evening, UTC, is the next day here in summer only when the clocks say so
    assert {row.decided_on.day for row in rows if row.decided_on} <= {11, 12}
    assert {row.matched_words[0] for row in rows} == {"smart"} and {row.paper_type for row in rows} == {None}
