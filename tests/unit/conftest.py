"""Fixtures of the unit tests."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.config import Stack
from lakehouse.settings import PREFIX, Settings
from tests.support import loopback, minio
from tests.support.memory import MemoryStore


@pytest.fixture
def feeds(monkeypatch: pytest.MonkeyPatch) -> Iterator[loopback.Feeds]:
    """A loopback server whose faults are retried without waiting; the waits are only noted."""
    with loopback.serve() as server:
        monkeypatch.setattr("lakehouse.ingest.connectors.http.sleep", server.waits.append)
        yield server


@pytest.fixture
def other(feeds: loopback.Feeds) -> Iterator[loopback.Feeds]:
    """A second server: the same address, another port."""
    with loopback.serve() as server:
        yield server


@pytest.fixture
def hosts(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Names that resolve to the given addresses; all other names as ever."""
    known: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def resolve(host: str, port: int, *args: Any, **more: Any) -> list[Any]:
        if host not in known:
            return real(host, port, *args, **more)
        return [entry for address in known[host] for entry in real(address, port, *args, **more)]

    monkeypatch.setattr("socket.getaddrinfo", resolve)
    return known


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Settings of a stack of which only MinIO runs."""
    with minio.running(tmp_path_factory.mktemp("stack")) as made:
        yield made


@pytest.fixture
def settings(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings as a process of this stack reads them."""
    monkeypatch.setenv(f"{PREFIX}STATE_DIR", str(stack.state))
    return minio.settings_of(stack)
