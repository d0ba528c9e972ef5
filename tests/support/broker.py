"""The MQTT broker and the bridge of a stack, each started, killed and started again; and a network server's client."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from bridge.config import BridgeSettings
from infra.local import broker_files, config, programs, tools
from infra.local.config import Stack
from infra.local.programs import Program

UPLINK = "application/a1/device/0102030405060708/event/up"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """One program of a stack without a supervisor."""

    def __init__(self, program: Program, log: Path) -> None:
        self._program, self._log = program, log
        self.start()

    def start(self) -> None:
        environment = {**os.environ, **self._program.environment}
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self._program.command, env=environment, cwd=self._program.directory, stdout=log, stderr=log
            )

    def ready(self) -> None:
        deadline = time.monotonic() + 60
        while not self._program.ready(0):
            assert self.process.poll() is None and time.monotonic() < deadline, self._log.read_text("utf-8")
            time.sleep(0.05)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def terminate(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


def with_ports(stack: Stack) -> Stack:
    """The stack with ports for broker and bridge that nobody uses."""
    made = replace(stack, ports={**stack.ports, "broker": free_port(), "bridge": free_port()})
    config.write(made)
    return made


@contextmanager
def running(stack: Stack, name: str) -> Iterator[Running]:
    """A program of the stack: `broker` or `bridge`."""
    assert tools.broker_binary().exists(), "the MQTT broker is not built yet: run `make setup`"
    program = next(each for each in programs.all_programs(stack) if each.name == name)
    started = Running(program, stack.logs_dir / f"{name}.log")
    try:
        started.ready()
        yield started
    finally:
        started.kill()


def settings_of(stack: Stack) -> BridgeSettings:
    """Settings as the bridge of this stack reads them."""
    return BridgeSettings(_env_file=BridgeSettings.files(stack.state), state_dir=stack.state)


def client(stack: Stack, user: str, name: str = "test", password: str | None = None, **options: bool) -> mqtt.Client:
    """A client of the broker that is not connected yet."""
    made = mqtt.Client(CallbackAPIVersion.VERSION2, name, clean_session=False, **options)
    made.username_pw_set(user, stack.secrets[f"mqtt_{user}_password"] if password is None else password)
    made.tls_set(str(broker_files.certificate(stack.state)))
    return made


def connect(made: mqtt.Client, stack: Stack) -> mqtt.Client:
    """Connects a client and lets it work in a thread."""
    made.connect("localhost", stack.ports["broker"], 30)
    made.loop_start()
    return made


def publish(stack: Stack, messages: list[tuple[str, bytes]]) -> None:
    """Publishes as the network server does and waits until the broker has acknowledged everything."""
    made = connect(client(stack, "network", "network"), stack)
    for info in [made.publish(topic, payload, qos=1) for topic, payload in messages]:
        info.wait_for_publish(30)
        assert info.is_published()
    made.disconnect()
    made.loop_stop()
