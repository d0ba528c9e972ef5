"""What was put down for one delivery and period, and what became of it."""

from __future__ import annotations

import datetime as dt
import re
import threading
from dataclasses import dataclass

from django.core.cache import caches

from lakehouse import names
from lakehouse.administrations import function_said
from lakehouse.storage import NotFound, ObjectStore
from lakehouse.workbook import answers
from lakehouse.workbook.answers import Answer

# an upload that is named so was named by this page: no other has its name
MADE_HERE = re.compile(r"(20[0-9]{6}T[0-9]{12})Z-[0-9a-f]{8}\.(xlsx|zip|csv|withdrawal)")
# as `lakehouse.ingest.inbox` takes it
WITHDRAWAL = ".withdrawal"
_COUNTS = ("accepted", "partly", "withdrawn")
_REMEMBERED_S = 7 * 24 * 3600
_memory = threading.Lock()


@dataclass(frozen=True)
class Entry:
    """One upload.

    Attributes:
        name: last part of its key in the inbox.
        uploaded_at: when it was put down.
        function: the sender's function; empty if nobody said it.
        answer: what became of it, without its findings; None while it is checked.
        superseded: the later upload that counts instead of it, if its rows counted once.
    """

    name: str
    uploaded_at: dt.datetime
    function: str
    answer: Answer | None = None
    superseded: Entry | None = None

    @property
    def state(self) -> str:
        """One of waiting, accepted, partly, refused, withdrawn, replaced."""
        if self.answer is None:
            return "waiting"
        if self.superseded is not None:
            return "withdrawn" if self.superseded.is_withdrawal else "replaced"
        return self.answer.outcome

    @property
    def is_withdrawal(self) -> bool:
        """Whether it takes back what was delivered before."""
        return self.name.endswith(WITHDRAWAL)

    @property
    def delivery(self) -> str:
        """Id of the delivery; empty while it is checked."""
        return self.answer.delivery if self.answer else ""


def of(store: ObjectStore, ags: str, feed: str, period: str) -> list[Entry]:
    """Every upload of an administration for a period, the newest first."""
    # this order: what is answered in between is in both lists, and in no moment in neither
    remembered = caches["uploads"].get(_key(ags, feed, period)) or []
    prefix = f"{ags}/{feed}/{period}/"
    # programs that show the store as folders leave marks of them; only what lies directly below a period is delivered
    below = [key.removeprefix(prefix) for key in store.list(names.INBOX, prefix, recursive=False)]
    inbox = [name for name in below if name and "/" not in name]
    # of hundreds of uploads with thousands of findings each, only those of one are ever shown
    told = [one.model_copy(update={"findings": []}) for one in answers.answers(store, ags, feed, period)]
    answered = {answer.upload for answer in told if MADE_HERE.fullmatch(answer.upload)}
    entries = [Entry(a.upload, a.uploaded_at, a.function, a) for a in told]
    entries += [_waiting(store, ags, feed, period, name) for name in inbox if name not in answered]
    known = {entry.name for entry in entries}
    entries += [entry for entry in remembered if entry.name not in known]
    # what is not answered yet will count after all that is
    entries.sort(key=lambda entry: (entry.answer is None, entry.uploaded_at, entry.delivery), reverse=True)
    return _with_successors(entries)


def counted(entries: list[Entry]) -> Entry | None:
    """The upload whose rows count now; None if there is none, or if it was taken back."""
    return next((e for e in entries if e.state in ("accepted", "partly")), None)


def remember(ags: str, feed: str, period: str, entry: Entry) -> None:
    """Keeps what was stored in mind until it is answered: on its way it is in the inbox no more."""
    key = _key(ags, feed, period)
    with _memory:
        caches["uploads"].set(key, [*(caches["uploads"].get(key) or [])[-50:], entry], _REMEMBERED_S)


def made_at(name: str) -> dt.datetime | None:
    """When an upload that was named here was put down; None if only somebody with the keys can have named it."""
    found = MADE_HERE.fullmatch(name)
    try:
        return dt.datetime.strptime(found[1], "%Y%m%dT%H%M%S%f").replace(tzinfo=dt.UTC) if found else None
    except ValueError:
        return None


def _key(ags: str, feed: str, period: str) -> str:
    return f"{ags}/{feed}/{period}"


def _waiting(store: ObjectStore, ags: str, feed: str, period: str, name: str) -> Entry:
    key = f"{ags}/{feed}/{period}/{name}"
    try:
        function = function_said(store.metadata(names.INBOX, key).get("function", ""))
    except NotFound:
        function = ""
    return Entry(name, made_at(name) or dt.datetime.now(dt.UTC) - store.age(names.INBOX, key), function)


def _with_successors(entries: list[Entry]) -> list[Entry]:
    newest: Entry | None = None
    found = []
    for entry in entries:
        counts = entry.answer is not None and entry.answer.outcome in _COUNTS
        if counts and newest is not None:
            entry = Entry(entry.name, entry.uploaded_at, entry.function, entry.answer, newest)
        newest = newest or (entry if counts else None)
        found.append(entry)
    return found
