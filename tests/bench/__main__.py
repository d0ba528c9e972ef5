"""`python -m tests.bench`: starts a stack of its own, measures, prints Markdown tables, cleans up."""

from __future__ import annotations

import argparse
from pathlib import Path

from spark_jobs import session
from tests.bench import feed, ingest, queries
from tests.bench.measure import Memory, describe_machine
from tests.bench.stacks import running
from tests.support.stack import LocalStack


def main() -> None:
    """Runs all measurements; the peers take turns within each repetition."""
    options = _options()
    # a feed for every repetition, so that each starts from nothing
    feeds = [f"{feed.FEED}_{number}" for number in range(options.repetitions + 1)]
    with running(lambda stack: feed.declare(stack.sources_dir, *feeds)) as stack:
        _measure(stack, stack.root / "generated", feeds, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "--rows", type=int, default=1_000_000, help="readings before the merged day, a multiple of 50,000"
    )
    parser.add_argument(
        "--repetitions", type=int, default=3, help="how often landing, merge and their peers are repeated"
    )
    parser.add_argument("--query-repetitions", type=int, default=7, help="how often each query is repeated")
    parser.add_argument(
        "--submit-repetitions",
        type=int,
        default=1,
        help="in how many of the repetitions the slow peer spark-submit runs",
    )
    options = parser.parse_args()
    if options.rows < feed.DAY or options.rows % feed.DAY:
        parser.error(f"--rows must be a multiple of {feed.DAY}")
    return options


def _measure(stack: LocalStack, folder: Path, feeds: list[str], options: argparse.Namespace) -> None:
    print(describe_machine(), flush=True)
    history, day = feed.generate(folder, options.rows)
    supervisor = int((stack.root / "state" / "supervisord.pid").read_text())
    with Memory(supervisor) as memory:
        ingested = ingest.compare(stack, history, day, feeds, memory, options.submit_repetitions)
        with memory.phase("queries"), session.connect(stack.settings) as spark:
            asked = queries.compare(stack, spark, feeds[-1], options.query_repetitions)
    print(ingested, asked, memory.report(), sep="\n\n", flush=True)


if __name__ == "__main__":
    main()
