"""One file over HTTP: conditional, resumed after a cut, with retries, and never more bytes or seconds than declared."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path

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
from lakehouse.ingest.connectors.guard import Guard, Network, parse, without_user
from lakehouse.ingest.connectors.sending import Sending, origin
from lakehouse.ingest.connectors.transfer import FAULTS, Part, Transient, check_status, receive

ATTEMPTS = 4
MAX_REDIRECTS = 5
# of one read or write; the declared time holds for all of them
SILENCE_S = 30.0
REDIRECTS = {301, 302, 303, 307, 308}

sleep = time.sleep
# its debug messages quote the headers of answers, where a server may send back what it was sent
logging.getLogger("httpcore").setLevel(logging.INFO)


@dataclass(frozen=True)
class Answer:
    """One answer: where its bytes are, and what the server said of them.

    `address` is where they came from, after redirects. `link` is the header of that name.
    """

    path: Path
    address: str
    content_type: str
    etag: str | None
    last_modified: str | None
    link: str = ""


class Client:
    """Asks declared hosts; sends the credentials of one origin to that origin only."""

    def __init__(self, guard: Guard, address: str, sending: Sending | None = None) -> None:
        """Makes a client for an address.

        Args:
            guard: hosts that may be asked.
            address: its origin gets the secret, or else the user and password that the address holds.
            sending: what the requests hold.
        """
        url = parse(address)
        self.guard = guard
        self._origin = origin(url)
        self._sending = sending or Sending()
        self._credentials = self._sending.credentials(url.userinfo)

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
        # what a POST answers has no edition of its own that could be named
        conditions = conditions if self._sending.method == "GET" else {}
        headers = {name: value for name, value in conditions.items() if value}
        stop = stop_after_attempt(ATTEMPTS)
        attempts = Retrying(
            retry=retry_if_exception_type(Transient),
            stop=stop if total_s is None else stop_any(stop, stop_before_delay(total_s)),
            wait=_wait,
            sleep=lambda seconds: sleep(seconds),
            reraise=True,
        )
        url = without_user(parse(address))
        return attempts(self._attempt, url, into, headers, Part(), max_bytes, timeout_s)

    def _attempt(
        self, url: httpx.URL, into: Path, headers: dict[str, str], part: Part, max_bytes: int, timeout_s: float
    ) -> Answer | None:
        deadline = time.monotonic() + timeout_s
        try:
            with httpcore.ConnectionPool(
                # a connection that is kept could hold bytes beyond the announced length of the answer before
                max_keepalive_connections=0,
                network_backend=Network(self.guard, deadline),
            ) as pool:
                return self._ask(pool, url, into, headers, part, max_bytes)
        except FAULTS as error:
            late = time.monotonic() >= deadline
            why = "took longer than the declared time" if late else f"{type(error).__name__}: {error}"
            raise Transient(f"{url}: {why}") from error

    def _ask(
        self,
        pool: httpcore.ConnectionPool,
        url: httpx.URL,
        into: Path,
        headers: dict[str, str],
        part: Part,
        max_bytes: int,
    ) -> Answer | None:
        declared, method, body = url, self._sending.method, self._sending.body
        if method == "POST":
            part.forget()
        for _ in range(MAX_REDIRECTS + 1):
            self.guard.check(url)
            url, target, credentials = self._for(url)
            sent = httpx.Headers({"Accept": "*/*", "Accept-Encoding": "identity"})
            sent.update(self._sending.headers)
            sent.update(credentials)
            sent.update({"Range": f"bytes={part.size}-", "If-Range": str(part.etag)} if part.resumable else headers)
            with pool.stream(
                method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=target),
                headers=sent.raw,
                content=body or b"" if method == "POST" else None,
                extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), SILENCE_S)},
            ) as response:
                said = httpx.Headers(response.headers)
                if response.status in REDIRECTS and "location" in said:
                    url = self.guard.follow(url, said["location"])
                    # "see other" is the answer to a POST that was taken; all else asks for the same elsewhere
                    method = "GET" if response.status == httpx.codes.SEE_OTHER else method
                    continue
                if response.status == httpx.codes.NOT_MODIFIED and not part.resumable and headers:
                    return None
                check_status(url, response, said, part)
                receive(url, response, said, part, into, max_bytes)
                return Answer(
                    path=into,
                    address=str(url),
                    content_type=said.get("content-type", "application/octet-stream"),
                    etag=_ascii(said.get("etag")),
                    last_modified=_ascii(said.get("last-modified")),
                    link=said.get("link", ""),
                )
        raise FetchError(f"{declared}: is redirected more than {MAX_REDIRECTS} times, at last to {url}")

    def _for(self, url: httpx.URL) -> tuple[httpx.URL, bytes, dict[str, str]]:
        """The address as it may be shown, what is asked for there, and the credentials that it gets."""
        if origin(url) != self._origin:
            self._sending.check_elsewhere(url)
            return url, url.raw_path, {}
        url = self._sending.clean(url)
        return url, self._sending.target(url), self._credentials


def _ascii(validator: str | None) -> str | None:
    """A validator that can be sent back; with other letters no header takes it, and the file is fetched as new."""
    return validator if validator is None or validator.isascii() else None


_backoff = wait_exponential_jitter(multiplier=0.5, max=10)


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    named = error.wait_s if isinstance(error, Transient) else None
    return max(named or 0.0, _backoff(state))
