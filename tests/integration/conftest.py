"""The stack that the integration tests share."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack import LocalStack


@pytest.fixture(scope="session")
def stack() -> Iterator[LocalStack]:
    """One running stack for all of these tests; modules run in the order of their names."""
    with tempfile.TemporaryDirectory(prefix="smartvest-") as folder:
        made = LocalStack(Path(folder))
        try:
            made.up()
            yield made
        finally:
            made.clean()
