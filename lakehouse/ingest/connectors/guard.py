"""Which hosts a feed may ask: checked for every address, and again for the network address that is connected to."""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx

from lakehouse.errors import FetchError

DEFAULT_PORTS = {"http": 80, "https": 443}
# a name with more addresses than this is not tried any further
MAX_ADDRESSES = 4
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

HostPort = tuple[str, int]


def parse(address: str) -> httpx.URL:
    """An address as its parts. Raises FetchError if it is none."""
    try:
        return httpx.URL(address)
    except httpx.InvalidURL as error:
        raise FetchError(f"{address[:200]!r} is not an address: {error}") from None


def without_user(url: httpx.URL) -> httpx.URL:
    """The address without user and password."""
    return url.copy_with(userinfo=b"")


def host_port(url: httpx.URL) -> HostPort:
    """Host and port of an address; port 0 if the scheme is unknown."""
    return url.raw_host.decode("ascii").lower(), url.port or DEFAULT_PORTS.get(url.scheme, 0)


@dataclass(frozen=True)
class Guard:
    """The hosts that one feed may ask: that of FEEDS_URL, which may be inside the house, and declared public ones."""

    own: HostPort
    declared: frozenset[str]

    @classmethod
    def of(cls, feeds_url: str, hosts: Iterable[str]) -> Guard:
        """The guard of a feed with its declared `hosts`."""
        return cls(host_port(parse(feeds_url)), frozenset(hosts))

    def check(self, url: httpx.URL) -> None:
        """Raises FetchError unless the address is http or https at a declared host and port."""
        host, port = host_port(url)
        names = {f"{host}:{port}"} | ({host} if port == DEFAULT_PORTS.get(url.scheme) else set())
        if url.scheme not in DEFAULT_PORTS or ((host, port) != self.own and not names & self.declared):
            raise FetchError(
                f"{without_user(url)}: {host}:{port} is not a declared host; add it to fetch.hosts if it is right"
            )

    def follow(self, url: httpx.URL, reference: str) -> httpx.URL:
        """The address that a redirect or a link to the next page leads to, without user and password.

        Raises:
            FetchError: it is not an address, leads to a host that is not declared, or from https to http.
        """
        try:
            target = without_user(url.join(reference))
        except (httpx.InvalidURL, ValueError) as error:
            raise FetchError(f"{url}: leads to {reference[:200]!r}, which is not an address: {error}") from None
        try:
            self.check(target)
        except FetchError as error:
            raise FetchError(f"{url}: leads elsewhere: {error}") from None
        if (url.scheme, target.scheme) == ("https", "http"):
            raise FetchError(f"{url}: leads to {target}, which is not encrypted any more")
        return target

    def network_addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a host name.

        Raises:
            FetchError: the host is not that of FEEDS_URL and one of its addresses is not public.
            OSError: the name is unknown.
        """
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if (host, port) != self.own:
            for address in addresses:
                if not _is_public(address):
                    raise FetchError(f"{host}:{port} resolves to {address}, which is not a public address")
        return addresses[:MAX_ADDRESSES]


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return inner.is_global and not inner.is_multicast
    return address.is_global and not address.is_multicast


class Network(httpcore.NetworkBackend):
    """Connects to checked addresses only, and never reads or writes beyond a deadline (of the monotonic clock).

    The name is resolved once and the connection goes to an address of that answer, so a name server that answers
    otherwise a moment later changes nothing. Timeouts of httpcore hold for a single read: without the deadline a server
    could send a byte now and then for ever.
    """

    def __init__(self, guard: Guard, deadline: float) -> None:
        """Makes the network of one attempt."""
        self._guard = guard
        self._deadline = deadline
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connects to the first address of the host that answers."""
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        try:
            addresses = self._guard.network_addresses(host, port)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        for address in addresses:
            try:
                left = _left(self._deadline, timeout, httpcore.ConnectTimeout)
                stream = self._sockets.connect_tcp(address, port, left, local_address, socket_options)
                return _Timed(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


class _Timed(httpcore.NetworkStream):
    """A connection that ends at a deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline, timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline, timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None) -> _Timed:
        left = _left(self._deadline, timeout, httpcore.ConnectTimeout)
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float, timeout: float | None, error: type[httpcore.TimeoutException]) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise error("the time is over")
    return left if timeout is None else min(left, timeout)
