"""One answer over HTTP: what its status means, and its bytes as a file, unpacked where need be and within limits."""

from __future__ import annotations

import datetime as dt
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpcore
import httpx

from lakehouse.errors import FetchError

# a server that asks for more patience than this is asked again by the next run
MAX_RETRY_AFTER_S = 120.0
MAX_REASON_BYTES = 64 * 1024
# the last ones are of a proxy that found no server behind it
RETRIED = {408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524}
CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")
GZIP = {"gzip", "x-gzip"}
OTHER_CODINGS = {"br", "compress", "x-compress", "deflate", "zstd"}
# servers name the coding of such a file although it is the file itself that is packed
GZIP_TYPES = {"application/gzip", "application/x-gzip", "application/gzip-compressed", "application/x-gzip-compressed"}
GZIP_SUFFIXES = (".gz", ".tgz")
GZIP_WINDOW = 31
PIECE_BYTES = 64 * 1024
FAULTS = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)


def is_html(content: bytes) -> bool:
    """Whether an answer is a page for people: many servers send one where a file is missing, with status 200."""
    return content[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith((b"<!doctype html", b"<html"))


class TooLarge(FetchError):
    """More bytes than declared."""


class Refused(FetchError):
    """The server answered with a status that will not change; `body` is the beginning of what it said."""

    def __init__(self, message: str, status: int, body: bytes) -> None:
        """Keeps the status, and the body, which may hold the reason."""
        super().__init__(message)
        self.status = status
        self.body = body


class Transient(FetchError):
    """Another attempt may help, after so many seconds if the server named them."""

    def __init__(self, message: str, wait_s: float | None = None) -> None:
        """Keeps how long the server wants to be left alone."""
        super().__init__(message)
        self.wait_s = wait_s


@dataclass
class Part:
    """What the attempts before have brought; it can be resumed only under a strong entity tag."""

    etag: str | None = None
    size: int = 0
    total: int | None = None

    @property
    def resumable(self) -> bool:
        """Whether the rest can be asked for."""
        return self.etag is not None and self.size > 0

    def forget(self) -> None:
        """Begins anew."""
        self.etag, self.size, self.total = None, 0, None


def check_status(url: httpx.URL, response: httpcore.Response, said: httpx.Headers, part: Part) -> None:
    """Takes down in `part` what is about to come.

    Raises:
        Transient: another attempt may help.
        Refused: the status will not change.
        FetchError: the server wants to be left alone for too long.
    """
    status = response.status
    if status in RETRIED:
        wait_s = _retry_after(said.get("retry-after"))
        if wait_s is not None and wait_s > MAX_RETRY_AFTER_S:
            raise FetchError(f"{url}: the server answered {status} and asks for {wait_s:.0f} seconds of patience")
        raise Transient(f"{url}: the server answered {status}", wait_s)
    if part.resumable and status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
        part.forget()
        raise Transient(f"{url}: the server cannot resume the file")
    if part.resumable and status == httpx.codes.PARTIAL_CONTENT:
        found = CONTENT_RANGE.fullmatch(said.get("content-range", ""))
        first, last, total = map(int, found.groups()) if found else (-1, -1, -1)
        fits = said.get("etag") == part.etag and (first, last + 1) == (part.size, total)
        if not fits or part.total not in (None, total) or _codings(said):
            part.forget()
            raise Transient(f"{url}: the file changed while it was fetched")
        part.total = total
        return
    if status == httpx.codes.PARTIAL_CONTENT:
        raise Refused(f"{url}: the server answered 206, a part that nobody asked for", status, b"")
    if status != httpx.codes.OK:
        raise Refused(f"{url}: the server answered {status}", status, _beginning(response, said))
    # the whole file, also where a part was asked for: what came before is of another edition
    etag = said.get("etag")
    part.etag = etag if etag and not etag.startswith("W/") else None
    part.size = 0
    part.total = int(said["content-length"]) if "content-length" in said else None


def receive(
    url: httpx.URL, response: httpcore.Response, said: httpx.Headers, part: Part, into: Path, max_bytes: int
) -> None:
    """Writes the body into a file, behind what came before.

    Raises:
        TooLarge: more bytes than allowed, as they come or unpacked.
        Transient: they were cut off.
        FetchError: they are packed in a way that was not asked for.
    """
    if (part.total or 0) > max_bytes:
        raise _too_large(url, max_bytes)
    packed = _is_packed(url, said)
    if packed:
        # a part of it could not be resumed: the bytes of the file are not those that were sent
        part.etag = None
    came = part.size
    unpack = _Gunzip(url)
    with into.open("ab" if part.size else "wb") as file:
        for chunk in response.iter_stream():
            came += len(chunk)
            for piece in unpack(chunk) if packed else (chunk,):
                if max(came, part.size + len(piece)) > max_bytes:
                    raise _too_large(url, max_bytes)
                file.write(piece)
                part.size += len(piece)
    if part.total is not None and came != part.total:
        part.size = 0
        raise Transient(f"{url}: {came} bytes came, {part.total} were announced")
    if packed and came and not unpack.complete:
        raise Transient(f"{url}: the packed answer was cut off")


class _Gunzip:
    """Unpacks gzip in small pieces, so that a bomb is noticed before it bursts."""

    def __init__(self, url: httpx.URL) -> None:
        self._url = url
        self._inflate = zlib.decompressobj(GZIP_WINDOW)

    @property
    def complete(self) -> bool:
        return self._inflate.eof

    def __call__(self, chunk: bytes) -> Iterator[bytes]:
        while chunk:
            if self._inflate.eof:
                # another member may follow, or padding
                chunk = chunk.lstrip(b"\0")
                if not chunk:
                    return
                self._inflate = zlib.decompressobj(GZIP_WINDOW)
            try:
                yield self._inflate.decompress(chunk, PIECE_BYTES)
            except zlib.error as error:
                raise Transient(f"{self._url}: is not valid gzip, although the server says so: {error}") from None
            chunk = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail


def _codings(said: httpx.Headers) -> list[str]:
    named = (coding.strip().lower() for coding in said.get("content-encoding", "").split(","))
    return [coding for coding in named if coding in GZIP | OTHER_CODINGS]


def _is_packed(url: httpx.URL, said: httpx.Headers) -> bool:
    codings = _codings(said)
    if not codings:
        return False
    kind = said.get("content-type", "").partition(";")[0].strip().lower()
    if kind in GZIP_TYPES or url.path.lower().endswith(GZIP_SUFFIXES):
        return False
    if len(codings) > 1 or codings[0] not in GZIP:
        raise FetchError(f"{url}: is packed by {', '.join(codings)}, which was not asked for")
    return True


def _too_large(url: httpx.URL, max_bytes: int) -> TooLarge:
    return TooLarge(f"{url}: is larger than the declared limit of {max_bytes} bytes")


def _beginning(response: httpcore.Response, said: httpx.Headers) -> bytes:
    body = b""
    try:
        for chunk in response.iter_stream():
            body += chunk
            if len(body) >= MAX_REASON_BYTES:
                break
    except FAULTS:
        pass  # the status is the error; this was only its reason
    if _codings(said):
        try:
            body = zlib.decompressobj(GZIP_WINDOW).decompress(body, MAX_REASON_BYTES)
        except zlib.error:
            return b""
    return body[:MAX_REASON_BYTES]


def _retry_after(text: str | None) -> float | None:
    if text is None:
        return None
    if text.strip().isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return max(0.0, (moment - dt.datetime.now(dt.UTC)).total_seconds())
