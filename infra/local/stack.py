"""Starting, watching and stopping a stack."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from infra.local import airflow_database, config, postgres_files, tools
from infra.local.config import Stack
from infra.local.errors import StackError
from infra.local.paths import CHECKOUT, write_private
from infra.local.programs import Program, airflow_environment, airflow_programs, all_programs
from infra.local.provision import provision
from infra.local.supervision import Supervisor

_START_S = 180
_POLL_S = 0.25

Say = Callable[[str], None]


@dataclass(frozen=True)
class Status:
    """One line of `status`."""

    name: str
    state: str
    pid: int
    uptime: timedelta
    address: str


def up(say: Say) -> Stack:
    """Start what is not running and wait until everything answers; on a running stack it only checks.

    Args:
        say: takes each line of progress.

    Raises:
        StackError: a tool is missing, a port is taken, a program does not start, or a preparing command fails.
    """
    tools.require()
    stack = config.load()
    supervisor = Supervisor(stack)
    if not supervisor.alive():
        _check_ports(stack)
    config.write(stack)
    _write_accounts(stack)
    postgres_files.ensure_cluster(stack)
    programs = all_programs(stack)
    supervisor.apply(programs)

    later = {program.name for program in airflow_programs(stack)}
    earlier = {program.name: program for program in programs if program.name not in later}
    started = {name for name in earlier if supervisor.start(name)}
    # While the others start, which takes Spark some 15 s.
    _await(stack, [earlier["postgres"]], say, announce=started)
    _migrate_airflow(stack, say)
    started |= {name for name in later if supervisor.start(name)}

    _await(stack, [earlier["minio"]], say, announce=started)
    provision(stack.s3_endpoint, ("root", stack.secrets["minio_root_password"]), stack.principals())
    _await(stack, programs, say, announce=started - {"minio", "postgres"})
    # Roles and their limits are what their file says, also after a change.
    _run_python(["-m", "serving", "roles"], stack, stack.environment())
    _init_lakehouse(stack, supervisor, say)
    return stack


def stop() -> bool:
    """Stop every program and the supervisor; False if nothing was running."""
    stack = config.load()
    supervisor = Supervisor(stack)
    if not supervisor.alive():
        return False
    names = {program.name for program in all_programs(stack)}
    # What others depend on goes last.
    last = {"minio", "broker", "postgres"}
    supervisor.stop(*(names - last))
    supervisor.stop(*last)
    supervisor.shutdown()
    return True


def restart(name: str, say: Say) -> None:
    """Stop and start one program and wait until it answers.

    Raises:
        StackError: there is no such program, the stack is not running, or the program does not come back.
    """
    stack = config.load()
    supervisor = _running(stack)
    program = _named(stack, name)
    supervisor.stop(name)
    supervisor.start(name)
    _await(stack, [program], say, announce={name})


def status() -> list[Status]:
    """State of every program.

    Raises:
        StackError: the stack is not running.
    """
    stack = config.load()
    supervisor = _running(stack)
    lines = []
    for program in all_programs(stack):
        info = supervisor.info(program.name)
        uptime = timedelta(seconds=info["now"] - info["start"] if info["pid"] else 0)
        lines.append(Status(program.name, info["statename"].lower(), info["pid"], uptime, program.address))
    return lines


def logs(name: str | None, count: int) -> dict[str, list[str]]:
    """Last lines of one program's log, or of all programs.

    Raises:
        StackError: there is no such program, or nothing was ever started.
    """
    stack = config.load()
    if not config.exists(stack.state):
        raise StackError(f"There is no stack in {stack.state}: start one with `make up`.")
    programs = [_named(stack, name)] if name else all_programs(stack)
    return {program.name: _last_lines(stack, program.name, count) for program in programs}


def clean(say: Say) -> None:
    """Stop the stack and delete its state folder with all data in it.

    Raises:
        StackError: the folder is there but is not the state of a stack, so it is left alone.
    """
    stack = config.load()
    if not stack.state.exists():
        return
    if not config.exists(stack.state):
        raise StackError(f"{stack.state} is not the state of a stack, so it is not deleted.")
    say(f"Stopping the stack and deleting {stack.state}")
    stop()
    shutil.rmtree(stack.state)


def _named(stack: Stack, name: str) -> Program:
    programs = {program.name: program for program in all_programs(stack)}
    if name not in programs:
        raise StackError(f"There is no program {name!r}; there are {', '.join(programs)}.")
    return programs[name]


def _running(stack: Stack) -> Supervisor:
    supervisor = Supervisor(stack)
    if not supervisor.alive():
        raise StackError(f"The stack in {stack.state} is not running: start it with `make up`.")
    return supervisor


def _check_ports(stack: Stack) -> None:
    for name, port in stack.ports.items():
        with socket.socket() as probe:
            # As servers do: a port whose last connections are just being closed is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                variable = f"SMARTVEST_PORT_{name.upper()}"
                raise StackError(
                    f"Port {port} for {name} cannot be used ({error.strerror}): choose another one with {variable}."
                ) from error


def _migrate_airflow(stack: Stack, say: Say) -> None:
    """Make or upgrade Airflow's database, unless this version of Airflow has done it."""
    airflow_database.ensure(stack)
    if airflow_database.migrated(stack):
        return
    say("Airflow's database: usually 15 s")
    _run_python(["-m", "airflow", "db", "migrate"], stack, airflow_environment(stack))
    airflow_database.set_migrated(stack)


def _init_lakehouse(stack: Stack, supervisor: Supervisor, say: Say) -> None:
    """Make what the lakehouse needs in the catalogue, unless it was done since Spark was started."""
    mark = stack.state / "initialised-for"
    current = str(supervisor.info("spark")["start"])
    if mark.exists() and mark.read_text(encoding="utf-8") == current:
        return
    say("Schemas and tables of the lakehouse: usually 10 s")
    _run_python(["-m", "spark_jobs", "init"], stack, stack.environment())
    mark.write_text(current, encoding="utf-8")


def _write_accounts(stack: Stack) -> None:
    """Make the accounts of the upload page, once: their passwords stay."""
    if not (stack.state / "portal" / "accounts.json").exists():
        _run_python(["-m", "portal.accounts"], stack, stack.environment(), json.dumps(stack.accounts()))


def _run_python(arguments: list[str], stack: Stack, environment: dict[str, str], given: str = "") -> None:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=CHECKOUT,
        env={**os.environ, **environment},
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        command = " ".join(arguments[1:])
        log = stack.logs_dir / "up.log"
        write_private(log, done.stdout)
        raise StackError("\n".join([f"`{command}` failed (whole output: {log}):", *done.stdout.splitlines()[-10:]]))


def _await(stack: Stack, programs: list[Program], say: Say, announce: set[str]) -> None:
    """Wait until all answer; say when each of ``announce`` does."""
    supervisor = Supervisor(stack)
    deadline = time.monotonic() + _START_S
    waiting = list(programs)
    while waiting:
        for program in list(waiting):
            info = supervisor.info(program.name)
            if info["statename"] == "FATAL" or time.monotonic() > deadline:
                last = _last_lines(stack, program.name, 10)
                raise StackError("\n".join([f"{program.name} does not start; its log ends with:", *last]))
            if info["statename"] == "RUNNING" and program.ready(info["start"]):
                waiting.remove(program)
                if program.name in announce:
                    say(f"{program.name} is ready")
        if waiting:
            time.sleep(_POLL_S)


def _last_lines(stack: Stack, name: str, count: int) -> list[str]:
    log = stack.logs_dir / f"{name}.log"
    if not log.exists():
        return []
    with log.open(encoding="utf-8", errors="replace") as file:
        return [line.rstrip("\n") for line in deque(file, maxlen=count)]
