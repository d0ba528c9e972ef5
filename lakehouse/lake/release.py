"""Release manifests, the chain of their hashes, and the one pointer that says which release is current.

Each manifest holds the hash of the one before it, and the pointer those of the current and of the newest one: a
manifest that is changed later is not read any more.
"""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import logging
import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from lakehouse import names
from lakehouse.errors import LakehouseError
from lakehouse.lake.checks import Check
from lakehouse.spec.licence import Licence
from lakehouse.storage import NotFound, ObjectStore, Readable

_MANIFEST = re.compile(r"([1-9]\d*)/manifest\.json")
_VERSIONED = re.compile(r"(.+)_v(\d+)")
_log = logging.getLogger(__name__)


class ReleaseAltered(LakehouseError):
    """A manifest is not the one that was released."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SilverPin(_Record):
    """A silver table at the version that a release was built from."""

    version: int
    uri: str


class MartColumn(_Record):
    """One column of a released mart; `publish` says whether it may leave as open data."""

    name: str
    type: str
    description: str
    label_de: str
    unit: str | None
    publish: bool


class MartFile(_Record):
    """One Parquet file of a mart; `path` is relative to the mart's address."""

    path: str = Field(pattern=r"^[\w-][\w.-]*\.parquet$")
    rows: int
    bytes: int
    sha256: str


class MartPin(_Record):
    """A mart at its released version: its columns in their order, all its files; `checksum` is free of row order.

    `code` is the fingerprint of what made it besides the data, `key` tells its rows apart, and `deprecated_until` is
    the day until which it is served at least, if a newer version of its contract replaces it. Releases from before
    these were recorded lack them.
    """

    version: int
    uri: str
    rows: int
    checksum: str
    description: str
    inputs: list[str]
    columns: list[MartColumn]
    files: list[MartFile]
    theme: str = ""
    title_de: str = ""
    owner: str = ""
    freshness: str = ""
    key: list[str] = []
    code: str = ""
    deprecated_until: dt.date | None = None


class Publication(_Record):
    """A dbt exposure: one dataset for the open-data catalogue."""

    dataset: str
    mart: str
    description: str
    meta: dict[str, Any]


class FeedUsed(_Record):
    """A feed behind a release and the deliveries that its silver table holds.

    `delivered_as` is the feed under which these lie in `raw`, where a delivery fills several tables; else it is empty.
    """

    title: str
    licence: Licence | None
    licence_note: str
    deliveries: list[str]
    delivered_as: str = ""
    fictitious: bool = False


class DeliveryChange(_Record):
    """A delivery that changed rows of a silver table between two releases, and what it was to them.

    `kind` is `new` (all its rows were new), `correction` (it changed or removed rows that counted), `late` (it was
    published before deliveries that counted already, and was put below them) or `reloaded` (it had counted before and
    was read again: only the feed's rules can be new). `scope` is the part of the table that its address says it is
    of, such as `ags` and `period`; empty where it says none.
    """

    delivery: str
    kind: Literal["new", "correction", "late", "reloaded"]
    scope: dict[str, str] = {}


class Seal(_Record):
    """A release and the SHA-256 of its manifest's bytes."""

    release: int
    sha256: str


class Pointer(_Record):
    """What is current. After a rollback the newest release is another one, which nothing else seals."""

    current: Seal
    newest: Seal
    switched_at: dt.datetime


class Manifest(_Record):
    """Everything that one release pins; `previous` seals the release before it.

    `changes` is what happened since that one to each silver table that both pin, `checks` what was checked of the
    marts. Releases from before these were recorded lack them.
    """

    release: int
    previous: Seal | None
    run_id: str
    created_at: dt.datetime
    code: str
    silver: dict[str, SilverPin]
    marts: dict[str, MartPin]
    publications: list[Publication]
    feeds: dict[str, FeedUsed]
    changes: dict[str, list[DeliveryChange]] = {}
    checks: list[Check] = []

    def fictitious(self, mart: str) -> bool:
        """Whether anything behind a mart is made up."""
        return any(self.feeds[feed].fictitious for feed in self.marts[mart].inputs if feed in self.feeds)


def manifest(store: Readable, release: int) -> Manifest:
    """Reads a manifest.

    Raises:
        NotFound: there is no such release.
        ReleaseAltered: it is not the manifest that was released.
    """
    return Manifest.model_validate_json(_sealed(store, release, pointer(store)))


def current(store: Readable) -> int:
    """Number of the current release; raises NotFound before the first one."""
    found = pointer(store)
    if found is None:
        raise NotFound("nothing has been released yet")
    return found.current.release


def releases(store: ObjectStore) -> list[int]:
    """Numbers of all releases, oldest first: those that have a manifest. Anything else is reported, never obeyed."""
    numbers = []
    for key in store.list(names.RELEASES, ""):
        if found := _MANIFEST.fullmatch(key):
            numbers.append(int(found[1]))
        elif key != names.RELEASE_POINTER:
            _log.warning("%s/%s belongs to no release and is ignored", names.RELEASES, key)
    return sorted(numbers)


def latest(store: ObjectStore) -> Manifest | None:
    """The newest manifest, which after a rollback is not the current one; None before the first release."""
    numbers = releases(store)
    return manifest(store, numbers[-1]) if numbers else None


def seal(store: ObjectStore, release: int) -> Seal:
    """What the next manifest says of this one. Raises as `manifest`."""
    return seal_of(release, _sealed(store, release, pointer(store)))


def pin(found: Manifest, mart: str) -> MartPin:
    """A mart of a release; raises LakehouseError if there is none, with the name that was perhaps meant."""
    if mart in found.marts:
        return found.marts[mart]
    raise LakehouseError(no_mart(found, mart))


def no_mart(found: Manifest, name: str) -> str:
    """The sentence about a mart that a release does not have, with the name that was perhaps meant."""
    close = difflib.get_close_matches(name, found.marts, n=1, cutoff=0)
    return f"release {found.release} has no mart {name}" + (f"; did you mean {close[0]}?" if close else "")


def deprecations(found: Manifest) -> list[str]:
    """Which marts of a release will go, and what replaces them: a mart and its versions share all but `_v2`."""
    sentences = []
    for mart, pinned in sorted(found.marts.items()):
        if pinned.deprecated_until is not None:
            versions = {_version(other): other for other in found.marts if _version(other)[0] == _version(mart)[0]}
            newest = versions[max(versions)]
            use = f"; use {newest}" if newest != mart else ""
            sentences.append(f"{mart} is served until {pinned.deprecated_until}{use}")
    return sentences


def add(store: ObjectStore, made: Manifest) -> bool:
    """Writes the manifest of a new release, which is not yet current; False if there is one of its number."""
    body = made.model_dump_json(indent=1).encode()
    return store.put_new(names.RELEASES, names.manifest_key(made.release), body, "application/json")


def switch(store: ObjectStore, release: int) -> None:
    """Makes a release the current one.

    Raises:
        NotFound: there is no such release.
        ReleaseAltered: it, or the newest one, is not the manifest that was released.
        Conflict: two switch at once.
    """
    found = store.get_with_etag(names.RELEASES, names.RELEASE_POINTER)
    before = Pointer.model_validate_json(found[0]) if found else None
    chosen = _sealed(store, release, before)
    Manifest.model_validate_json(chosen)
    newest = max([release, *releases(store)])
    body = Pointer(
        current=seal_of(release, chosen),
        newest=seal_of(newest, _sealed(store, newest, before)),
        switched_at=dt.datetime.now(dt.UTC),
    )
    store.put_if_match(
        names.RELEASES,
        names.RELEASE_POINTER,
        body.model_dump_json().encode(),
        found[1] if found else None,
        "application/json",
    )


def pointer(store: Readable) -> Pointer | None:
    """What is current; None before the first release."""
    try:
        return Pointer.model_validate_json(store.get(names.RELEASES, names.RELEASE_POINTER))
    except NotFound:
        return None


def seal_of(release: int, body: bytes) -> Seal:
    """The seal of a manifest's bytes."""
    return Seal(release=release, sha256=hashlib.sha256(body).hexdigest())


def _version(mart: str) -> tuple[str, int]:
    found = _VERSIONED.fullmatch(mart)
    return (found[1], int(found[2])) if found else (mart, 1)


def _sealed(store: Readable, release: int, found: Pointer | None) -> bytes:
    body = store.get(names.RELEASES, names.manifest_key(release))
    if found is None or release > found.newest.release:
        return body  # made, but not yet switched to: nothing seals it before that
    if release == found.current.release:
        expected: Seal | None = found.current
    elif release == found.newest.release:
        expected = found.newest
    else:
        following = store.get(names.RELEASES, names.manifest_key(release + 1))
        expected = Manifest.model_validate_json(following).previous
    if expected != seal_of(release, body):
        raise ReleaseAltered(
            f"the manifest of release {release} is not the one that was released; the bucket {names.RELEASES} keeps"
            " its earlier versions, and `python -m lakehouse releases --verify` shows what else is wrong"
        )
    return body
