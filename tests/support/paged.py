"""Lists in pages as services answer them: REST, CKAN, catalogues and OParl, declared and served."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from lakehouse.ingest.connectors import Fetched, Last, fetch_all
from lakehouse.spec.fetch import Fetch
from tests.support.loopback import Feeds, answer

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
        answers[f"/api/3/action/package_search?sort=id+asc&rows=2&start={start}"] = {"success": True, "result": result}
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


def turtle(following: str, total: int = 1, *datasets: str) -> bytes:
    """A page with a link and a total, and `d` or the named datasets."""
    described = "".join(f"<{name}> a <http://www.w3.org/ns/dcat#Dataset> .\n" for name in datasets or "d")
    link = f"; <{HYDRA}nextPage> {following} " if following else ""
    return f"[] <{HYDRA}totalItems> {total} {link}.\n{described}".encode()


def rdf_xml(following: str = "", doctype: str = "") -> bytes:
    link = f'<h:next rdf:resource="{following}"/>' if following else ""
    return f"""<?xml version="1.0"?>{doctype}
        <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:h="{HYDRA}">
        <h:PartialCollectionView rdf:about="#p{bool(following)}">{link}</h:PartialCollectionView></rdf:RDF>""".encode()
