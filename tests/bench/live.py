"""`python -m tests.bench.live`: how soon messages are in raw and in silver, and what a day more of events costs.

latency: messages of the simulated region are published at a steady rate, and each is followed to the receipt of its
batch and to the run that committed it.
throughput: as many as the broker takes are published at once, until raw and silver hold all.
memory: at the steady rate, the memory of each program, twelve times (an hour, so only when named).
growth: silver and the ledger are filled as days of messages fill them, and the same hour of messages is loaded on top
of 1, 30 and 365 days that maintenance has joined.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import islice
from statistics import median, quantiles

import pyarrow as pa
from deltalake import write_deltalake

from infra.local import config
from infra.sensors.devices import devices, gateways
from infra.sensors.publish import publish
from infra.sensors.simulation import Message, Simulation
from lakehouse import names
from lakehouse.lake import delta, ledger, ops, sql
from lakehouse.spec.discovery import load_delivery
from spark_jobs import maintenance, session, tables
from tests.bench.measure import describe_machine, pss_kb, table
from tests.bench.stacks import running
from tests.integration.sensors import DELIVERY, inserted, wait_until_loaded
from tests.support.broker import root
from tests.support.built import run_feed
from tests.support.stack import LocalStack

SEED = 13
STORED_DAYS = (1, 30, 365)
MEASURED = 5
# programs whose memory is told, and how often
WATCHED, SAMPLES = ("bridge", "broker", "minio", "spark", "scheduler"), 12
# what 1,000 devices send at least in an hour, what they send on a day, and runs that take it
MESSAGES_AN_HOUR = 3_000
ROWS_A_DAY, RUNS_A_DAY = 150_000, 1_440


def main() -> None:
    """Prints a table for each part."""
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", default=["latency", "throughput", "growth"])
    parser.add_argument("--rate", type=float, default=50, help="messages a second")
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--rows-a-day", type=int, default=ROWS_A_DAY)
    told = parser.parse_args()
    print(describe_machine(), flush=True)
    for part in told.parts:
        # what is filled and loaded by hand is no work for the scheduler
        with running(feeds=() if part == "growth" else [DELIVERY]) as stack:
            match part:
                case "latency":
                    _latency(stack, told.rate, told.minutes)
                case "throughput":
                    _throughput(stack)
                case "memory":
                    _memory(stack, told.rate, told.minutes)
                case "growth":
                    _growth(stack, told.rows_a_day)
                case _:
                    parser.error(f"no part {part}")


def _region(begins: float, ends: float = 0) -> Simulation:
    """A thousand devices, from so many hours ago until so many hours ago."""
    now = dt.datetime.now(dt.UTC)
    first, last = (now - dt.timedelta(hours=hours) for hours in (begins, ends))
    return Simulation(SEED, devices(SEED, 1_000), gateways(SEED, 40), first, last)


def _paced(region: Simulation, rate: float, minutes: float, published: list[dt.datetime]) -> Iterator[Message]:
    begun = time.monotonic()
    # no message more is made than sent: the truth would wait for it
    for number, message in enumerate(islice(region, int(rate * minutes * 60))):
        time.sleep(max(0.0, begun + number / rate - time.monotonic()))
        published.append(dt.datetime.now(dt.UTC))
        yield message


def _latency(stack: LocalStack, rate: float, minutes: float) -> None:
    region, published = _region(24), list[dt.datetime]()
    publish(config.load(), _paced(region, rate, minutes, published))
    wait_until_loaded(stack, region.truth, timeout_s=600)
    store, at = root(config.load()), iter(published)
    written = {key.split("/")[1]: when for key, when in store.written(names.RAW, f"{DELIVERY}/").items()}
    with stack.lake() as lake:
        lines = lake.execute(
            f"SELECT DISTINCT deliveries[1], recorded_at FROM {sql.scan(ledger.LEDGER)} ORDER BY 1"
        ).fetchall()
    to_raw, to_silver = list[float](), list[float]()
    for delivery, landed_at in sorted(written.items()):
        recorded_at = next(when for span, when in lines if delivery <= span.split("..")[-1])
        packed = store.get(names.RAW, f"{DELIVERY}/{delivery}/messages.jsonl.gz")
        for _ in gzip.decompress(packed).splitlines():
            sent = next(at)
            to_raw.append((landed_at - sent).total_seconds())
            to_silver.append((recorded_at - sent).total_seconds())
    print(
        table(
            [f"seconds from publishing, {len(to_raw):,} messages at {rate:g}/s", "p50", "p95", "most"],
            [
                [where, *(f"{figure:.1f}" for figure in (median(found), _p95(found), max(found)))]
                for where, found in (("to raw", to_raw), ("to silver", to_silver))
            ],
        ),
        flush=True,
    )


def _p95(figures: list[float]) -> float:
    return quantiles(figures, n=20)[-1]


def _throughput(stack: LocalStack) -> None:
    warm = _region(24.1, ends=24)
    publish(config.load(), warm)
    wait_until_loaded(stack, warm.truth, timeout_s=600)
    region = _region(24)
    messages = list(region)
    begun, begun_at = time.monotonic(), dt.datetime.now(dt.UTC)
    publish(config.load(), messages)
    published = time.monotonic() - begun
    readings = warm.truth.rows["readings"] + region.truth.rows["readings"]
    while inserted(stack)["lorawan__reading"] < readings:
        time.sleep(1)
    loaded, count = time.monotonic() - begun, len(messages)
    landed = max(root(config.load()).written(names.RAW, f"{DELIVERY}/").values()) - begun_at
    print(
        table(
            [f"{count:,} messages, as fast as they are taken", "seconds", "messages a second"],
            [
                [until, f"{seconds:.0f}", f"{count / seconds:,.0f}"]
                for until, seconds in (
                    ("acknowledged by the broker", published),
                    ("all in raw", landed.total_seconds()),
                    ("all in silver", loaded),
                )
            ],
        ),
        flush=True,
    )


def _memory(stack: LocalStack, rate: float, minutes: float) -> None:
    # as long as it takes these devices to send so much
    region, sampled = _region(rate * minutes * 60 / MESSAGES_AN_HOUR), list[list[str]]()
    with ThreadPoolExecutor(1) as publisher:
        published = publisher.submit(publish, config.load(), _paced(region, rate, minutes, []))
        while not published.done():
            sampled.append([f"{pss_kb(stack.pid(program)) / 1024:.0f}" for program in WATCHED])
            wait([published], timeout=60 * minutes / SAMPLES)
        count = published.result()
    steps = [[f"{number * minutes / SAMPLES:.0f}", *line] for number, line in enumerate(sampled)]
    print(table([f"minutes at {rate:g}/s, {count:,} messages; MB of", *WATCHED], steps), flush=True)


def _growth(stack: LocalStack, rows_a_day: int) -> None:
    sources = load_delivery(stack.sources_dir, DELIVERY)
    with session.connect(stack.settings) as spark:
        for source in sources:
            tables.create_text(stack.settings, source)
            tables.create_silver(spark, stack.settings, source)
    publish(config.load(), _region(0.1))
    time.sleep(5)
    run_feed(DELIVERY, "the server warms up")
    stored, rows = 0, []
    for days in STORED_DAYS:
        for day in range(stored, days):
            _fill(stack, day, rows_a_day)
        # as each night
        with session.connect(stack.settings) as spark:
            maintenance.maintain(spark, stack.settings, stack.store("spark"))
        stored, found = days, list[float]()
        for _ in range(MEASURED):
            publish(config.load(), _region(1))
            time.sleep(5)
            begun = time.monotonic()
            run_feed(DELIVERY, f"{days} days, {len(found)}")
            found.append(time.monotonic() - begun)
        rows.append((days, found))
        print(f"{days} days: {found}", flush=True)
    first = median(rows[0][1])
    print(
        table(
            ["stored days", "seconds of a run (median)", "÷ the first"],
            [[str(days), f"{median(found):.1f}", f"{median(found) / first:.2f}"] for days, found in rows],
        )
    )


def _fill(stack: LocalStack, day: int, rows_a_day: int) -> None:
    """A day before all that is measured: silver's rows in one file a table, and the ledger's lines of its runs."""
    begins = dt.datetime.now(dt.UTC) - dt.timedelta(days=STORED_DAYS[-1] + 2 - day)
    options, settings = delta.storage(stack.settings), stack.settings
    for source in load_delivery(stack.sources_dir, DELIVERY):
        schema = delta.arrow_schema(source.stored_columns)
        moments = [begins + dt.timedelta(seconds=86_400 * n / rows_a_day) for n in range(rows_a_day)]
        columns = {"observed_at": moments, "message_id": [f"{day}-{n}" for n in range(rows_a_day)]}
        filled = [
            pa.array(columns[field.name], field.type)
            if field.name in columns
            else pa.array(["x"] * rows_a_day if field.type == pa.string() else [None] * rows_a_day, field.type)
            for field in schema
        ]
        rows = pa.table(filled, schema=schema)
        write_deltalake(names.uri("silver", source.id), rows, mode="append", storage_options=options)
    lines = []
    for run in range(RUNS_A_DAY):
        at = begins + dt.timedelta(minutes=run)
        span = f"{at:%Y%m%dT%H%M%S%f}Z-000000000000"
        said = {"parent": DELIVERY, "run_id": f"{day}-{run}", "status": "committed", "published_until": at}
        lines += [
            {**said, "feed": source.id, "deliveries": [f"{span}..{span}"], "inserted": 100, "recorded_at": at}
            for source in load_delivery(stack.sources_dir, DELIVERY)
        ]
    ops.append(settings, "ledger", lines)


if __name__ == "__main__":
    main()
