"""The paging engine: follows a list from page to page and packs all answers, or none, into one zip file."""

from __future__ import annotations

import hashlib
import json
import time
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

import httpx

from lakehouse.errors import FetchError
from lakehouse.ingest.connectors.guard import parse, without_user
from lakehouse.ingest.connectors.http import Answer, Client
from lakehouse.ingest.connectors.links import next_links
from lakehouse.ingest.connectors.transfer import Refused, TooLarge
from lakehouse.spec.fetch import Paged
from lakehouse.spec.pages import Pages as PagesSpec

# the first moment that a zip file can name: equal answers give equal bytes, whenever they came
MEMBER_DATE = (1980, 1, 1, 0, 0, 0)
MEMBER_MODE = 0o644 << 16
UNIX = 3
# statuses that say of a page that the list has ended before it
NOTHING_THERE = {204, 404, 410}


class BadPage(FetchError):
    """A page that cannot be read or cannot be right; the engine adds which one."""


class Changed(FetchError):
    """The list changed while it was paged."""


@dataclass(frozen=True)
class Page:
    """What a protocol reads from one answer.

    `next` is the reference to the following page, None or empty on the last one; `guessed` if no answer promised that
    it is there. `items` tell those of this page apart, `total` is the number that the whole list announces, `pages` the
    number of pages announced; None where the protocol does not say.
    """

    next: str | None
    items: Sequence[bytes] | None = None
    total: int | None = None
    pages: int | None = None
    suffix: str = ".json"
    guessed: bool = False


@dataclass
class Progress:
    """What came before the page that is read now: items of each page, where each item was, the total announced."""

    items: list[int] = field(default_factory=list)
    pages: dict[bytes, int] = field(default_factory=dict)
    total: int | None = None

    @property
    def number(self) -> int:
        """Number of the page that is read now, from 1."""
        return len(self.items) + 1

    @property
    def so_far(self) -> int:
        """Items of all pages before."""
        return sum(self.items)

    def take(self, page: Page) -> None:
        """Takes what stands on the page that was read. Raises Changed if an item stood on a page before."""
        number = self.number
        self.items.append(len(page.items or ()))
        self.total = self.total if page.total is None else page.total
        for item in page.items or ():
            if (before := self.pages.setdefault(item, number)) != number:
                raise Changed(
                    f"page {number} holds an item of page {before} again: the list changed or has no stable order, "
                    "or the parameter does not count what is declared (`pages.counts`)"
                )


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
    """A complete list: its pages as one zip file, and how many items they hold (0 if the protocol does not tell)."""

    path: Path
    items: int


def with_parameters(address: str, parameters: Mapping[str, str | int]) -> str:
    """The address with query parameters added."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode(parameters)}"


def identity(item: Any) -> bytes:
    """What tells an item of JSON from others: equal items give equal bytes, in whatever order their members come."""
    return hashlib.blake2b(json.dumps(item, sort_keys=True).encode(), digest_size=16).digest()


def _next_link(header: str) -> str | None:
    try:
        found = next_links(header)
    except ValueError as error:
        raise BadPage(str(error)) from None
    if len(found) > 1:
        raise BadPage(f"names {len(found)} different next pages in its header")
    return found.pop() if found else None


def unnamed(items: Iterable[Any]) -> list[bytes]:
    """What tells items without a name apart: their content, and a number among equal ones of a page, which may be."""
    times = Counter[bytes]()
    found = []
    for item in items:
        content = identity(item)
        times[content] += 1
        found.append(content + times[content].to_bytes(4))
    return found


def first_page(address: str, pages: PagesSpec) -> str:
    """The address of the first page."""
    return _page(address, pages, 0)


def page_after(address: str, pages: PagesSpec, answer: Answer, progress: Progress, items: int) -> str | None:
    """The address of the page behind one with so many items: counted, or as the header of the answer names it."""
    if pages.next is not None:
        return _next_link(answer.link)
    return _page(address, pages, progress.number if pages.counts == "pages" else progress.so_far + items)


def _page(address: str, pages: PagesSpec, count: int) -> str:
    parameters: dict[str, str | int] = {}
    if pages.parameter is not None:
        parameters[pages.parameter] = pages.first + count
    if pages.size_parameter is not None and pages.size is not None:
        parameters[pages.size_parameter] = pages.size
    return with_parameters(address, parameters) if parameters else address


def fetch_pages(
    client: Client, fetch: Paged, strategy: Strategy, address: str, folder: Path, rewrites: Mapping[str, str] = {}
) -> Pages:
    """Fetches all pages of a list into one zip file in a folder; a list that changes on the way is started again, once.

    Args:
        client: asks.
        fetch: limits.
        strategy: how the list is paged.
        address: what errors name where no page is at fault.
        folder: gets the pages and the zip file.
        rewrites: what a link that begins with an address begins with instead.

    Raises:
        FetchError: a page is missing or wrong, a limit is reached, or the list changed again; nothing is to be landed.
    """
    deadline = time.monotonic() + fetch.timeout_s
    walk = _Walk(client, fetch, strategy, folder, deadline, rewrites)
    try:
        return walk.all(address)
    except Changed:
        return walk.all(address)


@dataclass(frozen=True)
class _Walk:
    client: Client
    fetch: Paged
    strategy: Strategy
    folder: Path
    deadline: float
    rewrites: Mapping[str, str]

    def all(self, address: str) -> Pages:
        progress = Progress()
        members: list[tuple[str, Path]] = []
        asked: dict[httpx.URL, int] = {}
        digests: dict[str, int] = {}
        announced = set[tuple[int | None, int | None]]()
        left_bytes = self.fetch.max_bytes
        url = without_user(parse(self.strategy.first()))
        page: Page | None = None
        while True:
            number = progress.number
            if number > self.fetch.max_pages:
                raise FetchError(f"{url}: the list has more than the declared limit of {self.fetch.max_pages} pages")
            if url in asked:
                raise FetchError(f"{url}: page {number - 1} links back to page {asked[url]}")
            asked[url] = number
            may_end = _may_end(page, progress)
            answer = self._get(url, self.folder / f"{number:04}", left_bytes, may_be_absent=may_end)
            content = b"" if answer is None else answer.path.read_bytes()
            if answer is None or (may_end and not content.strip()):
                break
            left_bytes -= len(content)
            page = self._read(url, content, answer, progress)
            repeated = digests.setdefault(hashlib.sha256(content).hexdigest(), number)
            if repeated != number and (page.items is None or page.items):
                raise FetchError(f"{url}: page {number} is the same as page {repeated}")
            if (page.total, page.pages) != (None, None):
                announced.add((page.total, page.pages))
            if len(announced) > 1:
                raise Changed(f"{url}: the list changed while it was fetched: page {number} announces another length")
            if page.pages is not None and page.pages > self.fetch.max_pages:
                raise FetchError(
                    f"{url}: the list has {page.pages} pages; the declared limit is {self.fetch.max_pages}"
                )
            members.append((f"{number:04}{page.suffix}", answer.path))
            try:
                progress.take(page)
            except Changed as error:
                raise Changed(f"{url}: {error}") from None
            if not page.next or (page.items is not None and not page.items and _may_end(page, progress)):
                break
            url = self._follow(parse(answer.address), page.next)
        if page is not None and page.items is not None and progress.total not in (None, len(progress.pages)):
            raise Changed(f"{address}: {len(progress.pages)} different items came, {progress.total} were announced")
        return Pages(_pack(members, self.folder / "pages.zip"), progress.so_far)

    def _read(self, url: httpx.URL, content: bytes, answer: Answer, progress: Progress) -> Page:
        try:
            return self.strategy.read(content, answer, progress)
        except (BadPage, Changed) as error:
            kind = Changed if isinstance(error, Changed) else FetchError
            raise kind(f"{url}: page {progress.number} {error}") from None

    def _get(self, url: httpx.URL, into: Path, max_bytes: int, *, may_be_absent: bool) -> Answer | None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise FetchError(f"{url}: all pages took longer than the declared {self.fetch.timeout_s} seconds")
        try:
            answer = self.client.get(str(url), into, max_bytes=max_bytes, timeout_s=left, total_s=left)
        except TooLarge:
            limit = self.fetch.max_bytes
            raise FetchError(f"{url}: all pages are larger than the declared limit of {limit} bytes") from None
        except Refused as error:
            if may_be_absent and error.status in NOTHING_THERE:
                return None
            reason = self.strategy.reason(error.body)
            raise FetchError(f"{error}: {reason}" if reason else str(error)) from None
        assert answer is not None  # nothing was asked under a condition
        return answer

    def _follow(self, url: httpx.URL, reference: str) -> httpx.URL:
        try:
            target = str(without_user(url.join(reference)))
        except (httpx.InvalidURL, ValueError):
            target = reference  # the guard says what is wrong with it
        for beginning, instead in self.rewrites.items():
            if target.startswith(beginning):
                return self.client.guard.follow(url, instead + target.removeprefix(beginning))
        return self.client.guard.follow(url, reference)


def _may_end(page: Page | None, progress: Progress) -> bool:
    """Whether a page behind this one need not be there: nothing announced it, or all that was announced has come."""
    if page is None:
        return False
    return page.guessed if progress.total is None else len(progress.pages) >= progress.total


def _pack(members: list[tuple[str, Path]], into: Path) -> Path:
    with zipfile.ZipFile(into, "w") as packed:
        for name, path in members:
            member = zipfile.ZipInfo(name, MEMBER_DATE)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = MEMBER_MODE
            member.create_system = UNIX
            packed.writestr(member, path.read_bytes())
    return into
