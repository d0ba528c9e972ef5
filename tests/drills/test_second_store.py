"""The line on SeaweedFS: another S3 store, the same policies, the same figures."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import Barrier

import httpx
import pytest
from minio.error import S3Error

from lakehouse import names
from lakehouse.storage import Conflict, ObjectStore
from tests.drills.figures import Figures, assert_nothing_lost_or_doubled, figures
from tests.drills.seaweed import PARTS
from tests.drills.stacks import OtherStack, running
from tests.support.stack import LocalStack

WRITERS = 32
ROUNDS = 5


@pytest.mark.timeout(1800)
def test_the_line_on_seaweedfs(undisturbed: Figures, tmp_path: Path) -> None:
    port = _free_block(1 + len(PARTS))
    with running(OtherStack(tmp_path, "tests.drills.seaweed", PORT_MINIO=str(port))) as stack:
        stores = [stack.store("spark") for _ in range(WRITERS)]
        _one_of_many_creates(stores)
        _one_of_many_replaces(stores)
        _each_role_may_what_its_policy_says(stack)
        stack.place()
        assert stack.run().failed == []
        assert figures(stack) == undisturbed
        assert_nothing_lost_or_doubled(stack)
        assert b"dcat" in stack.catalogue()


def _one_of_many_creates(stores: list[ObjectStore]) -> None:
    for number in range(ROUNDS):
        key = f"ops/probe/{number}"
        won = _at_once(stores, partial(_create, key=key))
        assert sum(won) == 1, f"{sum(won)} of {WRITERS} writers created the same object"
        assert stores[0].get(names.LAKE, key) == b"writer %d" % won.index(True)


def _one_of_many_replaces(stores: list[ObjectStore]) -> None:
    key = "ops/probe/0"
    for number in range(ROUNDS):
        outdated = _etag(stores[0], key)
        stores[0].put_if_match(names.LAKE, key, b"round %d" % number, outdated)
        won = _at_once(stores, partial(_replace, key=key, etag=outdated))
        assert sum(won) == 0, "a writer replaced an object that had changed"
        won = _at_once(stores, partial(_replace, key=key, etag=_etag(stores[0], key)))
        assert sum(won) == 1, f"{sum(won)} of {WRITERS} writers replaced the same object"
        assert stores[0].get(names.LAKE, key) == b"writer %d" % won.index(True)


def _create(store: ObjectStore, body: bytes, key: str) -> bool:
    return store.put_new(names.LAKE, key, body)


def _replace(store: ObjectStore, body: bytes, key: str, etag: str) -> bool:
    try:
        store.put_if_match(names.LAKE, key, body, etag)
    except Conflict:
        return False
    return True


def _etag(store: ObjectStore, key: str) -> str:
    found = store.get_with_etag(names.LAKE, key)
    assert found is not None
    return found[1]


def _at_once(stores: list[ObjectStore], write: Callable[[ObjectStore, bytes], bool]) -> list[bool]:
    start = Barrier(WRITERS)

    def one(number: int) -> bool:
        start.wait()
        return write(stores[number], b"writer %d" % number)

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(one, range(WRITERS)))


def _each_role_may_what_its_policy_says(stack: LocalStack) -> None:
    landing, spark, analyst = (stack.store(role) for role in ("landing", "spark", "analyst"))
    landing.put(names.RAW, "probe/1/file", b"bytes")
    spark.put(names.RELEASES, "probe", b"bytes")
    assert analyst.get(names.RELEASES, "probe") == b"bytes"
    for forbidden in (
        lambda: landing.delete(names.RAW, "probe/1/file"),
        lambda: landing.get(names.RELEASES, "probe"),
        lambda: spark.put(names.RAW, "probe/1/file", b"other"),
        lambda: spark.delete(names.RELEASES, "probe"),
        lambda: analyst.get(names.LAKE, "ops/probe/0"),
        lambda: analyst.put(names.RELEASES, "probe", b"other"),
    ):
        with pytest.raises(S3Error, match="AccessDenied"):
            forbidden()
    for unknown in (f"{names.RELEASES}/probe", f"{names.RAW}/probe/1/file", f"{names.PUBLIC}/"):
        assert httpx.get(f"{stack.settings.s3_endpoint}/{unknown}").status_code == httpx.codes.FORBIDDEN


def _free_block(count: int) -> int:
    """First of so many ports in a row that nobody uses."""
    while True:
        first = random.randrange(20_000, 30_000)
        try:
            with ExitStack() as sockets:
                for port in range(first, first + count):
                    sockets.enter_context(socket.socket()).bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
