"""The paging engine: follows a list from page to page and packs all answers, or none, into one zip file."""

from __future__ import annotations

import hashlib
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlencode

import httpx

from lakehouse.errors import FetchError
from lakehouse.ingest.connectors.guard import parse, without_user
from lakehouse.ingest.connectors.http import Answer, Client, Refused, TooLarge
from lakehouse.spec.fetch import Paged
from lakehouse.spec.fetch import Pages as PagesSpec

# the first moment that a zip file can name: equal answers give equal bytes, whenever they came
MEMBER_DATE = (1980, 1, 1, 0, 0, 0)
MEMBER_MODE = 0o644 << 16
UNIX = 3


class BadPage(FetchError):
    """A page that cannot be read or cannot be right; the engine adds which one."""


class Changed(FetchError):
    """The list changed while it was paged."""


@dataclass(frozen=True)
class Page:
    """What a protocol reads from one answer.

    `next` is the reference to the following page, None on the last one. `items` are those of this page, `total` those
    that the whole list announces, `pages` the number of pages announced; None where the protocol does not say.
    """

    next: str | None
    items: int | None = None
    total: int | None = None
    pages: int | None = None
    suffix: str = ".json"


@dataclass
class Progress:
    """What came before the page that is read now: the number of items of each page."""

    items: list[int] = field(default_factory=list)

    @property
    def number(self) -> int:
        """Number of the page that is read now, from 1."""
        return len(self.items) + 1

    @property
    def so_far(self) -> int:
        """Items of all pages before."""
        return sum(self.items)


class Strategy(Protocol):
    """How one protocol pages."""

    def first(self) -> str:
        """Address of the first page."""

    def read(self, content: bytes, answer: Answer, progress: Progress) -> Page:
        """Reads one answer. Raises BadPage, or Changed."""

    def reason(self, body: bytes) -> str:
        """What an answer with an error status says in the protocol's own way; empty if nothing."""


@dataclass(frozen=True)
class Pages:
    """A complete list: its pages as one zip file, and how many items they hold (0 if the protocol does not count)."""

    path: Path
    items: int


def with_parameters(address: str, parameters: Mapping[str, str | int]) -> str:
    """The address with query parameters added."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode(parameters)}"


def numbered(address: str, pages: PagesSpec, index: int) -> str:
    """The address of a page by its number; `index` counts from 0, whatever number the first page has."""
    parameters: dict[str, str | int] = {pages.parameter: pages.first + index}
    if pages.size_parameter is not None and pages.size is not None:
        parameters[pages.size_parameter] = pages.size
    return with_parameters(address, parameters)


def fetch_pages(client: Client, fetch: Paged, strategy: Strategy, address: str, folder: Path) -> Pages:
    """Fetches all pages of a list into one zip file in a folder; a list that changes on the way is started again, once.

    Raises:
        FetchError: a page is missing or wrong, a limit is reached, or the list changed again; nothing is to be landed.
    """
    deadline = time.monotonic() + fetch.timeout_s
    try:
        return _walk(client, fetch, strategy, address, folder, deadline)
    except Changed:
        return _walk(client, fetch, strategy, address, folder, deadline)


def _walk(client: Client, fetch: Paged, strategy: Strategy, address: str, folder: Path, deadline: float) -> Pages:
    progress = Progress()
    members: list[tuple[str, Path]] = []
    asked: dict[httpx.URL, int] = {}
    digests: dict[str, int] = {}
    announced = set[tuple[int | None, int | None]]()
    left_bytes = fetch.max_bytes
    url = without_user(parse(strategy.first()))
    while True:
        number = progress.number
        if number > fetch.max_pages:
            raise FetchError(f"{url}: the list has more than the declared limit of {fetch.max_pages} pages")
        if url in asked:
            raise FetchError(f"{url}: page {number - 1} links back to page {asked[url]}")
        asked[url] = number
        answer = _get(client, fetch, strategy, url, folder / f"{number:04}", left_bytes, deadline)
        content = answer.path.read_bytes()
        left_bytes -= len(content)
        try:
            page = strategy.read(content, answer, progress)
        except BadPage as error:
            raise FetchError(f"{url}: page {number} {error}") from None
        repeated = digests.setdefault(hashlib.sha256(content).hexdigest(), number)
        if repeated != number and page.items != 0:
            raise FetchError(f"{url}: page {number} is the same as page {repeated}")
        if (page.total, page.pages) != (None, None):
            announced.add((page.total, page.pages))
        if len(announced) > 1:
            raise Changed(f"{url}: the list changed while it was fetched: page {number} announces another length")
        if page.pages is not None and page.pages > fetch.max_pages:
            raise FetchError(f"{url}: the list has {page.pages} pages; the declared limit is {fetch.max_pages}")
        members.append((f"{number:04}{page.suffix}", answer.path))
        progress.items.append(page.items or 0)
        if page.next is None:
            break
        url = client.guard.follow(parse(answer.address), page.next)
    if page.items is not None and page.total is not None and progress.so_far != page.total:
        raise Changed(f"{address}: {progress.so_far} items came, {page.total} were announced")
    return Pages(_pack(members, folder / "pages.zip"), progress.so_far)


def _get(
    client: Client, fetch: Paged, strategy: Strategy, url: httpx.URL, into: Path, max_bytes: int, deadline: float
) -> Answer:
    left = deadline - time.monotonic()
    if left <= 0:
        raise FetchError(f"{url}: all pages took longer than the declared {fetch.timeout_s} seconds")
    try:
        answer = client.get(str(url), into, max_bytes=max_bytes, timeout_s=left, total_s=left)
    except TooLarge:
        limit = fetch.max_bytes
        raise FetchError(f"{url}: all pages are larger than the declared limit of {limit} bytes") from None
    except Refused as error:
        reason = strategy.reason(error.body)
        raise FetchError(f"{error}: {reason}" if reason else str(error)) from None
    assert answer is not None  # nothing was asked under a condition
    return answer


def _pack(members: list[tuple[str, Path]], into: Path) -> Path:
    with zipfile.ZipFile(into, "w") as packed:
        for name, path in members:
            member = zipfile.ZipInfo(name, MEMBER_DATE)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = MEMBER_MODE
            member.create_system = UNIX
            packed.writestr(member, path.read_bytes())
    return into
