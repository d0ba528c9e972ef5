"""One program of a stack without its supervisor: started, killed and started again."""

from __future__ import annotations

import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from infra.local import programs
from infra.local.config import Stack


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """A program as the supervisor would run it; its output is where that of the stack's program is."""

    def __init__(self, stack: Stack, name: str) -> None:
        (self._program,) = (each for each in programs.all_programs(stack) if each.name == name)
        self.log = stack.logs_dir / f"{name}.log"
        self.start()

    def start(self) -> None:
        program = self._program
        environment = {**os.environ, **program.environment}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                program.command,
                env=environment,
                cwd=program.directory,
                stdout=log,
                stderr=log,
                user=program.user or None,
                group=pwd.getpwnam(program.user).pw_gid if program.user else None,
                extra_groups=[] if program.user else None,
            )

    def wait_ready(self) -> None:
        deadline = time.monotonic() + 60
        while not self._program.ready(0):
            assert self.process.poll() is None and time.monotonic() < deadline, self.log.read_text("utf-8")
            time.sleep(0.05)

    def kill(self) -> None:
        # asked to end, MinIO may wait a minute for connections that are still open
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """As the supervisor does, where it asks in a way of its own; killed, PostgreSQL would leave shared memory."""
        if not self._program.stop_signal:
            self.kill()
            return
        self.process.send_signal(getattr(signal, f"SIG{self._program.stop_signal}"))
        self.process.wait(timeout=60)

    def terminate(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


@contextmanager
def running(stack: Stack, name: str) -> Iterator[Running]:
    """A program that answers."""
    started = Running(stack, name)
    try:
        started.wait_ready()
        yield started
    finally:
        started.stop()
