"""How the next page of a list is found: by offset, by links, and where a list ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lakehouse.errors import FetchError
from tests.support.loopback import Feeds, answer, routes
from tests.support.paged import CKAN, DCAT, OPARL, REST, ckan, fetch, members, oparl, rest_csv, turtle

ITEMS = {"items": "$.items"}
OFFSET = {"parameter": "offset", "counts": "items", "size_parameter": "limit", "size": 2, **ITEMS}


def declared(**pages: Any) -> dict[str, Any]:
    return {"connector": "rest", "address": "list", "pages": pages}


def items(found: dict[str, bytes]) -> list[Any]:
    return [item for page in found.values() for item in json.loads(page)["items"]]


def by_offset(everything: list[str], *, limit: int = 2, total: bool = True) -> Any:
    """A server whose parameter counts items; it never sends more than its own limit."""

    def write(request: Any) -> None:
        asked = dict(part.split("=") for part in request.path.partition("?")[2].split("&"))
        begin = int(asked["offset"])
        page = {"items": everything[begin : begin + min(limit, int(asked["limit"]))]}
        body = {**page, "total": len(everything)} if total else page
        answer(body=json.dumps(body).encode())(request)

    return write


SIX = ["e1", "e2", "e3", "e4", "e5", "e6"]


@pytest.mark.parametrize("total", [True, False])
@pytest.mark.parametrize(("limit", "pages"), [(2, 3), (1, 6)])
def test_a_list_by_offset_goes_on_where_the_items_ended(
    limit: int, pages: int, total: bool, feeds: Feeds, tmp_path: Path
) -> None:
    feeds.answers(by_offset(SIX, limit=limit, total=total))
    spec = {**declared(**OFFSET, **({"total": "$.total"} if total else {})), "max_pages": 9}
    assert items(members(fetch(feeds, tmp_path, spec))) == SIX
    assert feeds.paths[:2] == ["/list?offset=0&limit=2", f"/list?offset={limit}&limit=2"]
    assert len(feeds.paths) == pages + (not total), "without a total the first empty page ends it"


def test_an_offset_may_begin_at_one(feeds: Feeds, tmp_path: Path) -> None:
    answers = {f"/list?start={start}": {"items": page} for start, page in ((1, ["a", "b"]), (3, ["c"]), (4, []))}
    feeds.answers(routes(answers))
    spec = declared(parameter="start", counts="items", first=1, **ITEMS)
    assert items(members(fetch(feeds, tmp_path, spec))) == ["a", "b", "c"]


@pytest.mark.parametrize("total", [{"total": "$.total"}, {}])
def test_an_offset_that_is_declared_as_a_page_is_noticed(total: dict[str, str], feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(by_offset(SIX))
    spec = declared(parameter="offset", size_parameter="limit", size=2, **ITEMS, **total)
    with pytest.raises(FetchError, match=r"offset=1&limit=2: page 2 holds an item of page 1 again.*pages\.counts"):
        fetch(feeds, tmp_path, spec)


def test_a_page_that_is_declared_as_an_offset_is_noticed(feeds: Feeds, tmp_path: Path) -> None:
    pages = [SIX[:2], SIX[2:4], SIX[4:]]
    answers = {
        f"/list?offset={number}&limit=2": {"items": pages[number] if number < 3 else [], "total": 6}
        for number in range(7)
    }
    feeds.answers(routes(answers))
    with pytest.raises(FetchError, match="offset=4&limit=2: page 3 is empty after 4 of 6 items"):
        fetch(feeds, tmp_path, declared(**OFFSET, total="$.total"))


def linked(*pages: Any, **last: Any) -> dict[str, Any]:
    """Pages of which each but the last has a member `more`; that of the last is given."""
    return {
        f"/list{f'?cursor={number}' if number else ''}": {
            "items": page,
            **({"more": f"?cursor={number + 1}"} if number + 1 < len(pages) else last),
        }
        for number, page in enumerate(pages)
    }


@pytest.mark.parametrize("last", [{}, {"more": ""}, {"more": None}])
def test_a_link_in_the_body_is_followed_to_the_last_page(last: dict[str, Any], feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(routes(linked(["a", "b"], [], ["c"], **last)))
    assert items(members(fetch(feeds, tmp_path, declared(next="$.more", **ITEMS)))) == ["a", "b", "c"]
    assert feeds.paths == ["/list", "/list?cursor=1", "/list?cursor=2"], "an empty page may link to a full one"


def ogc(url: str) -> dict[str, Any]:
    return {"links": [{"rel": "self", "href": "x"}, {"rel": "next", "href": url}]}


@pytest.mark.parametrize(
    ("path", "member"),
    [("$.links[?@.rel == 'next'].href", ogc), ("$['@iot.nextLink']", lambda url: {"@iot.nextLink": url})],
)
def test_links_as_known_apis_write_them(path: str, member: Any, feeds: Feeds, tmp_path: Path) -> None:
    first = {"items": ["a"], **member(f"{feeds.base}/list?limit=1&page=2")}
    feeds.answers(routes({"/list?limit=1": first, "/list?limit=1&page=2": {"items": ["b"], "links": []}}))
    spec = declared(next=path, size_parameter="limit", size=1, **ITEMS)
    assert items(members(fetch(feeds, tmp_path, spec))) == ["a", "b"]


@pytest.mark.parametrize(
    "header",
    [
        '<{0}/list?page=2>; rel="next"',
        '</list?page=2>; rel=next',
        '<{0}/list?page=1>; rel="self", <{0}/list?page=2>; type="application/json"; rel="Next last"',
        '<https://example.org/context.jsonld>; rel="http://www.w3.org/ns/json-ld#context", <list?page=2>;rel="next"',
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_link_in_the_header_is_followed(form: str, header: str, feeds: Feeds, tmp_path: Path) -> None:
    bodies = [b'["a"]', b'["b"]'] if form == "json" else [b"x\na\n", b"x\nb\n"]
    feeds.answers(
        routes(
            {"/list": answer(body=bodies[0], Link=header.format(feeds.base)), "/list?page=2": answer(body=bodies[1])}
        )
    )
    kind = {"items": "$"} if form == "json" else {"csv_delimiter": ";"}
    assert list(members(fetch(feeds, tmp_path, declared(next="header", **kind))).values()) == bodies


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ({"more": 2}, r"page 1 holds a \$\.\.more that is not an address"),
        ({"more": "?a=1", "inner": {"more": "?b=1"}}, r"page 1 names 2 different next pages in \$\.\.more"),
        ({"more": "list"}, "page 1 links back to page 1"),
        ({"more": "http://inside.example/"}, "leads elsewhere: .* is not a declared host"),
        ({"more": "file:///etc/passwd"}, "is not a declared host"),
        ({"more": "?cursor=9"}, "cursor=9: the server answered 404"),
    ],
)  # fmt: skip
def test_a_wrong_link_is_an_error(page: dict[str, Any], message: str, feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(routes({"/list": {"items": ["a"], **page}}))
    with pytest.raises(FetchError, match=message):
        fetch(feeds, tmp_path, declared(next="$..more", **ITEMS))


OF_CSV = {"connector": "rest", "address": "v1/data?format=csv", "pages": {"parameter": "page", "csv_delimiter": ";"}}
TWO = ({"items": ["a"]}, {"items": ["b"]})


@pytest.mark.parametrize("status", [404, 410, 204])
@pytest.mark.parametrize(
    ("spec", "pages"),
    [
        (declared(parameter="page", **ITEMS), {f"/list?page={n}": page for n, page in enumerate(TWO)}),
        (declared(parameter="o", counts="items", **ITEMS), {f"/list?o={n}": page for n, page in enumerate(TWO)}),
        (OF_CSV, rest_csv("1;a", "2;b")),
    ],
    ids=["page", "offset", "csv"],
)
def test_a_page_that_is_not_there_behind_the_last_ends_the_list(
    spec: dict[str, Any], pages: dict[str, Any], status: int, feeds: Feeds, tmp_path: Path
) -> None:
    there = dict(list(pages.items())[:2])
    known = routes(there)
    feeds.answers(lambda request: known(request) if request.path in there else answer(status)(request))
    assert [Path(name).stem for name in members(fetch(feeds, tmp_path, spec))] == ["0001", "0002"]
    assert len(feeds.requests) == 3


@pytest.mark.parametrize(
    ("spec", "first", "end"),
    [
        (declared(parameter="page", **ITEMS), {"/list?page=0": {"items": ["a"]}}, answer(body=b"")),
        (declared(parameter="page", **ITEMS), {"/list?page=0": {"items": ["a"]}}, answer(body=b'{"items": null}')),
        (OF_CSV, rest_csv("1;a"), answer(body=b"\n")),
        (OF_CSV, rest_csv("1;a"), answer(body=b"Baum;Art\n")),
    ],
    ids=["nothing", "null", "a blank line", "a header alone"],
)
def test_a_page_without_content_behind_the_last_ends_the_list(
    spec: dict[str, Any], first: dict[str, Any], end: Any, feeds: Feeds, tmp_path: Path
) -> None:
    path, page = next(iter(first.items()))
    feeds.answers(routes({path: page}), end)
    assert all(body.strip() for body in members(fetch(feeds, tmp_path / "1", spec)).values())
    assert len(feeds.requests) == 2
    feeds.answers(answer(body=b""))
    with pytest.raises(FetchError, match="page 1 is "):
        fetch(feeds, tmp_path / "2", spec)


@pytest.mark.parametrize("status", [404, 410, 204, 500, 403])
def test_only_a_page_behind_the_last_may_be_missing(status: int, feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(status))
    with pytest.raises(FetchError, match=f"the server answered {status}"):
        fetch(feeds, tmp_path / "first", declared(parameter="page", **ITEMS))
    counted = {"/list?page=0": {"items": ["a"], "total": 2}}
    feeds.answers(lambda request: (routes(counted) if "page=0" in request.path else answer(status))(request))
    with pytest.raises(FetchError, match=f"page=1: the server answered {status}"):
        fetch(feeds, tmp_path / "announced", declared(parameter="page", total="$.total", **ITEMS))


def test_a_link_to_nothing_ends_the_list_once_everything_announced_has_come(feeds: Feeds, tmp_path: Path) -> None:
    page = {"data": [{"id": "a"}], "links": {"next": "?page=2"}, "pagination": {"totalElements": 1}}
    feeds.answers(routes({"/oparl/body/1/paper": page}))
    assert len(members(fetch(feeds, tmp_path, OPARL))) == 1
    empty = {**page, "data": [], "links": {"next": "?page=3"}}
    feeds.answers(routes({"/oparl/body/1/paper": page, "/oparl/body/1/paper?page=2": empty}))
    assert len(members(fetch(feeds, tmp_path / "empty", OPARL))) == 2


@pytest.mark.parametrize("end", [{"next": ""}, {"next": None}, {}, [], None])
def test_oparl_ends_however_its_server_writes_nothing(end: Any, feeds: Feeds, tmp_path: Path) -> None:
    pages = oparl([1], [2])
    pages["/oparl/body/1/paper?page=1"].update(links=end, pagination=[])
    feeds.answers(routes(pages))
    assert len(members(fetch(feeds, tmp_path, OPARL))) == 2


def test_an_empty_link_ends_a_catalogue(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(body=turtle('""', 1)))
    assert len(members(fetch(feeds, tmp_path, DCAT))) == 1


def test_a_declared_order_of_ckan_is_kept(feeds: Feeds, tmp_path: Path) -> None:
    pages = {path.replace("sort=id+asc", "sort=name+desc"): page for path, page in ckan([1, 2], [3]).items()}
    feeds.answers(routes(pages))
    spec = {**CKAN, "address": "api/3/action/package_search?sort=name+desc"}
    assert len(members(fetch(feeds, tmp_path, spec))) == 2


INSIDE = "http://portal.intern:8080/oparl/"


@pytest.mark.parametrize(
    ("link", "wanted"),
    [
        (INSIDE + "body/1/paper?page=2", "/public/body/1/paper?page=2"),
        ("http://u:p@PORTAL.intern:8080/oparl/x", "/public/x"),
        ("{base}/oparl/body/1/paper?page=2", "/oparl/body/1/paper?page=2"),
        ("?page=2", "/oparl/body/1/paper?page=2"),
    ],
)
def test_a_link_that_names_a_host_inside_is_rewritten(link: str, wanted: str, feeds: Feeds, tmp_path: Path) -> None:
    first = {"data": [1], "links": {"next": link.format(base=feeds.base)}}
    feeds.answers(routes({"/oparl/body/1/paper": first, wanted: {"data": [2]}}))
    assert len(members(fetch(feeds, tmp_path, {**OPARL, "rewrite_links": {INSIDE: "public/"}}))) == 2
    assert feeds.paths == ["/oparl/body/1/paper", wanted]


@pytest.mark.parametrize(
    "link",
    [
        "http://portal.intern:8080/other/", "http://portal.intern:8080/oparl", "http://portal.intern/oparl/",
        "http://portal.intern:8080@169.254.169.254/oparl/", "http://169.254.169.254/", "http://portal.intern:8080/oparl/../x",
    ],
)  # fmt: skip
def test_what_is_not_declared_is_not_rewritten(link: str, feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(routes({"/oparl/body/1/paper": {"data": [1], "links": {"next": link}}}))
    with pytest.raises(FetchError, match="is not a declared host"):
        fetch(feeds, tmp_path, {**OPARL, "rewrite_links": {INSIDE: "public/"}})
    assert len(feeds.requests) == 1


def test_a_rewritten_link_still_may_not_lead_inside(
    feeds: Feeds, other: Feeds, hosts: dict[str, list[str]], tmp_path: Path
) -> None:
    hosts["open.example"] = ["127.0.0.1"]
    feeds.answers(routes({"/oparl/body/1/paper": {"data": [1], "links": {"next": INSIDE}}}))
    open_host = f"open.example:{other.port}"
    spec = {**OPARL, "hosts": [open_host], "rewrite_links": {INSIDE: f"http://{open_host}/"}}
    with pytest.raises(FetchError, match="resolves to 127.0.0.1, which is not a public address"):
        fetch(feeds, tmp_path, spec)
    assert other.requests == []


OF_REST = declared(next="$.n", **ITEMS)


@pytest.mark.parametrize(
    ("spec", "page"), [(DCAT, answer(body=turtle(f"<{INSIDE}2>"))), (OF_REST, {"items": [], "n": f"{INSIDE}2"})]
)
def test_links_of_every_kind_are_rewritten(spec: dict[str, Any], page: Any, feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(routes({f"/{spec['address']}": page}))
    with pytest.raises(FetchError, match=f"{feeds.base}/public/2: the server answered 404"):
        fetch(feeds, tmp_path, {**spec, "rewrite_links": {INSIDE: "public/"}})


def test_rest_pages_are_unharmed_by_equal_rows_of_one_page(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(routes({"/v1/data?below=true&page=0": {"content": [1, 1], "totalPages": 1, "total": 2}}))
    spec = {**REST, "pages": {**REST["pages"], "total": "$.total"}}
    assert len(members(fetch(feeds, tmp_path, spec))) == 1
