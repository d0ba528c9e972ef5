"""The header `Link` as servers write it, and answers that are no lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakehouse.errors import FetchError
from lakehouse.ingest.connectors import _name, fetch_all
from lakehouse.ingest.connectors.links import next_links
from lakehouse.ingest.connectors.sending import Sending
from lakehouse.ingest.connectors.transfer import is_html
from lakehouse.spec.fetch import Http
from tests.support.loopback import Feeds, answer


@pytest.mark.parametrize(
    ("header", "links"),
    [
        ('<?p=2>; rel="next"', {"?p=2"}),
        ("<?p=2>;rel=next", {"?p=2"}),
        ('<?p=2>; title="a=b"; rel="next"', {"?p=2"}),
        ('<?p=2>; crossorigin; rel="next"', {"?p=2"}),
        ('<?p=2>; REL="Next"', {"?p=2"}),
        ('<?p=2>; title="x;y, <z>; rel=prev"; rel="next"', {"?p=2"}),
        ('<?p=2>; title="a \\" b"; rel="prefetch next"', {"?p=2"}),
        ("<?sort=a;b&p=2>; rel=next", {"?sort=a;b&p=2"}),
        ("</a,b?p=1>; rel=prev , </a,b?p=2>; rel=next,</a?p=9>; rel=last", {"/a,b?p=2"}),
        ('<?p=2>; rel="next", <?p=2>; rel=next; type=x', {"?p=2"}),
        ('<?p=2>; rel="next", <?p=3>; rel=next', {"?p=2", "?p=3"}),
        ('<?p=1>; rel=prev; rel=next', set()),
        ("<?p=1>", set()),
        ("", set()),
        (" , ", set()),
    ],
)  # fmt: skip
def test_the_targets_of_next(header: str, links: set[str]) -> None:
    assert next_links(header) == links


@pytest.mark.parametrize("header", ["?p=2; rel=next", "<?p=2; rel=next", '<?p=2>; rel="next', "<a>; rel=next <b>"])
def test_what_cannot_be_read_is_named(header: str) -> None:
    with pytest.raises(ValueError, match="has a header Link that cannot be read"):
        next_links(header)


@pytest.mark.parametrize("body", [b"<!DOCTYPE html><p>gone", b"\xef\xbb\xbf\n <HTML lang=de>"])
def test_a_page_for_people_is_no_file(body: bytes, feeds: Feeds, tmp_path: Path) -> None:
    assert is_html(body) and not is_html(b"<rdf:RDF>") and not is_html(b"html;a\n")
    feeds.answers(answer(body=body))
    spec = Http(connector="http", files=["a.csv"], max_bytes=1000)
    with pytest.raises(FetchError, match="a.csv: a page of HTML came instead of the file"):
        list(fetch_all(spec, feeds.base, tmp_path, {}))


@pytest.mark.parametrize("header", ["ETag", "Last_Modified"])
def test_a_validator_that_no_header_takes_is_forgotten(header: str, feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(body=b"a", **{header: "Stra\xdfe"}))
    (fetched,) = fetch_all(Http(connector="http", files=["a.csv"], max_bytes=1000), feeds.base, tmp_path, {})
    assert fetched is not None
    assert (fetched.etag, fetched.last_modified) == (None, None)


@pytest.mark.parametrize(
    ("path", "name"), [("a/b.csv", "b.csv"), ("a/receipt.json", "file"), ("a/%2e%2e", "file"), ("b%00.csv", "file")]
)
def test_a_name_is_a_key_beside_the_receipt(path: str, name: str) -> None:
    assert _name(f"http://feeds/{path}") == name


@pytest.mark.parametrize("quoted", ["k/y+", "k%2Fy%2B", "k%252Fy%252b", "k%25252fy%25252B"])
def test_a_secret_is_hidden_however_often_it_is_quoted(quoted: str) -> None:
    assert Sending(secret="k/y+").hidden(f"?a={quoted}&b") == "?a=***&b"
