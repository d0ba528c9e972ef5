"""Whether a list is complete: what was announced is held against the different items that came."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lakehouse.errors import FetchError
from tests.support.loopback import Feeds, answer, routes
from tests.support.paged import CKAN, DCAT, HYDRA, OPARL, REST, REST_CSV, ckan, fetch, members, oparl, rest_csv, turtle

COUNTED = {**REST, "pages": {"parameter": "page", "items": "$.content", "total": "$.total"}}
UNCOUNTED = {**REST, "pages": {"parameter": "page", "items": "$.content"}}


def named(*ids: str) -> list[Any]:
    return [{"id": name, "modified": f"2026-01-0{number}"} for number, name in enumerate(ids, start=1)]


def by_number(*pages: list[Any], total: int | None = None) -> dict[str, Any]:
    """Numbered pages, and an empty one behind the last."""
    announced = {} if total is None else {"total": total}
    return {
        f"/v1/data?below=true&page={number}": {"content": page, **announced} for number, page in enumerate((*pages, []))
    }


ONE_TWICE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "rest: the total is right": (COUNTED, by_number(["e1", "e2"], ["e2", "e4"], ["e5", "e6"], total=6)),
    "rest: no total": (UNCOUNTED, by_number(["e1", "e2"], ["e2", "e4"], ["e5", "e6"])),
    "rest: far apart": (COUNTED, by_number(["e1", "e2"], ["e3", "e4"], ["e1", "e6"], total=6)),
    "rest: members in another order": (COUNTED, by_number([{"a": 1, "b": 2}], [{"b": 2, "a": 1}], total=2)),
    "ckan": (CKAN, ckan(named("a", "b"), named("b", "d"))),  # type: ignore[arg-type]
    "oparl": (OPARL, oparl(named("a", "b"), named("d", "a"), totalElements=4)),  # type: ignore[arg-type]
    "oparl: no total": (OPARL, oparl(named("a", "b"), named("d", "a"))),  # type: ignore[arg-type]
    "csv": (REST_CSV, rest_csv("1;a\n2;b", "2;b\n4;d")),
}


@pytest.mark.parametrize("case", ONE_TWICE)
def test_an_item_that_comes_twice_starts_the_list_again_once_and_then_fails(
    case: str, feeds: Feeds, tmp_path: Path
) -> None:
    spec, pages = ONE_TWICE[case]
    feeds.answers(routes(pages))
    with pytest.raises(FetchError, match=r"page [23] holds an item of page [12] again: the list changed or has no"):
        fetch(feeds, tmp_path, spec)
    assert len(feeds.paths) == 2 * len(set(feeds.paths))


def test_a_list_whose_order_settles_is_taken_whole(feeds: Feeds, tmp_path: Path) -> None:
    moved, settled = (by_number(["e1", "e2"], second, total=4) for second in (["e2", "e4"], ["e3", "e4"]))
    feeds.answers(routes(moved), routes(moved), routes(settled))
    found = members(fetch(feeds, tmp_path, COUNTED))
    assert [json.loads(page)["content"] for page in found.values()] == [["e1", "e2"], ["e3", "e4"]]
    assert len(feeds.requests) == 4


@pytest.mark.parametrize("spec", [CKAN, OPARL], ids=["ckan", "oparl"])
def test_an_object_with_an_id_may_not_even_come_twice_on_one_page(
    spec: dict[str, Any], feeds: Feeds, tmp_path: Path
) -> None:
    page = named("a", "a")
    ckan_page = ckan(page, count=2)  # type: ignore[arg-type]
    feeds.answers(routes({**ckan_page, **oparl(page, totalElements=2)}))  # type: ignore[arg-type]
    with pytest.raises(FetchError, match="1 different items came, 2 were announced"):
        fetch(feeds, tmp_path, spec)
    assert len(feeds.requests) == 2


def test_rows_without_a_name_may_be_equal_on_one_page(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(routes(by_number(["a", "a"], ["b"], total=3)))
    assert len(members(fetch(feeds, tmp_path / "rest", COUNTED))) == 2
    feeds.answers(routes(rest_csv("1;a\n1;a")))
    assert len(members(fetch(feeds, tmp_path / "csv", REST_CSV))) == 2


def datasets(*names: str, total: int | None = None, following: str = "") -> Any:
    total_items = "" if total is None else f'; <{HYDRA}totalItems> "{total}" '
    link = f"; <{HYDRA}next> <{following}> " if following else ""
    described = "".join(f"{name} a <http://www.w3.org/ns/dcat#Dataset> .\n" for name in names)
    return answer(body=f"[] <{HYDRA}itemsPerPage> 100 {total_items}{link}.\n{described}".encode())


def test_a_catalogue_that_ends_before_its_total_is_refused(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(datasets("<d1>", total=371))
    with pytest.raises(FetchError, match="catalog.rdf: page 1 is the last one, and 1 of 371 announced items came"):
        fetch(feeds, tmp_path, DCAT)
    assert len(feeds.requests) == 2, "it was started again once"


@pytest.mark.parametrize(
    ("second", "complete"),
    [
        (datasets("<d3>", total=3), True),
        (datasets("<d3>"), True),
        (datasets("<d2>", "<d3>", total=3), True),
        (datasets("<d3>", "<d4>", total=3), True),
        (datasets("<d2>", total=3), False),
        (datasets("<d2>"), False),
        (datasets(total=3), False),
    ],
    ids=[
        "exact",
        "total on the first page only",
        "one on both pages",
        "nested ones",
        "one twice",
        "one twice, total on the first page only",
        "none",
    ],
)
def test_datasets_are_counted_over_all_pages(second: Any, complete: bool, feeds: Feeds, tmp_path: Path) -> None:
    first = datasets("<d1>", "<d2>", total=3, following="catalog.rdf?page=2")
    feeds.answers(routes({"/catalog.rdf": first, "/catalog.rdf?page=2": second}))
    if complete:
        assert len(members(fetch(feeds, tmp_path, DCAT))) == 2
    else:
        with pytest.raises(FetchError, match="page 2 is the last one, and 2 of 3 announced items came"):
            fetch(feeds, tmp_path, DCAT)
        assert len(feeds.requests) == 4


def test_datasets_without_a_name_are_different_on_different_pages(feeds: Feeds, tmp_path: Path) -> None:
    def page(*names: str, **more: Any) -> dict[str, Any]:
        nodes = [{"@id": name, "@type": "http://www.w3.org/ns/dcat#Dataset"} for name in names]
        return {"@graph": [*nodes, {"@id": "_:p", f"{HYDRA}totalItems": 3, **more}]}

    first = page("_:a", "_:b", **{f"{HYDRA}next": {"@id": "catalog.rdf?page=2"}})
    feeds.answers(routes({"/catalog.rdf": first, "/catalog.rdf?page=2": page("_:a")}))
    assert len(members(fetch(feeds, tmp_path, DCAT))) == 2


def test_members_of_a_collection_count_where_it_names_them(feeds: Feeds, tmp_path: Path) -> None:
    body = f"<c> <{HYDRA}totalItems> 2 ; <{HYDRA}member> <a>, <b> .".encode()
    feeds.answers(answer(body=body))
    assert len(members(fetch(feeds, tmp_path, DCAT))) == 1
    feeds.answers(answer(body=body.replace(b"totalItems> 2", b"totalItems> 3")))
    with pytest.raises(FetchError, match="2 of 3 announced items came"):
        fetch(feeds, tmp_path / "short", DCAT)


def test_a_catalogue_without_a_total_is_taken_as_it_ends(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(body=turtle("", 1)))
    assert len(members(fetch(feeds, tmp_path, DCAT))) == 1
