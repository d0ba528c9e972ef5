"""Answers that are packed, or only a part, although nobody asked for that."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from lakehouse.errors import FetchError
from lakehouse.ingest.connectors.http import ATTEMPTS
from lakehouse.ingest.connectors.transfer import PIECE_BYTES
from tests.support.loopback import Answer, Feeds, answer, routes
from tests.support.paged import CKAN, DCAT, OPARL, REST, REST_CSV, ckan, fetch, members, oparl, rest, rest_csv, turtle
from tests.unit.ingest.test_connectors_http import BODY, get


def packed(body: bytes, coding: str = "gzip", **headers: str) -> Answer:
    return answer(body=gzip.compress(body), Content_Encoding=coding, **headers)


LISTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (REST, rest([1], [2])), (CKAN, ckan([1, 2], [3])), (OPARL, oparl([1], [2])), (REST_CSV, rest_csv("1;a")),
    (DCAT, {"/catalog.rdf": answer(body=turtle("<catalog.rdf?p=2>")),
            "/catalog.rdf?p=2": answer(body=b"<d> a <http://d> .")}),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "pages"), LISTS, ids=["rest", "ckan", "oparl", "csv", "dcat"])
def test_a_list_from_a_server_that_always_packs_is_the_list(
    spec: dict[str, Any], pages: dict[str, Any], feeds: Feeds, tmp_path: Path
) -> None:
    feeds.answers(routes(pages))
    plain = members(fetch(feeds, tmp_path / "plain", spec))
    asked, bodies = feeds.paths, iter(plain.values())
    feeds.answers(routes({path: packed(next(bodies), ETag=f'"{path}"') for path in asked}))
    assert members(fetch(feeds, tmp_path / "packed", spec)) == plain


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP", "gzip, identity"])
def test_a_file_that_was_packed_on_the_way_is_unpacked(coding: str, feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(packed(BODY, coding, Content_Type="text/csv"))
    assert get(feeds, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == BODY


@pytest.mark.parametrize("kind", ["application/gzip", "application/x-gzip; x=1"])
def test_a_file_that_is_gzip_itself_is_left_as_it_is(kind: str, feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(packed(BODY, Content_Type=kind))
    assert get(feeds, tmp_path / "a")
    assert gzip.decompress((tmp_path / "a").read_bytes()) == BODY


def test_a_file_with_the_name_of_gzip_is_left_as_it_is(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(302, Location="/b.CSV.gz"), packed(BODY, Content_Type="text/csv"))
    assert get(feeds, tmp_path / "a")
    assert gzip.decompress((tmp_path / "a").read_bytes()) == BODY


def test_several_members_padding_and_large_pieces_are_unpacked(feeds: Feeds, tmp_path: Path) -> None:
    first, second = bytes(3 * PIECE_BYTES), BODY * 10_000
    body = gzip.compress(BODY) + gzip.compress(first) + gzip.compress(second) + bytes(100)
    feeds.answers(answer(body=body, Content_Encoding="gzip"))
    assert get(feeds, tmp_path / "a", max_bytes=1_000_000)
    assert (tmp_path / "a").read_bytes() == BODY + first + second
    feeds.answers(answer(body=b"", Content_Encoding="gzip"))
    assert get(feeds, tmp_path / "a") and (tmp_path / "a").read_bytes() == b""


def test_a_bomb_is_stopped_at_the_limit(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(packed(bytes(50_000_000)))
    with pytest.raises(FetchError, match="larger than the declared limit of 100000 bytes"):
        get(feeds, tmp_path / "a", max_bytes=100_000)
    assert (tmp_path / "a").stat().st_size <= 100_000
    assert len(feeds.requests) == 1
    with pytest.raises(FetchError, match="all pages are larger than the declared limit of 100000 bytes"):
        fetch(feeds, tmp_path / "list", REST)


def test_the_limit_holds_for_unpacked_bytes_exactly(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(packed(BODY * 100))
    assert get(feeds, tmp_path / "a", max_bytes=len(BODY) * 100)
    with pytest.raises(FetchError, match="larger than the declared limit"):
        get(feeds, tmp_path / "a", max_bytes=len(BODY) * 100 - 1)


@pytest.mark.parametrize(
    ("body", "message"),
    [(BODY, "is not valid gzip, although"), (gzip.compress(BODY)[:-9], "the packed answer was cut off")],
    ids=["not packed", "cut off"],
)
def test_what_cannot_be_unpacked_is_an_error_after_all_attempts(
    body: bytes, message: str, feeds: Feeds, tmp_path: Path
) -> None:
    feeds.answers(answer(body=body, Content_Encoding="gzip"))
    with pytest.raises(FetchError, match=f"a.csv: {message}"):
        get(feeds, tmp_path / "a")
    assert len(feeds.requests) == ATTEMPTS


def test_a_packed_answer_that_was_cut_is_not_resumed(feeds: Feeds, tmp_path: Path) -> None:
    whole = gzip.compress(BODY * 100)
    feeds.answers(
        answer(body=whole[:40], length=len(whole), Content_Encoding="gzip", ETag='"1"'), packed(BODY * 100, ETag='"1"')
    )
    assert get(feeds, tmp_path / "a", max_bytes=10_000)
    assert (tmp_path / "a").read_bytes() == BODY * 100
    assert all("Range" not in request for request in feeds.requests)


@pytest.mark.parametrize("coding", ["br", "deflate", "zstd", "gzip, br"])
def test_other_ways_of_packing_are_refused(coding: str, feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(body=zlib.compress(BODY), Content_Encoding=coding))
    with pytest.raises(FetchError, match=f"a.csv: is packed by {coding}, which was not asked for"):
        get(feeds, tmp_path / "a")
    assert len(feeds.requests) == 1


@pytest.mark.parametrize("coding", ["identity", "utf-8", ""])
def test_what_is_no_way_of_packing_says_nothing(coding: str, feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(body=BODY, Content_Encoding=coding))
    assert get(feeds, tmp_path / "a") and (tmp_path / "a").read_bytes() == BODY


def test_the_reason_of_a_refusal_is_unpacked(feeds: Feeds, tmp_path: Path) -> None:
    said = json.dumps({"success": False, "error": {"message": "Search error"}}).encode()
    feeds.answers(answer(409, gzip.compress(said), Content_Encoding="gzip"))
    with pytest.raises(FetchError, match="the server answered 409: Search error"):
        fetch(feeds, tmp_path, CKAN)


@pytest.mark.parametrize("told", [{}, {"Content_Range": f"bytes 0-{len(BODY) - 1}/{len(BODY)}", "ETag": '"1"'}])
def test_a_part_that_nobody_asked_for_is_refused(told: dict[str, str], feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(206, BODY, **told))
    with pytest.raises(FetchError, match="a.csv: the server answered 206, a part that nobody asked for"):
        get(feeds, tmp_path / "a")
    with pytest.raises(FetchError, match="the server answered 206"):
        fetch(feeds, tmp_path / "list", REST)
    assert not (tmp_path / "a").exists()
