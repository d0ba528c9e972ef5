"""Our own line: the functions that Airflow's tasks call, in their order, through the warm server."""

from __future__ import annotations

from expectations.gate import Gate
from lakehouse import landing
from lakehouse.settings import Settings
from lakehouse.spec import Source
from lakehouse.storage import ObjectStore
from spark_jobs import batch, bronze, commit, session, tables
from tests.bench.measure import Stopwatch


def run(settings: Settings, source: Source, run_id: str) -> tuple[Stopwatch, commit.Entry]:
    """Lands what is served and takes it to silver; each stage connects anew, as each task does."""
    watch = Stopwatch()
    store = ObjectStore.for_role(settings, "spark")
    with watch.part("land"):
        receipts = landing.land(ObjectStore.for_role(settings, "landing"), source, settings.feeds_url, run_id)
    with watch.part("bronze"):
        with session.connect(settings) as spark:
            tables.create_feed(spark, source, settings.release_retention_days)
            bronze.load(spark, store, source, receipts, run_id)
    with watch.part("silver"):
        with session.connect(settings) as spark:
            written = batch.build(spark, source, receipts, run_id)
    with watch.part("gate"):
        with session.connect(settings) as spark:
            Gate(spark, store, run_id).silver_batch(
                source,
                batch.valid_rows(spark, source, written.version),
                batch.read(spark, source, written.version),
                pending=[receipt.delivery for receipt in receipts],
                batch_rows=written.parsed,
                valid_rows=written.counts["valid"],
                quarantined=written.counts["quarantined"],
                current=commit.replaced_rows(spark, source, written),
            )
    with watch.part("commit"):
        with session.connect(settings) as spark:
            entry = commit.merge(spark, source, written, receipts, [], [], run_id)
    return watch, entry
