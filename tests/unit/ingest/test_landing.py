"""Landing: what becomes a delivery, what its receipt says, and in which order deliveries apply."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lakehouse import names
from lakehouse.errors import FetchError
from lakehouse.ingest.landing import Receipt, deliveries, receipt
from lakehouse.spec.source import Source
from tests.support import example
from tests.support.feed import land
from tests.support.loopback import Feeds, answer
from tests.support.memory import MemoryStore

OLD, NEW = b"Baum,Art\n1,Eiche\n", b"Baum,Art\n1,Linde\n"
PUBLISHED = "Sat, 02 Jan 2021 03:04:05 GMT"
LICENCE = {"id": "http://dcat-ap.de/def/licenses/dl-by-de/2.0", "attribution": "Town"}


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return example.source(tmp_path, licence=LICENCE)


def raw(store: MemoryStore) -> list[str]:
    return sorted(key for bucket, key in store.objects if bucket == names.RAW)


def test_a_mirror_is_asked_instead_of_the_publisher(store: MemoryStore, tmp_path: Path, feeds: Feeds) -> None:
    port = urlsplit(feeds.base).port
    publisher = {"files": [f"http://localhost:{port}/trees.csv"], "hosts": [f"localhost:{port}"]}
    fetch = {"connector": "http", "max_bytes": 10_000, "timeout_s": 5, **publisher, "mirror": ["copies/trees.csv"]}
    source = example.source(tmp_path, fetch=fetch)
    feeds.answers(answer(body=OLD))
    (landed,) = land(store, source, feeds.base, "run-1")
    assert landed.address == f"{feeds.base}/copies/trees.csv"
    # that of the test is not a public address, so to ask for it is refused with its name
    with pytest.raises(FetchError, match=f"localhost:{port} resolves to .*, which is not a public address"):
        land(store, source, "", "run-2")


def test_a_path_without_a_mirror_has_no_address(store: MemoryStore, source: Source) -> None:
    with pytest.raises(FetchError, match="trees/all.csv has no public address: it is a path below SMARTVEST_FEEDS_URL"):
        land(store, source, "", "run-1")


def test_a_new_file_is_stored_with_a_complete_receipt(store: MemoryStore, source: Source, feeds: Feeds) -> None:
    feeds.answers(answer(body=OLD, ETag='"7"', Last_Modified=PUBLISHED, Content_Type="text/csv"))
    before = dt.datetime.now(dt.UTC)
    (landed,) = land(store, source, feeds.base, "run-1")
    assert before <= landed.fetched_at <= dt.datetime.now(dt.UTC)
    digest = hashlib.sha256(OLD).hexdigest()
    assert landed == Receipt(
        feed="town__tree",
        delivery=f"{landed.fetched_at:%Y%m%dT%H%M%S%f}Z-{digest[:12]}",
        file="all.csv",
        address=f"{feeds.base}/trees/all.csv",
        fetched_at=landed.fetched_at,
        published_at=dt.datetime(2021, 1, 2, 3, 4, 5, tzinfo=dt.UTC),
        sha256=digest,
        bytes=len(OLD),
        content_type="text/csv",
        etag='"7"',
        last_modified=PUBLISHED,
        licence=LICENCE,
        run_id="run-1",
    )
    folder = f"town__tree/{landed.delivery}"
    assert raw(store) == [f"{folder}/all.csv", f"{folder}/receipt.json"]
    assert store.get(names.RAW, landed.object_key) == OLD
    assert receipt(store, "town__tree", landed.delivery) == landed
    assert re.fullmatch(r"\d{8}T\d{12}Z-[0-9a-f]{12}", landed.delivery)


def test_the_same_bytes_land_nothing(store: MemoryStore, source: Source, feeds: Feeds) -> None:
    feeds.answers(answer(body=OLD, ETag='"7"', Last_Modified=PUBLISHED))
    land(store, source, feeds.base, "run-1")
    before = dict(store.objects)
    assert land(store, source, feeds.base, "run-2") == [], "sent again although nothing changed"
    feeds.answers(answer(304, length=None))
    assert land(store, source, feeds.base, "run-3") == []
    assert feeds.requests[0]["If-None-Match"] == '"7"' and feeds.requests[0]["If-Modified-Since"] == PUBLISHED
    assert store.objects == before


def test_changed_bytes_land(store: MemoryStore, source: Source, feeds: Feeds) -> None:
    feeds.answers(answer(body=OLD))
    (first,) = land(store, source, feeds.base, "run-1")
    feeds.answers(answer(body=NEW))
    (second,) = land(store, source, feeds.base, "run-2")
    assert deliveries(store, source.id) == [first.delivery, second.delivery]
    assert store.get(names.RAW, first.object_key) == OLD, "the raw zone is never overwritten"
    assert store.get(names.RAW, second.object_key) == NEW


def test_older_bytes_that_come_back_are_a_delivery_again(store: MemoryStore, source: Source, feeds: Feeds) -> None:
    landed = []
    for number, body in enumerate((OLD, NEW, OLD)):
        feeds.answers(answer(body=body, ETag=f'"{number}"'))
        landed += land(store, source, feeds.base, f"run-{number}")
    assert [one.sha256 for one in landed] == [hashlib.sha256(body).hexdigest() for body in (OLD, NEW, OLD)]
    assert len(set(deliveries(store, source.id))) == 3
    feeds.answers(answer(304, length=None))
    land(store, source, feeds.base, "run-4")
    assert feeds.requests[0]["If-None-Match"] == '"2"', "asked against the latest delivery"


def test_an_object_without_a_receipt_does_not_exist(store: MemoryStore, source: Source, feeds: Feeds) -> None:
    feeds.answers(answer(body=OLD, ETag='"7"'))
    (landed,) = land(store, source, feeds.base, "run-1")
    store.delete(names.RAW, f"town__tree/{landed.delivery}/receipt.json")
    assert receipt(store, source.id, landed.delivery) is None
    (again,) = land(store, source, feeds.base, "run-2")
    assert "If-None-Match" not in feeds.requests[-1], "a killed run must not look like the last delivery"
    assert again.sha256 == landed.sha256 and again.delivery != landed.delivery


def test_the_receipt_is_written_last(source: Source, feeds: Feeds) -> None:
    class Broken(MemoryStore):
        def put_new(self, *_: object, **__: object) -> bool:
            raise ConnectionError("killed here")

    store = Broken()
    feeds.answers(answer(body=OLD))
    with pytest.raises(ConnectionError):
        land(store, source, feeds.base, "run-1")
    (key,) = raw(store)
    assert key.endswith("/all.csv")


@pytest.mark.parametrize("said", ["Fri, 01 Jan 2100 00:00:00 GMT", None, "yesterday", ""])
def test_published_is_never_after_fetched(said: str | None, store: MemoryStore, source: Source, feeds: Feeds) -> None:
    feeds.answers(answer(body=OLD, **({} if said is None else {"Last_Modified": said})))
    (landed,) = land(store, source, feeds.base, "run-1")
    assert landed.published_at == landed.fetched_at
    assert landed.last_modified == said


def test_a_date_without_zone_is_utc(store: MemoryStore, source: Source, feeds: Feeds) -> None:
    feeds.answers(answer(body=OLD, Last_Modified="Sat, 02 Jan 2021 03:04:05 -0000"))
    (landed,) = land(store, source, feeds.base, "run-1")
    assert landed.published_at == dt.datetime(2021, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


def test_only_the_changed_file_of_a_feed_lands(store: MemoryStore, feeds: Feeds, tmp_path: Path) -> None:
    fetch = {"connector": "http", "files": ["a/all.csv", "b/all.csv"], "max_bytes": 1000}
    source = example.source(tmp_path, fetch=fetch)
    feeds.answers(answer(body=OLD), answer(body=NEW))
    both = land(store, source, feeds.base, "run-1")
    assert [one.address for one in both] == [f"{feeds.base}/a/all.csv", f"{feeds.base}/b/all.csv"]
    feeds.answers(answer(body=OLD), answer(body=OLD))
    (changed,) = land(store, source, feeds.base, "run-2")
    assert changed.address == f"{feeds.base}/b/all.csv", "each address is compared with its own last delivery"


def test_what_landed_before_a_failure_stays(store: MemoryStore, feeds: Feeds, tmp_path: Path) -> None:
    fetch = {"connector": "http", "files": ["a.csv", "b.csv"], "max_bytes": 1000}
    source = example.source(tmp_path, fetch=fetch)
    feeds.answers(answer(body=OLD), answer(404))
    with pytest.raises(FetchError, match="b.csv: the server answered 404"):
        land(store, source, feeds.base, "run-1")
    (delivery,) = deliveries(store, source.id)
    assert receipt(store, source.id, delivery) is not None


def test_other_feeds_with_a_similar_name_are_not_read(store: MemoryStore) -> None:
    store.put(names.RAW, "town__tree/d1/all.csv", OLD)
    store.put(names.RAW, "town__tree_old/d2/all.csv", OLD)
    assert deliveries(store, "town__tree") == ["d1"]


def test_an_escaped_file_name_is_stored_readable(store: MemoryStore, feeds: Feeds, tmp_path: Path) -> None:
    fetch = {"connector": "http", "files": ["trees%20of%202007/all%20trees.csv"], "max_bytes": 1000}
    feeds.answers(answer(body=OLD))
    (landed,) = land(store, example.source(tmp_path, fetch=fetch), feeds.base, "run-1")
    assert landed.file == "all trees.csv"
    assert landed.object_key == f"town__tree/{landed.delivery}/all trees.csv"
    assert feeds.requests[0]["path"] == "/trees%20of%202007/all%20trees.csv"


JANUARY, FEBRUARY, MARCH = (f"{said} 2021 00:00:00 GMT" for said in ("Sat, 02 Jan", "Tue, 02 Feb", "Tue, 02 Mar"))


def test_deliveries_apply_as_they_were_published_not_as_they_came(
    store: MemoryStore, feeds: Feeds, tmp_path: Path
) -> None:
    landed = []
    for file, body, said in (("2.csv", NEW, FEBRUARY), ("1.csv", OLD, JANUARY)):
        source = example.source(tmp_path, fetch={"connector": "http", "files": [file], "max_bytes": 1000})
        feeds.answers(answer(body=body, Last_Modified=said))
        landed += land(store, source, feeds.base, "run")
    late, early = landed
    assert late.fetched_at < early.fetched_at
    assert sorted(landed, key=lambda one: one.order) == [early, late]
    twin = late.model_copy(update={"delivery": late.delivery + "x"})
    assert sorted([twin, late], key=lambda one: one.order) == [late, twin], "the id decides between equals"


def serve_in_turn(store: MemoryStore, source: Source, feeds: Feeds, *served: tuple[bytes, str | None]) -> list[Receipt]:
    landed = []
    for number, (body, said) in enumerate(served):
        feeds.answers(answer(body=body, **({"Last_Modified": said} if said else {})))
        landed += land(store, source, feeds.base, f"run-{number}")
    return landed


@pytest.mark.parametrize(
    "said",
    [
        (FEBRUARY, JANUARY), (FEBRUARY, JANUARY, FEBRUARY), (MARCH, JANUARY, FEBRUARY), (FEBRUARY, FEBRUARY),
        (None, JANUARY), (FEBRUARY, JANUARY, None), ("Fri, 01 Jan 2100 00:00:00 GMT", JANUARY),
    ],
)  # fmt: skip
def test_what_an_address_serves_now_applies_last(
    said: tuple[str | None, ...], store: MemoryStore, source: Source, feeds: Feeds
) -> None:
    bodies = [OLD, NEW, OLD]
    landed = serve_in_turn(store, source, feeds, *zip(bodies, said, strict=False))
    assert len(landed) == len(said)
    assert sorted(landed, key=lambda one: one.order) == landed
    assert all(one.published_at <= one.fetched_at for one in landed)


def test_a_file_that_was_put_back_counts_as_published_when_it_was_found(
    store: MemoryStore, source: Source, feeds: Feeds
) -> None:
    first, back = serve_in_turn(store, source, feeds, (NEW, FEBRUARY), (OLD, JANUARY))
    assert first.published_at == dt.datetime(2021, 2, 2, tzinfo=dt.UTC)
    assert back.published_at == back.fetched_at and back.last_modified == JANUARY
    assert serve_in_turn(store, source, feeds, (OLD, JANUARY)) == [], "the same bytes again are no delivery"
