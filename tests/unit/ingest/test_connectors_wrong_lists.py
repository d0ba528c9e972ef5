"""A list in pages that is wrong ends in one clear error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lakehouse.errors import FetchError
from tests.support.loopback import Feeds, answer, routes
from tests.support.paged import (
    CKAN,
    DCAT,
    OPARL,
    PAGES,
    REST,
    REST_CSV,
    ckan,
    fetch,
    oparl,
    rdf_xml,
    rest,
    rest_csv,
    turtle,
)

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
        {**REST, "pages": {**PAGES, "total": "$.total"}}, rest([1, 2], [3], total=4),
        "3 different items came, 4 were announced"),
    "rest: no list": (REST, {"/v1/data?below=true&page=0": {"totalPages": 1}}, "holds \\$.content 0 times"),
    "rest: not a list": (REST, rest({"a": 1}), "holds no list in"),  # type: ignore[arg-type]
    "rest: no total": (REST, {"/v1/data?below=true&page=0": {"content": []}}, "holds \\$.totalPages 0 times"),
    "rest: odd total": (REST, rest([1], of="9"), "totalPages that is not a number of items: '9'"),  # type: ignore[arg-type]
    "rest: invalid page": (REST, answer(body=b'{"content": ['), "page 1 is not valid JSON"),
    "rest: a page of an error": (REST, answer(body=b"<html>Wartung</html>"), "page 1 is not valid JSON"),
    "rest: not UTF-8": (REST, answer(body=b'"\xff"'), "page 1 is not valid JSON"),
    "rest: huge number": (REST, answer(body=b"9" * 5000), "page 1 is not valid JSON"),
    "rest: nested bomb": (REST, answer(body=b"[" * 50_000), "page 1 is nested deeper than 100 levels"),
    "rest: nested": (REST, answer(body=b"[" * 102 + b"]" * 102), "page 1 is nested deeper than 100 levels"),
    "rest: CSV without an end": (REST_CSV, rest_csv("1;a", "2;a", "3;a", "4;a", "5;a"), "limit of 5 pages"),
    "rest: CSV repeats": (REST_CSV, answer(body=b"Baum;Art\n1;a\n"), "page 2 is the same as page 1"),
    "rest: CSV ends in a message": (
        REST_CSV, {**rest_csv("1;a"), "/v1/data?format=csv&page=1": answer(body=b"<html>Wartung</html>")},
        "page 2 has another header than page 1"),
    "rest: CSV is empty": (REST_CSV, answer(body=b""), "page 1 is empty: not even a header"),
    "rest: CSV cut in a quote": (REST_CSV, rest_csv('1;"a\n'), "page 1 is not valid CSV: unexpected end of data"),
    "ckan: no success": (
        CKAN, answer(body=b'{"success": false, "error": {"message": "Access\\ndenied", "__type": "x"}}'),
        "page 1 reports a failure: Access denied"),
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
        "leads elsewhere: http://inside.example/: inside.example:80 is not a declared host"),
    "oparl: leads to a file": (
        OPARL, {"/oparl/body/1/paper": {"data": [1], "links": {"next": "file:///etc/passwd"}}},
        "is not a declared host"),
    "oparl: an object": (OPARL, {"/oparl/body/1/paper": {"id": "x"}}, "page 1 holds no list in data"),
    "oparl: an odd link": (
        OPARL, {"/oparl/body/1/paper": {"data": [1], "links": {"next": 2}}}, "links.next that is not an address"),
    "oparl: an object is missing": (OPARL, oparl([1], totalElements=2), "1 different items came, 2 were announced"),
    "dcat: links to itself": (DCAT, answer(body=turtle("<catalog.rdf>")), "page 1 links back to page 1"),
    "dcat: two ways": (DCAT, answer(body=turtle("<?page=2>, <?page=3>")), "page 1 names 2 different next pages"),
    "dcat: leads elsewhere": (DCAT, answer(body=turtle("<http://inside.example/>")), "is not a declared host"),
    "dcat: another length": (
        DCAT, {"/catalog.rdf": answer(body=turtle("<catalog.rdf?p=2>", 3)),
               "/catalog.rdf?p=2": answer(body=turtle("<catalog.rdf?p=3>", 4))}, "page 2 announces another length"),
    "dcat: no RDF": (DCAT, answer(body=b"<html>Wartung</html>"), "page 1 is a page of HTML, not RDF"),
    "dcat: broken XML": (DCAT, answer(body=rdf_xml()[:-9]), "page 1 is not valid RDF in xml"),
    "dcat: entities": (
        DCAT, answer(body=rdf_xml(doctype='<!DOCTYPE x [<!ENTITY a "b">]>')), "page 1 declares entities"),
    "dcat: remote context": (
        DCAT, answer(body=b'{"@context": ["http://inside.example/"]}', Content_Type="application/ld+json"),
        "names the remote context 'http://inside.example/'"),
    "dcat: nested remote context": (
        DCAT, answer(body=b'{"@graph": [{"@context": {"@import": "http://inside.example/"}}]}'),
        "imports a remote context"),
    "dcat: nested bomb": (DCAT, answer(body=b"<a> <b> " + b"[ <b> " * 5000), "page 1 is not valid RDF in turtle"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_list_ends_in_one_clear_error(case: str, feeds: Feeds, tmp_path: Path) -> None:
    declared, answers, message = WRONG[case]
    feeds.answers(routes(answers) if isinstance(answers, dict) else answers)
    with pytest.raises(FetchError, match=message):
        fetch(feeds, tmp_path, declared)
    assert len(feeds.requests) <= 6
