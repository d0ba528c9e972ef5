"""The run that drills are compared with."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drills.figures import Figures, figures
from tests.drills.stacks import running
from tests.support.stack import LocalStack


@pytest.fixture(scope="session")
def undisturbed() -> Figures:
    """The samples taken through the line once, on local[*] and MinIO, with nothing in the way."""
    with tempfile.TemporaryDirectory(prefix="smartvest-drill-") as folder, running(LocalStack(Path(folder))) as stack:
        stack.place()
        assert stack.run().failed == []
        return figures(stack)


@pytest.fixture
def stack() -> Iterator[LocalStack]:
    """A running stack with nothing in it."""
    with tempfile.TemporaryDirectory(prefix="smartvest-drill-") as folder, running(LocalStack(Path(folder))) as made:
        yield made
