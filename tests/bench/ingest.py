"""Raw to silver, then a day merged into it: our line and both peers in turn, on the same raw objects."""

from __future__ import annotations

from collections import defaultdict

from lakehouse import names
from lakehouse.ingest import landing
from tests.bench import line, peer_duckdb, peer_submit
from tests.bench.feed import Readings, serve
from tests.bench.measure import Memory, Stopwatch, ratio, summary, table
from tests.support.stack import LocalStack

Runs = dict[str, list[Stopwatch]]


def compare(stack: LocalStack, history: Readings, day: Readings, feeds: list[str], memory: Memory, submits: int) -> str:
    """Runs everyone once per feed; the first feed only warms up, and spark-submit runs for the next `submits` feeds.

    Returns:
        Markdown tables.

    Raises:
        AssertionError: a result is not the expected one, or the peers' results differ.
    """
    measured: dict[Readings, Runs] = {history: defaultdict(list), day: defaultdict(list)}
    for number, feed in enumerate(feeds):
        results = []
        for readings, runs in measured.items():
            serve(readings, stack.feeds_dir, feed)
            with memory.phase("ours"):
                watch, found = line.run(stack.settings, feed, f"{feed}-{readings.path.stem}")
            assert found == {name: getattr(readings, name) for name in found}, found
            if number == 0:
                continue
            raw = _raw_object(stack, feed)
            runs["ours"].append(watch)
            with memory.phase("DuckDB"):
                load = peer_duckdb.merge if readings.corrects else peer_duckdb.load
                runs["DuckDB"].append(load(stack.settings, f"s3://{raw}", _folder("s3", "duckdb", feed)))
            if number <= submits:
                with memory.phase("spark-submit"):
                    watch, result = peer_submit.run(
                        stack.settings, stack.root, f"s3a://{raw}", _folder("s3a", "submit", feed)
                    )
                runs["spark-submit"].append(watch)
                results = [result]
            print(f"{feed} {readings.path.stem}: {_latest(runs)}", flush=True)
        if number > 0:
            _same_everywhere(stack, feed, results)
    return "\n\n".join(
        (_report(f"(a) landing to silver of {history.records:,} readings", measured[history]),
         _report(f"(b) a day of {day.records:,} readings merged into them", measured[day]))
    )  # fmt: skip


def _same_everywhere(stack: LocalStack, feed: str, results: list[tuple[int, str]]) -> None:
    with stack.lake() as lake:
        ours = lake.execute(
            f"SELECT count(*), sum(value)::text FROM delta_scan('{names.uri('silver', feed)}')"
        ).fetchone()
    results = [*results, peer_duckdb.result(stack.settings, _folder("s3", "duckdb", feed))]
    assert all(ours == result for result in results), (ours, results)


def _raw_object(stack: LocalStack, feed: str) -> str:
    store = stack.store("landing")
    receipt = landing.receipt(store, feed, landing.deliveries(store, feed)[-1])
    assert receipt is not None
    return f"{names.RAW}/{receipt.object_key}"


def _folder(scheme: str, peer: str, feed: str) -> str:
    return f"{scheme}://{names.LAKE}/bench/{peer}/{feed}"


def _latest(runs: Runs) -> str:
    now = len(runs["ours"])
    return ", ".join(f"{who} {watches[-1].total:.1f} s" for who, watches in runs.items() if len(watches) == now)


def _report(title: str, runs: Runs) -> str:
    from_raw = {who: [w.total - w.seconds.get("land", 0) for w in watches] for who, watches in runs.items()}
    rows = [
        [who, summary(seconds), "1" if who == "ours" else ratio(from_raw["ours"], seconds)]
        for who, seconds in from_raw.items()
    ]
    parts = [
        [who, part, summary([watch.seconds[part] for watch in watches])]
        for who, watches in runs.items()
        for part in watches[0].seconds
    ]
    counts = ", ".join(f"{who} {len(watches)}" for who, watches in runs.items())
    return (
        f"{title}, from the raw object on (median, min–max; repetitions: {counts}):\n\n"
        + table(["who", "seconds", "ours ÷ this"], rows)
        + "\n\nwhere the time goes:\n\n"
        + table(["who", "part", "seconds"], parts)
    )
