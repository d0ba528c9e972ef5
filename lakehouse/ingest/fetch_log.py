"""One small object per attempt to fetch a feed, so that an outage of a source has a beginning and a length.

The key holds time and outcome: a listing alone tells the history of a feed.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Literal, get_args

from lakehouse import names
from lakehouse.storage import ObjectStore

Outcome = Literal["ok", "unchanged", "failed"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
_STAMP = "%Y%m%dT%H%M%S%fZ"


@dataclass(frozen=True)
class Attempt:
    """One attempt to fetch a feed: `ok` brought something new, `unchanged` nothing new, `failed` no answer."""

    at: dt.datetime
    outcome: Outcome


@dataclass(frozen=True)
class Outage:
    """A time in which every attempt failed: from the first failure to the next answer; `ended` is None while open."""

    began: dt.datetime
    ended: dt.datetime | None

    def hours(self, now: dt.datetime) -> float:
        """Length until it ended, or until now."""
        return ((self.ended or now) - self.began) / dt.timedelta(hours=1)


def record(store: ObjectStore, feed: str, run_id: str, outcome: Outcome, sentence: str = "") -> Attempt:
    """Writes down an attempt that ends now; the sentence says why it failed."""
    attempt = Attempt(dt.datetime.now(dt.UTC), outcome)
    body = {"feed": feed, "run_id": run_id, "at": attempt.at.isoformat(), "outcome": outcome, "sentence": sentence}
    store.put(names.LAKE, _key(feed, attempt), json.dumps(body).encode(), "application/json")
    return attempt


def history(store: ObjectStore, feed: str) -> list[Attempt]:
    """Every recorded attempt of a feed, oldest first."""
    return [_attempt(key) for key in store.list(names.LAKE, f"ops/fetches/{feed}/")]


def sentence(store: ObjectStore, feed: str, attempt: Attempt) -> str:
    """Why an attempt failed; empty if it did not."""
    return str(json.loads(store.get(names.LAKE, _key(feed, attempt)))["sentence"])


def outages(attempts: list[Attempt]) -> list[Outage]:
    """The outages in a history, oldest first."""
    found: list[Outage] = []
    began: dt.datetime | None = None
    for attempt in attempts:
        if attempt.outcome == "failed":
            began = began or attempt.at
        elif began is not None:
            found.append(Outage(began, attempt.at))
            began = None
    return found if began is None else [*found, Outage(began, None)]


def _key(feed: str, attempt: Attempt) -> str:
    return f"ops/fetches/{feed}/{attempt.at:{_STAMP}}-{attempt.outcome}.json"


def _attempt(key: str) -> Attempt:
    stamp, _, outcome = key.rpartition("/")[2].removesuffix(".json").partition("-")
    (known,) = (name for name in OUTCOMES if name == outcome)
    return Attempt(dt.datetime.strptime(stamp, _STAMP).replace(tzinfo=dt.UTC), known)
