"""What a small delivery costs on its way to silver: each object is read once, and Spark is asked a known few times."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pyspark.sql.connect.client import SparkConnectClient

from dags.shared import tasks
from infra.local import feed_files
from lakehouse import names
from lakehouse.settings import CHECKOUT
from lakehouse.spec import discovery
from lakehouse.storage import ObjectStore
from tests.support.stack import LocalStack

pytestmark = pytest.mark.timeout(300)

# a feed of its own, so that nothing of it is there yet
FEED, RUN = "walk__station", "walk"


@pytest.fixture
def delivered(stack: LocalStack) -> Iterator[LocalStack]:
    """A stack on which the feed's sample waits to be fetched for the first time."""
    folder = stack.sources_dir / FEED
    shutil.copytree(CHECKOUT / "sources" / "dwd__station", folder)
    feed_files.place({FEED: stack.sources[FEED]}, stack.feeds_dir)
    yield stack
    shutil.rmtree(folder)


def counted(monkeypatch: pytest.MonkeyPatch, owner: type, method: str, note: Callable[..., str]) -> Counter[str]:
    """Counts the calls of a method by what they ask for."""
    found: Counter[str] = Counter()
    original = getattr(owner, method)

    def call(self: Any, *arguments: Any, **options: Any) -> Any:
        found[note(*arguments, **options)] += 1
        return original(self, *arguments, **options)

    monkeypatch.setattr(owner, method, call)
    return found


def test_nothing_is_read_twice_that_was_just_known(delivered: LocalStack, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = [
        counted(monkeypatch, ObjectStore, method, lambda bucket, key, *_, **__: f"{bucket}/{key}")
        for method in ("get", "get_with_etag", "download", "list")
    ]
    statements = counted(monkeypatch, SparkConnectClient, "_execute_plan_request_with_metadata", lambda *_: "all")
    analyses = counted(monkeypatch, SparkConnectClient, "_analyze", lambda method, **_: method)
    discovery._parse.cache_clear()
    plan = tasks.land(FEED, RUN, None, None)
    (receipt,) = plan["pending"]
    lease = f"{names.LAKE}/lease/{FEED}.json"
    # what was there before is listed once; the receipt that was just written goes on by hand
    assert sum(reads, Counter()) == {f"{names.RAW}/{FEED}/": 1, lease: 1}

    tasks.load(FEED, RUN, plan)
    tasks.finish(FEED, RUN)
    # the lease is asked for on purpose: another run may have taken over from one that was thought dead
    raw = f"{names.RAW}/{FEED}/{receipt['delivery']}/{receipt['file']}"
    assert sum(reads, Counter()) == {f"{names.RAW}/{FEED}/": 1, lease: 5, raw: 1}
    assert statements.total() == 3, "create the table once, type the rows, append them"
    assert analyses == {"schema": 1}
    assert discovery._parse.cache_info().misses == 1, "source.yml was parsed more than once"
