"""`python -m tests.bench.samples`: every feed's sample, one after the other on a server that has just started.

Without Airflow: the functions of its tasks in turn. `--checkout` measures another checkout of the project instead, with
its own stack and its own functions, such as the commit that today's is compared with.
"""

from __future__ import annotations

import statistics
import time

from airflow.sdk.exceptions import AirflowSkipException

from lakehouse.settings import CHECKOUT
from tests.bench.measure import describe_machine, table
from tests.bench.stacks import running
from tests.support.stack import LocalStack


def main() -> None:
    """Prints the seconds of each feed and their median."""
    with running() as stack:
        _measure(stack)


def _measure(stack: LocalStack) -> None:
    from dags.shared import tasks
    from infra.local import feed_files

    print(f"{CHECKOUT}\n{describe_machine()}", flush=True)
    # what the scheduler has imported before it forks a task is not the feed's time
    import dbt.cli.main  # noqa: F401
    import great_expectations  # noqa: F401
    import pyspark.sql.connect.session  # noqa: F401

    seconds: dict[str, float] = {}
    for feed, source in stack.sources.items():
        feed_files.place({feed: source}, stack.feeds_dir)
        begun = time.perf_counter()
        try:
            plan = tasks.land(feed, "bench", None, None)
        except AirflowSkipException:
            continue
        tasks.load(feed, "bench", plan)
        seconds[feed] = time.perf_counter() - begun
        print(f"{feed}: {seconds[feed]:.1f} s", flush=True)
    found = list(seconds.values())
    rows = [[f"{len(found)}", f"{statistics.median(found):.2f} s", f"{min(found):.2f} s", f"{max(found):.2f} s"]]
    print(table(["feeds", "median", "least", "most"], rows), flush=True)


if __name__ == "__main__":
    main()
