"""The line on a Spark standalone master with two worker processes: the same figures as on local[*]."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.paths import spark_home
from tests.drills.figures import Figures, assert_nothing_lost_or_doubled, figures
from tests.drills.stacks import OtherStack, running
from tests.support.stack import _free_ports

WORKERS = 2
START_S = 90


class Cluster:
    """A standalone master and its workers, each a process of its own on loopback."""

    def __init__(self, folder: Path, processes: ExitStack) -> None:
        """Starts master and workers and waits until the master counts them."""
        self._folder, self._processes = folder, processes
        port, self._status_port = _free_ports(2)
        self.url = f"spark://127.0.0.1:{port}"
        self._start("Master", "--port", str(port), "--webui-port", str(self._status_port))
        self._wait_for_workers(0)
        for number in range(WORKERS):
            work = folder / f"worker-{number}"
            self._start(
                "Worker", "--cores", "1", "--memory", "1g", "--work-dir", str(work), "--webui-port", "0", self.url
            )
        self._wait_for_workers(WORKERS)

    def status(self) -> Any:
        """What the master says of workers and applications."""
        return httpx.get(f"http://127.0.0.1:{self._status_port}/json/", timeout=5).raise_for_status().json()

    def _start(self, role: str, *options: str) -> None:
        name = f"org.apache.spark.deploy.{role.lower()}.{role}"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
        environment |= {
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_DAEMON_MEMORY": "512m",
            "SPARK_CONF_DIR": str(self._folder),
        }
        log = self._processes.enter_context((self._folder / f"{role.lower()}.log").open("a"))
        process = subprocess.Popen(
            [spark_home() / "bin" / "spark-class", name, "--host", "127.0.0.1", *options],
            cwd=self._folder, env=environment, stdout=log, stderr=log,
        )  # fmt: skip
        self._processes.callback(_end, process)

    def _wait_for_workers(self, count: int) -> None:
        deadline = time.monotonic() + START_S
        while True:
            try:
                if self.status()["aliveworkers"] == count:
                    return
            except httpx.HTTPError:
                pass
            assert time.monotonic() < deadline, f"the master did not see {count} workers; logs in {self._folder}"
            time.sleep(0.5)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """A running cluster; its processes end with the block."""
    with ExitStack() as processes:
        yield Cluster(folder, processes)


@pytest.mark.timeout(1800)
def test_two_workers_give_the_figures_of_one_process(undisturbed: Figures, tmp_path: Path) -> None:
    (tmp_path / "cluster").mkdir()
    with cluster(tmp_path / "cluster") as spark, running(OtherStack(tmp_path, SPARK_MASTER=spark.url)) as stack:
        stack.place()
        assert stack.run().failed == []
        assert figures(stack) == undisturbed
        assert_nothing_lost_or_doubled(stack)
        # the work was really spread: one application, with a core and an executor on each worker
        status = spark.status()
        assert [app["state"] for app in status["activeapps"]] == ["RUNNING"]
        assert [worker["coresused"] for worker in status["workers"]] == [1] * WORKERS
        finished = [path.parent.parent.parent.name for path in (tmp_path / "cluster").glob("worker-*/app-*/*/stderr")]
        assert set(finished) == {f"worker-{number}" for number in range(WORKERS)}
