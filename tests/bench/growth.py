"""`python -m tests.bench.growth`: whether a day costs more when more days are stored.

A day of 5,000 readings that corrects the day before is merged into 1, 30 and 365 stored days. The days are stored as
they would lie there at worst: joined by maintenance, and six days on top of it that came since.
"""

from __future__ import annotations

import statistics
from pathlib import Path

from lakehouse.lake import delta
from spark_jobs import session
from tests.bench import feed, line
from tests.bench.measure import describe_machine, table
from tests.bench.stacks import running
from tests.support.stack import LocalStack

DAY = 5_000
STORED_DAYS = (1, 30, 365)
SINCE_MAINTENANCE = 6
MEASURED = 5


def main() -> None:
    """Prints the seconds of a day by stored days, and the files of silver."""
    feeds = {days: f"{feed.FEED}_{days}_days" for days in (0, *STORED_DAYS)}
    with running(lambda stack: feed.declare(stack.sources_dir, *feeds.values())) as stack:
        print(describe_machine(), flush=True)
        # the server gets warm on a feed that does not count
        _measure(stack, stack.root / "warm", feeds[0], 30)
        rows = [_measure(stack, stack.root / str(days), feeds[days], days) for days in STORED_DAYS]
    first = statistics.median(rows[0][1])
    print(
        table(
            ["stored days", "seconds of a day (median)", "÷ the first", "files of silver"],
            [
                [str(days), f"{statistics.median(found):.2f}", f"{statistics.median(found) / first:.2f}", str(files)]
                for days, found, files in rows
            ],
        )
    )


def _measure(stack: LocalStack, folder: Path, name: str, days: int) -> tuple[int, list[float], int]:
    since = min(SINCE_MAINTENANCE, days - 1)
    history, *later = feed.generate_days(folder, (days - since) * DAY, since + MEASURED, DAY)
    seconds = []
    for number, readings in enumerate([history, *later]):
        feed.serve(readings, stack.feeds_dir, name)
        watch, found = line.run(stack.settings, name, f"{name}-{number}")
        assert found == {count: getattr(readings, count) for count in found}, found
        if number == 0:
            with session.connect(stack.settings) as spark:
                spark.sql(f"OPTIMIZE silver.{name}")
            bronze = delta.find(stack.settings, "bronze", name)
            assert bronze is not None
            delta.compact(bronze)
        if number > since:
            seconds.append(watch.total - watch.seconds["land"])
    silver = delta.find(stack.settings, "silver", name)
    assert silver is not None
    return days, seconds, len(silver.file_uris())


if __name__ == "__main__":
    main()
