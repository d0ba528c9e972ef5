"""What is sent: who asks, declared headers and bodies, and a key that only its own host ever sees."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from lakehouse import names
from lakehouse.errors import FetchError
from lakehouse.ingest import landing
from lakehouse.ingest.connectors import Fetched, fetch_all
from lakehouse.settings import CONTACT
from lakehouse.spec.fetch import Http
from tests.support import example
from tests.support.feed import land
from tests.support.loopback import Feeds, answer, routes
from tests.support.memory import MemoryStore
from tests.support.paged import OPARL, members
from tests.support.paged import fetch as fetch_list

KEY = "k3y+of/the=feed"
QUOTED = "k3y%2Bof%2Fthe%3Dfeed"
HEADER = {"secret": "PORTAL", "secret_header": "X-Api-Key"}
PARAMETER = {"secret": "PORTAL", "secret_parameter": "apikey"}


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTVEST_SECRET_PORTAL", KEY)
    monkeypatch.setattr("lakehouse.ingest.connectors.guard._is_public", lambda _: True)


def fetch(feeds: Feeds, folder: Path, **changes: Any) -> Fetched | None:
    spec = Http.model_validate({"connector": "http", "files": ["a.csv"], "max_bytes": 1000, "timeout_s": 5, **changes})
    (fetched,) = fetch_all(spec, feeds.base, folder, {})
    return fetched


def picky(request: Any) -> None:
    answer(*((200, b"x") if request.headers["User-Agent"] else (403,)))(request)


def test_every_request_names_the_project_and_a_contact(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(picky)
    assert fetch(feeds, tmp_path)
    assert feeds.requests[0]["User-Agent"] == f"SmartVest-lakehouse (+{CONTACT})"


def test_the_contact_is_that_of_the_operator(store: MemoryStore, feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(301, Location="/b"), answer(body=b"Baum,Art\n1,Eiche\n"))
    landing.land(store, example.source(tmp_path), feeds.base, "run", [], "https://town.example/data")
    assert {request["User-Agent"] for request in feeds.requests} == {"SmartVest-lakehouse (+https://town.example/data)"}


def test_declared_headers_are_sent_and_replace_those_of_the_connector(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(body=b"x"))
    fetch(feeds, tmp_path, headers={"accept": "text/csv", "Accept-Language": "de", "X-Mandant": "5562"})
    (request,) = feeds.requests
    sent = {name.lower(): value for name, value in request.items()}
    assert (sent["accept"], sent["accept-language"], sent["x-mandant"]) == ("text/csv", "de", "5562")
    assert sent["accept-encoding"] == "identity"


def test_a_key_is_sent_in_the_declared_header(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(302, Location="/b"), answer(body=b"x"))
    assert fetch(feeds, tmp_path, **HEADER)
    assert [request["X-Api-Key"] for request in feeds.requests] == [KEY] * 2
    assert all("Authorization" not in request for request in feeds.requests)


@pytest.mark.parametrize(
    ("file", "asked"), [("a.csv", f"/a.csv?apikey={QUOTED}"), ("a?x=1%2F2", f"/a?x=1%2F2&apikey={QUOTED}")]
)
def test_a_key_is_sent_in_the_declared_parameter(file: str, asked: str, feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(body=b"x"))
    fetched = fetch(feeds, tmp_path, files=[file], **PARAMETER)
    assert feeds.paths == [asked]
    assert fetched and fetched.address == f"{feeds.base}/{file}"
    assert all("Authorization" not in request for request in feeds.requests)


@pytest.mark.parametrize("place", [{"secret": "PORTAL"}, HEADER, PARAMETER])
def test_a_key_goes_to_no_other_host(place: dict[str, str], feeds: Feeds, other: Feeds, tmp_path: Path) -> None:
    spec = {**place, "hosts": [f"127.0.0.1:{other.port}"]}
    feeds.answers(answer(307, Location=f"{other.base}/b?x=1"))
    other.answers(answer(body=b"x"))
    assert fetch(feeds, tmp_path, **spec)
    assert KEY in str(feeds.requests) or QUOTED in str(feeds.requests)
    assert KEY not in str(other.requests) and QUOTED not in str(other.requests)


@pytest.mark.parametrize("place", [{"secret": "PORTAL"}, HEADER, PARAMETER])
@pytest.mark.parametrize("sent_back", [KEY, QUOTED, QUOTED.lower(), "k3y%2Bof/the%3dfeed"])
def test_a_server_cannot_send_the_key_on_to_another_host(
    sent_back: str, place: dict[str, str], feeds: Feeds, other: Feeds, tmp_path: Path
) -> None:
    spec = {**place, "hosts": [f"127.0.0.1:{other.port}"]}
    feeds.answers(answer(307, Location=f"{other.base}/b?apikey={sent_back}"))
    with pytest.raises(FetchError, match=r"apikey=\*\*\*: leads to another host with the secret") as caught:
        fetch(feeds, tmp_path, **spec)
    assert other.requests == [] and KEY not in str(caught.value) and QUOTED not in str(caught.value)


def test_a_key_that_comes_back_in_a_link_is_sent_once(feeds: Feeds, tmp_path: Path) -> None:
    following = f"/oparl/body/1/paper?apikey={QUOTED}&page=2"
    asked = [f"/oparl/body/1/paper?apikey={QUOTED}", f"/oparl/body/1/paper?page=2&apikey={QUOTED}"]
    feeds.answers(routes({asked[0]: {"data": [1], "links": {"next": following}}, asked[1]: {"data": [2]}}))
    assert len(members(fetch_list(feeds, tmp_path, {**OPARL, **PARAMETER}))) == 2
    assert feeds.paths == asked


@pytest.mark.parametrize("place", [{"secret": "PORTAL"}, HEADER, PARAMETER])
def test_a_key_is_in_no_receipt_error_or_log(
    place: dict[str, str], feeds: Feeds, store: MemoryStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    source = example.source(tmp_path, fetch={"connector": "http", "files": ["a.csv"], "max_bytes": 1000, **place})
    feeds.answers(answer(302, Location=f"/b.csv?apikey={QUOTED}"), answer(body=b"Baum,Art\n1,Eiche\n", ETag='"1"'))
    (landed,) = land(store, source, feeds.base, "run-1")
    assert landed.address == f"{feeds.base}/a.csv"
    stored = b"".join(body for (bucket, _), body in store.objects.items() if bucket == names.RAW)
    assert KEY.encode() not in stored and QUOTED.encode() not in stored
    said = [caplog.text]
    for script in (
        [answer(404)],
        [answer(302, Location=f"http://a/?k={KEY}")],
        [answer(302, Location=f"ftp://{QUOTED}/")],
    ):
        feeds.answers(*script)
        with pytest.raises(FetchError) as caught:
            land(store, source, feeds.base, "run-2")
        said += [str(caught.value), caplog.text]
    assert KEY not in "".join(said) and QUOTED not in "".join(said)
    assert len(said[1:]) == 6


FORM = {
    "method": "POST",
    "body": "name=12411&area=öff",
    "headers": {"Content-Type": "application/x-www-form-urlencoded"},
}


def test_a_body_is_posted_as_it_is_written(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(503), answer(body=b"x"))
    assert fetch(feeds, tmp_path, **FORM, **HEADER)
    for request in feeds.requests:
        assert (request["method"], request["body"]) == ("POST", "name=12411&area=öff")
        assert request["Content-Type"] == "application/x-www-form-urlencoded" and request["X-Api-Key"] == KEY


@pytest.mark.parametrize(
    ("status", "method"), [(307, "POST"), (308, "POST"), (301, "POST"), (302, "POST"), (303, "GET")]
)
def test_a_post_is_redirected_as_the_status_says(status: int, method: str, feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(status, Location="/b"), answer(body=b"x"))
    assert fetch(feeds, tmp_path, **FORM)
    assert [request["method"] for request in feeds.requests] == ["POST", method]
    assert feeds.requests[1]["body"] == (FORM["body"] if method == "POST" else "")


def test_a_post_without_a_body_is_empty_and_never_conditional(store: MemoryStore, feeds: Feeds, tmp_path: Path) -> None:
    spec = {"connector": "http", "files": ["a.csv"], "max_bytes": 1000, "method": "POST"}
    source = example.source(tmp_path, fetch=spec)
    feeds.answers(answer(body=b"Baum,Art\n1,Eiche\n", ETag='"1"', Last_Modified="Sat, 02 Jan 2021 00:00:00 GMT"))
    assert len(land(store, source, feeds.base, "run-1")) == 1
    assert land(store, source, feeds.base, "run-2") == []
    for request in feeds.requests:
        assert (request["method"], request["body"], request["Content-Length"]) == ("POST", "", "0")
        assert not {"If-None-Match", "If-Modified-Since", "Range"} & set(request)


def test_a_cut_answer_to_a_post_is_begun_anew(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(body=b"Baum", length=9, ETag='"1"'), answer(body=b"Baum;Art\n", ETag='"1"'))
    fetched = fetch(feeds, tmp_path, **FORM)
    assert fetched and fetched.path.read_bytes() == b"Baum;Art\n"
    assert all("Range" not in request for request in feeds.requests)


def test_a_list_is_posted_page_by_page(feeds: Feeds, tmp_path: Path) -> None:
    spec = {"connector": "rest", "address": "list", "pages": {"parameter": "page", "items": "$"}, **FORM}
    feeds.answers(routes({"/list?page=0": [1], "/list?page=1": [2], "/list?page=2": []}))
    assert len(members(fetch_list(feeds, tmp_path, spec))) == 3
    assert {(request["method"], request["body"]) for request in feeds.requests} == {("POST", FORM["body"])}
