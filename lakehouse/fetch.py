"""The HTTP connector: conditional, with retries, and never more bytes or seconds than declared."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from lakehouse.errors import FetchError

ATTEMPTS = 4
RETRIED_STATUS = {408, 425, 429, 500, 502, 503, 504}


class _Transient(FetchError):
    pass


@dataclass(frozen=True)
class Fetched:
    """One answer: where its bytes are and what the server said of them."""

    path: Path
    address: str
    content_type: str
    etag: str | None
    last_modified: str | None


def file_url(base: str, file: str) -> str:
    """Address of a declared file: absolute, or relative to the feeds' base address."""
    return urljoin(base.rstrip("/") + "/", file)


def fetch(
    address: str,
    into: Path,
    *,
    max_bytes: int,
    timeout_s: float,
    etag: str | None = None,
    last_modified: str | None = None,
) -> Fetched | None:
    """Fetches an address into a file, or returns None when the server says that nothing changed (304).

    Args:
        address: http or https address; a redirect is refused, the new address has to be declared.
        into: file to write.
        max_bytes: more than this is an error.
        timeout_s: seconds for one attempt as a whole.
        etag: entity tag of the last delivery.
        last_modified: Last-Modified of the last delivery.

    Raises:
        FetchError: refused, too large, too slow, cut off, or still failing after all attempts.
    """
    conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    headers = {name: value for name, value in conditions.items() if value}
    attempts = Retrying(
        retry=retry_if_exception_type(_Transient),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential_jitter(multiplier=0.5, max=10),
        reraise=True,
    )
    return attempts(_attempt, address, into, headers, max_bytes, timeout_s)


def _attempt(address: str, into: Path, headers: dict[str, str], max_bytes: int, timeout_s: float) -> Fetched | None:
    deadline = time.monotonic() + timeout_s
    try:
        with (
            httpx.Client(timeout=min(timeout_s, 30), follow_redirects=False) as client,
            client.stream("GET", address, headers={"Accept-Encoding": "identity", **headers}) as response,
        ):
            if response.status_code == httpx.codes.NOT_MODIFIED:
                return None
            _check(address, response, max_bytes)
            written = _copy(address, response, into, max_bytes, deadline)
            _check_length(address, response, written)
            return Fetched(
                path=into,
                address=address,
                content_type=response.headers.get("content-type", "application/octet-stream"),
                etag=response.headers.get("etag"),
                last_modified=response.headers.get("last-modified"),
            )
    except httpx.TransportError as error:
        raise _Transient(f"{address}: {type(error).__name__}: {error}") from error


def _check(address: str, response: httpx.Response, max_bytes: int) -> None:
    if response.has_redirect_location:
        # following would let a feed point us at any host, also one inside the administration's network
        raise FetchError(f"{address}: redirects to {response.headers['location']}; declare that address if it is right")
    if response.status_code in RETRIED_STATUS:
        raise _Transient(f"{address}: the server answered {response.status_code}")
    if response.status_code != httpx.codes.OK:
        raise FetchError(f"{address}: the server answered {response.status_code}")
    if int(response.headers.get("content-length", 0)) > max_bytes:
        raise FetchError(f"{address}: is larger than the declared limit of {max_bytes} bytes")


def _copy(address: str, response: httpx.Response, into: Path, max_bytes: int, deadline: float) -> int:
    written = 0
    with into.open("wb") as file:
        # no chunk size: it would gather bytes until it has so many, and a server that trickles would never be timed
        for chunk in response.iter_raw():
            written += len(chunk)
            if written > max_bytes:
                raise FetchError(f"{address}: is larger than the declared limit of {max_bytes} bytes")
            if time.monotonic() > deadline:
                raise _Transient(f"{address}: took longer than the declared time")
            file.write(chunk)
    return written


def _check_length(address: str, response: httpx.Response, written: int) -> None:
    declared = response.headers.get("content-length")
    if declared is not None and int(declared) != written:
        raise _Transient(f"{address}: {written} bytes came, {declared} were announced")
