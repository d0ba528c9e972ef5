"""Addresses as `source.yml` declares them: absolute, or paths below a mirror; what stands between their braces."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from string import Formatter
from typing import Annotated
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import StringConstraints

from lakehouse.spec.dates import DATE, FORMAT

_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
Host = Annotated[str, StringConstraints(pattern=rf"^{_LABEL}(\.{_LABEL})*(:\d{{1,5}})?$")]
# an address with scheme and host; all else is a path
ABSOLUTE = re.compile(r"https?://([^/?#]*)/?", re.IGNORECASE)


def check_address(address: str, hosts: Collection[str]) -> None:
    """Raises ValueError if an address cannot be asked, or its host is not declared."""
    parts = urlsplit(address)
    if parts.fragment or "#" in address:
        raise ValueError(f"{address}: what stands behind # is never asked for")
    if not parts.netloc and (address.startswith("/") or ".." in unquote(parts.path).split("/")):
        raise ValueError(f"{address}: a path below FEEDS_URL begins with no / and does not leave its folder")
    if "@" in parts.netloc:
        raise ValueError("an address may hold no user and password; use `secret`")
    if (parts.scheme or parts.netloc) and (parts.scheme not in ("http", "https") or parts.netloc not in hosts):
        raise ValueError(f"{address}: an absolute address needs http or https and its host in `hosts`")


def check_no_parameter(addresses: Iterable[str], names: Iterable[str | None]) -> None:
    """Raises ValueError if an address holds a query parameter that the connector adds."""
    for address in addresses:
        given = parse_qs(urlsplit(address).query, keep_blank_values=True)
        if doubled := sorted(name for name in names if name in given):
            raise ValueError(f"{address}: holds {doubled}, which the connector adds")


def folder(absolute: re.Match[str]) -> str:
    """The folder of a mirror that stands for a host; a colon before the first slash would read as a scheme."""
    return absolute[1].replace(":", "_") + "/"


def placeholders(template: str) -> set[str]:
    """Names between the braces of a template. Raises ValueError if something else stands there."""
    try:
        parts = [part for part in Formatter().parse(template) if part[1] is not None]
    except ValueError as error:
        raise ValueError(f"{template}: {error}") from None
    for _, name, spec, conversion in parts:
        if conversion or (spec and name != DATE) or not (name or "").isidentifier():
            raise ValueError(f"{template}: {[name]} is not the name of a parameter")
        if spec and not FORMAT.fullmatch(spec):
            raise ValueError(f"{template}: {spec!r} is not a date's form; it knows %Y %y %m %d %j %G %V %u %-m %-d %-j")
    return {name for _, name, _, _ in parts if name}
