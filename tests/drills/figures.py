"""What two regions that did the same must agree on, however they got there."""

from __future__ import annotations

from lakehouse import names
from lakehouse.lake import ledger, ops, release, sql
from spark_jobs import session
from spark_jobs.checksum import checksum
from tests.support.stack import LocalStack, silver_versions

Figures = dict[str, tuple[int, str]]


def figures(stack: LocalStack) -> Figures:
    """Rows and checksum of every silver table and every released mart, but of those that tell of runs themselves."""
    with session.connect(stack.settings) as spark:
        current = release.manifest(stack.store("spark"), release.current(stack.store("spark")))
        with stack.lake() as lake:
            pins = silver_versions(lake)
        assert pins == {
            feed: pin.version for feed in ops.feeds(current.silver) if (pin := current.silver[feed]).version
        }, "the release is behind silver"
        pinned = {f"silver.{feed}": version for feed, version in pins.items()}
        made = {name: pin for name, pin in current.marts.items() if ops.feeds(pin.inputs) == pin.inputs}
        pinned |= {f"candidate.{name}": pin.version for name, pin in made.items()}
        return {
            table: checksum(spark.sql(f"SELECT * FROM {table} VERSION AS OF {version}"))
            for table, version in sorted(pinned.items())
        }


def assert_nothing_lost_or_doubled(stack: LocalStack) -> None:
    """The ledger adds up, names every run once, and bronze holds the records of every delivery once."""
    with stack.lake() as lake:
        entries = lake.execute(
            f"""SELECT feed, run_id, deliveries, records,
                parsed = filtered + quarantined + duplicate + superseded + unchanged + inserted + updated
                FROM {sql.scan(ledger.LEDGER)} WHERE status = 'committed' AND len(replayed) = 0"""
        ).fetchall()
        runs = [(feed, run) for feed, run, *_ in entries]
        assert len(runs) == len(set(runs)), sorted(runs)
        for feed, run, deliveries, records, conserved in entries:
            assert conserved, (feed, run)
            stored = lake.execute(
                f"SELECT count(*) FROM {sql.scan(names.uri('bronze', feed))} WHERE list_contains(?, _delivery_id)",
                [deliveries],
            ).fetchall()
            assert stored == [(records,)], (feed, run, stored, records)
