"""The `fetch` section of `source.yml`: which addresses a feed is fetched from, how, and within which limits."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections import Counter
from typing import Annotated, Literal, Self
from urllib.parse import parse_qs, quote, unquote, urlsplit

from pydantic import Field, model_validator

from lakehouse.errors import SpecError
from lakehouse.spec.addresses import ABSOLUTE, Host, check_address, check_no_parameter, folder, placeholders
from lakehouse.spec.dates import DATE, SAMPLE_DAY, Dates
from lakehouse.spec.inbox import Inbox
from lakehouse.spec.model import Name, check_pattern
from lakehouse.spec.mqtt import Mqtt
from lakehouse.spec.pages import Pages, Resume
from lakehouse.spec.request import Request

# names that hold only the day of the month come twice in a window that reaches from here into it
AFTER_THE_SHORTEST_MONTH = dt.date(2026, 3, 1)
Edition = tuple[str, dt.date | None]


class _Fetch(Request):
    """From where the feed is fetched, and within which limits.

    An address is absolute, or a path below the setting FEEDS_URL. Where FEEDS_URL is set, nobody but that mirror is
    asked: for `mirror`, a path for each of the addresses, or else for host and path of the address; without the secret.

    `parameters` fill the placeholders of the addresses: all combinations, the last parameter changing fastest. `hosts`
    may be asked besides that of FEEDS_URL, with `:port` where it is not the scheme's own. The named groups of
    `path_pattern`, searched in the unquoted path, become columns, declared with `made_by: path`; a group named like a
    delivered column is held against it: a file in which that says something else is the wrong file, and stops.

    An answer that a server packs by gzip unasked is unpacked, unless the file itself is gzip; `max_bytes` holds for
    the unpacked bytes.
    """

    parameters: dict[Name, Annotated[list[str], Field(min_length=1)]] = {}
    mirror: list[str] = []
    hosts: list[Host] = []
    path_pattern: str | None = None
    max_bytes: int = Field(gt=0)

    @property
    def templates(self) -> list[str]:
        """The addresses as they are declared, with placeholders."""
        raise NotImplementedError

    @property
    def dated(self) -> bool:
        """Whether the addresses hold dates, and so differ from day to day."""
        return False

    @property
    def mirrored(self) -> Self:
        """The same feed as it is fetched from a mirror: every address is a path below FEEDS_URL."""
        if not any(map(ABSOLUTE.match, self.templates)):
            return self
        paths = self.mirror or [ABSOLUTE.sub(folder, template, count=1) for template in self.templates]
        nothing = dict.fromkeys(("secret", "secret_header", "secret_parameter"))
        return self.model_copy(update={"mirror": [], "hosts": [], **nothing, **self._at(paths)})

    def _at(self, templates: list[str]) -> dict[str, object]:
        """What changes if the addresses are others."""
        raise NotImplementedError

    @property
    def addresses(self) -> list[str]:
        """Every address as of today (UTC), relative to FEEDS_URL or absolute, in the order of the declaration."""
        return [address for address, _ in self.editions(dt.datetime.now(dt.UTC).date())]

    def editions(self, today: dt.date) -> list[Edition]:
        """Every address as of a day, and the date in it: oldest first, and then in the order of the declaration."""
        return [(address, None) for template in self.templates for address in self._expand(template, None)]

    def path_values(self, address: str) -> dict[str, str]:
        """Values of the named groups of `path_pattern` in an address; empty without a pattern.

        Raises:
            SpecError: the pattern does not match the address.
        """
        if self.path_pattern is None:
            return {}
        path = unquote(urlsplit(address).path)
        found = re.search(self.path_pattern, path)
        values = found.groupdict() if found else {}
        if found is None or None in values.values():
            raise SpecError(f"path_pattern {self.path_pattern!r} does not match {path}")
        return values

    def _expand(self, template: str, date: dt.date | None) -> list[str]:
        used = [name for name in self.parameters if name in placeholders(template)]
        combinations = itertools.product(*(self.parameters[name] for name in used))
        return [template.format(date=date, **{n: quote(v) for n, v in zip(used, c, strict=True)}) for c in combinations]

    @model_validator(mode="after")
    def _addresses_can_be_asked(self) -> Self:
        if DATE in self.parameters:
            raise ValueError(f"{{{DATE}}} is filled by `dates` and cannot be a parameter")
        if self.mirror and (len(self.mirror) != len(self.templates) or any(map(ABSOLUTE.match, self.mirror))):
            raise ValueError("mirror has one path below FEEDS_URL for each address")
        if self.mirror and not all(map(ABSOLUTE.match, self.templates)):
            raise ValueError("mirror stands beside absolute addresses: the others are paths below FEEDS_URL themselves")
        for fetch in (self, self.mirrored):
            fetch._check_addresses()
        return self

    def _check_addresses(self) -> None:
        used = set().union(*map(placeholders, self.templates)) - {DATE}
        if used != set(self.parameters):
            raise ValueError(f"placeholders {sorted(used)} and parameters {sorted(self.parameters)} are not the same")
        if any((DATE in placeholders(template)) != self.dated for template in self.templates):
            raise ValueError(f"`dates` and the placeholder {{{DATE}}} in every file belong together")
        for day in (SAMPLE_DAY, AFTER_THE_SHORTEST_MONTH):
            addresses = [address for address, _ in self.editions(day)]
            if doubled := sorted(address for address, times in Counter(addresses).items() if times > 1):
                raise ValueError(f"addresses are declared twice: {doubled}")
        if self.secret is not None and len({urlsplit(address)[:2] for address in addresses}) > 1:
            raise ValueError("a secret belongs to one server, and the addresses name several")
        for address in addresses:
            check_address(address, self.hosts)
            if self.secret_parameter in parse_qs(urlsplit(address).query, keep_blank_values=True):
                raise ValueError(f"{address}: holds the parameter {self.secret_parameter}, which is for the secret")

    @model_validator(mode="after")
    def _path_pattern_fits(self) -> Self:
        check_pattern(self.path_pattern)
        if self.path_pattern is not None and not re.compile(self.path_pattern).groupindex:
            raise ValueError("path_pattern has no named group")
        try:
            for address, _ in (*self.editions(SAMPLE_DAY), *self.mirrored.editions(SAMPLE_DAY)):
                self.path_values(address)
        except SpecError as error:
            raise ValueError(str(error)) from None
        return self


class Http(_Fetch):
    """Files, each a delivery of its own. `max_bytes` holds for one file, `timeout_s` for one attempt at it.

    `may_be_absent` is for archives that lack a day now and then: a file that is not there (404, 410) stops no
    other. If none is there, the fetch fails. With `dates` every file's name holds `{date}`, or parts of it as
    `{date:%Y}/{date:%m%d}`; it is then enough that some edition came before.
    """

    connector: Literal["http"]
    files: list[str] = Field(min_length=1)
    timeout_s: int = Field(default=120, gt=0)
    may_be_absent: bool = False
    dates: Dates | None = None

    @property
    def templates(self) -> list[str]:
        """The declared files."""
        return self.files

    @property
    def dated(self) -> bool:
        """Whether there are `dates`."""
        return self.dates is not None

    def _at(self, templates: list[str]) -> dict[str, object]:
        return {"files": templates}

    def editions(self, today: dt.date) -> list[Edition]:
        """Every file as of a day, and the date in its name."""
        dates: list[dt.date] | list[None] = [None] if self.dates is None else self.dates.editions(today)
        return [(address, date) for date in dates for file in self.files for address in self._expand(file, date)]

    @model_validator(mode="after")
    def _every_date_gets_its_turn(self) -> Self:
        if self.dates is None or self.dates.at_most is None:
            return self
        every, editions = len(self.editions(SAMPLE_DAY)), len(self.dates.editions(SAMPLE_DAY))
        newest = min(self.dates.renewed, editions) * every // editions
        if self.dates.at_most < min(newest + 1, every):
            raise ValueError(f"dates.at_most leaves no room: the newest editions alone are {newest} files a run")
        return self


class Paged(_Fetch):
    """A list in pages: one delivery, a zip of the answers. `max_bytes` and `timeout_s` hold for all pages together.

    A list in which an item comes on two pages, or in which not as many different items came as were announced, changed
    while it was read: it is fetched again once and then refused. What holds an `id` is told apart by it in `ckan` and
    `oparl`, all else by its content.
    """

    address: str
    timeout_s: int = Field(default=600, gt=0)
    max_pages: int = Field(gt=0)

    @property
    def templates(self) -> list[str]:
        """The declared address."""
        return [self.address]

    @property
    def only_news(self) -> bool:
        """Whether a later delivery holds only what changed since the one before."""
        return False

    def _at(self, templates: list[str]) -> dict[str, object]:
        return {"address": templates[0]}


class Linked(Paged):
    """A list whose pages name the next one.

    `rewrite_links` is for servers that name themselves wrongly, by `http` or a name inside their own house: a link that
    begins with a key goes to the value instead, which is relative to `FEEDS_URL` or at a declared host.
    """

    rewrite_links: dict[str, str] = {}

    def _at(self, templates: list[str]) -> dict[str, object]:
        """A mirror serves the publisher's answers: links in them to the publisher are followed on the mirror."""
        (there, name), (here, mirrored) = (t.partition("?")[0].rpartition("/")[::2] for t in (self.address, *templates))
        folders = {f"{there}/": f"{here}/" if here else ""} if name == mirrored else {}
        rewritten = {b: folders.get(instead, instead) for b, instead in self.rewrite_links.items()}
        return {**super()._at(templates), "rewrite_links": {**folders, **rewritten}}

    @model_validator(mode="after")
    def _links_can_be_rewritten(self) -> Self:
        for beginning, instead in self.rewrite_links.items():
            parts = urlsplit(beginning)
            if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
                raise ValueError(f"rewrite_links: {beginning} is not the beginning of an address with http or https")
            if not beginning.endswith("/") or not instead.endswith("/"):
                raise ValueError(f"rewrite_links: {beginning} and {instead!r} must both end in /")
            check_address(instead, self.hosts)
        return self


class Rest(Linked):
    """A list of JSON or CSV that is asked for by page, by offset or by links; with `resume` only for what is new."""

    connector: Literal["rest"]
    pages: Pages
    resume: Resume | None = None

    @property
    def only_news(self) -> bool:
        """Whether there is a `resume`."""
        return self.resume is not None

    @model_validator(mode="after")
    def _paging_is_left_to_pages(self) -> Self:
        added = self.resume.parameter if self.resume else None
        check_no_parameter(self.templates, (self.pages.parameter, self.pages.size_parameter, added))
        return self

    @model_validator(mode="after")
    def _has_links_to_rewrite(self) -> Self:
        if self.rewrite_links and self.pages.next is None:
            raise ValueError("rewrite_links needs `pages.next`: a list that is counted has no links")
        return self


class Ckan(Paged):
    """`package_search` of the CKAN action API, `rows` at a time, sorted by id unless the address has its own `sort`."""

    connector: Literal["ckan"]
    rows: int = Field(default=100, gt=0)

    @model_validator(mode="after")
    def _paging_is_left_to_rows(self) -> Self:
        check_no_parameter(self.templates, ("rows", "start"))
        return self


class Dcat(Linked):
    """A DCAT catalogue in RDF/XML, Turtle or JSON-LD; follows `hydra:next` or `hydra:nextPage`."""

    connector: Literal["dcat"]


class OParl(Linked):
    """An external list of OParl 1.1; follows `links.next`.

    `incremental` asks only for what was modified since the last delivery; the feed's load must be `upsert`.
    """

    connector: Literal["oparl"]
    incremental: bool = False

    @property
    def only_news(self) -> bool:
        """Whether it is asked for incrementally."""
        return self.incremental


# what is asked for over the network
Remote = Http | Rest | Ckan | Dcat | OParl
Fetch = Annotated[Http | Rest | Ckan | Dcat | OParl | Inbox | Mqtt, Field(discriminator="connector")]
