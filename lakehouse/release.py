"""Release manifests and the one pointer that says which release is current."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from pydantic import BaseModel, ConfigDict

from lakehouse import names
from lakehouse.licence import Licence
from lakehouse.storage import NotFound, ObjectStore, Readable


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


class MartPin(_Record):
    """A mart at its released version; `checksum` is free of row order."""

    version: int
    uri: str
    rows: int
    checksum: str
    description: str
    inputs: list[str]
    columns: list[MartColumn]


class Publication(_Record):
    """A dbt exposure: one dataset for the open-data catalogue."""

    dataset: str
    mart: str
    description: str
    meta: dict[str, Any]


class FeedUsed(_Record):
    """A feed behind a release and the deliveries that its silver table holds."""

    title: str
    licence: Licence | None
    licence_note: str
    deliveries: list[str]


class Manifest(_Record):
    """Everything that one release pins."""

    release: int
    run_id: str
    created_at: dt.datetime
    code: str
    silver: dict[str, SilverPin]
    marts: dict[str, MartPin]
    publications: list[Publication]
    feeds: dict[str, FeedUsed]


def manifest(store: Readable, release: int) -> Manifest:
    """Reads a manifest; raises NotFound if there is no such release."""
    return Manifest.model_validate_json(store.get(names.LAKE, names.manifest_key(release)))


def current(store: Readable) -> int:
    """Number of the current release; raises NotFound before the first one."""
    try:
        return int(json.loads(store.get(names.LAKE, names.RELEASE_POINTER))["release"])
    except NotFound:
        raise NotFound("nothing has been released yet") from None


def releases(store: ObjectStore) -> list[int]:
    """Numbers of all releases, oldest first."""
    prefixes = store.list(names.LAKE, "releases/", recursive=False)
    return sorted(int(part) for prefix in prefixes if (part := prefix.split("/")[1]).isdigit())


def latest(store: ObjectStore) -> Manifest | None:
    """The newest manifest, which after a rollback is not the current one; None before the first release."""
    numbers = releases(store)
    return manifest(store, numbers[-1]) if numbers else None


def switch(store: ObjectStore, release: int) -> None:
    """Makes a release the current one. Raises NotFound if it does not exist, Conflict if two switch at once."""
    manifest(store, release)
    found = store.get_with_etag(names.LAKE, names.RELEASE_POINTER)
    body = json.dumps({"release": release, "switched_at": dt.datetime.now(dt.UTC).isoformat()}).encode()
    store.put_if_match(names.LAKE, names.RELEASE_POINTER, body, found[1] if found else None, "application/json")
