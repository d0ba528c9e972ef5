"""What is sent to a server: headers, body, and the credentials of one origin to that origin only."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlencode

import httpx

from lakehouse.errors import FetchError
from lakehouse.ingest.connectors.guard import host_port

PROJECT = "SmartVest-lakehouse"


def user_agent(contact: str) -> str:
    """The name under which servers are asked, with somebody to turn to."""
    return f"{PROJECT} (+{contact})"


@dataclass(frozen=True)
class Sending:
    """What the requests of a feed hold beside their address.

    Attributes:
        headers: sent to every host.
        method: GET or POST.
        body: what a POST sends.
        secret: sent to one origin; a bearer token if neither header nor parameter is named.
        secret_header: header that holds the secret as it is.
        secret_parameter: query parameter that holds it.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    body: bytes | None = None
    secret: str | None = field(default=None, repr=False)
    secret_header: str | None = None
    secret_parameter: str | None = None

    def credentials(self, user: bytes) -> dict[str, str]:
        """The headers for the origin of the declared address, whose user and password count if no token is sent."""
        named = {self.secret_header: self.secret} if self.secret_header and self.secret else {}
        if self.secret is not None and not self.secret_header and not self.secret_parameter:
            return {"Authorization": f"Bearer {self.secret}"}
        if not user:
            return named
        return {"Authorization": "Basic " + base64.b64encode(unquote(user.decode("ascii")).encode()).decode(), **named}

    def clean(self, url: httpx.URL) -> httpx.URL:
        """An address of the origin without the secret, which a server may have sent back in a link."""
        name = self.secret_parameter
        return url.copy_remove_param(name) if name and name in url.params else url

    def target(self, url: httpx.URL) -> bytes:
        """What is asked for at the origin: path and query, with the secret if it is a parameter."""
        if self.secret_parameter is None or self.secret is None:
            return url.raw_path
        return url.raw_path + (b"&" if url.query else b"?") + urlencode({self.secret_parameter: self.secret}).encode()

    def check_elsewhere(self, url: httpx.URL) -> None:
        """Raises FetchError if an address at another origin holds the secret, because a server sent it back."""
        if self.hidden(str(url)) != str(url):
            raise FetchError(f"{url}: leads to another host with the secret in the address")

    def hidden(self, message: str) -> str:
        """A message without the secret, however often it is quoted in an address."""
        if not self.secret:
            return message
        either = (f"(?:{re.escape(sign)}|%(?:25)*{ord(sign):02x})" for sign in self.secret)
        return re.sub("".join(either), "***", message, flags=re.IGNORECASE)


def origin(url: httpx.URL) -> tuple[str, tuple[str, int]]:
    """Scheme, host and port."""
    return url.scheme, host_port(url)
