"""`python -m tests.bench`: starts a stack of its own, measures, prints Markdown tables, cleans up."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from spark_jobs import session, tables
from tests.bench import feed, ingest, queries
from tests.bench.measure import Memory, describe_machine
from tests.stack import LocalStack


def main() -> None:
    """Runs all measurements; the peers take turns within each repetition."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="smartvest-bench-") as folder:
        stack = LocalStack(Path(folder))
        try:
            files = feed.write_files(Path(folder) / "generated", options.rows)
            feeds = [f"{feed.FEED}_{number}" for number in range(options.repetitions + 1)]
            for each in feeds:
                feed.declare(stack.sources_dir, each)
            stack.up()
            _measure(stack, files, feeds, options)
        finally:
            stack.clean()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="readings before the merged day, a multiple of 50,000")
    parser.add_argument("--repetitions", type=int, default=3, help="how often landing, merge and their peers are repeated")
    parser.add_argument("--query-repetitions", type=int, default=7, help="how often each query is repeated")
    parser.add_argument("--without-submit", action="store_true", help="leave out the slow peer, spark-submit")
    options = parser.parse_args()
    if options.rows < feed.DAY or options.rows % feed.DAY:
        parser.error(f"--rows must be a multiple of {feed.DAY}")
    return options


def _measure(stack: LocalStack, files: feed.Files, feeds: list[str], options: argparse.Namespace) -> None:
    print(describe_machine(), flush=True)
    supervisor = int((stack.root / "state" / "supervisord.pid").read_text())
    with Memory(supervisor) as memory:
        spark = session.connect(stack.settings)
        for each in feeds:
            tables.create_feed(spark, stack.sources[each], stack.settings.release_retention_days)
        print(ingest.compare(stack, files, feeds, memory, with_submit=not options.without_submit), flush=True)
        with memory.phase("queries"):
            print(queries.compare(stack, spark, feeds[-1], options.query_repetitions), flush=True)
        print(memory.report(), flush=True)


if __name__ == "__main__":
    main()
