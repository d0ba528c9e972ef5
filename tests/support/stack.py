"""A local stack of its own for a test: own state folder, free ports, nothing shared with the developer's stack."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path

import duckdb
import httpx

from infra.local import feed_files
from infra.local.region_run import AFTER_RELEASE, Outcome, run_region
from lakehouse import names, open_release
from lakehouse.airflow_api import Airflow
from lakehouse.lake import sql
from lakehouse.lake.dbt_artifacts import awaited_feeds
from lakehouse.lake.silver_state import silver_state
from lakehouse.settings import CHECKOUT, Settings
from lakehouse.spec.discovery import delivery_ids, discover
from lakehouse.spec.source import Source
from lakehouse.storage import ObjectStore

# a test's JVM does not live long enough to earn back what its second compiler costs on two cores
SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m"
# a few minutes on two idle cores
RUN_S = 1500
# characters of a log, from its end
SHOWN = 8000
SHOWN_OF_A_LINE = 2000
PORTS = ("MINIO", "SPARK", "AIRFLOW", "FEEDS", "PORTAL", "BROKER", "BRIDGE", "POSTGRES")


class LocalStack:
    """Starts and stops the stack in a folder; `activate` makes it the one that this process talks to."""

    def __init__(
        self, root: Path, java_options: str = SHORT_LIVED, feeds: Collection[str] = delivery_ids(CHECKOUT / "sources")
    ) -> None:
        """Copies the sources, so that a test may add a feed without touching the checkout.

        The official shapes are left out, as on a machine that does not have them; see `wipe`.

        Args:
            root: empty folder of everything that the stack writes.
            java_options: of its JVM.
            feeds: those that the stack fetches. Each other one is a DAG to parse that may be due during the test.
        """
        self.root = root
        self.sources_dir = root / "sources"
        self._copy_sources()
        self._environment = {
            **os.environ,
            "JAVA_TOOL_OPTIONS": java_options,
            "SMARTVEST_STATE_DIR": str(root / "state"),
            "SMARTVEST_SOURCES_DIR": str(self.sources_dir),
            "SMARTVEST_DCAT_SHAPES_DIR": "",
            "SMARTVEST_FEEDS_OFF": " ".join({*delivery_ids(CHECKOUT / "sources")} - {*feeds}),
            **{f"SMARTVEST_PORT_{name}": str(port) for name, port in zip(PORTS, _free_ports(len(PORTS)), strict=True)},
        }

    def up(self) -> None:
        """Starts everything and waits until it answers. What feeds serve is there before: one may be due at once."""
        if not self.feeds_dir.exists():
            self.place()
        self._control("up")
        self.activate()

    def activate(self) -> None:
        """Makes `Settings.load()` of this process answer with this stack."""
        os.environ["SMARTVEST_STATE_DIR"] = str(self.root / "state")
        Settings.load.cache_clear()
        self.settings = Settings.load()

    def clean(self) -> None:
        """Stops everything and deletes the state."""
        self._control("clean")
        os.environ.pop("SMARTVEST_STATE_DIR", None)
        Settings.load.cache_clear()

    def wipe(self, shapes: Path | None = None, real: Path | None = None) -> None:
        """An empty region: the same stack from nothing, with the checkout's feeds only.

        Args:
            real: folder of the real files that the feeds serve; the samples if not given.
            shapes: folder of the official DCAT shapes; only the project's own checks run if not given.
        """
        self._control("clean")
        self._environment["SMARTVEST_DCAT_SHAPES_DIR"] = str(shapes or "")
        shutil.rmtree(self.sources_dir)
        self._copy_sources()
        self.place(real)
        self.up()

    @property
    def feeds_dir(self) -> Path:
        """Folder that the loopback feed server serves."""
        return self.root / "state" / "feeds"

    @property
    def sources(self) -> dict[str, Source]:
        """The feeds of this stack."""
        return discover(self.sources_dir)

    @property
    def region(self) -> dict[str, Source]:
        """The feeds that a release waits for."""
        return {feed: self.sources[feed] for feed in awaited_feeds(CHECKOUT / "dbt")}

    def place(self, real: Path | None = None) -> list[str]:
        """Puts the samples, or real files, of the region where they are fetched from."""
        return feed_files.place(self.region, self.feeds_dir, real)

    def edit(self, file: str, change: Callable[[str], str]) -> None:
        """Changes a served file, as its publisher would."""
        path = self.feeds_dir / file
        path.write_text(change(path.read_text("utf-8")), "utf-8", newline="")
        _later(path)

    def restore(self, file: str, folder: Path) -> None:
        """Puts the good file of a folder back, published again."""
        shutil.copyfile(folder / file, self.feeds_dir / file)
        _later(self.feeds_dir / file)

    def run(self, *feed_ids: str) -> Outcome:
        """Runs these feeds (the region, if none is named) through Airflow's scheduler until nothing is left to do."""
        feed_ids = feed_ids or tuple(self.region)
        self.wait_for_dags(feed_ids)
        airflow = Airflow(self.settings)
        # its pages take longer to make than most of these releases; the test of them starts it
        airflow.pause("cockpit")
        outcome = run_region(airflow, feed_ids, lambda sentence: print(sentence, flush=True), RUN_S)
        if outcome.failed:
            # the state is deleted with the stack, so what a failing test shows must say why
            print(self.why(outcome)[-SHOWN:], flush=True)
        return outcome

    def why(self, outcome: Outcome) -> str:
        """Logs of the last attempts of the tasks that failed."""
        airflow = Airflow(self.settings)
        return "\n".join(
            # an error stands at the beginning of its line, and the trace of a JVM behind it may be longer than all
            line[:SHOWN_OF_A_LINE]
            for dag in outcome.failed
            for run in outcome.runs[dag]
            for task in airflow.tasks(dag, run["dag_run_id"])
            if task["state"] == "failed"
            for line in airflow.log(dag, run["dag_run_id"], task["task_id"], task["try_number"]).splitlines()
        )

    def wait_for_dags(self, feed_ids: tuple[str, ...], timeout_s: float = 240) -> None:
        """Waits until Airflow has read the DAGs of these feeds, and that each of them starts the build."""
        airflow, deadline = Airflow(self.settings), time.monotonic() + timeout_s
        wanted = {f"ingest__{feed}" for feed in feed_ids} | {"build_marts", *AFTER_RELEASE}
        assets = {names.silver_asset(feed) for feed in feed_ids}
        while not (wanted <= set(airflow.dags()) and assets <= set(airflow.starters("build_marts"))):
            assert time.monotonic() < deadline, f"Airflow did not read {wanted} in {timeout_s} s"
            time.sleep(2)

    def query(self, statement: str) -> list[tuple[object, ...]]:
        """Rows of a statement over the current release."""
        return open_release(settings=self.settings).connection.execute(statement).fetchall()

    def lake(self) -> duckdb.DuckDBPyConnection:
        """DuckDB with the keys of the spark role."""
        return sql.connect(self.settings, "spark")

    def store(self, role: str) -> ObjectStore:
        """The object store as a role sees it."""
        return ObjectStore.for_role(self.settings, role)

    def catalogue(self) -> bytes:
        """The entry object of the open data, fetched as anybody can."""
        return httpx.get(f"{self.settings.base_iri}/catalog.ttl", timeout=10).raise_for_status().content

    def init(self) -> None:
        """Creates or registers schemas, tables and releases, as an operator would after losing the catalogue."""
        self._python("-m", "spark_jobs", "init")

    def pid(self, program: str, patience_s: float = 0) -> int:
        """Process id of a supervised program, which may take some seconds to come back."""
        deadline = time.monotonic() + patience_s
        while True:
            told = {name: rest for name, *rest in map(str.split, self._control("status").splitlines())}
            state, pid, *_ = told[program]
            if state == "running":
                return int(pid)
            assert time.monotonic() < deadline, f"{program} is {state}"
            time.sleep(0.5)

    def kill(self, program: str) -> None:
        """Kills a program with -9, as a crash would; the supervisor starts it again."""
        os.kill(self.pid(program, patience_s=60), signal.SIGKILL)

    def _copy_sources(self) -> None:
        shutil.copytree(CHECKOUT / "sources", self.sources_dir)

    def _control(self, *arguments: str) -> str:
        return self._python("-m", "infra.local", *arguments)

    def _python(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=CHECKOUT, env=self._environment, capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        return done.stdout


def silver_versions(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Version of each silver table that the ledger names."""
    return {feed: state.version for feed, state in silver_state(connection).items()}


def _later(path: Path) -> None:
    # Last-Modified counts whole seconds: a change within the same second as the last one would look like no change
    after = max(time.time(), path.stat().st_mtime) + 1
    time.sleep(1.1)
    os.utime(path, (after, after))


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
