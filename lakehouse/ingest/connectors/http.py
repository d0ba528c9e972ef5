"""One file over HTTP: conditional, resumed after a cut, with retries, and never more bytes or seconds than declared."""

from __future__ import annotations

import base64
import datetime as dt
import logging
import re
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import unquote

import httpcore
import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_any,
    stop_before_delay,
    wait_exponential_jitter,
)

from lakehouse.errors import FetchError
from lakehouse.ingest.connectors.guard import Guard, Network, host_port, parse, without_user

ATTEMPTS = 4
MAX_REDIRECTS = 5
# a server that asks for more patience than this is asked again by the next run
MAX_RETRY_AFTER_S = 120.0
# of one read or write; the declared time holds for all of them
SILENCE_S = 30.0
MAX_REASON_BYTES = 64 * 1024
REDIRECTS = {301, 302, 303, 307, 308}
RETRIED = {408, 425, 429, 500, 502, 503, 504}
CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")

sleep = time.sleep
# its debug messages quote the headers of answers, where a server may send back what it was sent
logging.getLogger("httpcore").setLevel(logging.INFO)


@dataclass(frozen=True)
class Answer:
    """One answer: where its bytes are, and what the server said of them.

    `address` is where they came from, after redirects.
    """

    path: Path
    address: str
    content_type: str
    etag: str | None
    last_modified: str | None


class TooLarge(FetchError):
    """More bytes than declared."""


class Refused(FetchError):
    """The server answered with a status that will not change; `body` is the beginning of what it said."""

    def __init__(self, message: str, status: int, body: bytes) -> None:
        """Keeps the status, and the body, which may hold the reason."""
        super().__init__(message)
        self.status = status
        self.body = body


class _Transient(FetchError):
    """Another attempt may help, after so many seconds if the server named them."""

    def __init__(self, message: str, wait_s: float | None = None) -> None:
        super().__init__(message)
        self.wait_s = wait_s


@dataclass
class _Part:
    """What the attempts before have brought; it can be resumed only under a strong entity tag."""

    etag: str | None = None
    size: int = 0
    total: int | None = None

    @property
    def resumable(self) -> bool:
        return self.etag is not None and self.size > 0

    def forget(self) -> None:
        self.etag, self.size, self.total = None, 0, None


class Client:
    """Asks declared hosts; sends the credentials of one origin to that origin only."""

    def __init__(self, guard: Guard, address: str, secret: str | None = None, accept: str = "*/*") -> None:
        """Makes a client for an address.

        Args:
            guard: hosts that may be asked.
            address: its origin gets the secret, or else the user and password that the address holds.
            secret: bearer token.
            accept: media types for servers that have several.
        """
        url = parse(address)
        self.guard = guard
        self._origin = (url.scheme, host_port(url))
        self._authorization = _authorization(url, secret)
        self._accept = accept

    def get(
        self,
        address: str,
        into: Path,
        *,
        max_bytes: int,
        timeout_s: float,
        total_s: float | None = None,
        etag: str | None = None,
        last_modified: str | None = None,
    ) -> Answer | None:
        """Fetches an address into a file, or returns None when the server says that nothing changed (304).

        Args:
            address: http or https address at a declared host; user and password in it are not sent.
            into: file to write.
            max_bytes: more than this is an error.
            timeout_s: seconds for one attempt as a whole.
            total_s: seconds after which no further attempt begins.
            etag: entity tag of the last delivery.
            last_modified: Last-Modified of the last delivery.

        Raises:
            TooLarge: more bytes than allowed.
            Refused: the server answered with a status that will not change.
            FetchError: an undeclared host, too slow, cut off, or still failing after all attempts.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in conditions.items() if value}
        stop = stop_after_attempt(ATTEMPTS)
        attempts = Retrying(
            retry=retry_if_exception_type(_Transient),
            stop=stop if total_s is None else stop_any(stop, stop_before_delay(total_s)),
            wait=_wait,
            sleep=lambda seconds: sleep(seconds),
            reraise=True,
        )
        url = without_user(parse(address))
        return attempts(self._attempt, url, into, headers, _Part(), max_bytes, timeout_s)

    def _attempt(
        self, url: httpx.URL, into: Path, headers: dict[str, str], part: _Part, max_bytes: int, timeout_s: float
    ) -> Answer | None:
        deadline = time.monotonic() + timeout_s
        try:
            with httpcore.ConnectionPool(
                # a connection that is kept could hold bytes beyond the announced length of the answer before
                max_keepalive_connections=0,
                network_backend=Network(self.guard, deadline),
            ) as pool:
                return self._ask(pool, url, into, headers, part, max_bytes)
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
            late = time.monotonic() >= deadline
            why = "took longer than the declared time" if late else f"{type(error).__name__}: {error}"
            raise _Transient(f"{url}: {why}") from error

    def _ask(
        self,
        pool: httpcore.ConnectionPool,
        url: httpx.URL,
        into: Path,
        headers: dict[str, str],
        part: _Part,
        max_bytes: int,
    ) -> Answer | None:
        declared = url
        for _ in range(MAX_REDIRECTS + 1):
            self.guard.check(url)
            sent = {"Accept": self._accept, "Accept-Encoding": "identity", **self._credentials(url)}
            sent |= {"Range": f"bytes={part.size}-", "If-Range": str(part.etag)} if part.resumable else headers
            with pool.stream(
                "GET",
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=list(sent.items()),
                extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), SILENCE_S)},
            ) as response:
                said = httpx.Headers(response.headers)
                if response.status in REDIRECTS and "location" in said:
                    url = self.guard.follow(url, said["location"])
                    continue
                if response.status == httpx.codes.NOT_MODIFIED and not part.resumable and headers:
                    return None
                _check_status(url, response, said, part)
                _receive(url, response, said, part, into, max_bytes)
                return Answer(
                    path=into,
                    address=str(url),
                    content_type=said.get("content-type", "application/octet-stream"),
                    etag=said.get("etag"),
                    last_modified=said.get("last-modified"),
                )
        raise FetchError(f"{declared}: is redirected more than {MAX_REDIRECTS} times, at last to {url}")

    def _credentials(self, url: httpx.URL) -> dict[str, str]:
        if self._authorization is None or (url.scheme, host_port(url)) != self._origin:
            return {}
        return {"Authorization": self._authorization}


def _authorization(url: httpx.URL, secret: str | None) -> str | None:
    if secret is not None:
        return f"Bearer {secret}"
    if not url.userinfo:
        return None
    return "Basic " + base64.b64encode(unquote(url.userinfo.decode("ascii")).encode()).decode("ascii")


def _check_status(url: httpx.URL, response: httpcore.Response, said: httpx.Headers, part: _Part) -> None:
    status = response.status
    if status in RETRIED:
        wait_s = _retry_after(said.get("retry-after"))
        if wait_s is not None and wait_s > MAX_RETRY_AFTER_S:
            raise FetchError(f"{url}: the server answered {status} and asks for {wait_s:.0f} seconds of patience")
        raise _Transient(f"{url}: the server answered {status}", wait_s)
    if part.resumable and status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
        part.forget()
        raise _Transient(f"{url}: the server cannot resume the file")
    if part.resumable and status == httpx.codes.PARTIAL_CONTENT:
        found = CONTENT_RANGE.fullmatch(said.get("content-range", ""))
        first, last, total = map(int, found.groups()) if found else (-1, -1, -1)
        if said.get("etag") != part.etag or (first, last + 1) != (part.size, total) or part.total not in (None, total):
            part.forget()
            raise _Transient(f"{url}: the file changed while it was fetched")
        part.total = total
        return
    if status != httpx.codes.OK:
        raise Refused(f"{url}: the server answered {status}", status, _beginning(response))
    # the whole file, also where a part was asked for: what came before is of another edition
    etag = said.get("etag")
    part.etag = etag if etag and not etag.startswith("W/") else None
    part.size = 0
    part.total = int(said["content-length"]) if "content-length" in said else None


def _receive(
    url: httpx.URL, response: httpcore.Response, said: httpx.Headers, part: _Part, into: Path, max_bytes: int
) -> None:
    if (part.total or 0) > max_bytes:
        raise TooLarge(f"{url}: is larger than the declared limit of {max_bytes} bytes")
    with into.open("ab" if part.size else "wb") as file:
        for chunk in response.iter_stream():
            if part.size + len(chunk) > max_bytes:
                raise TooLarge(f"{url}: is larger than the declared limit of {max_bytes} bytes")
            file.write(chunk)
            part.size += len(chunk)
    if part.total is not None and part.size != part.total:
        came, part.size = part.size, 0
        raise _Transient(f"{url}: {came} bytes came, {part.total} were announced")


def _beginning(response: httpcore.Response) -> bytes:
    body = b""
    try:
        for chunk in response.iter_stream():
            body += chunk
            if len(body) >= MAX_REASON_BYTES:
                break
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
        pass  # the status is the error; this was only its reason
    return body[:MAX_REASON_BYTES]


def _retry_after(text: str | None) -> float | None:
    if text is None:
        return None
    if text.strip().isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return max(0.0, (moment - dt.datetime.now(dt.UTC)).total_seconds())


_backoff = wait_exponential_jitter(multiplier=0.5, max=10)


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    named = error.wait_s if isinstance(error, _Transient) else None
    return max(named or 0.0, _backoff(state))
