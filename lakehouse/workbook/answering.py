"""Puts together what a sender is told: of a refused file why, of a taken one what became of every row."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from lakehouse.errors import GateFailed, LakehouseError
from lakehouse.ingest.inbox import inbox_key, is_withdrawal
from lakehouse.ingest.landing import Receipt
from lakehouse.spec.source import Source
from lakehouse.workbook.answers import Answer, Finding, Outcome, TableAnswer
from lakehouse.workbook.check import Checked
from lakehouse.workbook.opening import Refused
from lakehouse.workbook.rows import places
from lakehouse.workbook.sentences import explain

SHRUNK = re.compile(r"has (\d+) rows for (\d+)")
WHOLE = (
    "Diese Lieferung wird nur als Ganzes übernommen. Bitte korrigieren Sie die genannten Stellen und laden Sie die "
    "Datei noch einmal hoch."
)
LESS = (
    "Die Datei hat viel weniger Zeilen als Ihre vorige Lieferung für diesen Zeitraum ({} statt {}). Wenn das stimmt, "
    "ziehen Sie die vorige Lieferung bitte zuerst zurück und laden Sie diese Datei dann noch einmal hoch."
)
LESS_WITHOUT_FAULT = (
    "Zu wenige Zeilen sind ohne Fehler ({} statt {} in Ihrer vorigen Lieferung für diesen Zeitraum), deshalb gilt "
    "weiter die vorige. Bitte korrigieren Sie die genannten Stellen und laden Sie die Datei noch einmal hoch."
)
UNREADABLE = (
    "Die Datei kann nicht gelesen werden. Bitte übertragen Sie Ihre Angaben in eine neue Vorlage oder fragen Sie bei "
    "der Kreisverwaltung nach (Kennung der Lieferung: {})."
)
NOT_PASSED = (
    "Die Lieferung hat eine Prüfung nicht bestanden, die keine einzelne Stelle betrifft. Bitte fragen Sie bei der "
    "Kreisverwaltung nach (Kennung der Lieferung: {})."
)
# an answer is read as a whole, and nobody mends more at a time
MOST_FINDINGS = 5000
MORE = (
    "Es gibt noch mehr zu berichtigen, als hier steht. Bitte berichtigen Sie zuerst die genannten Stellen und laden "
    "Sie die Datei noch einmal hoch; die Antwort nennt dann die übrigen."
)
SAID = {
    "accepted": "Alle Zeilen wurden übernommen.",
    "partly": "Ein Teil der Zeilen wurde übernommen; die markierten warten auf eine korrigierte Datei.",
    "withdrawn": "Die Lieferung wurde zurückgezogen.",
}


@dataclass(frozen=True)
class Judgement:
    """What loading says of one upload: why it was rejected, or what became of its rows.

    `checked` is what was found in the upload, None if it could not be opened or only withdraws; `waiting` holds record
    number and reasons of the rows that are refused, by table.
    """

    tables: Sequence[Source]
    rejected: LakehouseError | None = None
    checked: Checked | None = None
    answers: Sequence[TableAnswer] = ()
    waiting: Mapping[str, Sequence[tuple[int, list[str]]]] = field(default_factory=dict)


def compose(receipt: Receipt, path: Path, judgement: Judgement, told: Mapping[str, str]) -> Answer:
    """The answer to one upload.

    Args:
        receipt: of the upload.
        path: its bytes.
        judgement: what loading says of it.
        told: its `ags` and `period`.
    """
    findings = list(islice(_findings(path, judgement), MOST_FINDINGS + 1))
    if len(findings) > MOST_FINDINGS:
        findings[MOST_FINDINGS:] = [Finding(sheet="", cell="", found="", sentence=MORE)]
    refusal = "" if judgement.rejected is None else _refusal(judgement.rejected, findings, receipt.delivery)
    if isinstance(cause := getattr(judgement.rejected, "__cause__", None), Refused) and cause.sheet:
        findings = [Finding(sheet=cause.sheet, cell=cause.cell, found="", sentence=cause.sentence)]
    return Answer(
        feed=receipt.feed,
        ags=told["ags"],
        period=told["period"],
        # its sender's name for it; in raw it may have another
        upload=inbox_key(receipt).rpartition("/")[2],
        delivery=receipt.delivery,
        function=receipt.function,
        uploaded_at=receipt.published_at,
        answered_at=dt.datetime.now(dt.UTC),
        outcome=_outcome(receipt, judgement, findings),
        refusal=refusal,
        notices=list(judgement.checked.notices) if judgement.checked else [],
        tables=[] if refusal else list(judgement.answers),
        findings=findings,
    )


def said(answer: Answer) -> str:
    """What became of an upload, in a sentence or two."""
    return answer.refusal or SAID[answer.outcome]


def _outcome(receipt: Receipt, judgement: Judgement, findings: Sequence[Finding]) -> Outcome:
    if judgement.rejected is not None:
        return "refused"
    if is_withdrawal(receipt):
        return "withdrawn"
    return "partly" if findings else "accepted"


def _refusal(error: LakehouseError, findings: Sequence[Finding], delivery: str) -> str:
    if isinstance(error.__cause__, Refused):
        return error.__cause__.sentence
    # what the error says is for operators: it may tell of other deliveries that were judged with this one
    if not isinstance(error, GateFailed):
        return UNREADABLE.format(delivery)
    if less := SHRUNK.search(str(error)):
        return (LESS_WITHOUT_FAULT if findings else LESS).format(*less.groups())
    return WHOLE if findings else NOT_PASSED.format(delivery)


def _findings(path: Path, judgement: Judgement) -> Iterator[Finding]:
    if judgement.checked is None:
        return
    for table in judgement.tables:
        if waiting := judgement.waiting.get(table.id):
            there = places(path, table, judgement.checked)
            for number, reasons in waiting:
                for reason in reasons:
                    yield from (there.finding(number, one) for one in explain(table, reason, judgement.tables))
