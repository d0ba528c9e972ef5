"""`python -m tests.bench.daily`: whether the release after a day of air quality costs more when more days are stored.

The hours of one station are stored for 30, 180 and 365 days; after each of these, some more days come one by one, and a
release is made of each. All other feeds hold their samples, so that every mart is there.
"""

from __future__ import annotations

import datetime as dt
import random
import statistics

from tests.bench.measure import describe_machine, table
from tests.bench.stacks import running
from tests.support.built import make_release, run_feed
from tests.support.polled import UBA, UBA_FILE
from tests.support.stack import LocalStack

STORED_DAYS = (30, 180, 365)
MEASURED = 5
FIRST = dt.date(2023, 1, 1)


def main() -> None:
    """Prints the seconds of a release by stored days."""
    with running(feeds=()) as stack:
        print(describe_machine(), flush=True)
        stack.place()
        for feed in stack.region:
            run_feed(feed, "sample")
        make_release(stack, "samples")
        stored, rows = 0, []
        for days in STORED_DAYS:
            _deliver(stack, stored, days)
            make_release(stack, f"{days} days")
            found = []
            for day in range(days, days + MEASURED):
                _deliver(stack, day, day + 1)
                found.append(make_release(stack, f"day {day + 1}"))
            stored = days + MEASURED
            rows.append((days, [sum(seconds.values()) for seconds in found], [seconds["build"] for seconds in found]))
            print(f"{days} days: {rows[-1][1]}", flush=True)
    first = statistics.median(rows[0][1])
    print(
        table(
            ["stored days", "seconds of a release (median)", "of which build", "÷ the first"],
            [
                [
                    str(days),
                    *(f"{statistics.median(each):.1f}" for each in (whole, build)),
                    f"{statistics.median(whole) / first:.2f}",
                ]
                for days, whole, build in rows
            ],
        )
    )


def _deliver(stack: LocalStack, first: int, last: int) -> None:
    """The hours of some days, in the form of the sample, as a delivery of their own."""
    chance, hours = random.Random(first), [24 * day + hour for day in range(first, last) for hour in range(1, 25)]

    def change(text: str) -> str:
        header, footer = text.split("\n", 1)[0], text.rsplit("\n\n", 1)[1]
        lines = [
            f"DENW095;\"'{FIRST + dt.timedelta(days=(hour - 1) // 24)} {(hour - 1) % 24 + 1:02}:00'\";"
            f"{chance.randint(2, 60)};{chance.randint(2, 120)}.5;{chance.randint(2, 80)};{chance.randint(1, 40)};good"
            for hour in hours
        ]
        return "\n".join([header, *lines]) + "\n\n" + footer

    stack.edit(UBA_FILE, change)
    run_feed(UBA, f"days {first} to {last}")


if __name__ == "__main__":
    main()
