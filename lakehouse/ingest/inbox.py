"""The inbox: what administrations put down is landed like anything that is fetched, and then taken out of it."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path, PurePosixPath

from lakehouse import names
from lakehouse.administrations import ADMINISTRATIONS, function_said
from lakehouse.ingest.landing import Receipt, keep, make_receipt, receipt
from lakehouse.spec.inbox import Inbox, is_upload
from lakehouse.spec.source import Source
from lakehouse.storage import ObjectStore, Version

# an upload of this name says that the administration's delivery of the period no longer counts
WITHDRAWAL = ".withdrawal"
FUNCTION = "function"


def is_withdrawal(delivered: Receipt) -> bool:
    """Whether a delivery only takes back what its administration delivered for the period before."""
    return delivered.file.endswith(WITHDRAWAL)


def inbox_key(delivered: Receipt) -> str:
    """Key in the inbox that a delivery was taken from."""
    return delivered.address.removeprefix(f"{names.INBOX}/")


def stray(store: ObjectStore, sources: Iterable[Source]) -> list[str]:
    """Keys of the inbox that no feed will ever take: no administration, feed or name where one belongs.

    Args:
        store: store of the landing role.
        sources: any table of each feed that is delivered.
    """
    feeds = {source.delivery for source in sources if isinstance(source.fetch, Inbox)}
    return [key for key in store.list(names.INBOX, "") if not _is_awaited(key, feeds)]


def _is_awaited(key: str, feeds: Collection[str]) -> bool:
    ags, _, rest = key.partition("/")
    return ags in ADMINISTRATIONS and rest.partition("/")[0] in feeds and is_upload(key)


def waiting(store: ObjectStore, source: Source) -> list[Version]:
    """What lies in the inbox for a feed, oldest first; what has not the form of an upload stays where it is."""
    assert isinstance(source.fetch, Inbox)
    found = [
        version
        for ags in ADMINISTRATIONS
        for version in store.versions(names.INBOX, names.inbox_prefix(ags, source.delivery))
        if is_upload(version.key)
    ]
    return sorted(found, key=lambda version: (version.written_at, version.key))


def land(store: ObjectStore, source: Source, run_id: str, stored: Sequence[str]) -> list[Receipt]:
    """Lands what lies in the inbox for a feed and takes it out, version by version: nothing put there is lost.

    Args:
        store: store of the landing role.
        source: any table of the feed.
        run_id: run that lands.
        stored: ids of the feed's deliveries so far.

    Returns:
        the new receipts, in the order in which the bytes were put down.
    """
    landed = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        for version in waiting(store, source):
            address = f"{names.INBOX}/{version.key}"
            # a run that was killed between receipt and removal has landed it already
            if not _is_landed(store, source.delivery, stored, address, version):
                store.download(names.INBOX, version.key, path, version.id)
                new = make_receipt(
                    source,
                    path,
                    dt.datetime.now(dt.UTC),
                    file=_file(version.key),
                    address=address,
                    published_at=version.written_at,
                    content_type="application/octet-stream",
                    etag=version.id,
                    last_modified=version.written_at.isoformat(),
                    run_id=run_id,
                    function=function_said(store.metadata(names.INBOX, version.key, version.id).get(FUNCTION, "")),
                )
                keep(store, new, path)
                landed.append(new)
            store.delete(names.INBOX, version.key, version.id)
    return landed


def _file(key: str) -> str:
    name = PurePosixPath(key).name
    # the receipt stands beside the bytes
    return f"_{name}" if name == names.RECEIPT else name


def _is_landed(store: ObjectStore, feed: str, stored: Sequence[str], address: str, version: Version) -> bool:
    for delivery in reversed(stored):
        # landed before it was written: not this one, and nothing before it either
        if delivery < f"{version.written_at - dt.timedelta(minutes=5):%Y%m%dT%H%M%S}":
            return False
        found = receipt(store, feed, delivery)
        if found is not None and (found.address, found.etag) == (address, version.id):
            return True
    return False
