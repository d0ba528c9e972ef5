"""Connectors: from the `fetch` section of a feed to files, whatever protocol they come by."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol
from urllib.parse import unquote, urljoin, urlsplit

from lakehouse.errors import FetchError
from lakehouse.ingest.connectors.catalogue import HydraCatalogue
from lakehouse.ingest.connectors.csv_lists import CsvList
from lakehouse.ingest.connectors.guard import Guard
from lakehouse.ingest.connectors.http import Client, Refused
from lakehouse.ingest.connectors.json_lists import CkanSearch, OParlList, RestList
from lakehouse.ingest.connectors.paging import Strategy, fetch_pages
from lakehouse.spec.fetch import Ckan, Dcat, Fetch, Http, OParl, Paged, Rest

JSON = "application/json"
CSV = "text/csv"
ACCEPTED = {
    "ckan": JSON,
    "oparl": JSON,
    "dcat": "application/rdf+xml, text/turtle;q=0.9, application/ld+json;q=0.8",
}
ABSENT = (404, 410)
SECRET_PREFIX = "SMARTVEST_SECRET_"
USER = re.compile(r"(?<=//)[^/@\s]*@")
# clocks of two hosts may differ; an object that comes twice does no harm
CLOCK_SKEW = dt.timedelta(hours=1)


class Last(Protocol):
    """What is known of the last delivery from an address."""

    @property
    def etag(self) -> str | None:
        """Entity tag."""

    @property
    def last_modified(self) -> str | None:
        """Last-Modified."""

    @property
    def fetched_at(self) -> dt.datetime:
        """When it had been fetched."""


@dataclass(frozen=True)
class Fetched:
    """One delivery: where its bytes are, what it is called, and what the server said of it.

    `address` is the declared one, without user and password.
    """

    path: Path
    address: str
    file: str
    content_type: str
    etag: str | None
    last_modified: str | None


def full_address(feeds_url: str, address: str) -> str:
    """A declared address in full: absolute, or relative to FEEDS_URL; with the user and password that FEEDS_URL has."""
    return urljoin(feeds_url.rstrip("/") + "/", address)


def public_addresses(fetch: Fetch, feeds_url: str) -> list[str]:
    """Every address of a feed in full, without user and password: as receipts name them."""
    return [_public(full_address(feeds_url, address)) for address in fetch.addresses]


def fetch_all(fetch: Fetch, feeds_url: str, folder: Path, last: Mapping[str, Last]) -> Iterator[Fetched | None]:
    """Fetches every declared address, in order.

    Args:
        fetch: section of a feed.
        feeds_url: base of relative addresses; its host may be asked, also inside the house.
        folder: empty folder for the bytes.
        last: the last delivery from each address as `public_addresses` names it.

    Yields:
        a delivery, or None when nothing changed at the address, or nothing is there and may be.

    Raises:
        FetchError: an address could not be fetched; the message holds no secret.
    """
    secret = _secret(fetch.secret)
    guard = Guard.of(feeds_url, fetch.hosts)
    absent = []
    for number, declared in enumerate(fetch.addresses):
        address = full_address(feeds_url, declared)
        into = folder / str(number)
        into.mkdir()
        try:
            client = Client(guard, address, secret, _accepted(fetch))
            known = last.get(_public(address))
            if isinstance(fetch, Http):
                fetched = _file(client, fetch, address, into / "file", known)
            else:
                fetched = _list(client, fetch, address, into, known)
        except FetchError as error:
            if isinstance(error, Refused) and error.status in ABSENT and _may_be_absent(fetch):
                absent.append(address)
                yield None
                continue
            # the errors it came from are not shown either: they may quote what was sent
            raise FetchError(_without_secrets(str(error), secret)) from None
        yield fetched
    # a day may be missing, but a whole archive that is gone is an outage or has moved
    if absent and len(absent) == len(fetch.addresses):
        raise FetchError(f"none of the {len(absent)} declared files is there, such as {_public(absent[0])}")


def _accepted(fetch: Fetch) -> str:
    if isinstance(fetch, Rest):
        return CSV if fetch.pages.csv_delimiter else JSON
    return ACCEPTED.get(fetch.connector, "*/*")


def _may_be_absent(fetch: Fetch) -> bool:
    return isinstance(fetch, Http) and fetch.may_be_absent


def _file(client: Client, fetch: Http, address: str, into: Path, last: Last | None) -> Fetched | None:
    answer = client.get(
        address,
        into,
        max_bytes=fetch.max_bytes,
        timeout_s=fetch.timeout_s,
        etag=last.etag if last else None,
        last_modified=last.last_modified if last else None,
    )
    if answer is None:
        return None
    public = _public(address)
    return Fetched(answer.path, public, _name(public), answer.content_type, answer.etag, answer.last_modified)


def _list(client: Client, fetch: Paged, address: str, folder: Path, last: Last | None) -> Fetched | None:
    since = None
    if isinstance(fetch, OParl) and fetch.incremental and last is not None:
        # what changed while the last list was being fetched may be missing in it
        since = (last.fetched_at - dt.timedelta(seconds=fetch.timeout_s) - CLOCK_SKEW).astimezone(dt.UTC)
    pages = fetch_pages(client, fetch, _strategy(fetch, address, since), address, folder)
    if since is not None and pages.items == 0:
        return None
    public = _public(address)
    return Fetched(pages.path, public, f"{_name(public)}.zip", "application/zip", None, None)


def _strategy(fetch: Paged, address: str, since: dt.datetime | None) -> Strategy:
    match fetch:
        case Rest(pages=pages) if pages.items is not None:
            return RestList(address, pages, pages.items)
        case Rest(pages=pages) if pages.csv_delimiter is not None:
            return CsvList(address, pages, pages.csv_delimiter)
        case Ckan():
            return CkanSearch(address, fetch.rows)
        case Dcat():
            return HydraCatalogue(address)
        case OParl():
            return OParlList(address, since)
    raise TypeError(f"no connector for {type(fetch).__name__}")


def _public(address: str) -> str:
    return USER.sub("", address, count=1)


def _name(address: str) -> str:
    return unquote(PurePosixPath(urlsplit(address).path).name) or "file"


def _secret(name: str | None) -> str | None:
    if name is None:
        return None
    value = os.environ.get(SECRET_PREFIX + name, "")
    # anything else would not fit into a header, and the error of the header would quote it
    if not re.fullmatch(r"[!-~]+", value):
        raise FetchError(f"{SECRET_PREFIX}{name} is not set, or holds more than printable ASCII characters")
    return value


def _without_secrets(message: str, secret: str | None) -> str:
    return USER.sub("", message.replace(secret, "***") if secret else message)
