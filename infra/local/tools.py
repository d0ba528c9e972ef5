"""What no Python package brings: MinIO and the MQTT broker, built from their Go modules, and the jars of Delta and S3A.

Each tool is made in a temporary folder and renamed to its final name, which holds a hash of its inputs: a folder
that exists is complete, an interrupted run leaves nothing to trip over, and a changed pin makes a new folder.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from infra.local.errors import StackError
from infra.local.paths import INFRA, TOOLS, content_key, spark_home

_MINIO = INFRA / "minio"
_BROKER = INFRA / "broker"
_JARS = INFRA / "jars"
# Kept when a build is interrupted, so the next run goes on where this one stopped, and the next build finds what it
# shares with the one before.
_GO_CACHES = TOOLS / "go"
_HEARTBEAT_S = 15


def minio_binary() -> Path:
    """Path of the MinIO server for the pinned module, whether built or not."""
    return _built(_MINIO, "minio")


def broker_binary() -> Path:
    """Path of the MQTT broker for the pinned module, whether built or not."""
    return _built(_BROKER, "nats-server")


def _built(module: Path, name: str) -> Path:
    return TOOLS / f"{module.name}-{content_key(module / 'go.mod', module / 'go.sum')}" / name


def jars_folder() -> Path:
    """Folder of the jars for the pinned list, whether retrieved or not."""
    return TOOLS / f"jars-{content_key(_JARS / 'ivy.xml', _JARS / 'jars.sha256')}"


def ensure_jars() -> None:
    """Retrieve the jars. Does nothing and prints nothing when they are there.

    Raises:
        StackError: the download failed, or a jar is not the pinned one.
    """
    _ensure(jars_folder(), _retrieve_jars)


def ensure_minio() -> None:
    """Build the MinIO server. Does nothing and prints nothing when it is there.

    Raises:
        StackError: the build failed.
    """
    says = "MinIO server: built from source, usually 3 to 5 minutes"
    _ensure(
        minio_binary().parent,
        lambda folder: _build_go(_MINIO, "github.com/minio/minio", folder / minio_binary().name, says),
    )


def ensure_broker() -> None:
    """Build the MQTT broker. Does nothing and prints nothing when it is there.

    Raises:
        StackError: the build failed.
    """
    says = "MQTT broker: built from source, usually 1 to 2 minutes"
    _ensure(
        broker_binary().parent,
        lambda folder: _build_go(_BROKER, "github.com/nats-io/nats-server/v2", folder / broker_binary().name, says),
    )


def forget_builds() -> None:
    """Delete what was kept for the next build."""
    shutil.rmtree(_GO_CACHES, ignore_errors=True)


def require() -> None:
    """Check that the tools are there.

    Raises:
        StackError: one is missing; names the command that makes it.
    """
    if not (jars_folder().exists() and minio_binary().exists() and broker_binary().exists()):
        raise StackError("The jars, the MinIO server or the MQTT broker are not there yet: run `make setup`.")


def check_jars(folder: Path, pinned: Mapping[str, str]) -> None:
    """Compare the jars of a folder with the pinned SHA-256 sums.

    Args:
        folder: holds the jars and nothing else.
        pinned: file name to SHA-256 in hex.

    Raises:
        StackError: names every jar that is missing, extra or different.
    """
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in folder.iterdir()}
    faults = [f"{name} is missing" for name in sorted(pinned.keys() - found.keys())]
    faults += [f"{name} is not in jars.sha256" for name in sorted(found.keys() - pinned.keys())]
    faults += [
        f"{name} has other bytes" for name in sorted(pinned.keys() & found.keys()) if pinned[name] != found[name]
    ]
    if faults:
        raise StackError(f"The jars differ from infra/jars/jars.sha256: {'; '.join(faults)}.")


def pinned_jars() -> dict[str, str]:
    """Read ``infra/jars/jars.sha256`` (format of ``sha256sum``) as file name to sum."""
    lines = (_JARS / "jars.sha256").read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def _ensure(target: Path, build: Callable[[Path], None]) -> None:
    """Fill a temporary folder beside ``target`` and rename it; the rename is the mark of success."""
    if target.exists():
        return
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / "lock").open("w") as lock:
        # A second run waits for the first, and then finds its work done.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if target.exists():
            return
        # Earlier pins are not needed any more, nor is what an interrupted run left.
        for old in (*TOOLS.glob(f"{target.name.split('-')[0]}-*"), *TOOLS.glob("unfinished-*")):
            shutil.rmtree(old)
        with tempfile.TemporaryDirectory(dir=TOOLS, prefix="unfinished-") as name:
            folder = Path(name) / target.name
            folder.mkdir()
            build(folder)
            folder.rename(target)


def _retrieve_jars(folder: Path) -> None:
    print("Jars of Delta and S3A: 43 files, usually half a minute", flush=True)
    java_home = os.environ.get("JAVA_HOME")
    java = str(Path(java_home, "bin", "java")) if java_home else "java"
    (ivy,) = (spark_home() / "jars").glob("ivy-*.jar")
    with tempfile.TemporaryDirectory(dir=TOOLS, prefix="unfinished-") as cache:
        pattern = f"{folder}/[artifact]-[revision].[ext]"
        options = ["-ivy", str(_JARS / "ivy.xml"), "-cache", cache, "-retrieve", pattern, "-types", "jar"]
        _run([java, "-jar", str(ivy), *options], log=TOOLS / "jars.log")
    check_jars(folder, pinned_jars())


def _build_go(module: Path, package: str, target: Path, says: str) -> None:
    """Build the package that a module of ours pins into one static program."""
    print(says, flush=True)
    environment = {
        **os.environ,
        "CGO_ENABLED": "0",
        # Never another toolchain or other module versions than the pinned ones; go.sum has the hashes.
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "-mod=readonly -modcacherw",
        "GOWORK": "off",
        "GOMODCACHE": str(_GO_CACHES / "modules"),
        "GOCACHE": str(_GO_CACHES / "build"),
    }
    go = Path(sys.executable).with_name("go")
    command = [str(go), "build", "-trimpath", "-ldflags", "-s -w", "-o", str(target), package]
    _run(command, log=TOOLS / f"{module.name}.log", cwd=module, env=environment)


def _run(command: list[str], log: Path, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> None:
    """Run a long command with its output in a file and a line every few seconds, so nobody thinks it hangs."""
    with (
        log.open("w", encoding="utf-8") as output,
        _stopped_at_exit(
            subprocess.Popen(command, cwd=cwd, env=env, stdout=output, stderr=subprocess.STDOUT)
        ) as process,
    ):
        started = time.monotonic()
        while True:
            try:
                code = process.wait(timeout=_HEARTBEAT_S)
                break
            except subprocess.TimeoutExpired:
                print(f"  … still running, {time.monotonic() - started:.0f} s", flush=True)
    if code != 0:
        last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
        raise StackError("\n".join([f"{Path(command[0]).name} failed (whole output: {log}):", *last]))
    log.unlink()


@contextmanager
def _stopped_at_exit(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Stop the process when the block is left early, such as by Ctrl-C."""
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
