"""One lease per feed keeps two runs of it apart; it expires, so a killed run blocks nobody for long."""

from __future__ import annotations

import datetime as dt
import json

from lakehouse import names
from lakehouse.errors import LeaseHeld
from lakehouse.storage import Conflict, ObjectStore

DURATION = dt.timedelta(minutes=15)


def _key(feed: str) -> str:
    return f"lease/{feed}.json"


def take(store: ObjectStore, feed: str, run_id: str) -> None:
    """Takes or renews the lease of a feed for a run.

    Raises:
        LeaseHeld: another run holds it and has renewed it within the last 15 minutes.
    """
    now = dt.datetime.now(dt.UTC)
    found = store.get_with_etag(names.LAKE, _key(feed))
    if found is not None:
        held = json.loads(found[0])
        if held["run_id"] != run_id and dt.datetime.fromisoformat(held["until"]) > now:
            raise LeaseHeld(f"{feed}: run {held['run_id']} is loading this feed, at most until {held['until']}")
    body = json.dumps({"run_id": run_id, "until": (now + DURATION).isoformat()}).encode()
    try:
        store.put_if_match(names.LAKE, _key(feed), body, found[1] if found else None, "application/json")
    except Conflict:
        raise LeaseHeld(f"{feed}: another run took the lease at the same moment") from None


def holder(store: ObjectStore, feed: str) -> str | None:
    """The run that holds the lease of a feed; None if nobody does, or it expired."""
    found = store.get_with_etag(names.LAKE, _key(feed))
    held = json.loads(found[0]) if found else None
    return held["run_id"] if held and dt.datetime.fromisoformat(held["until"]) > dt.datetime.now(dt.UTC) else None


def holders(store: ObjectStore) -> dict[str, str]:
    """The run that holds the lease of a feed, by feed; leases that expired are left out."""
    feeds = [key.removeprefix("lease/").removesuffix(".json") for key in store.list(names.LAKE, "lease/")]
    # one may be given back since it was listed
    return {feed: run for feed in feeds if (run := holder(store, feed)) is not None}


def release(store: ObjectStore, feed: str, run_id: str) -> None:
    """Gives the lease back if this run holds it."""
    found = store.get_with_etag(names.LAKE, _key(feed))
    if found is not None and json.loads(found[0])["run_id"] == run_id:
        store.delete(names.LAKE, _key(feed))
