"""The `fetch` section: which addresses it stands for, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from lakehouse.errors import SpecError
from lakehouse.spec.fetch import Fetch

SPEC: TypeAdapter[Fetch] = TypeAdapter(Fetch)
REST = {
    "connector": "rest", "address": "a", "max_pages": 2, "pages": {"parameter": "page", "items": "$.content"}
}  # fmt: skip
OPARL = {"connector": "oparl", "address": "a", "max_pages": 2}


def spec(**changes: Any) -> Fetch:
    base = {"connector": "http", "files": ["a.csv"]} if "connector" not in changes else {}
    return SPEC.validate_python({**base, "max_bytes": 10, **changes})


def test_parameters_are_combined_in_order() -> None:
    found = spec(
        files=["{year}/{level}.json", "{year}/all.json", "fixed.json"],
        parameters={"year": ["2011", "2012"], "level": ["gemeinden", "Städte Region/Aachen"]},
    )
    assert found.addresses == [
        "2011/gemeinden.json", "2011/St%C3%A4dte%20Region/Aachen.json",
        "2012/gemeinden.json", "2012/St%C3%A4dte%20Region/Aachen.json",
        "2011/all.json", "2012/all.json", "fixed.json",
    ]  # fmt: skip
    assert spec(**REST, parameters={}).addresses == ["a"]
    assert spec(**{**REST, "address": "v1/{ars}"}, parameters={"ars": ["1", "2"]}).addresses == ["v1/1", "v1/2"]


def test_a_mirror_stands_for_every_address_and_gets_no_secret() -> None:
    secret = {"secret": "KEY", "secret_header": "X-Key"}
    declared = {
        "files": ["https://open.example:8080/a/{year}.csv?x=1", "https://open.example:8080/b.csv"],
        "parameters": {"year": ["2020", "2021"]},
        "hosts": ["open.example:8080"],
        **secret,
    }
    derived = spec(**declared).mirrored
    paths = ("a/2020.csv?x=1", "a/2021.csv?x=1", "b.csv")
    assert derived.addresses == [f"open.example_8080/{path}" for path in paths]
    assert (derived.secret, derived.secret_header, derived.hosts) == (None, None, [])
    named = spec(**declared, mirror=["old/{year}", "b"])
    assert named.mirrored.addresses == ["old/2020", "old/2021", "b"]
    assert named.addresses == spec(**declared).addresses
    listed = spec(**{**REST, "address": "https://open.example/list"}, hosts=["open.example"], mirror=["list"])
    assert listed.mirrored.addresses == ["list"]
    links = {"http://inside/": "https://open.example/api/"}
    linked = {**OPARL, "address": "https://open.example/api/papers?size=9", "hosts": ["open.example"]}
    assert spec(**linked, mirror=["copy/papers"], rewrite_links=links).mirrored.rewrite_links == {
        "https://open.example/api/": "copy/", "http://inside/": "copy/",
    }  # fmt: skip
    assert spec(**linked, mirror=["papers"]).mirrored.rewrite_links == {"https://open.example/api/": ""}
    assert spec(**linked).mirrored.rewrite_links == {"https://open.example/api/": "open.example/api/"}
    below = spec(files=["a.csv"], **secret)
    assert below.mirrored == below


def test_values_of_the_path() -> None:
    found = spec(files=["finance/2011/gemeinden%20alt/1.json"], path_pattern=r"(?P<year>\d{4})/(?P<level>[^/]+)/")
    address = "http://feeds.example/x/finance/2012/kreise%20neu/1.json?year=1999/a/"
    assert found.path_values(address) == {"year": "2012", "level": "kreise neu"}
    assert spec().path_values(address) == {}
    with pytest.raises(SpecError, match="path_pattern .* does not match /x/1.json"):
        found.path_values("http://feeds.example/x/1.json")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"files": ["{year}.csv"]}, "placeholders ['year'] and parameters []"),
        ({"parameters": {"year": ["1"]}}, "placeholders [] and parameters ['year']"),
        ({"files": ["{year}.csv"], "parameters": {"year": []}}, "at least 1 item"),
        ({"files": ["{year!r}.csv"], "parameters": {"year": ["1"]}}, "is not the name of a parameter"),
        ({"files": ["{0}.csv"]}, "is not the name of a parameter"),
        ({"files": ["{year.real}.csv"]}, "is not the name of a parameter"),
        ({"files": ["a{.csv"]}, "a{.csv: "),
        ({"files": ["a.csv", "a.csv"]}, "declared twice: ['a.csv']"),
        ({"files": ["{year}.csv"], "parameters": {"year": ["1", "1"]}}, "declared twice: ['1.csv']"),
        ({"files": ["https://open.example/a"]}, "its host in `hosts`"),
        ({"files": ["a.csv#1"]}, "what stands behind # is never asked for"),
        ({"files": ["/a.csv"]}, "begins with no / and does not leave its folder"),
        ({"files": ["{x}.csv"], "parameters": {"x": ["../../a"]}}, "does not leave its folder"),
        (
            {
                "files": ["https://a.example/a", "https://b.example/a"],
                "hosts": ["a.example", "b.example"],
                "secret": "K",
            },
            "a secret belongs to one server",
        ),
        (
            {**REST, "address": "a?since=1", "resume": {"parameter": "since", "value": "{since}"}},
            "holds ['since'], which",
        ),
        ({**REST, "resume": {"parameter": "since", "value": "2026"}}, "resume.value holds {since} once"),
        ({**REST, "resume": {"parameter": "since", "value": "{since} {since}"}}, "resume.value holds {since} once"),
        ({**REST, "address": "a?page=1"}, "holds ['page'], which the connector adds"),
        ({"connector": "ckan", "address": "a?rows=5&start=1", "max_pages": 1}, "holds ['rows', 'start']"),
        ({"hosts": ["a..b"]}, "should match pattern"),
        ({"hosts": ["a" * 64 + ".de"]}, "should match pattern"),
        ({"mirror": ["b.csv"]}, "mirror stands beside absolute addresses"),
        (
            {"files": ["https://a.example/a", "https://a.example/b"], "hosts": ["a.example"], "mirror": ["a"]},
            "one path below FEEDS_URL for each address",
        ),
        ({"files": ["https://a.example/a"], "hosts": ["a.example"], "mirror": ["https://b.example"]}, "one path below"),
        ({"files": ["https://a.example/a"], "hosts": ["a.example"], "mirror": ["{year}"]}, "placeholders ['year']"),
        (
            {
                "files": ["https://a.example/2020"],
                "hosts": ["a.example"],
                "mirror": ["a"],
                "path_pattern": r"(?P<y>\d+)",
            },
            "does not match a",
        ),
        ({"files": ["//open.example/a"], "hosts": ["open.example"]}, "needs http or https"),
        ({"files": ["ftp://open.example/a"], "hosts": ["open.example"]}, "needs http or https"),
        ({"files": ["https://u:p@open.example/a"], "hosts": ["open.example"]}, "use `secret`"),
        ({"hosts": ["https://open.example"]}, "pattern"),
        ({"hosts": ["*.example"]}, "pattern"),
        ({"secret": "lower"}, "pattern"),
        ({"path_pattern": "("}, "is not a valid pattern"),
        ({"path_pattern": "a"}, "has no named group"),
        ({"path_pattern": "(?P<year>\\d{4})"}, "does not match a.csv"),
        ({"path_pattern": "(?P<name>a)|(?P<year>b)"}, "does not match a.csv"),
        ({**REST, "files": ["a"]}, "Extra inputs"),
        ({**REST, "max_pages": 0}, "greater than 0"),
        ({**REST, "pages": {"parameter": "page", "items": "content"}}, "'content' is not a JSONPath"),
        ({**REST, "pages": {"parameter": "page", "items": "$.c", "size": 5}}, "belong together"),
        ({**REST, "pages": {"parameter": "page"}}, "either JSON with `items`, or CSV with `csv_delimiter`"),
        ({**REST, "pages": {"parameter": "page", "items": "$.c", "csv_delimiter": ";"}}, "either JSON with"),
        ({**REST, "pages": {"parameter": "p", "csv_delimiter": ";", "total": "$.t"}}, "a CSV page has none"),
        ({"connector": "ftp"}, "'http'"),
        ({**REST, "pages": {"items": "$.c"}}, "either by `parameter` or by `next`"),
        ({**REST, "pages": {"parameter": "page", "next": "header", "items": "$.c"}}, "either by `parameter` or by"),
        ({**REST, "pages": {"next": "Header", "items": "$.c"}}, "'Header' is not a JSONPath"),
        ({**REST, "pages": {"next": "$.n", "items": "$.c", "first": 1}}, "counts, first and total_pages belong to"),
        ({**REST, "pages": {"next": "$.n", "items": "$.c", "total_pages": "$.t"}}, "belong to `parameter`"),
        ({**REST, "pages": {"next": "$.n", "items": "$.c", "counts": "items"}}, "belong to `parameter`"),
        ({**REST, "pages": {"next": "$.n", "csv_delimiter": ";"}}, "its link can only be in the `header`"),
        (
            {**REST, "pages": {"parameter": "o", "counts": "items", "items": "$.c", "total_pages": "$.t"}},
            "total_pages does not tell where a list ends whose parameter counts items",
        ),
        ({**REST, "pages": {"parameter": "o", "counts": "rows", "items": "$.c"}}, "'pages' or 'items'"),
        ({**REST, "rewrite_links": {"http://a/": "b/"}}, "rewrite_links needs `pages.next`"),
        ({**OPARL, "rewrite_links": {"http://a": "b/"}}, "rewrite_links: http://a and 'b/' must both end in /"),
        ({**OPARL, "rewrite_links": {"http://a/": "b"}}, "must both end in /"),
        ({**OPARL, "rewrite_links": {"a/": "b/"}}, "a/ is not the beginning of an address with http or https"),
        ({**OPARL, "rewrite_links": {"http://u@a/": "b/"}}, "is not the beginning of an address"),
        ({**OPARL, "rewrite_links": {"http://a/": "http://b/"}}, "its host in `hosts`"),
        ({**OPARL, "rewrite_links": {"http://a/": "//b/"}}, "its host in `hosts`"),
        ({"connector": "ckan", "address": "a", "max_pages": 2, "rewrite_links": {"http://a/": "b/"}}, "Extra inputs"),
        ({"headers": {"Authorization": "x"}}, "headers ['authorization'] are the connector's own; a key goes into"),
        ({"headers": {"Host": "x", "range": "y"}}, "headers ['host', 'range'] are the connector's own"),
        ({"headers": {"Accept": "a", "accept": "b"}}, "headers are declared twice: ['accept']"),
        ({"headers": {"X Y": "a"}}, "pattern"),
        ({"headers": {"X": "a\r\nHost: b"}}, "pattern"),
        ({"headers": {"X": "ä"}}, "pattern"),
        ({"method": "PUT"}, "'GET' or 'POST'"),
        ({"body": "a=1", "headers": {"Content-Type": "x/y"}}, "a body needs method POST and its Content-Type"),
        ({"body": "a=1", "method": "POST"}, "a body needs method POST and its Content-Type"),
        ({"secret_header": "X-Key"}, "secret_header or secret_parameter, not both, says where `secret` is sent"),
        ({"secret": "A", "secret_header": "X", "secret_parameter": "x"}, "not both"),
        ({"secret": "A", "secret_header": "Host"}, "secret_header Host is another header already"),
        ({"secret": "A", "secret_header": "x-key", "headers": {"X-Key": "1"}}, "x-key is another header already"),
        ({"secret": "A", "secret_parameter": "a b"}, "pattern"),
        ({"secret": "A", "secret_parameter": "k", "files": ["a?k=1"]}, "holds the parameter k, which is for the"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        spec(**changes)
    assert reason in str(caught.value)


def test_what_is_accepted() -> None:
    assert spec(secret="A", secret_header="Authorization").secret_header == "Authorization"
    assert spec(**OPARL, hosts=["b:1"], rewrite_links={"https://a:8443/x/": "https://b:1/"}).rewrite_links
    assert spec(**OPARL, rewrite_links={"http://a/": "./"}).rewrite_links
    assert spec(method="POST").body is None


def test_an_absolute_address_at_a_declared_host() -> None:
    assert spec(files=["https://open.example:8443/a"], hosts=["open.example:8443"]).addresses
