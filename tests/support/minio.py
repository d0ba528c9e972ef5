"""A MinIO of its own with buckets, users and policies as `up` makes them; nothing else of the stack runs."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from infra.local import config, programs, tools
from infra.local.config import Stack
from infra.local.provision import provision
from lakehouse.settings import PREFIX, Settings


def provisioned(stack: Stack) -> None:
    """What `up` does once MinIO answers."""
    provision(stack.s3_endpoint, ("root", stack.secrets["minio_root_password"]), stack.principals())


def settings_of(stack: Stack) -> Settings:
    """Settings as a process of this stack reads them."""
    return Settings(_env_file=stack.state / "stack.env", state_dir=stack.state)


@contextmanager
def running(state: Path) -> Iterator[Stack]:
    """A stack in this folder, of which only MinIO runs."""
    assert tools.minio_binary().exists(), "MinIO is not built yet: run `make setup`"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(f"{PREFIX}STATE_DIR", str(state))
        made = config.load()
    made = replace(made, ports={**made.ports, "minio": port})
    config.write(made)
    program = programs.all_programs(made)[0]
    environment = {**os.environ, **program.environment}
    with subprocess.Popen(program.command, env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            deadline = time.monotonic() + 60
            while not program.ready(0):
                assert server.poll() is None and time.monotonic() < deadline, "MinIO does not start"
                time.sleep(0.1)
            provisioned(made)
            yield made
        finally:
            # asked to end it may wait a minute for connections that are still open
            server.kill()
