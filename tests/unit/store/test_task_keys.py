"""A task's process holds the keys that its task asks for and no others."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local import programs
from infra.local.config import PRINCIPALS, Stack
from lakehouse.settings import CHECKOUT, keys_file

TASK = """
import sys
from dags.shared import tasks
tasks.finish("town__tree", "run")
print("done", flush=True)
sys.stdin.read()
"""


def secrets(stack: Stack) -> dict[str, bytes]:
    return {role: secret.encode() for role, (_, secret) in stack.principals().items()}


def memory(pid: int) -> Iterator[bytes]:
    """Everything that a process may write to, piece by piece."""
    with Path(f"/proc/{pid}/mem").open("rb", 0) as file:
        for line in Path(f"/proc/{pid}/maps").read_text("utf-8").splitlines():
            addresses, rights, *_ = line.split()
            if rights.startswith("rw"):
                first, last = (int(address, 16) for address in addresses.split("-"))
                try:
                    file.seek(first)
                    yield file.read(last - first)
                except OSError:
                    continue  # such as the kernel's own pages


def test_no_program_of_airflow_is_given_a_key(stack: Stack) -> None:
    given = {program.name: str(program.environment).encode() for program in programs.airflow_programs(stack)}
    held = [(name, role) for name, env in given.items() for role, secret in secrets(stack).items() if secret in env]
    assert given and held == []
    shared = (stack.state / "stack.env").read_bytes()
    assert [role for role, secret in secrets(stack).items() if secret in shared] == []


def test_the_keys_of_a_role_are_in_a_file_that_only_its_owner_can_read(stack: Stack) -> None:
    for role, secret in secrets(stack).items():
        file = keys_file(stack.state, role)
        assert file.stat().st_mode & 0o777 == 0o600
        assert [other for other in PRINCIPALS if secrets(stack)[other] in file.read_bytes()] == [role]
        assert secret in file.read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="the memory of another process is only looked into on Linux")
def test_a_task_holds_only_the_keys_of_the_role_that_it_uses(stack: Stack) -> None:
    """The task `finish` gives a lease back, which is landing's. Its whole memory is searched, environment included."""
    scheduler = next(program for program in programs.airflow_programs(stack) if program.name == "scheduler")
    environment = {"PATH": "/usr/bin:/bin", **scheduler.environment, "PYTHONPATH": str(CHECKOUT)}
    task = subprocess.Popen(
        [sys.executable, "-c", TASK], env=environment, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with task:
        assert task.stdout is not None and task.stdin is not None
        try:
            assert b"done" in iter(task.stdout.readline, b"").__next__()
            held = {role for piece in memory(task.pid) for role, secret in secrets(stack).items() if secret in piece}
        finally:
            task.stdin.close()
    assert held == {"landing"}
