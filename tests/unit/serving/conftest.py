"""Releases in a real MinIO and a real PostgreSQL beside it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from infra.local.config import Stack
from lakehouse.settings import PREFIX
from lakehouse.storage import ObjectStore
from serving.config import ServingSettings
from tests.support import postgres
from tests.support.served import Releases


@pytest.fixture(scope="module")
def server(stack: Stack) -> Iterator[ServingSettings]:
    """A PostgreSQL that the tests of a module share."""
    with postgres.running(stack) as settings:
        yield settings


@pytest.fixture
def serving(server: ServingSettings, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> ServingSettings:
    """Settings as a process of this stack reads them."""
    monkeypatch.setenv(f"{PREFIX}STATE_DIR", str(stack.state))
    ServingSettings.load.cache_clear()
    return server


@pytest.fixture
def made(serving: ServingSettings) -> Releases:
    return Releases(ObjectStore.for_role(serving, "spark"))


@pytest.fixture
def reader(serving: ServingSettings) -> Iterator[psycopg.Connection]:
    """A session of the analyst."""
    with postgres.reader(serving) as connection:
        yield connection
