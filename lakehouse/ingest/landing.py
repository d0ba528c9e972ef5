"""Landing: fetches a feed's files into the raw bucket; a delivery exists once its receipt is written."""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict

from lakehouse import names
from lakehouse.ingest.connectors import Fetched, fetch_all, public_addresses
from lakehouse.settings import CONTACT
from lakehouse.spec.inbox import Inbox
from lakehouse.spec.mqtt import Mqtt
from lakehouse.spec.source import Source
from lakehouse.storage import ObjectStore


class Bridged(BaseModel):
    """What a bridge tells of a batch of messages, and of what happened since the batch before.

    Attributes:
        messages: messages in the batch.
        lag_seconds: how long the oldest of them waited until it was stored.
        refused: messages that were acknowledged and not stored, by reason.
        reconnects: how often broker or store were lost.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    messages: int
    lag_seconds: float
    refused: dict[str, int]
    reconnects: int


class Receipt(BaseModel):
    """Where the bytes of a delivery came from. Written once, beside the object, and never changed.

    `function` is the office of whoever put it into the inbox, such as CDO, never a person's name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    feed: str
    delivery: str
    file: str
    address: str
    fetched_at: dt.datetime
    published_at: dt.datetime
    sha256: str
    bytes: int
    content_type: str
    etag: str | None
    last_modified: str | None
    licence: dict[str, Any] | None
    run_id: str
    function: str = ""
    bridge: Bridged | None = None

    @property
    def object_key(self) -> str:
        """Key of the delivered bytes inside the raw bucket."""
        return f"{self.feed}/{self.delivery}/{PurePosixPath(self.file).name}"

    @property
    def order(self) -> tuple[dt.datetime, str]:
        """Deliveries apply in this order, however they arrived: when the source published them, then the id."""
        return self.published_at, self.delivery


def deliveries(store: ObjectStore, feed: str) -> list[str]:
    """Ids of everything that was ever put under a feed's prefix, by time of fetching; some may lack a receipt."""
    return [prefix.split("/")[1] for prefix in store.list(names.RAW, f"{feed}/", recursive=False)]


def landed_after(store: ObjectStore, feed: str, delivery: str) -> Iterator[str]:
    """Ids of the deliveries behind another one, by time of fetching; what comes before is not even listed.

    A delivery counts once it has a receipt. An empty id stands before all.
    """
    # behind every name that a file of that delivery can have
    after = f"{feed}/{delivery}/~" if delivery else None
    for key in store.list(names.RAW, f"{feed}/", after=after):
        if key.endswith(f"/{names.RECEIPT}"):
            yield key.split("/")[1]


def receipt(store: ObjectStore, feed: str, delivery: str) -> Receipt | None:
    """The receipt of a delivery; None if a killed run left an object without one."""
    found = store.get_with_etag(names.RAW, f"{feed}/{delivery}/{names.RECEIPT}")
    return Receipt.model_validate_json(found[0]) if found else None


def _latest(
    store: ObjectStore, feed: str, stored: Sequence[str], addresses: set[str], since: dt.date | None
) -> dict[str, Receipt]:
    """The newest receipt of each address; reads backwards and stops when it has them all, or at a day."""
    found: dict[str, Receipt] = {}
    for delivery in reversed(stored):
        if addresses <= set(found) or (since is not None and delivery < f"{since:%Y%m%d}"):
            break
        if (last := receipt(store, feed, delivery)) is not None:
            found.setdefault(last.address, last)
    return found


def land(
    store: ObjectStore, source: Source, feeds_url: str, run_id: str, stored: Sequence[str], contact: str = CONTACT
) -> list[Receipt]:
    """Fetches every declared address of a feed and stores what is new.

    Bytes that equal the latest delivery from their address land nothing.

    Args:
        store: store of the landing role.
        source: feed.
        feeds_url: the mirror that is asked; empty: the publishers are.
        run_id: run that lands.
        stored: the feed's `deliveries` so far.
        contact: whom the servers may turn to.

    Returns:
        the new receipts, in the order of the declaration.

    Raises:
        FetchError: an address could not be fetched; what was landed before stays.
    """
    assert not isinstance(source.fetch, (Inbox, Mqtt)), f"{source.id} is not fetched"
    today = dt.datetime.now(dt.UTC).date()
    fetch = source.fetch.mirrored if feeds_url else source.fetch
    # an edition cannot have come before its date
    since = min((date for _, date in fetch.editions(today) if date is not None), default=None)
    latest = _latest(store, source.id, stored, set(public_addresses(fetch, feeds_url, today)), since)
    landed = []
    with tempfile.TemporaryDirectory() as folder:
        for fetched in fetch_all(fetch, feeds_url, Path(folder), latest, today=today, contact=contact):
            if fetched is None:
                continue
            last = latest.get(fetched.address)
            new = _receipt(source, fetched, run_id, last)
            if last is not None and new.sha256 == last.sha256:
                continue
            keep(store, new, fetched.path)
            landed.append(new)
    return landed


def _receipt(source: Source, fetched: Fetched, run_id: str, last: Receipt | None) -> Receipt:
    now = dt.datetime.now(dt.UTC)
    return make_receipt(
        source,
        fetched.path,
        now,
        file=fetched.file,
        address=fetched.address,
        published_at=_published(fetched, now, last),
        content_type=fetched.content_type,
        etag=fetched.etag,
        last_modified=fetched.last_modified,
        run_id=run_id,
    )


def make_receipt(source: Source, path: Path, now: dt.datetime, **said: Any) -> Receipt:
    """The receipt of a declared feed's bytes that lie in a local file; `said` are the fields of `receipt_for`."""
    licence = source.licence.model_dump() if source.licence else None
    return receipt_for(source.delivery, path, now, licence=licence, **said)


def receipt_for(feed: str, path: Path, now: dt.datetime, **said: Any) -> Receipt:
    """The receipt of bytes that lie in a local file; `said` are the fields that only the origin knows."""
    with path.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    return Receipt(
        feed=feed,
        delivery=f"{now:%Y%m%dT%H%M%S%f}Z-{sha256[:12]}",
        fetched_at=now,
        sha256=sha256,
        bytes=path.stat().st_size,
        **said,
    )


def _published(fetched: Fetched, now: dt.datetime, last: Receipt | None) -> dt.datetime:
    """When the source published a delivery, as far as that can be true."""
    said = _moment(fetched.last_modified)
    if said is None and fetched.over is not None:
        said = dt.datetime.combine(fetched.over, dt.time(), dt.UTC)
    # a server's clock may run ahead; a delivery cannot be published after it was fetched
    published = min(said or now, now)
    # an older file in the place of a newer one was put back: it is what the address says now, and must apply last
    return published if last is None or published >= last.published_at else now


def _moment(last_modified: str | None) -> dt.datetime | None:
    try:
        moment = parsedate_to_datetime(last_modified or "")
    except (ValueError, OverflowError):  # a header that is not a date says nothing
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def keep(store: ObjectStore, new: Receipt, path: Path) -> None:
    """Stores bytes and then their receipt, which makes them a delivery."""
    store.put_file(names.RAW, new.object_key, path, new.content_type)
    body = new.model_dump_json(indent=1).encode()
    if not store.put_new(names.RAW, f"{new.feed}/{new.delivery}/{names.RECEIPT}", body, "application/json"):
        raise RuntimeError(f"two deliveries share the id {new.delivery}")
