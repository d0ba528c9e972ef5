"""Fixtures of the unit tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tenacity import wait_none

from tests.unit import loopback
from tests.unit.memory import MemoryStore


@pytest.fixture
def feeds(monkeypatch: pytest.MonkeyPatch) -> Iterator[loopback.Feeds]:
    """A loopback server whose faults are retried without waiting."""
    monkeypatch.setattr("lakehouse.fetch.wait_exponential_jitter", lambda **_: wait_none())
    for proxy in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(proxy, raising=False)
    with loopback.serve() as server:
        yield server


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()
