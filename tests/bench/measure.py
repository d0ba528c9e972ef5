"""Seconds, memory and the machine, as Markdown."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from types import TracebackType

PACKAGES = ("pyspark", "delta-spark", "duckdb", "apache-airflow", "great-expectations")
_SAMPLE_S = 1.0


class Stopwatch:
    """Seconds of the parts of one piece of work."""

    def __init__(self) -> None:
        """Nothing measured yet."""
        self.seconds: dict[str, float] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Measures a block."""
        started = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - started

    @property
    def total(self) -> float:
        """Seconds of all parts."""
        return sum(self.seconds.values())


def summary(seconds: list[float]) -> str:
    """Median and range."""
    digits = 1 if statistics.median(seconds) >= 5 else 3
    return f"{statistics.median(seconds):.{digits}f} s ({min(seconds):.{digits}f}–{max(seconds):.{digits}f})"


def ratio(ours: list[float], peer: list[float]) -> str:
    """How many times the peer's median ours is."""
    return f"{statistics.median(ours) / statistics.median(peer):.2f}"


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, ["---"] * len(header), *rows))


def describe_machine() -> str:
    """Cores, memory, load and versions in one line each."""
    memory = int(_proc_value(Path("/proc/meminfo"), "MemTotal:")) / 2**20
    java = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True).stderr.splitlines()[0]
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    processor = _proc_value(Path("/proc/cpuinfo"), "model name")
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"Machine: {os.cpu_count()} cores ({processor}), {memory:.0f} GB, {platform.system()} {platform.release()}, "
        f"load before the start {load}\n"
        f"Versions: Python {platform.python_version()}, {java}, {packages}"
    )


class Memory:
    """Samples the memory of the stack's process tree and of this process with its children once a second.

    Shared pages are counted in proportion (PSS), so forks do not count twice.
    """

    def __init__(self, supervisor: int) -> None:
        """Watches nothing before it is entered; `supervisor` is the root of the stack's process tree."""
        self._roots = {"stack": supervisor, "this process and what it starts": os.getpid()}
        self._peaks: dict[str, dict[str, int]] = {}
        self._phase = "idle"
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Memory:
        """Starts to sample."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends."""
        self._ended.set()
        self._thread.join()

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Books the samples of a block under a name."""
        self._phase = name
        yield
        self._phase = "idle"

    def report(self) -> str:
        """Peak of every phase."""
        rows = [
            [phase, *(f"{peaks.get(root, 0) / 2**20:.1f} GB" for root in self._roots)]
            for phase, peaks in self._peaks.items()
        ]
        return "Peak memory (PSS):\n\n" + table(["phase", *self._roots], rows)

    def _watch(self) -> None:
        while not self._ended.wait(_SAMPLE_S):
            peaks = self._peaks.setdefault(self._phase, {})
            for name, root in self._roots.items():
                peaks[name] = max(peaks.get(name, 0), pss_kb(root))


def pss_kb(root: int) -> int:
    """Memory of a process with all that it started, in KiB; pages that they share are counted once."""
    children: dict[int, list[int]] = {}
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                # the name in brackets may hold spaces; the parent is the second field behind it
                parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(process.name))
    total, waiting = 0, [root]
    while waiting:
        pid = waiting.pop()
        waiting += children.get(pid, [])
        try:
            total += int(_proc_value(Path(f"/proc/{pid}/smaps_rollup"), "Pss:"))
        except OSError:
            continue
    return total


def _proc_value(path: Path, key: str) -> str:
    line = next(line for line in path.read_text().splitlines() if line.startswith(key))
    return line.removeprefix(key).strip(" \t:").removesuffix("kB").strip()
