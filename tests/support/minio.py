"""A MinIO of its own with buckets, users and policies as `up` makes them; nothing else of the stack runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from infra.local import config, tools
from infra.local.config import Stack
from infra.local.provision import provision
from lakehouse.settings import PREFIX, Settings
from tests.support import program


def provisioned(stack: Stack) -> None:
    """What `up` does once MinIO answers."""
    provision(stack.s3_endpoint, ("root", stack.secrets["minio_root_password"]), stack.principals())


def settings_of(stack: Stack) -> Settings:
    """Settings as a process of this stack reads them."""
    return Settings(_env_file=stack.state / "stack.env", state_dir=stack.state)


@contextmanager
def running(state: Path) -> Iterator[Stack]:
    """A stack in this folder, of which only MinIO runs."""
    made = prepared(state)
    with program.running(made, "minio"):
        provisioned(made)
        yield made


def prepared(state: Path) -> Stack:
    """A stack in this folder, of which nothing runs."""
    assert tools.minio_binary().exists(), "MinIO is not built yet: run `make setup`"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(f"{PREFIX}STATE_DIR", str(state))
        made = config.load()
    made = replace(
        made, ports={**made.ports, **{name: program.free_port() for name in ("minio", "broker", "bridge", "postgres")}}
    )
    config.write(made)
    return made
