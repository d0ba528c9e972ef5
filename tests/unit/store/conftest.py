"""MinIO for the tests of roles, keys and released files."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.config import Stack
from lakehouse.settings import PREFIX, Settings
from tests.support import minio


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
