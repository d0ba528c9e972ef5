"""Which hosts and network addresses a feed may ask, and who gets to see its secret."""

from __future__ import annotations

import base64
import datetime as dt
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lakehouse import names
from lakehouse.errors import FetchError
from lakehouse.ingest.connectors import Fetched, Last, fetch_all, public_addresses
from lakehouse.ingest.connectors.guard import Guard, _is_public, parse
from lakehouse.ingest.connectors.http import Client
from lakehouse.ingest.landing import receipt
from lakehouse.spec.fetch import Http
from tests.support import example
from tests.support.feed import land
from tests.support.loopback import Feeds, answer
from tests.support.memory import MemoryStore

TOKEN = "s3cr3t-of-the-feed"


def declared(**changes: Any) -> Http:
    return Http.model_validate({"connector": "http", "files": ["a.csv"], "max_bytes": 1000, "timeout_s": 5, **changes})


def fetch(fetch: Http, feeds_url: str, folder: Path, last: Mapping[str, Last] = {}) -> list[Fetched | None]:
    return list(fetch_all(fetch, feeds_url, folder, last))


@pytest.fixture
def everything_is_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's servers count as public, so that a declared name may resolve to them."""
    monkeypatch.setattr("lakehouse.ingest.connectors.guard._is_public", lambda _: True)


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("http://feeds.example:8080/a", True),
        ("http://FEEDS.example:8080/a", True),
        ("http://feeds.example/a", False),
        ("http://feeds.example:8081/a", False),
        ("https://open.example/a", True),
        ("http://open.example/a", True),
        ("https://open.example:443/a", True),
        ("https://open.example:8443/a", False),
        ("http://open.example:443/a", False),
        ("https://odd.example:8443/a", True),
        ("https://odd.example/a", False),
        ("https://sub.open.example/a", False),
        ("https://open.example.evil.example/a", False),
        ("https://open.example@evil.example/a", False),
        ("https://open.example./a", False),
        ("https://evil.example/open.example", False),
        ("ftp://open.example/a", False),
        ("file:///etc/passwd", False),
        ("//open.example/a", False),
    ],
)
def test_only_declared_hosts_may_be_asked(address: str, allowed: bool) -> None:
    guard = Guard.of("http://feeds.example:8080/base", ["open.example", "odd.example:8443"])
    if allowed:
        guard.check(parse(address))
    else:
        with pytest.raises(FetchError, match="is not a declared host"):
            guard.check(parse(address))


@pytest.mark.parametrize(
    "address",
    """127.0.0.1 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255
    ::1 :: fe80::1 fe80::1%eth0 fc00::1 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 64:ff9b::a00:1
    2002:7f00:1:: 2002:a00:1::""".split(),
)
def test_addresses_inside_are_not_public(address: str) -> None:
    assert not _is_public(address)


@pytest.mark.parametrize("address", "93.184.216.34 2606:4700::1111 ::ffff:93.184.216.34 64:ff9b::5db8:d822".split())
def test_addresses_outside_are_public(address: str) -> None:
    assert _is_public(address)


def test_a_declared_name_may_not_lead_inside(feeds: Feeds, hosts: dict[str, list[str]], tmp_path: Path) -> None:
    feeds.answers(answer(body=b"inside"))
    hosts["open.example"] = ["127.0.0.1"]
    address = f"http://open.example:{feeds.port}/a.csv"
    spec = declared(files=[address], hosts=[f"open.example:{feeds.port}"])
    with pytest.raises(
        FetchError, match=f"open.example:{feeds.port} resolves to 127.0.0.1, which is not a public address"
    ):
        fetch(spec, "http://feeds.example", tmp_path)
    assert feeds.requests == []


def test_one_address_inside_is_enough(feeds: Feeds, hosts: dict[str, list[str]], tmp_path: Path) -> None:
    hosts["open.example"] = ["93.184.216.34", "::1"]
    with pytest.raises(FetchError, match="resolves to ::1"):
        fetch(declared(files=["http://open.example/a"], hosts=["open.example"]), "http://feeds.example", tmp_path)


def test_the_host_of_the_feeds_may_be_inside(feeds: Feeds, hosts: dict[str, list[str]], tmp_path: Path) -> None:
    feeds.answers(answer(body=b"x"))
    hosts["mirror.example"] = ["127.0.0.1"]
    assert fetch(declared(), f"http://mirror.example:{feeds.port}", tmp_path)


@pytest.mark.usefixtures("everything_is_public")
def test_a_name_is_resolved_once_for_check_and_connection(
    feeds: Feeds, hosts: dict[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the name server says something public first, and the loopback to whoever asks again
    hosts["rebinding.example"] = ["127.0.0.1"]
    asked: list[str] = []

    def public(address: str) -> bool:
        asked.append(address)
        hosts["rebinding.example"] = ["127.0.0.2"]
        return True

    monkeypatch.setattr("lakehouse.ingest.connectors.guard._is_public", public)
    feeds.answers(answer(body=b"x"))
    address = f"http://rebinding.example:{feeds.port}/a.csv"
    (fetched,) = fetch(declared(files=[address], hosts=[f"rebinding.example:{feeds.port}"]), "http://f", tmp_path)
    assert fetched and asked == ["127.0.0.1"]
    assert feeds.requests[0]["Host"] == f"rebinding.example:{feeds.port}"


@pytest.mark.usefixtures("everything_is_public")
def test_the_next_address_of_a_name_is_tried(feeds: Feeds, hosts: dict[str, list[str]], tmp_path: Path) -> None:
    feeds.answers(answer(body=b"x"))
    hosts["open.example"] = ["127.0.0.9", "127.0.0.1"]
    spec = declared(files=[f"http://open.example:{feeds.port}/a"], hosts=[f"open.example:{feeds.port}"])
    assert fetch(spec, "http://f", tmp_path)


def test_an_unknown_name_is_an_error(tmp_path: Path, hosts: dict[str, list[str]], feeds: Feeds) -> None:
    hosts["nowhere.example"] = []
    spec = declared(files=["http://nowhere.example/a"], hosts=["nowhere.example"])
    with pytest.raises(FetchError, match="ConnectError: nowhere.example has no address"):
        fetch(spec, "http://f", tmp_path)


def test_an_undeclared_address_is_not_asked(feeds: Feeds, other: Feeds, tmp_path: Path) -> None:
    client = Client(Guard.of(feeds.base, []), other.base)
    with pytest.raises(FetchError, match="is not a declared host"):
        client.get(other.base, tmp_path / "a", max_bytes=1, timeout_s=1)
    assert other.requests == []


def test_a_redirect_to_an_undeclared_host_is_refused(feeds: Feeds, other: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(302, Location=f"{other.base}/inside"))
    other.answers(answer(body=b"inside"))
    with pytest.raises(FetchError, match=f"a.csv: leads elsewhere: {other.base}/inside: .* is not a declared host"):
        fetch(declared(), feeds.base, tmp_path)
    assert other.requests == []


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://169.254.169.254/latest/meta-data/", "169.254.169.254:80 is not a declared host"),
        ("http://[::1]/", "::1:80 is not a declared host"),
        ("file:///etc/passwd", "is not a declared host"),
        ("http://a:b/", "is not an address"),
        ("http://a:99999999/", "is not an address|is not a declared host"),
    ],
)
def test_a_redirect_inside_is_refused(location: str, reason: str, feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(302, Location=location))
    with pytest.raises(FetchError, match=reason):
        fetch(declared(), feeds.base, tmp_path)
    assert len(feeds.requests) == 1


def test_a_redirect_to_a_declared_name_that_leads_inside_is_refused(
    feeds: Feeds, other: Feeds, hosts: dict[str, list[str]], tmp_path: Path
) -> None:
    hosts["open.example"] = ["127.0.0.1"]
    feeds.answers(answer(302, Location=f"http://open.example:{other.port}/"))
    with pytest.raises(FetchError, match="resolves to 127.0.0.1, which is not a public address"):
        fetch(declared(hosts=[f"open.example:{other.port}"]), feeds.base, tmp_path)
    assert other.requests == []


def test_a_redirect_that_drops_encryption_is_refused() -> None:
    guard = Guard.of("https://feeds.example", ["open.example"])
    with pytest.raises(FetchError, match="not encrypted any more"):
        guard.follow(parse("https://feeds.example/a"), "http://open.example/a")
    assert str(guard.follow(parse("https://feeds.example/a"), "//u:p@open.example/b")) == "https://open.example/b"


def test_a_proxy_of_the_environment_is_not_used(feeds: Feeds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # it would resolve the names, and the check of the address would be void
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    feeds.answers(answer(body=b"x"))
    assert fetch(declared(), feeds.base, tmp_path)


def test_the_secret_is_sent_to_the_declared_host(feeds: Feeds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTVEST_SECRET_PORTAL", TOKEN)
    feeds.answers(answer(302, Location="/b"), answer(body=b"x"))
    assert fetch(declared(secret="PORTAL"), feeds.base, tmp_path)
    assert [request["Authorization"] for request in feeds.requests] == [f"Bearer {TOKEN}"] * 2


@pytest.mark.usefixtures("everything_is_public")
@pytest.mark.parametrize("user", ["", "user:pass@"])
def test_no_credentials_go_to_another_host(
    user: str, feeds: Feeds, other: Feeds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMARTVEST_SECRET_PORTAL", TOKEN)
    feeds.answers(answer(307, Location=f"http://u:p@127.0.0.1:{other.port}/b"))
    other.answers(answer(body=b"x"))
    spec = declared(hosts=[f"127.0.0.1:{other.port}"], secret=None if user else "PORTAL")
    assert fetch(spec, feeds.base.replace("//", f"//{user}"), tmp_path)
    assert "Authorization" in feeds.requests[0]
    assert "Authorization" not in other.requests[0] and other.paths == ["/b"]


def test_user_and_password_of_the_mirror_are_sent_and_never_shown(
    feeds: Feeds, store: MemoryStore, tmp_path: Path
) -> None:
    base = feeds.base.replace("//", "//us%40er:pa%3Ass@")
    feeds.answers(answer(body=b"Baum,Art\n1,Eiche\n", ETag='"1"'))
    source = example.source(tmp_path)
    (landed,) = land(store, source, base, "run-1")
    assert feeds.requests[0]["Authorization"] == "Basic " + base64.b64encode(b"us@er:pa:ss").decode()
    assert landed.address == f"{feeds.base}/trees/all.csv"
    assert public_addresses(source.fetch, base, dt.date(2026, 1, 1)) == [landed.address]
    assert receipt(store, source.id, landed.delivery) == landed
    feeds.answers(answer(304, length=None))
    assert land(store, source, base, "run-2") == []
    assert feeds.requests[0]["If-None-Match"] == '"1"', "the receipt is found again"
    feeds.answers(answer(404))
    with pytest.raises(FetchError) as caught:
        land(store, source, base, "run-3")
    assert str(caught.value) == f"{feeds.base}/trees/all.csv: the server answered 404"


def test_the_secret_is_in_no_receipt_error_or_log(
    feeds: Feeds, store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("SMARTVEST_SECRET_PORTAL", TOKEN)
    fetch = {"connector": "http", "files": ["a.csv"], "max_bytes": 1000, "secret": "PORTAL"}
    source = example.source(tmp_path, fetch=fetch)
    feeds.answers(answer(body=b"Baum,Art\n1,Eiche\n"))
    land(store, source, feeds.base, "run-1")
    assert not any(TOKEN.encode() in body for (bucket, _), body in contents(store) if bucket == names.RAW)
    # a server that sends the token back in the address it redirects to
    feeds.answers(answer(302, Location=f"http://elsewhere.example/?token={TOKEN}"))
    with pytest.raises(FetchError, match=r"token=\*\*\*") as caught:
        land(store, source, feeds.base, "run-2")
    assert TOKEN not in str(caught.value)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("value", [None, "", "two words", "line\nbreak", "Schlüssel"])
def test_a_secret_that_cannot_be_sent_is_named_but_not_shown(
    value: str | None, feeds: Feeds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if value is None:
        monkeypatch.delenv("SMARTVEST_SECRET_PORTAL", raising=False)
    else:
        monkeypatch.setenv("SMARTVEST_SECRET_PORTAL", value)
    with pytest.raises(FetchError) as caught:
        fetch(declared(secret="PORTAL"), feeds.base, tmp_path)
    assert str(caught.value).startswith("SMARTVEST_SECRET_PORTAL is not set")
    assert not value or value not in str(caught.value)
    assert feeds.requests == []


def test_every_declared_address_is_fetched_in_order(feeds: Feeds, tmp_path: Path) -> None:
    spec = declared(files=["{year}/{kind}.csv"], parameters={"year": ["2020", "2021"], "kind": ["a b", "c"]})
    feeds.answers(answer(body=b"1"), answer(304, length=None), answer(body=b"3"))

    class Known:
        etag, last_modified, fetched_at = '"7"', None, dt.datetime.now(dt.UTC)

    found = fetch(spec, feeds.base, tmp_path, {f"{feeds.base}/2020/c.csv": Known()})
    assert feeds.paths == ["/2020/a%20b.csv", "/2020/c.csv", "/2021/a%20b.csv", "/2021/c.csv"]
    assert [one and one.file for one in found] == ["a b.csv", None, "a b.csv", "c.csv"]
    assert [request.get("If-None-Match") for request in feeds.requests] == [None, '"7"', None, None]


def contents(store: MemoryStore) -> list[tuple[tuple[str, str], bytes]]:
    return [(key, store.get(*key)) for key in store.objects]
