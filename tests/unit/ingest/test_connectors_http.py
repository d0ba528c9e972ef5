"""The HTTP connector against a real server that fails in every way that servers do."""

from __future__ import annotations

import datetime as dt
import socket
import time
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from lakehouse.errors import FetchError
from lakehouse.ingest.connectors.guard import Guard
from lakehouse.ingest.connectors.http import ATTEMPTS, MAX_REDIRECTS, Answer, Client
from lakehouse.ingest.connectors.transfer import MAX_RETRY_AFTER_S
from tests.support.loopback import Feeds, answer

BODY = "Baum;Höhe\n1;12,5\n".encode()


def get(
    feeds: Feeds,
    into: Path,
    *,
    max_bytes: int = 1000,
    timeout_s: float = 5,
    etag: str | None = None,
    last_modified: str | None = None,
) -> Answer | None:
    address = f"{feeds.base}/a.csv"
    client = Client(Guard.of(feeds.base, []), address)
    return client.get(address, into, max_bytes=max_bytes, timeout_s=timeout_s, etag=etag, last_modified=last_modified)


def test_bytes_arrive_unchanged_with_what_the_server_said(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(body=BODY, ETag='"1"', Last_Modified="Sat, 02 Jan 2021 00:00:00 GMT", Content_Type="text/csv"))
    found = get(feeds, tmp_path / "a")
    assert found == Answer(
        path=tmp_path / "a",
        address=f"{feeds.base}/a.csv",
        content_type="text/csv",
        etag='"1"',
        last_modified="Sat, 02 Jan 2021 00:00:00 GMT",
    )
    assert (tmp_path / "a").read_bytes() == BODY
    (request,) = feeds.requests
    assert "If-None-Match" not in request and "If-Modified-Since" not in request
    assert request["Accept-Encoding"] == "identity", "a compressed answer would not be the publisher's bytes"


def test_an_unchanged_file_is_not_sent_again(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(304, length=None))
    assert get(feeds, tmp_path / "a", etag='"1"', last_modified="Sat, 02 Jan 2021 00:00:00 GMT") is None
    assert not (tmp_path / "a").exists()
    (request,) = feeds.requests
    assert request["If-None-Match"] == '"1"'
    assert request["If-Modified-Since"] == "Sat, 02 Jan 2021 00:00:00 GMT"


@pytest.mark.parametrize("known", ["etag", "last_modified"])
def test_only_the_condition_that_is_known_is_sent(known: str, feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(304, length=None))
    assert get(feeds, tmp_path / "a", **{known: "x"}) is None
    sent = {"If-None-Match", "If-Modified-Since"} & set(feeds.requests[0])
    assert sent == {{"etag": "If-None-Match", "last_modified": "If-Modified-Since"}[known]}


def test_an_announced_size_above_the_limit_is_refused_at_once(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(body=BODY))
    with pytest.raises(FetchError, match=f"larger than the declared limit of {len(BODY) - 1} bytes"):
        get(feeds, tmp_path / "a", max_bytes=len(BODY) - 1)
    assert not (tmp_path / "a").exists()
    assert len(feeds.requests) == 1, "the next attempt would be as large"
    assert get(feeds, tmp_path / "a", max_bytes=len(BODY)), "the limit itself is allowed"


def test_an_endless_answer_is_stopped_at_the_limit(feeds: Feeds, tmp_path: Path) -> None:
    def endless(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        while True:
            request.wfile.write(b"x" * 1000)

    feeds.answers(endless)
    with pytest.raises(FetchError, match="larger than the declared limit of 5000 bytes"):
        get(feeds, tmp_path / "a", max_bytes=5000)
    assert (tmp_path / "a").stat().st_size <= 5000
    assert len(feeds.requests) == 1


def test_a_cut_body_is_fetched_again(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(body=BODY[:5], length=len(BODY)), answer(body=BODY))
    assert get(feeds, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == BODY
    assert len(feeds.requests) == 2


def test_a_body_that_is_always_cut_is_an_error(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(body=BODY[:5], length=len(BODY)))
    with pytest.raises(FetchError, match="a.csv: "):
        get(feeds, tmp_path / "a")
    assert len(feeds.requests) == ATTEMPTS


def test_a_cut_chunk_is_fetched_again(feeds: Feeds, tmp_path: Path) -> None:
    def cut(request: BaseHTTPRequestHandler) -> None:
        request.protocol_version = "HTTP/1.1"
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        request.wfile.write(b"5\r\nBaum;\r\n")

    feeds.answers(cut, answer(body=BODY))
    assert get(feeds, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == BODY


def test_more_bytes_than_announced_are_not_taken(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(body=BODY + b"more", length=len(BODY)))
    assert get(feeds, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == BODY


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_passing_fault_is_tried_again(status: int, feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(status, b"sorry"), answer(status, b"sorry"), answer(body=BODY))
    assert get(feeds, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == BODY
    assert len(feeds.requests) == 3


def test_a_fault_that_stays_is_named_after_all_attempts(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(500))
    with pytest.raises(FetchError, match="/a.csv: the server answered 500"):
        get(feeds, tmp_path / "a")
    assert len(feeds.requests) == ATTEMPTS


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 204, 206])
def test_an_answer_that_will_not_change_is_an_error_at_once(status: int, feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(status))
    with pytest.raises(FetchError, match=f"the server answered {status}"):
        get(feeds, tmp_path / "a")
    assert len(feeds.requests) == 1
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_within_the_host_is_followed(status: int, feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(status, Location="/b.csv"), answer(304, length=None))
    assert get(feeds, tmp_path / "a", etag='"1"') is None
    assert feeds.paths == ["/a.csv", "/b.csv"]
    assert [request["If-None-Match"] for request in feeds.requests] == ['"1"', '"1"']
    feeds.answers(answer(status, Location=f"{feeds.base}/c/d.csv"), answer(body=BODY))
    found = get(feeds, tmp_path / "a")
    assert found and found.address == f"{feeds.base}/c/d.csv"


def test_a_redirect_loop_ends(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(302, Location="/a.csv"))
    with pytest.raises(FetchError, match=f"a.csv: is redirected more than {MAX_REDIRECTS} times"):
        get(feeds, tmp_path / "a")
    assert len(feeds.requests) == MAX_REDIRECTS + 1


def test_a_redirect_to_nowhere_is_an_error(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(302))
    with pytest.raises(FetchError, match="the server answered 302"):
        get(feeds, tmp_path / "a")


def test_an_unchanged_answer_that_nobody_asked_for_is_an_error(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(304, length=None))
    with pytest.raises(FetchError, match="the server answered 304"):
        get(feeds, tmp_path / "a")


def test_a_server_that_says_nothing_runs_into_the_declared_time(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(lambda _: time.sleep(1.5), answer(body=BODY))
    begun = time.monotonic()
    assert get(feeds, tmp_path / "a", timeout_s=0.3), "the second attempt has time of its own"
    assert time.monotonic() - begun < 1.2


def trickle_body(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "40")
    request.end_headers()
    for _ in range(40):
        request.wfile.write(b"x")
        time.sleep(0.1)


def trickle_header(request: BaseHTTPRequestHandler) -> None:
    for _ in range(40):
        request.wfile.write(b"HTTP/1.0 200 OK"[:1])
        time.sleep(0.1)


@pytest.mark.parametrize("trickle", [trickle_body, trickle_header])
def test_a_server_that_trickles_runs_into_the_declared_time(
    trickle: Any, feeds: Feeds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # each byte comes within the time, all of them together do not
    monkeypatch.setattr("lakehouse.ingest.connectors.http.ATTEMPTS", 1)
    feeds.answers(trickle)
    begun = time.monotonic()
    with pytest.raises(FetchError, match="took longer than the declared time"):
        get(feeds, tmp_path / "a", timeout_s=0.4)
    assert time.monotonic() - begun < 2


def test_nobody_listens(tmp_path: Path, feeds: Feeds) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        feeds.base = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(FetchError, match="ConnectError"):
        get(feeds, tmp_path / "a")


def test_a_connection_that_ends_without_an_answer_is_tried_again(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(lambda _: None, answer(body=BODY))
    assert get(feeds, tmp_path / "a")
    assert len(feeds.requests) == 2


def test_retries_wait_longer_each_time(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(503))
    with pytest.raises(FetchError):
        get(feeds, tmp_path / "a")
    assert len(feeds.waits) == ATTEMPTS - 1
    assert all(least <= wait <= least + 1 for wait, least in zip(feeds.waits, (0.5, 1, 2), strict=True))


@pytest.mark.parametrize("status", [429, 503])
def test_the_server_says_how_long_to_wait(status: int, feeds: Feeds, tmp_path: Path) -> None:
    soon = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=90), usegmt=True)
    feeds.answers(
        answer(status, Retry_After="17"), answer(status, Retry_After=soon), answer(status, Retry_After="soon"),
        answer(body=BODY),
    )  # fmt: skip
    assert get(feeds, tmp_path / "a")
    assert feeds.waits[0] == 17
    assert 85 < feeds.waits[1] <= 90
    assert feeds.waits[2] < 10, "what says nothing is waited for as ever"


def test_a_server_that_asks_for_too_much_patience_is_left_to_the_next_run(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(429, Retry_After=str(int(MAX_RETRY_AFTER_S) + 1)), answer(body=BODY))
    with pytest.raises(FetchError, match="answered 429 and asks for 121 seconds of patience"):
        get(feeds, tmp_path / "a")
    assert len(feeds.requests) == 1 and feeds.waits == []
