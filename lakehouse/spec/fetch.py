"""The `fetch` section of `source.yml`: which addresses a feed is fetched from, how, and within which limits."""

from __future__ import annotations

import itertools
import re
from string import Formatter
from typing import Annotated, Literal, Self
from urllib.parse import quote, unquote, urlsplit

import jsonpath
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from lakehouse.errors import SpecError
from lakehouse.spec.format import Delimiter
from lakehouse.spec.model import Name, StrictModel, check_pattern

Host = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$")]
SecretName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]


def _check_json_path(path: str) -> str:
    try:
        jsonpath.compile(path, strict=True)
    except jsonpath.JSONPathError as error:
        raise ValueError(f"{path!r} is not a JSONPath: {error.message}") from None
    return path


JsonPath = Annotated[str, AfterValidator(_check_json_path)]


class _Fetch(StrictModel):
    """What every connector knows.

    `parameters` fill the placeholders of the addresses: all combinations, the last parameter changing fastest. `hosts`
    may be asked besides that of FEEDS_URL, with `:port` where it is not the scheme's own. `secret` names a variable
    SMARTVEST_SECRET_<NAME>. The named groups of `path_pattern`, searched in the unquoted path, become columns.
    """

    parameters: dict[Name, Annotated[list[str], Field(min_length=1)]] = {}
    hosts: list[Host] = []
    secret: SecretName | None = None
    path_pattern: str | None = None
    max_bytes: int = Field(gt=0)

    @property
    def templates(self) -> list[str]:
        """The addresses as they are declared, with placeholders."""
        raise NotImplementedError

    @property
    def addresses(self) -> list[str]:
        """Every address, relative to FEEDS_URL or absolute, in the order of the declaration."""
        return [address for template in self.templates for address in self._expand(template)]

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

    def _expand(self, template: str) -> list[str]:
        used = [name for name in self.parameters if name in _placeholders(template)]
        combinations = itertools.product(*(self.parameters[name] for name in used))
        return [template.format(**{n: quote(v) for n, v in zip(used, c, strict=True)}) for c in combinations]

    @model_validator(mode="after")
    def _addresses_can_be_asked(self) -> Self:
        used = set().union(*map(_placeholders, self.templates))
        if used != set(self.parameters):
            raise ValueError(f"placeholders {sorted(used)} and parameters {sorted(self.parameters)} are not the same")
        addresses = self.addresses
        if doubled := {a for a in addresses if addresses.count(a) > 1}:
            raise ValueError(f"addresses are declared twice: {sorted(doubled)}")
        for address in addresses:
            parts = urlsplit(address)
            if "@" in parts.netloc:
                raise ValueError("an address may hold no user and password; use `secret`")
            if parts.netloc and (parts.scheme not in ("http", "https") or parts.netloc not in self.hosts):
                raise ValueError(f"{address}: an absolute address needs http or https and its host in `hosts`")
        return self

    @model_validator(mode="after")
    def _path_pattern_fits(self) -> Self:
        check_pattern(self.path_pattern)
        if self.path_pattern is not None and not re.compile(self.path_pattern).groupindex:
            raise ValueError("path_pattern has no named group")
        try:
            for address in self.addresses:
                self.path_values(address)
        except SpecError as error:
            raise ValueError(str(error)) from None
        return self


class Http(_Fetch):
    """Files, each a delivery of its own. `max_bytes` holds for one file, `timeout_s` for one attempt at it.

    `may_be_absent` is for archives that lack a day now and then: a file that is not there (404, 410) stops no
    other. If none is there, the fetch fails.
    """

    connector: Literal["http"]
    files: list[str] = Field(min_length=1)
    timeout_s: int = Field(default=120, gt=0)
    may_be_absent: bool = False

    @property
    def templates(self) -> list[str]:
        """The declared files."""
        return self.files


class Paged(_Fetch):
    """A list in pages: one delivery, a zip of the answers. `max_bytes` and `timeout_s` hold for all pages together."""

    address: str
    timeout_s: int = Field(default=600, gt=0)
    max_pages: int = Field(gt=0)

    @property
    def templates(self) -> list[str]:
        """The declared address."""
        return [self.address]


class Pages(StrictModel):
    """How a REST list is paged: names of the query parameters, and what an answer looks like.

    JSON: `items` selects the list, `total` its length over all pages, `total_pages` the number of pages (JSONPaths).
    CSV: `csv_delimiter`; every page repeats the header. Without a total or a number of pages the first empty page ends
    the list: a short page may be a server's own limit.
    """

    parameter: str
    first: int = Field(default=0, ge=0)
    size_parameter: str | None = None
    size: int | None = Field(default=None, gt=0)
    items: JsonPath | None = None
    total: JsonPath | None = None
    total_pages: JsonPath | None = None
    csv_delimiter: Delimiter | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.size is None) != (self.size_parameter is None):
            raise ValueError("size and size_parameter belong together")
        if (self.items is None) == (self.csv_delimiter is None):
            raise ValueError("pages are either JSON with `items`, or CSV with `csv_delimiter`")
        if self.csv_delimiter and (self.total or self.total_pages):
            raise ValueError("total and total_pages are JSONPaths, and a CSV page has none")
        return self


class Rest(Paged):
    """A list of JSON or CSV that is asked for by page number."""

    connector: Literal["rest"]
    pages: Pages


class Ckan(Paged):
    """`package_search` of the CKAN action API, `rows` at a time."""

    connector: Literal["ckan"]
    rows: int = Field(default=100, gt=0)


class Dcat(Paged):
    """A DCAT catalogue in RDF/XML, Turtle or JSON-LD; follows `hydra:next` or `hydra:nextPage`."""

    connector: Literal["dcat"]


class OParl(Paged):
    """An external list of OParl 1.1; follows `links.next`.

    `incremental` asks only for what was modified since the last delivery; the feed's load must be `upsert`.
    """

    connector: Literal["oparl"]
    incremental: bool = False


Fetch = Annotated[Http | Rest | Ckan | Dcat | OParl, Field(discriminator="connector")]


def _placeholders(template: str) -> set[str]:
    try:
        parts = [part for part in Formatter().parse(template) if part[1] is not None]
    except ValueError as error:
        raise ValueError(f"{template}: {error}") from None
    if odd := [name for _, name, spec, conversion in parts if spec or conversion or not (name or "").isidentifier()]:
        raise ValueError(f"{template}: {odd} is not the name of a parameter")
    return {name for _, name, _, _ in parts if name}
