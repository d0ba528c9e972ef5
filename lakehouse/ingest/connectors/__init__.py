"""Connectors: from the `fetch` section of a feed to files, whatever protocol they come by."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol
from urllib.parse import unquote, urljoin, urlsplit

import httpx

from lakehouse import names
from lakehouse.errors import FetchError
from lakehouse.ingest.connectors.catalogue import HydraCatalogue
from lakehouse.ingest.connectors.csv_lists import CsvList
from lakehouse.ingest.connectors.guard import Guard, parse
from lakehouse.ingest.connectors.http import Client
from lakehouse.ingest.connectors.json_lists import CkanSearch, OParlList, RestList
from lakehouse.ingest.connectors.paging import Strategy, fetch_pages, with_parameters
from lakehouse.ingest.connectors.sending import Sending, user_agent
from lakehouse.ingest.connectors.transfer import Refused, is_html
from lakehouse.settings import CONTACT
from lakehouse.spec.fetch import Ckan, Dcat, Http, Linked, OParl, Paged, Remote, Rest

JSON = "application/json"
CSV = "text/csv"
ACCEPTED = {
    "ckan": JSON,
    "oparl": JSON,
    "dcat": "application/rdf+xml, text/turtle;q=0.9, application/ld+json;q=0.8",
}
ABSENT = (404, 410)
NO_NAMES = ("", ".", "..", names.RECEIPT)
SECRET_PREFIX = "SMARTVEST_SECRET_"
# to the last @ of the host: a password may hold one
USER = re.compile(r"(?<=//)[^/?#\s]*@")
# of an error, cut when the secret is hidden in it
MAX_MESSAGE = 1000
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

    `address` is the declared one, without user, password and key; `over` is the first day after the edition that its
    date names.
    """

    path: Path
    address: str
    file: str
    content_type: str
    etag: str | None
    last_modified: str | None
    over: dt.date | None = None


def full_address(feeds_url: str, address: str) -> str:
    """A declared address in full: absolute, or relative to FEEDS_URL; with the user and password that FEEDS_URL has.

    Raises:
        FetchError: it is relative, and there is no FEEDS_URL.
    """
    if not feeds_url and not urlsplit(address).netloc:
        raise FetchError(f"{address} has no public address: it is a path below SMARTVEST_FEEDS_URL, which is not set")
    return urljoin(feeds_url.rstrip("/") + "/", address)


def public_addresses(fetch: Remote, feeds_url: str, today: dt.date) -> list[str]:
    """Every address of a feed as of a day, in full, without user and password: as receipts name them."""
    return [_public(full_address(feeds_url, address)) for address, _ in fetch.editions(today)]


def fetch_all(
    fetch: Remote,
    feeds_url: str,
    folder: Path,
    last: Mapping[str, Last],
    *,
    today: dt.date | None = None,
    contact: str = CONTACT,
) -> Iterator[Fetched | None]:
    """Fetches the declared addresses, in order: all of them, or those editions whose turn it is.

    Args:
        fetch: section of a feed.
        feeds_url: base of relative addresses; its host may be asked, also inside the house.
        folder: empty folder for the bytes.
        last: the last delivery from each address as `public_addresses` names it.
        today: day of the run; that of the clock if not given.
        contact: whom the servers may turn to.

    Yields:
        a delivery, or None when nothing changed at the address, or nothing is there and may be.

    Raises:
        FetchError: an address could not be fetched; the message holds no secret.
    """
    sending = _sending(fetch, contact)
    guard = Guard.of(feeds_url, fetch.hosts)
    known = {address for address in last if _is_dated(fetch)}
    absent = []
    asked = _asked(fetch, feeds_url, last, today or dt.datetime.now(dt.UTC).date())
    for number, (declared, over) in enumerate(asked):
        address = full_address(feeds_url, declared)
        into = folder / str(number)
        into.mkdir()
        try:
            client = Client(guard, address, sending)
            before = last.get(_public(address))
            if isinstance(fetch, Http):
                fetched = _file(client, fetch, address, into / "file", before, over)
            else:
                fetched = _list(client, fetch, address, feeds_url, into, before)
        except FetchError as error:
            if isinstance(error, Refused) and error.status in ABSENT and _may_be_absent(fetch):
                absent.append(_public(address))
                yield None
                continue
            # the errors it came from are not shown either: they may quote what was sent
            raise FetchError(_shortened(USER.sub("", sending.hidden(str(error))))) from None
        yield fetched
    # a day may be missing, but a whole archive that is gone is an outage or has moved
    if absent and len(absent) == len(asked) and (not known or known & set(absent)):
        raise FetchError(f"none of the {len(absent)} declared files is there, such as {absent[0]}")


def _is_dated(fetch: Remote) -> bool:
    return isinstance(fetch, Http) and fetch.dates is not None


def _asked(fetch: Remote, feeds_url: str, known: Collection[str], today: dt.date) -> list[tuple[str, dt.date | None]]:
    """The addresses of this run, each with the first day after its edition, if it is one."""
    if not isinstance(fetch, Http) or fetch.dates is None:
        return [(address, None) for address in fetch.addresses]
    dated = [(address, date) for address, date in fetch.editions(today) if date is not None]
    came = [_public(full_address(feeds_url, address)) in known for address, _ in dated]
    return [(address, fetch.dates.over(date)) for address, date in fetch.dates.asked(dated, came, today)]


def _accepted(fetch: Remote) -> str:
    if isinstance(fetch, Rest):
        return CSV if fetch.pages.csv_delimiter else JSON
    return ACCEPTED.get(fetch.connector, "*/*")


def _sending(fetch: Remote, contact: str) -> Sending:
    headers = httpx.Headers({"User-Agent": user_agent(contact), "Accept": _accepted(fetch)})
    headers.update(fetch.headers)
    return Sending(
        headers=headers,
        method=fetch.method,
        body=None if fetch.body is None else fetch.body.encode(),
        secret=_secret(fetch.secret),
        secret_header=fetch.secret_header,
        secret_parameter=fetch.secret_parameter,
    )


def _may_be_absent(fetch: Remote) -> bool:
    return isinstance(fetch, Http) and fetch.may_be_absent


def _file(
    client: Client, fetch: Http, address: str, into: Path, last: Last | None, over: dt.date | None
) -> Fetched | None:
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
    with answer.path.open("rb") as file:
        if is_html(file.read(1024)):
            raise Refused(f"{address}: a page of HTML came instead of the file", ABSENT[0], b"")
    public = _public(address)
    return Fetched(answer.path, public, _name(public), answer.content_type, answer.etag, answer.last_modified, over)


def _list(
    client: Client, fetch: Paged, address: str, feeds_url: str, folder: Path, last: Last | None
) -> Fetched | None:
    since = None
    if fetch.only_news and last is not None:
        # what changed while the last list was being fetched may be missing in it
        since = (last.fetched_at - dt.timedelta(seconds=fetch.timeout_s) - CLOCK_SKEW).astimezone(dt.UTC)
    declared = fetch.rewrite_links if isinstance(fetch, Linked) else {}
    rewrites = {str(parse(beginning)): full_address(feeds_url, instead) for beginning, instead in declared.items()}
    pages = fetch_pages(client, fetch, _strategy(fetch, address, since), address, folder, rewrites)
    if since is not None and pages.items == 0:
        return None
    public = _public(address)
    return Fetched(pages.path, public, f"{_name(public)}.zip", "application/zip", None, None)


def _strategy(fetch: Paged, address: str, since: dt.datetime | None) -> Strategy:
    if isinstance(fetch, Rest) and fetch.resume is not None:
        address = with_parameters(address, fetch.resume.since(since))
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
    name = unquote(PurePosixPath(urlsplit(address).path).name)
    # a key of the raw bucket, in which the receipt stands beside the file
    return name if name.isprintable() and name not in NO_NAMES else "file"


def _shortened(message: str) -> str:
    return message if len(message) <= MAX_MESSAGE else f"{message[:MAX_MESSAGE]} …"


def _secret(name: str | None) -> str | None:
    if name is None:
        return None
    value = os.environ.get(SECRET_PREFIX + name, "")
    # anything else would not fit into a header, and the error of the header would quote it
    if not re.fullmatch(r"[!-~]+", value):
        raise FetchError(f"{SECRET_PREFIX}{name} is not set, or holds more than printable ASCII characters")
    return value
