"""How commands end: a sentence and exit code 1 for what a person can act on, a trace for what is our fault."""

from __future__ import annotations

import importlib
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import urllib3

from lakehouse import command, names, storage
from lakehouse.errors import LakehouseError
from lakehouse.lake import release
from lakehouse.settings import CHECKOUT, PREFIX, Settings, keys_file
from tests.support.memory import MemoryStore

COMMANDS = {
    "lakehouse": [
        ["sql", "SELECT 1"],
        ["sql"],
        ["sql", "--from", "1", "SELECT 1"],
        ["sql", "--from", "1"],
        ["compare", "mart_connectivity", "--from", "1"],
        ["releases"],
        ["lineage", "mart_connectivity"],
        ["backfill", "uba__air_quality_hour", "2026-01-01", "2026-01-02"],
        ["explain", "silver.uba__air_quality_hour", "quantity=no2"],
        ["quarantine", "list"],
        ["quarantine", "show", "uba__air_quality_hour"],
        ["quarantine", "replay", "uba__air_quality_hour"],
    ],
    "spark_jobs": [["init"], ["rollback", "99"], ["maintain"]],
    "opendata": [["publish"], ["publish", "--release", "2"]],
    "infra.local": [["demo"], ["status"], ["restart", "spark"], ["logs"], ["logs", "spark"]],
}
EVERY = [(room, arguments) for room, known in COMMANDS.items() for arguments in known]
IDS = [" ".join((room, *arguments)) for room, arguments in EVERY]

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `python -m <room> …` in this process; gives the exit code and what stood on stderr."""

    def call(room: str, *arguments: str) -> tuple[int, str]:
        module = {"lakehouse": "lakehouse.cli", "infra.local": "infra.local.cli"}.get(room, f"{room}.__main__")
        monkeypatch.setattr(sys, "argv", [room, *arguments])
        try:
            code = importlib.import_module(module).main()
        except SystemExit as ended:
            code = ended.code
        return int(code or 0), capsys.readouterr().err

    return call


@pytest.fixture
def stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Settings of a stack of which nothing listens any more; gives its one address."""
    with socket.socket() as taken:
        # bound and never listening: nobody else gets the port, and whoever calls is refused
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        values = {name: "x" for name, field in Settings.model_fields.items() if field.is_required()}
        values |= {name: f"http://{address}" for name in ("s3_endpoint", "airflow_url", "feeds_url", "base_iri")}
        values |= {"spark_remote": f"sc://{address}/;token=x", "s3_region": "us-east-1"}
        settings = "".join(f"{PREFIX}{name.upper()}={value}\n" for name, value in values.items())
        (tmp_path / "stack.env").write_text(settings, "utf-8")
        for role in ("landing", "spark", "publisher", "analyst"):
            path = keys_file(tmp_path, role)
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"{PREFIX}{role.upper()}_ACCESS_KEY=x\n{PREFIX}{role.upper()}_SECRET_KEY=x\n", "utf-8")
        monkeypatch.setenv(f"{PREFIX}STATE_DIR", str(tmp_path))
        # clients try again, which here would only take time
        monkeypatch.setattr(urllib3.Retry, "sleep", lambda *_: None)
        Settings.load.cache_clear()
        yield address
    Settings.load.cache_clear()


@pytest.mark.parametrize(("room", "arguments"), EVERY, ids=IDS)
def test_a_command_says_that_the_stack_is_down(run: Run, stopped: str, room: str, arguments: list[str]) -> None:
    code, said = run(room, *arguments)
    assert code == 1
    assert "make up" in said
    assert "Traceback" not in said and len(said.strip().splitlines()) == 1
    if room != "infra.local":
        assert stopped in said


def test_spark_that_is_down_is_said_at_once(
    run: Run, stopped: str, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage.ObjectStore, "for_role", classmethod(lambda *_: store))
    for arguments in (["init"], ["maintain"]):
        code, said = run("spark_jobs", *arguments)
        assert (code, said.partition(" does not answer")[0]) == (1, f"sc://{stopped}")


@pytest.mark.parametrize(("room", "arguments"), EVERY, ids=IDS)
def test_a_command_says_that_there_never_was_a_stack(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: str, arguments: list[str]
) -> None:
    monkeypatch.setenv(f"{PREFIX}STATE_DIR", str(tmp_path))
    Settings.load.cache_clear()
    code, said = run(room, *arguments)
    assert code == 1 and "make up" in said and "Traceback" not in said


def test_a_release_that_is_not_there_is_named(
    run: Run, stopped: str, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage.ObjectStore, "for_role", classmethod(lambda *_: store))
    assert run("spark_jobs", "rollback", "99") == (1, "there is no release 99; there are none yet\n")
    for number in (1, 2):
        store.put(names.RELEASES, names.manifest_key(number), b"{}")
    assert run("spark_jobs", "rollback", "99") == (1, "there is no release 99; there are 1, 2\n")


def test_a_feed_that_is_not_there_is_named(run: Run, stopped: str) -> None:
    code, said = run("lakehouse", "backfill", "uba__air_quality_hours", "2026-01-01", "2026-01-02")
    assert code == 1 and said.startswith("there is no feed uba__air_quality_hours;")


def test_an_error_that_nobody_expected_keeps_its_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        command.run(wrong)


def test_an_error_on_purpose_is_found_behind_another() -> None:
    outer = RuntimeError("outer")
    outer.__cause__ = LakehouseError("inner")
    assert command.sentence(outer) == "inner"
    assert command.sentence(release.NotFound("gone")) == "gone"


def test_a_query_imports_nothing_heavy(stopped: str) -> None:
    """It answers in the time that its imports take, so it imports DuckDB and no other way to the lake."""
    script = (
        "import sys\n"
        "from lakehouse.cli import main\n"
        "sys.argv = ['lakehouse', 'sql', 'SELECT 1']\n"
        "try:\n    main()\n"
        "finally:\n    print(*{name.partition('.')[0] for name in sys.modules})\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, timeout=120)
    assert "does not answer" in done.stderr
    imported = set(done.stdout.split())
    assert {"duckdb", "lakehouse"} <= imported
    heavy = {
        "airflow", "deltalake", "great_expectations", "httpx", "jsonpath", "minio", "numpy", "pandas", "pyarrow",
        "pyspark", "rdflib", "urllib3", "yaml",
    }  # fmt: skip
    assert imported & heavy == set()
