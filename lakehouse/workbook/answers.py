"""What an administration is told about an upload: kept as JSON beside nothing else, and read by the upload page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from lakehouse import names
from lakehouse.storage import ObjectStore

JSON = "json"
Outcome = Literal["accepted", "partly", "refused", "withdrawn"]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Finding(_Closed):
    """One thing that the sender has to mend: where it is, what was found there, and what to do, in one sentence.

    `cell` is an address such as `C7`; it is empty where the finding is about a sheet or the whole file.
    """

    sheet: str
    cell: str
    found: str
    sentence: str


class Total(_Closed):
    """The sum of one column over the rows that count now, and over those that counted before."""

    label: str
    unit: str
    total: Decimal
    before: Decimal


class TableAnswer(_Closed):
    """What became of the rows of one sheet.

    `read` = `taken` + `waiting` + `duplicate`; of those taken `inserted` and `updated` are new, the rest is as before.
    `removed` rows counted before and no longer do.
    """

    table: str
    sheet: str
    read: int
    taken: int
    waiting: int
    duplicate: int
    inserted: int
    updated: int
    removed: int
    totals: list[Total]


class Answer(_Closed):
    """What became of one upload.

    `accepted`: every row counts. `partly`: good rows count, the others wait for a corrected file. `refused`: nothing of
    it counts, and what counted before still does; `refusal` says why. `withdrawn`: what counted before no longer does.
    `notices` are sentences on what was read but need not be mended.
    """

    feed: str
    ags: str
    period: str
    upload: str
    delivery: str
    function: str
    uploaded_at: dt.datetime
    answered_at: dt.datetime
    outcome: Outcome
    refusal: str = ""
    notices: list[str] = []
    tables: list[TableAnswer] = []
    findings: list[Finding] = []


def write(store: ObjectStore, inbox_key: str, answer: Answer) -> None:
    """Puts an answer where its administration finds it; the same answer again replaces itself."""
    key = names.answer_key(inbox_key, answer.delivery, JSON)
    store.put(names.ANSWERS, key, answer.model_dump_json(indent=1).encode(), "application/json")


def answers(store: ObjectStore, ags: str, feed: str, period: str = "") -> Iterator[Answer]:
    """Every answer to one administration about one feed, or one period of it, in the order of their keys."""
    prefix = names.inbox_prefix(ags, feed) + (f"{period}/" if period else "")
    for key in store.list(names.ANSWERS, prefix):
        if key.endswith(f".{JSON}"):
            yield Answer.model_validate_json(store.get(names.ANSWERS, key))


def read(store: ObjectStore, inbox_key: str, delivery: str) -> Answer:
    """The answer to one upload; raises NotFound."""
    return Answer.model_validate_json(store.get(names.ANSWERS, names.answer_key(inbox_key, delivery, JSON)))
