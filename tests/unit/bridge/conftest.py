"""A broker beside the MinIO of the unit tests, or alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.config import Stack
from tests.support import minio, program


@pytest.fixture(scope="module")
def served(stack: Stack) -> Iterator[Stack]:
    """A stack of which MinIO and the MQTT broker run."""
    with program.running(stack, "broker"):
        yield stack


@pytest.fixture(scope="module")
def broker_only(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of which the MQTT broker runs."""
    made = minio.prepared(tmp_path_factory.mktemp("stack"))
    with program.running(made, "broker"):
        yield made
