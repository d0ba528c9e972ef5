"""Runs a feed's files through connector, parser and classification without any store."""

from __future__ import annotations

import datetime as dt
import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import uvicorn
from pyspark.sql import DataFrame, SparkSession

from infra.local.feed_server import application
from lakehouse.ingest import landing
from lakehouse.ingest.connectors import fetch_all
from lakehouse.ingest.landing import Receipt
from lakehouse.ingest.parse import parse_to_parquet
from lakehouse.spec.dates import SAMPLE_DAY
from lakehouse.spec.inbox import Inbox
from lakehouse.spec.mqtt import Mqtt
from lakehouse.spec.source import Source
from lakehouse.storage import ObjectStore
from spark_jobs import bronze as job
from spark_jobs import ranking
from spark_jobs.batch import type_rows

# after everything that the samples and the recorded files say
FETCHED = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Address of the feed server of the local stack, serving a folder on loopback."""
    server = uvicorn.Server(uvicorn.Config(application(str(folder)), host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the feed server did not start"
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def land(store: ObjectStore, source: Source, feeds_url: str, run_id: str) -> list[Receipt]:
    """Lands what is new beside what the store holds already."""
    return landing.land(store, source, feeds_url, run_id, landing.deliveries(store, source.id))


def deliveries(source: Source, folder: Path, work: Path) -> list[tuple[Receipt, Path]]:
    """What the feed's connector lands from a served folder: receipts and bytes, in the order of the declaration."""
    into = work / "fetched"
    into.mkdir()
    if isinstance(source.fetch, Mqtt):
        return [_batch(source, number, path, into) for number, path in enumerate(sorted(folder.iterdir()))]
    assert not isinstance(source.fetch, Inbox)
    with served(folder) as address:
        found = fetch_all(source.fetch.mirrored, address, into, {}, today=SAMPLE_DAY)
        fetched = [one for one in found if one is not None]
    return [(receipt(source, number, found.address, found.file), found.path) for number, found in enumerate(fetched)]


def _batch(source: Source, number: int, path: Path, into: Path) -> tuple[Receipt, Path]:
    """What the bridge lands of messages that stand in a file line by line, as it would write them."""
    batch = into / f"{path.name}.gz"
    batch.write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    return receipt(source, number, "mqtt://broker", batch.name), batch


def receipt(source: Source, number: int, address: str, file: str) -> Receipt:
    """A receipt as landing would write it; later numbers were published later."""
    moment = FETCHED + dt.timedelta(minutes=number)
    return Receipt(
        feed=source.id, delivery=f"delivery-{number}", file=file, address=address,
        fetched_at=moment, published_at=moment, sha256="0" * 64, bytes=1, content_type="text/csv", etag=None,
        last_modified=None, licence=None, run_id="test",
    )  # fmt: skip


def bronze(source: Source, landed: list[tuple[Receipt, Path]], work: Path) -> pa.Table:
    """Bronze rows of some deliveries."""
    parsed = []
    for made, path in landed:
        into = work / f"{made.delivery}.parquet"
        parse_to_parquet(source, path, made.file, into, path_values=source.fetch.path_values(made.address))
        parsed.append((made, into))
    return job.rows(source, parsed).read_all()


def ranked(spark: SparkSession, source: Source, landed: list[tuple[Receipt, Path]], records: pa.Table) -> pa.Table:
    """The silver batch of some deliveries, the later ones published later: silver's columns, class and reasons."""
    receipts = [made for made, _ in landed]
    rows = type_rows(source, spark.createDataFrame(records), [made.delivery for made in receipts])
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        ranking.rank(connection, source, rows.toArrow(), receipts)
        return connection.execute(ranking.rows(source, more=("_class", "_reasons"))).to_arrow_table()


def classified(spark: SparkSession, source: Source, landed: list[tuple[Receipt, Path]], work: Path) -> DataFrame:
    """The same as a frame."""
    return spark.createDataFrame(ranked(spark, source, landed, bronze(source, landed, work)))
