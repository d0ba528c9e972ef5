"""Lists in pages: one zip of all answers, or one clear error."""

from __future__ import annotations

import datetime as dt
import json
import time
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from pydantic import TypeAdapter

from lakehouse.errors import FetchError
from lakehouse.ingest.connectors import Fetched, Last, fetch_all
from lakehouse.ingest.parse import parse_to_parquet
from lakehouse.spec.fetch import Fetch
from tests.support import example
from tests.support.loopback import Feeds, answer, routes

SPEC: TypeAdapter[Fetch] = TypeAdapter(Fetch)
LIMITS = {"max_pages": 5, "max_bytes": 100_000, "timeout_s": 60}
PAGES = {"parameter": "page", "items": "$.content", "total_pages": "$.totalPages"}
REST = {"connector": "rest", "address": "v1/data?below=true", "pages": PAGES}
REST_CSV = {"connector": "rest", "address": "v1/data?format=csv", "pages": {"parameter": "page", "csv_delimiter": ";"}}
CKAN = {"connector": "ckan", "address": "api/3/action/package_search", "rows": 2}
DCAT = {"connector": "dcat", "address": "catalog.rdf"}
OPARL = {"connector": "oparl", "address": "oparl/body/1/paper"}
HYDRA = "http://www.w3.org/ns/hydra/core#"


def fetch(feeds: Feeds, folder: Path, declared: dict[str, Any], last: Mapping[str, Last] = {}) -> Fetched | None:
    folder.mkdir(exist_ok=True)
    spec = SPEC.validate_python({**LIMITS, **declared})
    (fetched,) = fetch_all(spec, feeds.base, folder, last)
    return fetched


def members(fetched: Fetched | None) -> dict[str, bytes]:
    assert fetched is not None
    with zipfile.ZipFile(fetched.path) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def rest(*pages: list[int], of: int | None = None, **more: Any) -> dict[str, Any]:
    """Answers by path: numbered pages that announce how many they are."""
    return {
        f"/v1/data?below=true&page={number}": {"content": page, "totalPages": of or len(pages), **more}
        for number, page in enumerate(pages)
    }


def rest_csv(*pages: str) -> dict[str, Any]:
    """Answers by path: numbered pages of CSV below the same header, and an empty one behind the last."""
    return {
        f"/v1/data?format=csv&page={number}": answer(body=f"Baum;Art\n{page}".encode(), Content_Type="text/csv")
        for number, page in enumerate((*pages, ""))
    }


def ckan(*pages: list[int], count: int | None = None) -> dict[str, Any]:
    answers, start = {}, 0
    for page in pages:
        result = {"count": sum(map(len, pages)) if count is None else count, "results": page}
        answers[f"/api/3/action/package_search?rows=2&start={start}"] = {"success": True, "result": result}
        start += len(page)
    return answers


def oparl(*pages: list[int], **pagination: Any) -> dict[str, Any]:
    """Answers by path: every page but the last links to the next one, relative to its own address."""
    path = "/oparl/body/1/paper"
    answers = {}
    for number, page in enumerate(pages):
        links = {"next": f"?page={number + 1}"} if number + 1 < len(pages) else {}
        answers[path + (f"?page={number}" if number else "")] = {
            "data": page,
            "links": links,
            "pagination": pagination,
        }
    return answers


def turtle(following: str, total: int = 2) -> bytes:
    return f"[] <{HYDRA}nextPage> {following} ; <{HYDRA}totalItems> {total} .\n<d> a <http://d> .".encode()


def rdf_xml(following: str = "", doctype: str = "") -> bytes:
    link = f'<h:next rdf:resource="{following}"/>' if following else ""
    return f"""<?xml version="1.0"?>{doctype}
        <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:h="{HYDRA}">
        <h:PartialCollectionView rdf:about="#p{bool(following)}">{link}</h:PartialCollectionView></rdf:RDF>""".encode()


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
    assert feeds.paths[1] == "/api/3/action/package_search?rows=2&start=1"
    feeds.answers(routes(ckan([])))
    assert len(members(fetch(feeds, tmp_path / "empty", CKAN))) == 1


def test_oparl_follows_its_links(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(routes(oparl([1, 2], [3], totalElements=3)))
    assert list(members(fetch(feeds, tmp_path, OPARL))) == ["0001.json", "0002.json"]
    assert feeds.paths == ["/oparl/body/1/paper", "/oparl/body/1/paper?page=1"]


class Delivery:
    etag = last_modified = None
    fetched_at = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def test_oparl_asks_for_what_was_modified_since(feeds: Feeds, tmp_path: Path) -> None:
    declared = {**OPARL, "incremental": True, "timeout_s": 600}
    last = {f"{feeds.base}/oparl/body/1/paper": Delivery()}
    since = "/oparl/body/1/paper?modified_since=2026-03-01T10%3A50%3A00%2B00%3A00"  # less ten minutes, less an hour
    feeds.answers(routes({since: {"data": [7]}}))
    fetched = fetch(feeds, tmp_path / "1", declared, last)
    assert fetched and fetched.address == f"{feeds.base}/oparl/body/1/paper", "the next run finds its receipt"
    feeds.answers(routes({since: {"data": []}}))
    assert fetch(feeds, tmp_path / "2", declared, last) is None
    feeds.answers(routes(oparl([1])))
    assert fetch(feeds, tmp_path / "3", declared), "the first time everything"
    assert fetch(feeds, tmp_path / "4", {**declared, "incremental": False}, last)


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


WRONG: dict[str, tuple[dict[str, Any], Any, str]] = {
    "rest: a page is missing in the middle": (
        REST, {**rest([1], [2], [3]), "/v1/data?below=true&page=1": answer(404)}, "page=1: the server answered 404"),
    "rest: an empty page in the middle": (REST, rest([1], [], [3]), "page 2 is not the last one and holds 0 items"),
    "rest: a short page in the middle": (REST, rest([1, 2], [3], [4, 5]), "page 2 .* holds 1 items instead of 2"),
    "rest: the first page is empty": (REST, rest([], [1]), "page 1 is not the last one and holds 0 items"),
    "rest: the server ignores the page": (
        REST, answer(body=b'{"content": [1], "totalPages": 3}'), "page 2 is the same as page 1"),
    "rest: too many pages": (REST, rest([1], of=6), "the list has 6 pages; the declared limit is 5"),
    "rest: never empty": (
        {**REST, "pages": {"parameter": "page", "items": "$.content"}}, rest([1], [2], [3], [4], [5], [6]),
        "more than the declared limit of 5 pages"),
    "rest: fewer items than announced": (
        {**REST, "pages": {**PAGES, "total": "$.total"}}, rest([1, 2], [3], total=4), "3 items came, 4 were announced"),
    "rest: no list": (REST, {"/v1/data?below=true&page=0": {"totalPages": 1}}, "holds \\$.content 0 times"),
    "rest: not a list": (REST, rest({"a": 1}), "holds no list in"),  # type: ignore[arg-type]
    "rest: no total": (REST, {"/v1/data?below=true&page=0": {"content": []}}, "holds \\$.totalPages 0 times"),
    "rest: odd total": (REST, rest([1], of="9"), "totalPages that is no number of items: '9'"),  # type: ignore[arg-type]
    "rest: invalid page": (REST, answer(body=b'{"content": ['), "page 1 is no JSON"),
    "rest: a page of an error": (REST, answer(body=b"<html>Wartung</html>"), "page 1 is no JSON"),
    "rest: not UTF-8": (REST, answer(body=b'"\xff"'), "page 1 is no JSON"),
    "rest: huge number": (REST, answer(body=b"9" * 5000), "page 1 is no JSON"),
    "rest: nested bomb": (REST, answer(body=b"[" * 50_000), "page 1 is nested deeper than 100 levels"),
    "rest: nested": (REST, answer(body=b"[" * 102 + b"]" * 102), "page 1 is nested deeper than 100 levels"),
    "rest: CSV without an end": (REST_CSV, rest_csv("1;a", "2;a", "3;a", "4;a", "5;a"), "limit of 5 pages"),
    "rest: CSV repeats": (REST_CSV, answer(body=b"Baum;Art\n1;a\n"), "page 2 is the same as page 1"),
    "rest: CSV ends in a message": (
        REST_CSV, {**rest_csv("1;a"), "/v1/data?format=csv&page=1": answer(body=b"<html>Wartung</html>")},
        "page 2 has another header than page 1"),
    "rest: CSV is empty": (REST_CSV, answer(body=b""), "page 1 is empty: not even a header"),
    "rest: CSV cut in a quote": (REST_CSV, rest_csv('1;"a\n'), "page 1 is no CSV: unexpected end of data"),
    "ckan: no success": (
        CKAN, answer(body=b'{"success": false, "error": {"message": "Access\\ndenied", "__type": "x"}}'),
        "page 1 is no success: Access denied"),
    "ckan: refused": (
        CKAN, answer(409, b'{"success": false, "error": {"message": "Search error", "__type": "x"}}'),
        "the server answered 409: Search error"),
    "ckan: refused without a message": (CKAN, answer(403, b"<html>"), "the server answered 403$"),
    "ckan: a validation error": (
        CKAN, answer(400, b'{"success": false, "error": {"rows": ["too many"], "__type": "x"}}'), "rows: .'too many'."),
    "ckan: ends too early": (CKAN, ckan([1, 2], [], count=5), "page 2 is empty after 2 of 5 results"),
    "ckan: another action": (CKAN, answer(body=b'{"success": true, "result": []}'), "no result of package_search"),
    "oparl: links to itself": (
        OPARL, {"/oparl/body/1/paper": {"data": [1], "links": {"next": "paper"}}}, "page 1 links back to page 1"),
    "oparl: links back": (
        OPARL, {**oparl([1], [2]), "/oparl/body/1/paper?page=1": {"data": [2], "links": {"next": "paper"}}},
        "page 2 links back to page 1"),
    "oparl: endless": (OPARL, oparl([1], [2], [3], [4], [5], [6]), "more than the declared limit of 5 pages"),
    "oparl: repeats": (
        OPARL, answer(body=b'{"data": [1], "links": {"next": "?page=2"}}'), "page 2 is the same as page 1"),
    "oparl: leads elsewhere": (
        OPARL, {"/oparl/body/1/paper": {"data": [1], "links": {"next": "http://inside.example/"}}},
        "leads elsewhere: http://inside.example/: inside.example:80 is no declared host"),
    "oparl: leads to a file": (
        OPARL, {"/oparl/body/1/paper": {"data": [1], "links": {"next": "file:///etc/passwd"}}}, "is no declared host"),
    "oparl: an object": (OPARL, {"/oparl/body/1/paper": {"id": "x"}}, "page 1 holds no list in data"),
    "oparl: an odd link": (
        OPARL, {"/oparl/body/1/paper": {"data": [1], "links": {"next": 2}}}, "links.next that is no address"),
    "oparl: an object is missing": (OPARL, oparl([1], totalElements=2), "1 items came, 2 were announced"),
    "dcat: links to itself": (DCAT, answer(body=turtle("<catalog.rdf>")), "page 1 links back to page 1"),
    "dcat: two ways": (DCAT, answer(body=turtle("<?page=2>, <?page=3>")), "page 1 names 2 different next pages"),
    "dcat: leads elsewhere": (DCAT, answer(body=turtle("<http://inside.example/>")), "is no declared host"),
    "dcat: another length": (
        DCAT, {"/catalog.rdf": answer(body=turtle("<catalog.rdf?p=2>", 3)),
               "/catalog.rdf?p=2": answer(body=turtle("<catalog.rdf?p=3>", 4))}, "page 2 announces another length"),
    "dcat: no RDF": (DCAT, answer(body=b"<html>Wartung</html>"), "page 1 is no RDF in turtle"),
    "dcat: broken XML": (DCAT, answer(body=rdf_xml()[:-9]), "page 1 is no RDF in xml"),
    "dcat: entities": (
        DCAT, answer(body=rdf_xml(doctype='<!DOCTYPE x [<!ENTITY a "b">]>')), "page 1 declares entities"),
    "dcat: remote context": (
        DCAT, answer(body=b'{"@context": ["http://inside.example/"]}', Content_Type="application/ld+json"),
        "names the remote context 'http://inside.example/'"),
    "dcat: nested remote context": (
        DCAT, answer(body=b'{"@graph": [{"@context": {"@import": "http://inside.example/"}}]}'),
        "imports a remote context"),
    "dcat: nested bomb": (DCAT, answer(body=b"<a> <b> " + b"[ <b> " * 5000), "page 1 is no RDF in turtle"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_list_ends_in_one_clear_error(case: str, feeds: Feeds, tmp_path: Path) -> None:
    declared, answers, message = WRONG[case]
    feeds.answers(routes(answers) if isinstance(answers, dict) else answers)
    with pytest.raises(FetchError, match=message):
        fetch(feeds, tmp_path, declared)
    assert len(feeds.requests) <= 6


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
        with pytest.raises(FetchError, match="is no declared host"):
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
