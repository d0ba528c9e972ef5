"""A PostgreSQL as the local stack has it, beside the MinIO of the unit tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from infra.local import postgres_files, programs
from infra.local.config import Stack
from serving import roles
from serving.config import ServingSettings
from tests.support import program

# of a session: enough for every test but the one that asks for more
MEMORY_KB = 300_000


@contextmanager
def running(stack: Stack) -> Iterator[ServingSettings]:
    """A PostgreSQL with the roles of `roles.yml`, and nothing loaded."""
    postgres_files.ensure_cluster(stack)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(programs, "_POSTGRES_MEMORY_KB", MEMORY_KB)
        with program.running(stack, "postgres"):
            settings = ServingSettings(_env_file=stack.state / "stack.env", state_dir=stack.state)
            roles.apply(settings, roles.declared())
            yield settings


def reader(settings: ServingSettings, user: str = "analyst", **options: Any) -> psycopg.Connection:
    """A session of a reader, in which each statement is a transaction unless it is told otherwise."""
    connection = settings.connect(user)
    for name, value in options.items():
        setattr(connection, name, value)
    return connection
