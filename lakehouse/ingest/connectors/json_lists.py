"""How JSON lists are paged: REST as it is declared, the CKAN action API by offset, OParl by links."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jsonpath

from lakehouse.ingest.connectors.http import Answer
from lakehouse.ingest.connectors.paging import (
    BadPage,
    Changed,
    Page,
    Progress,
    first_page,
    identity,
    page_after,
    unnamed,
    with_parameters,
)
from lakehouse.spec.pages import HEADER, JsonPath
from lakehouse.spec.pages import Pages as PagesSpec

MAX_NESTING = 100
STABLE_ORDER = "id asc"


def parse_json(content: bytes) -> Any:
    """JSON of limited nesting. Raises BadPage."""
    try:
        value = json.loads(content)
    except RecursionError:
        raise BadPage(f"is nested deeper than {MAX_NESTING} levels") from None
    except ValueError as error:  # also of text that is not UTF-8, and of numbers with too many digits
        raise BadPage(f"is not valid JSON: {error}") from None
    level, depth = [value], 0
    while level := [inner for outer in level for inner in _inner(outer)]:
        depth += 1
        if depth > MAX_NESTING:
            raise BadPage(f"is nested deeper than {MAX_NESTING} levels")
    return value


def _inner(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


class RestList:
    """A list that is counted or linked; a counted one ends where that is announced, or else with an empty page."""

    def __init__(self, address: str, pages: PagesSpec, items: JsonPath) -> None:
        """Takes the address without the parameters of paging, and where the list is in an answer."""
        self._address = address
        self._spec = pages
        self._items = items

    def first(self) -> str:
        """Address of the first page."""
        return first_page(self._address, self._spec)

    def read(self, content: bytes, answer: Answer, progress: Progress) -> Page:
        """Tells the items apart and reads what is announced."""
        body = parse_json(content)
        found = _one(self._items, body)
        # some languages write an empty list as null: behind the first page no misplaced path, unless a link promised it
        is_end = found is None and progress.number > 1 and self._spec.next is None
        items = unnamed(_list([] if is_end else found, self._items))
        total = _announced(self._spec.total, body)
        pages = _announced(self._spec.total_pages, body)
        if self._spec.next is not None and self._spec.next != HEADER:
            following = _link(self._spec.next, body)
        elif self._spec.next or self._goes_on(len(items), total, pages, progress):
            following = page_after(self._address, self._spec, answer, progress, len(items))
        else:
            following = None
        return Page(following, items, total, pages, guessed=self._spec.next is None and pages is None and total is None)

    def _goes_on(self, items: int, total: int | None, pages: int | None, progress: Progress) -> bool:
        reached = progress.so_far + items
        if pages is None and total is None:
            return items > 0
        more = progress.number < pages if pages is not None else reached < (total or 0)
        if more and self._spec.counts == "items":
            if items == 0:
                raise Changed(f"is empty after {reached} of {total} items")
            return True
        expected = progress.items[0] if progress.items else max(items, 1)
        if more and items != expected:
            raise Changed(f"is not the last one and holds {items} items instead of {expected}")
        return more

    def reason(self, body: bytes) -> str:
        """REST has no common form of an error."""
        return ""


class CkanSearch:
    """`package_search`: by offset, as far as its count; a server may send fewer rows than it was asked for.

    Its own order is by score and date of change: many datasets are equal in it, and any of them may move meanwhile.
    """

    def __init__(self, address: str, rows: int) -> None:
        """Takes the address without `rows` and `start`."""
        declared = "sort" in parse_qs(urlsplit(address).query)
        self._address = address if declared else with_parameters(address, {"sort": STABLE_ORDER})
        self._rows = rows

    def first(self) -> str:
        """Address of the first page."""
        return self._page(0)

    def read(self, content: bytes, answer: Answer, progress: Progress) -> Page:
        """Tells the results apart; `success: false` is an error with the API's own message."""
        body = parse_json(content)
        if not isinstance(body, dict) or body.get("success") is not True:
            raise BadPage(f"reports a failure: {_ckan_error(body) or 'without a message'}")
        result = body.get("result")
        if not isinstance(result, dict):
            raise BadPage("holds no result of package_search")
        items = [_named(item) for item in _list(result.get("results"), "result.results")]
        total = _whole(result.get("count"), "result.count")
        reached = progress.so_far + len(items)
        if not items and reached < total:
            raise Changed(f"is empty after {reached} of {total} results")
        return Page(self._page(reached) if reached < total else None, items, total)

    def reason(self, body: bytes) -> str:
        """The API's own message."""
        try:
            return _ckan_error(parse_json(body))
        except BadPage:
            return ""

    def _page(self, start: int) -> str:
        return with_parameters(self._address, {"rows": self._rows, "start": start})


class OParlList:
    """An external list of OParl: `data` and `links.next`."""

    def __init__(self, address: str, modified_since: dt.datetime | None) -> None:
        """Takes the address of the list, and from when on modified objects are asked for."""
        self._address = address
        self._modified_since = modified_since

    def first(self) -> str:
        """Address of the first page."""
        if self._modified_since is None:
            return self._address
        return with_parameters(self._address, {"modified_since": self._modified_since.isoformat(timespec="seconds")})

    def read(self, content: bytes, answer: Answer, progress: Progress) -> Page:
        """Tells the objects apart; the announced total is optional in OParl."""
        body = parse_json(content)
        if not isinstance(body, dict):
            raise BadPage("is not an OParl list")
        items = [_named(item) for item in _list(body.get("data"), "data")]
        links, pagination = (_object(body.get(name), name) for name in ("links", "pagination"))
        following = _address(links.get("next"), "links.next")
        total = pagination.get("totalElements")
        return Page(following, items, None if total is None else _whole(total, "pagination.totalElements"))

    def reason(self, body: bytes) -> str:
        """OParl has no common form of an error."""
        return ""


def _ckan_error(body: Any) -> str:
    error = body.get("error") if isinstance(body, dict) else None
    text = error.get("message") if isinstance(error, dict) else error
    if text is None and isinstance(error, dict):
        # a validation error names its fields instead
        text = "; ".join(f"{name}: {problem}" for name, problem in error.items() if name != "__type")
    return "".join(sign if sign.isprintable() else " " for sign in str(text or ""))


def _one(path: JsonPath, body: Any) -> Any:
    found = jsonpath.findall(path, body, strict=True)
    if len(found) != 1:
        raise BadPage(f"holds {path} {len(found)} times instead of once")
    return found[0]


def _announced(path: JsonPath | None, body: Any) -> int | None:
    return None if path is None else _whole(_one(path, body), path)


def _whole(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadPage(f"holds a {name} that is not a number of items: {str(value)[:50]!r}")
    return value


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise BadPage(f"holds no list in {name}")
    return value


def _object(value: Any, name: str) -> dict[str, Any]:
    if value is None or value == []:  # an empty object as some languages write it
        return {}
    if not isinstance(value, dict):
        raise BadPage(f"holds no object in {name}")
    return value


def _named(item: Any) -> bytes:
    """What tells an object from others: its id, which stays when it changes."""
    name = item.get("id") if isinstance(item, dict) else None
    return identity(item if name is None else name)


def _link(path: JsonPath, body: Any) -> str | None:
    found = {_address(value, path) for value in jsonpath.findall(path, body, strict=True)} - {None}
    if len(found) > 1:
        raise BadPage(f"names {len(found)} different next pages in {path}")
    return found.pop() if found else None


def _address(value: Any, name: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise BadPage(f"holds a {name} that is not an address")
    return value or None
