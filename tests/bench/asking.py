"""`python -m tests.bench.asking`: the worked questions in DuckDB and in PostgreSQL, beside DuckDB on plain Parquet.

Asks the current release of the lake that the settings name (`SMARTVEST_STATE_DIR`, or `lakehouse connect`), which is
only read; PostgreSQL is one of its own. All three must give the same answers.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import duckdb

from lakehouse import open_release
from lakehouse.lake import sql
from lakehouse.lake.asking import Release
from lakehouse.settings import CHECKOUT
from serving.config import ServingSettings
from serving.load import load
from tests.bench.measure import describe_machine, summary, table
from tests.support import postgres, questions, readable
from tests.support.questions import Answer

OURS, SERVED, PARQUET = "open_release", "PostgreSQL", "DuckDB on Parquet"


def main() -> None:
    """Prints Markdown tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.asking", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=5)
    options = parser.parse_args()
    print(describe_machine(), flush=True)
    first = [_first_result() for _ in range(options.repetitions)]
    with readable.served() as settings:
        begun = time.perf_counter()
        done = load(settings)
        loading = time.perf_counter() - begun
        asked = _ask_all(settings, options.repetitions)
    rows = [
        [name, *(summary(found[who]) for who in (OURS, SERVED, PARQUET)), _ratio(found, OURS), _ratio(found, SERVED)]
        for name, found in asked.items()
    ]
    print(table(["question", OURS, SERVED, PARQUET, "ours ÷ Parquet", "PostgreSQL ÷ Parquet"], rows))
    print(
        f"\ngeometric mean of {OURS} ÷ Parquet: {_mean(asked, OURS):.2f}, of {SERVED} ÷ Parquet:"
        f" {_mean(asked, SERVED):.2f}\n`lakehouse sql`, from its start to its end: {summary(first)}\n"
        f"{done.marts} marts with {done.rows:,} rows into PostgreSQL: {loading:.1f} s"
    )


def _ask_all(settings: ServingSettings, repetitions: int) -> dict[str, dict[str, list[float]]]:
    """Seconds of each question and engine; the first time only warms up, and compares the answers."""
    measured: dict[str, dict[str, list[float]]] = {path.stem: defaultdict(list) for path in questions.QUESTIONS}
    opened = open_release(settings=settings)
    with (
        tempfile.TemporaryDirectory() as folder,
        _plain(opened, Path(folder)) as plain,
        postgres.reader(settings) as pg,
    ):
        engines: dict[str, Callable[[str], Answer]] = {
            OURS: lambda query: questions.in_duckdb(opened, query),
            SERVED: lambda query: questions.in_postgres(pg, query),
            PARQUET: lambda query: Answer((found := plain.sql(query)).columns, found.fetchall()),
        }
        for number in range(repetitions + 1):
            for path in questions.QUESTIONS:
                query, answers = path.read_text("utf-8"), {}
                for who in random.sample(list(engines), len(engines)):
                    begun = time.perf_counter()
                    answers[who] = engines[who](query)
                    if number:
                        measured[path.stem][who].append(time.perf_counter() - begun)
                for who in (OURS, SERVED):
                    assert not (said := questions.difference(answers[PARQUET], answers[who])), (path.stem, who, said)
    return measured


def _plain(opened: Release, folder: Path) -> duckdb.DuckDBPyConnection:
    """DuckDB as it is, with each mart as one Parquet file on this disk."""
    plain = duckdb.connect()
    plain.execute("SET TimeZone = 'UTC'")
    for mart in opened.manifest.marts:
        file = sql.text(str(folder / f"{mart}.parquet"))
        opened.connection.execute(f"COPY {sql.quoted(mart)} TO {file} (FORMAT parquet)")
        plain.execute(f"CREATE VIEW {sql.quoted(mart)} AS FROM {file}")
    return plain


def _first_result() -> float:
    """Seconds that the command takes for the first question."""
    query = questions.QUESTIONS[0].read_text("utf-8")
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "lakehouse", "sql", query], cwd=CHECKOUT, check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - begun


def _ratio(found: dict[str, list[float]], who: str) -> str:
    return f"{statistics.median(found[who]) / statistics.median(found[PARQUET]):.2f}"


def _mean(asked: dict[str, dict[str, list[float]]], who: str) -> float:
    """Geometric mean over the questions of how many times the median on plain Parquet it is."""
    return statistics.geometric_mean(
        statistics.median(found[who]) / statistics.median(found[PARQUET]) for found in asked.values()
    )


if __name__ == "__main__":
    main()
