"""The supervisor of the local programs: its configuration file and its control socket."""

import hashlib
import os
import shlex
import subprocess
import sys
import tempfile
import time
import xmlrpc.client
from configparser import RawConfigParser
from io import StringIO
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import Faults, SupervisorTransport

from infra.local.config import Stack
from infra.local.errors import StackError
from infra.local.paths import write_private
from infra.local.programs import Program

# A Unix socket's path must fit into 104 bytes (macOS) or 108 (Linux).
_MAX_SOCKET_PATH = 100
_STOP_S = 10
# Of another stack or of the caller's own work: they would change what the programs do.
_FOREIGN_PREFIXES = ("AIRFLOW", "MINIO_", "PG", "PYSPARK_", "PYTHONPATH", "SMARTVEST_", "SPARK_")


class Supervisor:
    """Control of the supervisor of one stack."""

    def __init__(self, stack: Stack) -> None:
        """Control the supervisor of this stack, running or not."""
        self._stack = stack
        self._socket = _socket_path(stack.state)
        self._config = stack.state / "supervisord.conf"

    @property
    def _rpc(self) -> Any:
        # A new one each time: after a failed connection the transport cannot be used again. It goes through the
        # socket, whatever the host in the address.
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        return xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport).supervisor

    def alive(self) -> bool:
        """Whether the supervisor runs."""
        try:
            return bool(self._rpc.getState()["statename"] == "RUNNING")
        except (OSError, xmlrpc.client.ProtocolError):
            return False

    def apply(self, programs: list[Program]) -> None:
        """Write the configuration; start the supervisor, or stop those programs whose command or settings changed.

        Raises:
            StackError: the supervisor does not start.
        """
        write_private(self._config, self._render(programs))
        if not self.alive():
            self._launch()
            return
        try:
            ((added, changed, removed),) = self._rpc.reloadConfig()
        except xmlrpc.client.Fault as fault:
            raise StackError(f"The supervisor refuses {self._config}: {fault.faultString}.") from fault
        for name in (*changed, *removed):
            self._rpc.stopProcessGroup(name)
            self._rpc.removeProcessGroup(name)
        for name in (*added, *changed):
            self._rpc.addProcessGroup(name)

    def start(self, name: str) -> bool:
        """Start a program without waiting; False if it was running already."""
        try:
            self._rpc.startProcess(name, False)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode == Faults.ALREADY_STARTED:
                return False
            raise
        return True

    def stop(self, *names: str) -> None:
        """Stop programs together and wait for their end."""
        for name in names:
            try:
                self._rpc.stopProcess(name, False)
            except xmlrpc.client.Fault as fault:
                if fault.faultCode != Faults.NOT_RUNNING:
                    raise
        while any(self.info(name)["pid"] for name in names):
            time.sleep(0.1)

    def shutdown(self) -> None:
        """End the supervisor, whose programs must have been stopped, and wait for it."""
        self._rpc.shutdown()
        while self._socket.exists():
            time.sleep(0.1)

    def info(self, name: str) -> dict[str, Any]:
        """State of one program as the supervisor tells it, such as `statename`, `pid`, `start` and `now`."""
        return dict(self._rpc.getProcessInfo(name))

    def _launch(self) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(_FOREIGN_PREFIXES)}
        # Requests of the programs to each other must not leave for a proxy.
        exceptions = ",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1", "localhost"]))
        environment.update(NO_PROXY=exceptions, no_proxy=exceptions, PYTHONUNBUFFERED="1")
        command = [sys.executable, "-m", "supervisor.supervisord", "--configuration", str(self._config)]
        started = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        deadline = time.monotonic() + 10
        while not self.alive():
            if started.returncode != 0 or time.monotonic() > deadline:
                raise StackError(f"The supervisor does not start: {started.stderr.strip() or 'see its log'}.")
            time.sleep(0.05)

    def _render(self, programs: list[Program]) -> str:
        parser = RawConfigParser()
        parser["unix_http_server"] = {"file": str(self._socket), "chmod": "0600"}
        parser["supervisord"] = {
            "logfile": str(self._stack.logs_dir / "supervisord.log"),
            "pidfile": str(self._stack.state / "supervisord.pid"),
            "childlogdir": str(self._stack.logs_dir),
            "directory": str(self._stack.state),
            "umask": "077",
        }
        factory = "supervisor.rpcinterface:make_main_rpcinterface"
        parser["rpcinterface:supervisor"] = {"supervisor.rpcinterface_factory": factory}
        for program in programs:
            parser[f"program:{program.name}"] = {
                "command": shlex.join(program.command),
                "environment": ",".join(f'{k}="{_plain(k, v)}"' for k, v in sorted(program.environment.items())),
                "directory": str(program.directory),
                # `up` starts them, in its order.
                "autostart": "false",
                "autorestart": "true",
                # A server that was killed may have to wait for its children to end: tried for a minute.
                "startretries": "10",
                # A scheduler's or a server's own children must not outlive it.
                "stopasgroup": "false" if program.stop_signal else "true",
                "stopsignal": program.stop_signal or "TERM",
                "killasgroup": "true",
                "stopwaitsecs": str(_STOP_S),
                "redirect_stderr": "true",
                "stdout_logfile": str(self._stack.logs_dir / f"{program.name}.log"),
                "stdout_logfile_maxbytes": "10MB",
                "stdout_logfile_backups": "2",
                **({"user": program.user} if program.user else {}),
            }
        text = StringIO()
        parser.write(text)
        # The supervisor expands %(…)s in every value.
        return text.getvalue().replace("%", "%%")


def _plain(name: str, value: str) -> str:
    if any(character in value for character in '"\n'):
        raise StackError(f"{name} must not contain a quotation mark or a line break.")
    return value


def _socket_path(state: Path) -> Path:
    path = state / "supervisor.sock"
    if len(os.fsencode(path)) <= _MAX_SOCKET_PATH:
        return path
    key = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"smartvest-{os.getuid()}-{key}.sock"
