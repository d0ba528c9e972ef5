"""The inbox on a real MinIO: what is put down is landed once, in its order, and nothing of it is lost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from urllib3.exceptions import HTTPError

from lakehouse import names
from lakehouse.ingest import inbox, landing
from lakehouse.ingest.landing import Receipt, deliveries
from lakehouse.settings import Settings
from lakehouse.spec.source import Source
from lakehouse.storage import ObjectStore
from tests.support import minio, uploads

CITY, OTHER = "05562024", "05562004"
FEED, INBOX = uploads.DELIVERY, names.INBOX


@pytest.fixture
def door(settings: Settings) -> Iterator[ObjectStore]:
    """The store of the landing role, with an inbox and raw feed that are as good as new."""
    store = ObjectStore.for_role(settings, "landing")
    for version in store.versions(INBOX, ""):
        store.delete(INBOX, version.key, version.id)
    yield store


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return uploads.tables(tmp_path)[0]


@pytest.fixture
def put(settings: Settings) -> Callable[..., str]:
    """Puts something down with the key of its administration; returns the key of the object."""

    def put_down(name: str, body: bytes = b"x", ags: str = CITY, feed: str = FEED, period: str = "2025") -> str:
        key = f"{ags}/{feed}/{period}/{name}"
        ObjectStore.for_role(settings, ags).put(INBOX, key, body)
        return key

    return put_down


def land(store: ObjectStore, source: Source, run: str = "run") -> list[Receipt]:
    return inbox.land(store, source, run, deliveries(store, FEED))


def left(store: ObjectStore) -> list[str]:
    """Keys of all versions that still lie in the inbox, oldest first."""
    return [version.key for version in store.versions(INBOX, "")]


def landed_bytes(store: ObjectStore, receipts: list[Receipt]) -> list[bytes]:
    return [store.get(names.RAW, receipt.object_key) for receipt in receipts]


def test_uploads_land_in_the_order_in_which_they_were_put_down(
    door: ObjectStore, source: Source, put: Callable[..., str]
) -> None:
    written = [put("z.xlsx", b"1", OTHER), put("a.xlsx", b"2"), put("a.xlsx", b"3", period="2024"), put("b", b"4")]
    versions = door.versions(INBOX, "")
    assert [version.key for version in versions] == written
    receipts = land(door, source, "run-1")
    assert landed_bytes(door, receipts) == [b"1", b"2", b"3", b"4"]
    assert [receipt.order for receipt in receipts] == sorted(receipt.order for receipt in receipts)
    assert left(door) == []
    first = receipts[0]
    assert first == Receipt(
        feed=FEED,
        delivery=f"{first.fetched_at:%Y%m%dT%H%M%S%f}Z-{hashlib.sha256(b'1').hexdigest()[:12]}",
        file="z.xlsx",
        address=f"inbox/{OTHER}/{FEED}/2025/z.xlsx",
        fetched_at=first.fetched_at,
        published_at=versions[0].written_at,
        sha256=hashlib.sha256(b"1").hexdigest(),
        bytes=1,
        content_type="application/octet-stream",
        etag=versions[0].id,
        last_modified=versions[0].written_at.isoformat(),
        licence=None,
        run_id="run-1",
        function="",
    )
    assert inbox.inbox_key(first) == written[0]
    assert landing.receipt(door, FEED, first.delivery) == first
    assert land(door, source) == []


def test_of_two_versions_under_one_key_both_land_and_the_later_one_wins(
    door: ObjectStore, source: Source, put: Callable[..., str]
) -> None:
    for body in (b"first", b"second", b"first"):
        put("a.xlsx", body)
    receipts = land(door, source)
    assert landed_bytes(door, receipts) == [b"first", b"second", b"first"], "the same bytes again are a delivery, too"
    assert len({receipt.etag for receipt in receipts}) == len({receipt.delivery for receipt in receipts}) == 3
    assert max(receipts, key=lambda receipt: receipt.order) == receipts[2]
    assert left(door) == []


def test_a_kill_between_receipt_and_removal_lands_nothing_twice(
    door: ObjectStore, source: Source, put: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put("a.xlsx", b"1")
    put("a.xlsx", b"2")
    before = set(deliveries(door, FEED))
    with monkeypatch.context() as patched:
        patched.setattr(door, "delete", _killed)
        with pytest.raises(ConnectionError):
            land(door, source, "killed")
    (first,) = set(deliveries(door, FEED)) - before
    assert len(left(door)) == 2
    (second,) = land(door, source, "next")
    assert landed_bytes(door, [second]) == [b"2"]
    assert set(deliveries(door, FEED)) - before == {first, second.delivery}
    assert left(door) == []


def test_a_kill_before_the_receipt_lands_the_upload_once_more(
    door: ObjectStore, source: Source, put: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put("a.xlsx", b"1")
    with monkeypatch.context() as patched:
        patched.setattr(door, "put_new", _killed)
        with pytest.raises(ConnectionError):
            land(door, source, "killed")
    assert len(left(door)) == 1
    (again,) = land(door, source, "next")
    assert (landed_bytes(door, [again]), again.run_id, left(door)) == ([b"1"], "next", [])


def _killed(*_: Any, **__: Any) -> None:
    raise ConnectionError("killed here")


def test_what_is_put_down_while_another_is_landed_waits_for_the_next_run(
    door: ObjectStore, source: Source, put: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put("a.xlsx", b"1")
    download = door.download

    def meanwhile(bucket: str, key: str, path: Path, version: str | None = None) -> None:
        put("a.xlsx", b"2")
        put("b.xlsx", b"3")
        download(bucket, key, path, version)

    with monkeypatch.context() as patched:
        patched.setattr(door, "download", meanwhile)
        assert landed_bytes(door, land(door, source)) == [b"1"], "exactly the bytes that were there first"
    assert [key.rpartition("/")[2] for key in left(door)] == ["a.xlsx", "b.xlsx"]
    assert landed_bytes(door, land(door, source)) == [b"2", b"3"]


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("receipt.json", "_receipt.json"),
        ("Maßnahmen 2025 – Stand (größer).xlsx", None),
        ("100% & +mehr;=?#.xlsx", None),
        ("a%20b.xlsx", None),
        ("ü" * 95 + "x.xlsx", None),
        ("a" * 195 + ".xlsx", None),
        (".withdrawal", None),
        ("2025-03-01T10.withdrawal", None),
    ],
)
def test_any_name_lands_as_it_is(
    name: str, file: str | None, door: ObjectStore, source: Source, put: Callable[..., str]
) -> None:
    key = put(name, b"the bytes")
    (receipt,) = land(door, source)
    assert (receipt.file, inbox.inbox_key(receipt)) == (file or name, key)
    assert landed_bytes(door, [receipt]) == [b"the bytes"]
    assert landing.receipt(door, FEED, receipt.delivery) == receipt
    assert source.fetch.path_values(receipt.address) == {"ags": CITY, "period": "2025"}
    assert inbox.is_withdrawal(receipt) is name.endswith(".withdrawal")
    assert left(door) == []


def test_what_no_feed_takes_stays_and_is_named(
    door: ObjectStore, source: Source, put: Callable[..., str], settings: Settings
) -> None:
    stays = [put("a.xlsx", feed="town__nothing"), put("a/b.xlsx"), put("a.xlsx", feed=f"{FEED}s")]
    for ags, key in ((CITY, f"{CITY}/x.xlsx"), ("root", f"05562005/{FEED}/2025/a.xlsx"), ("root", "a.xlsx")):
        put_anywhere(settings, ags, key)
        stays.append(key)
    # a period that there is not is answered with a sentence
    taken = [put("a.xlsx", period=period) for period in ("2025", "2021", "2025-H1", "x")]
    assert sorted(inbox.stray(door, [source])) == sorted(stays)
    assert [inbox.inbox_key(receipt) for receipt in land(door, source)] == taken
    assert sorted(left(door)) == sorted(stays)
    assert inbox.stray(door, []) == sorted(stays), "without a feed all of it is stray"


def put_anywhere(settings: Settings, who: str, key: str) -> None:
    """An object that the portal would not make, also by the administrator of the store."""
    keys = settings.keys(who) if who != "root" else ("root", _root_secret(settings))
    ObjectStore(settings.s3_endpoint, *keys, settings.s3_region).put(INBOX, key, b"x")


def _root_secret(settings: Settings) -> str:
    return str(json.loads((settings.state_dir / "stack.json").read_text("utf-8"))["secrets"]["minio_root_password"])


@pytest.mark.parametrize("function", ["CDO", "Büro für Digitales & IT"])
def test_the_function_of_whoever_put_it_down_is_in_the_receipt(
    function: str, door: ObjectStore, source: Source, settings: Settings
) -> None:
    said = {inbox.FUNCTION: quote(function, safe="")}
    its = ObjectStore.for_role(settings, CITY)
    assert its.put_new(INBOX, f"{CITY}/{FEED}/2025/a.xlsx", b"x", metadata=said)
    # a later version without it must not lend or take anything
    its.put(INBOX, f"{CITY}/{FEED}/2025/a.xlsx", b"y")
    assert [receipt.function for receipt in land(door, source)] == [function, ""]


def test_nothing_is_lost_when_the_store_stops_in_the_middle(
    tmp_path: Path, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends behind the receipt of the second of three uploads, and comes back with what it had."""
    state, bodies = tmp_path / "state", [b"1", b"2", b"3"]
    running = ExitStack()
    settings = minio.settings_of(running.enter_context(minio.running(state)))
    its = ObjectStore.for_role(settings, CITY)
    for number, body in enumerate(bodies):
        its.put(INBOX, f"{CITY}/{FEED}/2025/{number}.xlsx", body)
    store = ObjectStore.for_role(settings, "landing", patience=1)
    delete, removed = store.delete, list[str]()

    def stopping(bucket: str, key: str, version: str | None = None) -> None:
        if removed:
            running.close()
        delete(bucket, key, version)
        removed.append(key)

    monkeypatch.setattr(store, "delete", stopping)
    with running, pytest.raises(HTTPError):
        land(store, source, "first")
    with minio.running(state) as stack:
        store = ObjectStore.for_role(minio.settings_of(stack), "landing")
        assert [key[-6:] for key in left(store)] == ["1.xlsx", "2.xlsx"]
        assert landed_bytes(store, land(store, source, "second")) == [b"3"]
        assert left(store) == []
        kept = [landing.receipt(store, FEED, delivery) for delivery in deliveries(store, FEED)]
        found = [(receipt.run_id, *landed_bytes(store, [receipt])) for receipt in kept if receipt]
        assert found == [("first", b"1"), ("first", b"2"), ("second", b"3")]
