"""The HTTP connector resumes what was cut, and takes what may be absent for what it is."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from lakehouse.errors import FetchError
from lakehouse.ingest.connectors import fetch_all, full_address
from lakehouse.ingest.connectors.http import ATTEMPTS
from lakehouse.spec.fetch import Http
from tests.support.loopback import Feeds, answer, routes
from tests.unit.ingest.test_connectors_http import BODY, get


class Edition:
    """A file that is served with ranges, cut after some bytes in its first answers."""

    def __init__(self, body: bytes, etag: str, *cuts: int) -> None:
        self.body, self.etag, self.cuts = body, etag, list(cuts)

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        begin, status = 0, 200
        if "Range" in request.headers and request.headers["If-Range"] == self.etag:
            begin, status = int(request.headers["Range"].removeprefix("bytes=").removesuffix("-")), 206
        rest = self.body[begin:]
        sent = rest[: self.cuts.pop(0)] if self.cuts else rest
        told = {"Content_Range": f"bytes {begin}-{len(self.body) - 1}/{len(self.body)}"} if status == 206 else {}
        answer(status, sent, len(rest), ETag=self.etag, **told)(request)


def ranges(feeds: Feeds) -> list[str | None]:
    return [request.get("Range") for request in feeds.requests]


def test_a_cut_file_is_resumed_where_it_was_cut(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(Edition(BODY, '"1"', 5, 4))
    assert get(feeds, tmp_path / "a", etag='"0"')
    assert (tmp_path / "a").read_bytes() == BODY
    assert ranges(feeds) == [None, "bytes=5-", "bytes=9-"]
    assert [request.get("If-None-Match") for request in feeds.requests] == ['"0"', None, None]
    assert [request.get("If-Range") for request in feeds.requests] == [None, '"1"', '"1"']


def test_a_fault_between_the_parts_does_not_lose_them(feeds: Feeds, tmp_path: Path) -> None:
    edition = Edition(BODY, '"1"', 5)
    feeds.answers(edition, answer(503), edition)
    assert get(feeds, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == BODY
    assert ranges(feeds) == [None, "bytes=5-", "bytes=5-"]


@pytest.mark.parametrize("etag", ['W/"1"', None])
def test_without_a_strong_entity_tag_a_cut_file_is_started_again(
    etag: str | None, feeds: Feeds, tmp_path: Path
) -> None:
    tags = {"ETag": etag} if etag else {}
    feeds.answers(answer(body=BODY[:5], length=len(BODY), **tags), answer(body=BODY, **tags))
    assert get(feeds, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == BODY
    assert ranges(feeds) == [None, None]


def test_an_edition_that_changes_between_the_parts_is_started_again(feeds: Feeds, tmp_path: Path) -> None:
    new = BODY.replace(b"12", b"99")
    feeds.answers(Edition(BODY, '"1"', 5), Edition(new, '"2"', 9), Edition(new, '"2"'))
    found = get(feeds, tmp_path / "a")
    assert found and found.etag == '"2"'
    assert (tmp_path / "a").read_bytes() == new
    assert ranges(feeds) == [None, "bytes=5-", "bytes=9-"]


@pytest.mark.parametrize(
    "told",
    [
        {"ETag": '"2"', "Content_Range": f"bytes 5-{len(BODY) - 1}/{len(BODY)}"},
        {"Content_Range": f"bytes 5-{len(BODY) - 1}/{len(BODY)}"},
        {"ETag": '"1"', "Content_Range": f"bytes 4-{len(BODY) - 1}/{len(BODY)}"},
        {"ETag": '"1"', "Content_Range": f"bytes 5-{len(BODY)}/{len(BODY) + 1}"},
        {"ETag": '"1"', "Content_Range": f"bytes 5-9/{len(BODY)}"},
        {"ETag": '"1"', "Content_Range": f"bytes 5-{len(BODY) - 1}/*"},
        {"ETag": '"1"'},
    ],
    ids=["other tag", "no tag", "other begin", "other total", "less than the rest", "unknown total", "no range"],
)
def test_a_part_that_does_not_fit_is_never_glued(told: dict[str, str], feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(Edition(BODY, '"1"', 5), answer(206, b"?" * (len(BODY) - 5), **told), Edition(BODY, '"1"'))
    assert get(feeds, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == BODY
    assert ranges(feeds) == [None, "bytes=5-", None]


def test_a_server_that_cannot_resume_is_asked_for_the_whole(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(Edition(BODY, '"1"', 5), answer(416), Edition(BODY, '"1"'))
    assert get(feeds, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == BODY
    assert ranges(feeds) == [None, "bytes=5-", None]


def test_a_tag_that_changes_with_every_answer_still_ends(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(*(Edition(BODY, f'"{number}"', 5) for number in range(ATTEMPTS)))
    with pytest.raises(FetchError, match="a.csv: "):
        get(feeds, tmp_path / "a")
    assert len(feeds.requests) == ATTEMPTS


def test_a_resumed_file_keeps_to_the_limit(feeds: Feeds, tmp_path: Path) -> None:
    def endless(request: BaseHTTPRequestHandler) -> None:
        request.send_response(206)
        request.send_header("ETag", '"1"')
        request.send_header("Content-Range", f"bytes 5-{len(BODY) - 1}/{len(BODY)}")
        request.end_headers()
        while True:
            request.wfile.write(b"x" * 1000)

    feeds.answers(Edition(BODY, '"1"', 5), endless)
    with pytest.raises(FetchError, match="larger than the declared limit of 100 bytes"):
        get(feeds, tmp_path / "a", max_bytes=100)


@pytest.mark.parametrize(
    ("base", "file", "address"),
    [
        ("http://h/feeds", "a/b%20c.csv", "http://h/feeds/a/b%20c.csv"),
        ("http://h/feeds/", "a.csv", "http://h/feeds/a.csv"),
        ("http://h", "https://other/a.csv", "https://other/a.csv"),
    ],
)
def test_addresses_are_relative_to_the_base_or_absolute(base: str, file: str, address: str) -> None:
    assert full_address(base, file) == address


@pytest.mark.parametrize("status", [404, 410])
def test_a_file_that_may_be_absent_stops_no_other(status: int, feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(routes({"/1.csv": answer(body=BODY), "/2.csv": answer(status), "/3.csv": answer(body=BODY)}))
    declared = Http(connector="http", files=["1.csv", "2.csv", "3.csv"], max_bytes=1000, may_be_absent=True)
    fetched = list(fetch_all(declared, feeds.base, tmp_path, {}))
    assert [found and found.file for found in fetched] == ["1.csv", None, "3.csv"]


def test_only_a_missing_file_may_be_absent_and_only_if_declared(feeds: Feeds, tmp_path: Path) -> None:
    for number, (status, may) in enumerate([(404, False), (403, True)]):
        feeds.answers(answer(status))
        declared = Http(connector="http", files=["1.csv"], max_bytes=1000, may_be_absent=may)
        (tmp_path / str(number)).mkdir()
        with pytest.raises(FetchError, match=f"the server answered {status}"):
            list(fetch_all(declared, feeds.base, tmp_path / str(number), {}))


def test_an_archive_of_which_no_file_is_left_is_an_error(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(404))
    declared = Http(connector="http", files=["1.csv", "2.csv"], max_bytes=1000, may_be_absent=True)
    with pytest.raises(FetchError, match=r"none of the 2 declared files is there, such as .*/1\.csv"):
        list(fetch_all(declared, feeds.base, tmp_path, {}))
