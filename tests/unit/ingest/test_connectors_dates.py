"""Files whose names hold a date: asked for as they appear, and applied in the order of their dates."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from lakehouse.errors import FetchError
from lakehouse.ingest import landing
from lakehouse.ingest.connectors import fetch_all
from lakehouse.ingest.landing import Receipt
from lakehouse.spec.fetch import Http
from lakehouse.spec.source import Source
from tests.support import example
from tests.support.feed import land
from tests.support.loopback import Feeds, answer, routes
from tests.support.memory import MemoryStore

TODAY = dt.datetime.now(dt.UTC).date()


def days(*ago: int) -> list[str]:
    return [f"/{TODAY - dt.timedelta(days=number)}.csv" for number in ago]


def declared(**changes: Any) -> dict[str, Any]:
    return {
        "connector": "http", "files": ["{date}.csv"], "dates": {"oldest": 3}, "max_bytes": 1000, "may_be_absent": True,
        **changes,
    }  # fmt: skip


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return example.source(tmp_path, fetch=declared())


def serve(feeds: Feeds, *paths: str, body: str = "Baum,Art\n1,Eiche\n", **headers: str) -> None:
    """Serves these paths, each with bytes of its own."""
    feeds.answers(routes({path: answer(body=f"{body}2,{path}\n".encode(), **headers) for path in paths}))


def test_editions_land_as_they_appear(feeds: Feeds, store: MemoryStore, source: Source) -> None:
    serve(feeds, *days(3, 1))
    landed = land(store, source, feeds.base, "run-1")
    assert [one.address for one in landed] == [feeds.base + path for path in days(3, 1)], (
        "the missing ones stop no other"
    )
    assert feeds.paths == days(3, 2, 1, 0)
    serve(feeds, *days(3, 2, 1))
    (late,) = land(store, source, feeds.base, "run-2")
    assert late.address == feeds.base + days(2)[0]
    assert feeds.paths == days(2, 1, 0), "what came is not asked for again, but the newest that is over"


def test_the_newest_editions_are_asked_for_again(feeds: Feeds, store: MemoryStore, tmp_path: Path) -> None:
    source = example.source(tmp_path, fetch=declared(dates={"oldest": 3}))
    serve(feeds, *days(3, 2, 1, 0), ETag='"1"')
    assert len(land(store, source, feeds.base, "run-1")) == 4
    serve(feeds, *days(3, 2, 1, 0), body="Baum,Art\n1,Linde\n")
    corrected = land(store, source, feeds.base, "run-2")
    assert [one.address for one in corrected] == [feeds.base + path for path in days(1, 0)]
    assert [request["If-None-Match"] for request in feeds.requests] == ['"1"'] * 2


def test_at_most_so_many_files_come_at_once(feeds: Feeds, store: MemoryStore, tmp_path: Path) -> None:
    source = example.source(tmp_path, fetch=declared(dates={"oldest": 3, "at_most": 3}))
    serve(feeds, *days(3, 2, 1, 0))
    came = []
    for run in range(3):
        landed = land(store, source, feeds.base, f"run-{run}")
        assert len(landed) <= 3 and len(feeds.requests) <= 3
        came += [one.address.removeprefix(feeds.base) for one in landed]
        feeds.requests.clear()
    assert sorted(came) == days(3, 2, 1, 0)
    assert came[:3][-2:] == days(1, 0)


@pytest.mark.parametrize("order", [(3, 2, 1, 0), (0, 1, 2, 3), (1, 3, 0, 2)])
def test_editions_apply_by_their_date_whenever_they_came(
    order: tuple[int, ...], feeds: Feeds, store: MemoryStore, source: Source
) -> None:
    landed: list[Receipt] = []
    for number in range(len(order)):
        serve(feeds, *days(*order[: number + 1]))
        landed += land(store, source, feeds.base, f"run-{number}")
    applied = [one.address.removeprefix(feeds.base) for one in sorted(landed, key=lambda one: one.order)]
    assert applied == days(3, 2, 1, 0)
    assert all(one.published_at <= one.fetched_at for one in landed)


def test_a_corrected_edition_applies_above_itself_and_below_the_next(
    feeds: Feeds, store: MemoryStore, tmp_path: Path
) -> None:
    source = example.source(tmp_path, fetch=declared(dates={"oldest": 3, "again": 4}))
    serve(feeds, *days(2, 1))
    landed = land(store, source, feeds.base, "run-1")
    feeds.answers(routes({days(2)[0]: answer(body=b"Baum,Art\n1,Linde\n")}))
    landed += land(store, source, feeds.base, "run-2")
    first, following, corrected = landed
    assert sorted(landed, key=lambda one: one.order) == [first, corrected, following]


def test_what_the_server_says_of_an_edition_counts_more_than_its_date(
    feeds: Feeds, store: MemoryStore, source: Source
) -> None:
    serve(feeds, *days(2), Last_Modified="Sat, 02 Jan 2021 00:00:00 GMT")
    (landed,) = land(store, source, feeds.base, "run-1")
    assert landed.published_at == dt.datetime(2021, 1, 2, tzinfo=dt.UTC)


def test_the_receipts_of_old_editions_are_not_read(feeds: Feeds, source: Source) -> None:
    read: list[str] = []

    class Watched(MemoryStore):
        def get_with_etag(self, bucket: str, key: str) -> tuple[bytes, str] | None:
            read.append(key)
            return super().get_with_etag(bucket, key)

    serve(feeds, *days(3, 2, 1, 0))
    before = TODAY - dt.timedelta(days=4)
    stored = [f"{before:%Y%m%d}T235959000000Z-000000000000", f"{TODAY:%Y%m%d}T000000000000Z-000000000000"]
    landing.land(Watched(), source, feeds.base, "run-1", stored)
    assert read == [f"{source.id}/{stored[1]}/receipt.json"]


def test_an_archive_that_is_gone_is_an_outage(feeds: Feeds, store: MemoryStore, source: Source) -> None:
    feeds.answers(answer(404))
    with pytest.raises(FetchError, match=f"none of the 4 declared files is there, such as {feeds.base}{days(3)[0]}"):
        land(store, source, feeds.base, "run-1")
    serve(feeds, *days(1, 0))
    assert len(land(store, source, feeds.base, "run-2")) == 2
    feeds.answers(answer(404))
    with pytest.raises(FetchError, match="none of the 4 declared files is there"):
        land(store, source, feeds.base, "run-3")


def test_a_day_that_is_not_there_yet_is_no_outage(feeds: Feeds, store: MemoryStore, source: Source) -> None:
    serve(feeds, *days(3, 2, 1))
    assert len(land(store, source, feeds.base, "run-1")) == 3
    assert land(store, source, feeds.base, "run-2") == []
    assert feeds.paths[-1:] == days(0)


def test_a_day_must_be_there_unless_it_may_be_absent(feeds: Feeds, store: MemoryStore, tmp_path: Path) -> None:
    source = example.source(tmp_path, fetch=declared(may_be_absent=False))
    serve(feeds, *days(3, 2, 1))
    with pytest.raises(FetchError, match=f"{days(0)[0]}: the server answered 404"):
        land(store, source, feeds.base, "run-1")
    assert len(landing.deliveries(store, source.id)) == 3, "what was landed before stays"


def test_the_day_of_the_run_may_be_given(feeds: Feeds, tmp_path: Path) -> None:
    feeds.answers(answer(body=b"x"))
    spec = Http.model_validate(declared(files=["{date:%y%m}"], dates={"every": "month", "oldest": 1}))
    fetched = list(fetch_all(spec, feeds.base, tmp_path, {}, today=dt.date(2026, 1, 31)))
    assert [one and (one.file, one.over) for one in fetched] == [
        ("2512", dt.date(2026, 1, 1)), ("2601", dt.date(2026, 2, 1)),
    ]  # fmt: skip
