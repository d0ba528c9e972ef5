"""What a sender is told of an upload as a whole."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from lakehouse.errors import DeliveryRejected, GateFailed, LakehouseError
from lakehouse.ingest.landing import Receipt
from lakehouse.workbook import answering
from lakehouse.workbook.answering import Judgement, compose
from lakehouse.workbook.answers import Answer
from lakehouse.workbook.check import check
from tests.support.uploads import CITY, DELIVERY, PERIOD, ROWS, TRAINING, filled, tables

ID = "20250201T000000000000Z-0123456789ab"
NOW = dt.datetime(2025, 2, 1, tzinfo=dt.UTC)
RECEIPT = Receipt(
    feed=DELIVERY, delivery=ID, file="x.xlsx", address=f"inbox/{CITY}/{DELIVERY}/{PERIOD}/x.xlsx", fetched_at=NOW,
    published_at=NOW, sha256="0", bytes=1, content_type="x", etag=None, last_modified=None, licence=None, run_id="r",
)  # fmt: skip
SHRUNK = GateFailed(f"delivery.{TRAINING}", [f"the delivery {ID} has 1 rows for 4"])
BAD = (1, ["places: 'ca. 500' is not a number written 1.234 that fits int"])


def told(folder: Path, error: LakehouseError | None, *waiting: tuple[int, list[str]]) -> Answer:
    every = tables(folder)
    path = filled(folder, every)
    judgement = Judgement(every, error, check(path, every, CITY, PERIOD), waiting={TRAINING: waiting})
    return compose(RECEIPT, path, judgement, {"ags": CITY, "period": PERIOD})


@pytest.mark.parametrize("words", ["with the secrets of another city", "has no sheet 'Orte'"])
def test_what_operators_are_told_is_not_told_to_senders(words: str, tmp_path: Path) -> None:
    for error in (DeliveryRejected(DELIVERY, "x.xlsx", words), GateFailed("silver.x", [words])):
        refusal = told(tmp_path, error).refusal
        assert refusal.endswith(f"fragen Sie bei der Kreisverwaltung nach (Kennung der Lieferung: {ID}).")
        assert words not in refusal


def test_fewer_rows_than_before_are_asked_back(tmp_path: Path) -> None:
    assert told(tmp_path, SHRUNK).refusal.startswith(
        "Die Datei hat viel weniger Zeilen als Ihre vorige Lieferung für diesen Zeitraum (1 statt 4)."
    )


def test_rows_that_wait_are_no_missing_rows(tmp_path: Path) -> None:
    answer = told(tmp_path, SHRUNK, BAD)
    assert answer.refusal == (
        "Zu wenige Zeilen sind ohne Fehler (1 statt 4 in Ihrer vorigen Lieferung für diesen Zeitraum), deshalb gilt "
        "weiter die vorige. Bitte korrigieren Sie die genannten Stellen und laden Sie die Datei noch einmal hoch."
    )
    assert [(f.sheet, f.cell, f.found) for f in answer.findings] == [("Maßnahmen", "D6", "ca. 500")]


def test_an_answer_does_not_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "MOST_FINDINGS", 2)
    assert len(ROWS[TRAINING]) == 2
    two = told(tmp_path, None, BAD, (2, BAD[1]))
    assert [f.cell for f in two.findings] == ["D6", "D7"]
    more = told(tmp_path, None, (1, BAD[1] * 2), (2, BAD[1]))
    assert [f.cell for f in more.findings] == ["D6", "D6", ""]
    assert more.findings[-1].sentence == answering.MORE
    assert more.outcome == "partly"


def test_an_upload_is_called_what_its_sender_calls_it(tmp_path: Path) -> None:
    address = f"inbox/{CITY}/{DELIVERY}/{PERIOD}/receipt.json"
    renamed = RECEIPT.model_copy(update={"file": "_receipt.json", "address": address})
    judgement = Judgement([], DeliveryRejected(DELIVERY, "x", "y"))
    assert compose(renamed, tmp_path, judgement, {"ags": CITY, "period": PERIOD}).upload == "receipt.json"
