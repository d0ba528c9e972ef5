"""Lists in pages: one zip of all answers, or one clear error."""

from __future__ import annotations

import json
import time
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from lakehouse.errors import FetchError
from lakehouse.ingest.connectors import Fetched, fetch_all
from lakehouse.ingest.parse import parse_to_parquet
from tests.support import example
from tests.support.loopback import Feeds, answer, routes
from tests.support.paged import (
    CKAN,
    DCAT,
    HYDRA,
    LIMITS,
    OPARL,
    PAGES,
    REST,
    REST_CSV,
    SPEC,
    ckan,
    fetch,
    members,
    oparl,
    rdf_xml,
    rest,
    rest_csv,
    turtle,
)


def test_rest_pages_by_number(feeds: Feeds, tmp_path: Path) -> None:
    pages = {**PAGES, "first": 1, "size_parameter": "size", "size": 2, "total": "$.total"}
    answers = {
        f"/v1/data?page={number}&size=2": {"content": content, "totalPages": 3, "total": 5}
        for number, content in enumerate(([1, 2], [3, 4], [5]), start=1)
    }
    feeds.answers(routes(answers))
    fetched = fetch(feeds, tmp_path, {**REST, "address": "v1/data", "pages": pages})
    assert feeds.paths == list(answers)
    assert members(fetched) == {
        f"000{n}.json": json.dumps(page).encode() for n, page in enumerate(answers.values(), start=1)
    }
    assert fetched and fetched.address == f"{feeds.base}/v1/data" and fetched.file == "data.zip"
    assert (fetched.content_type, fetched.etag, fetched.last_modified) == ("application/zip", None, None)


def test_equal_answers_give_equal_bytes(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(routes(rest([1, 2], [3])))
    first = fetch(feeds, tmp_path / "1", REST)
    time.sleep(0.01)
    second = fetch(feeds, tmp_path / "2", REST)
    assert first and second and first.path.read_bytes() == second.path.read_bytes()
    with zipfile.ZipFile(first.path) as packed:
        assert {info.date_time for info in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {info.compress_type for info in packed.infolist()} == {zipfile.ZIP_DEFLATED}


@pytest.mark.parametrize(("pages", "asked"), [([[]], 1), ([[1]], 1), ([[1, 2], [3], []], 3)])
def test_a_list_that_announces_nothing_ends_with_an_empty_page(
    pages: list[list[int]], asked: int, feeds: Feeds, tmp_path: Path
) -> None:
    feeds.answers(routes({**rest(*pages), f"/v1/data?below=true&page={len(pages)}": {"content": []}}))
    declared = {**REST, "pages": {"parameter": "page", "items": "$.content"}}
    assert len(members(fetch(feeds, tmp_path, declared))) == asked + (pages == [[1]])


def test_rest_pages_of_csv_end_with_a_page_without_a_record(feeds: Feeds, tmp_path: Path) -> None:
    # the newlines in quotes are no records, and the blank line is none either
    feeds.answers(routes(rest_csv('1;"Eiche\n(alt)"\n', "2;Buche\n\n")))
    fetched = fetch(feeds, tmp_path, REST_CSV)
    assert list(members(fetched)) == ["0001.csv", "0002.csv", "0003.csv"]
    assert fetched and parsed(tmp_path, fetched) == [("1", "Eiche\n(alt)"), ("2", "Buche")]


def parsed(folder: Path, fetched: Fetched) -> list[tuple[str, str]]:
    """What the parser makes of a list of trees."""
    columns = [{"from": "Baum", "name": "tree"}, {"from": "Art", "name": "species"}]
    dialect = {"type": "csv", "encoding": "utf-8", "delimiter": ";", "archive": {"type": "zip"}}
    feed = example.source(folder, fetch={**LIMITS, **REST_CSV}, format=dialect, columns=columns)
    parse_to_parquet(feed, fetched.path, fetched.file, folder / "parsed.parquet")
    return [(row["tree"], row["species"]) for row in pq.read_table(folder / "parsed.parquet").to_pylist()]


def test_ckan_goes_on_where_the_rows_ended(feeds: Feeds, tmp_path: Path) -> None:
    # the portal sends one row where two were asked for
    feeds.answers(routes(ckan([1], [2], [3])))
    assert len(members(fetch(feeds, tmp_path, CKAN))) == 3
    assert feeds.paths[1] == "/api/3/action/package_search?sort=id+asc&rows=2&start=1"
    feeds.answers(routes(ckan([])))
    assert len(members(fetch(feeds, tmp_path / "empty", CKAN))) == 1


def test_oparl_follows_its_links(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(routes(oparl([1, 2], [3], totalElements=3)))
    assert list(members(fetch(feeds, tmp_path, OPARL))) == ["0001.json", "0002.json"]
    assert feeds.paths == ["/oparl/body/1/paper", "/oparl/body/1/paper?page=1"]


@pytest.mark.parametrize(
    ("first", "second", "content_type", "suffix"),
    [
        (turtle('"?page=2"'), b"<d> a <http://d> .", "text/turtle; charset=utf-8", ".ttl"),
        (turtle("<catalog.rdf?page=2>"), b"<d> a <http://d> .", "application/octet-stream", ".ttl"),
        (rdf_xml("?page=2"), rdf_xml(), "application/rdf+xml", ".rdf"),
        (rdf_xml("?page=2"), b"\xef\xbb\xbf" + rdf_xml(), "text/plain", ".rdf"),
        (json.dumps({f"{HYDRA}next": {"@id": "?page=2"}}).encode(), b"{}", "application/ld+json", ".json"),
        (json.dumps({f"{HYDRA}next": {"@id": "?page=2"}}).encode(), b"{}", "text/plain", ".json"),
    ],
    ids=["turtle", "turtle by content", "xml", "xml by content", "json-ld", "json-ld by content"],
)
def test_a_catalogue_is_followed_in_every_syntax(
    first: bytes, second: bytes, content_type: str, suffix: str, feeds: Feeds, tmp_path: Path
) -> None:
    feeds.answers(answer(body=first, Content_Type=content_type), answer(body=second, Content_Type=content_type))
    assert members(fetch(feeds, tmp_path, DCAT)) == {f"0001{suffix}": first, f"0002{suffix}": second}
    assert feeds.paths == ["/catalog.rdf", "/catalog.rdf?page=2"]


@pytest.mark.parametrize(
    ("declared", "pages"),
    [
        (REST, rest([1], [2])),
        (REST_CSV, rest_csv("1;a")),
        (CKAN, ckan([1, 2], [3])),
        (OPARL, oparl([1], [2])),
        (
            DCAT,
            {
                "/catalog.rdf": answer(body=turtle("<catalog.rdf?p=2>")),
                "/catalog.rdf?p=2": answer(body=b"<d> a <http://d> ."),
            },
        ),
    ],
    ids=["rest", "rest csv", "ckan", "oparl", "dcat"],
)
class TestEveryProtocol:
    def test_a_page_that_fails_once_is_asked_again(
        self, declared: dict[str, Any], pages: dict[str, Any], feeds: Feeds, tmp_path: Path
    ) -> None:
        good = routes(pages)
        feeds.answers(good, answer(429, Retry_After="7"), answer(body=b"{", length=50), answer(500), good)
        assert len(members(fetch(feeds, tmp_path, declared))) == 2
        assert feeds.waits[0] == 7

    def test_all_pages_share_the_limit_of_bytes(
        self, declared: dict[str, Any], pages: dict[str, Any], feeds: Feeds, tmp_path: Path
    ) -> None:
        feeds.answers(routes(pages))
        whole = sum(map(len, members(fetch(feeds, tmp_path / "1", declared)).values()))
        assert fetch(feeds, tmp_path / "2", {**declared, "max_bytes": whole})
        with pytest.raises(FetchError, match=f"all pages are larger than the declared limit of {whole - 1} bytes"):
            fetch(feeds, tmp_path / "3", {**declared, "max_bytes": whole - 1})

    def test_all_pages_share_the_time(
        self, declared: dict[str, Any], pages: dict[str, Any], feeds: Feeds, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        good = routes(pages)

        def slow(request: Any) -> None:
            time.sleep(0.2)
            good(request)

        feeds.answers(slow)
        spec = SPEC.validate_python({**LIMITS, **declared}).model_copy(update={"timeout_s": 0.3})
        begun = time.monotonic()
        with pytest.raises(FetchError, match="took longer than the declared"):
            list(fetch_all(spec, feeds.base, tmp_path, {}))
        assert time.monotonic() - begun < 1

    def test_the_list_itself_is_missing(
        self, declared: dict[str, Any], pages: dict[str, Any], feeds: Feeds, tmp_path: Path
    ) -> None:
        feeds.answers(answer(404))
        with pytest.raises(FetchError, match="the server answered 404"):
            fetch(feeds, tmp_path, declared)

    def test_a_redirect_elsewhere_is_refused(
        self, declared: dict[str, Any], pages: dict[str, Any], feeds: Feeds, other: Feeds, tmp_path: Path
    ) -> None:
        feeds.answers(answer(302, Location=other.base))
        with pytest.raises(FetchError, match="is not a declared host"):
            fetch(feeds, tmp_path, declared)
        assert other.requests == []

    def test_the_next_page_elsewhere_gets_no_secret(
        self, declared: dict[str, Any], pages: dict[str, Any], feeds: Feeds, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        monkeypatch.setenv("SMARTVEST_SECRET_PORTAL", "t0ken")
        feeds.answers(routes(pages))
        fetched = fetch(feeds, tmp_path, {**declared, "secret": "PORTAL"})
        assert [request["Authorization"] for request in feeds.requests] == ["Bearer t0ken"] * 2
        assert b"t0ken" not in b"".join(members(fetched).values())


def test_the_secret_stays_at_the_first_host_when_pages_lead_to_a_second(
    feeds: Feeds, other: Feeds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMARTVEST_SECRET_PORTAL", "t0ken")
    monkeypatch.setattr("lakehouse.ingest.connectors.guard._is_public", lambda _: True)
    following = f"http://u:p@127.0.0.1:{other.port}/2"
    feeds.answers(routes({"/oparl/body/1/paper": {"data": [1], "links": {"next": following}}}))
    other.answers(routes({"/2": {"data": [2]}}))
    assert fetch(feeds, tmp_path, {**OPARL, "secret": "PORTAL", "hosts": [f"127.0.0.1:{other.port}"]})
    assert "Authorization" in feeds.requests[0] and "Authorization" not in other.requests[0]


def changing(*lengths: int) -> Any:
    """Answers whose announced total moves from request to request, two items to a page."""
    left = list(lengths)

    def write(request: Any) -> None:
        total = left.pop(0) if len(left) > 1 else left[0]
        number = int(request.path.rpartition("=")[2])
        content = list(range(total))[number * 2 : number * 2 + 2]
        answer(body=json.dumps({"content": content, "total": total}).encode())(request)

    return write


COUNTED = {**REST, "pages": {"parameter": "page", "items": "$.content", "total": "$.total"}}


def test_a_list_that_changes_once_is_fetched_anew(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(changing(3, 4))
    found = members(fetch(feeds, tmp_path, COUNTED))
    assert [json.loads(page)["content"] for page in found.values()] == [[0, 1], [2, 3]]
    assert len(feeds.requests) == 4


def test_a_list_that_goes_on_changing_is_an_error(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(changing(3, 4, 5, 6))
    with pytest.raises(FetchError, match="page 2 announces another length"):
        fetch(feeds, tmp_path, COUNTED)
    assert len(feeds.requests) == 4


@pytest.mark.parametrize(
    ("declared", "answers", "accepted"),
    [
        (REST, rest([1]), "application/json"),
        (REST_CSV, rest_csv("1;a"), "text/csv"),
        (CKAN, ckan([1]), "application/json"),
        (DCAT, {"/catalog.rdf": answer(406)}, "application/rdf+xml"),
    ],
)
def test_a_server_that_has_several_forms_is_asked_for_the_right_one(
    declared: dict[str, Any], answers: dict[str, Any], accepted: str, feeds: Feeds, tmp_path: Path
) -> None:
    feeds.answers(routes(answers))
    with suppress(FetchError):
        fetch(feeds, tmp_path, declared)
    assert feeds.requests[0]["Accept"].split(",")[0] == accepted
