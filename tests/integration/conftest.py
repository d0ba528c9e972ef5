"""One stack for all tests of a module."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack import LocalStack


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    """A running stack with nothing in it."""
    with tempfile.TemporaryDirectory(prefix="smartvest-") as folder:
        made = LocalStack(Path(folder))
        try:
            made.up()
            yield made
        finally:
            made.clean()
