"""The region that the integration tests work on: what it is loaded with, and what they all ask of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from lakehouse import names
from lakehouse.ingest.landing import Receipt
from lakehouse.lake import ledger, ops, release, sql
from lakehouse.settings import CHECKOUT
from lakehouse.spec.source import SAMPLE_INPUT
from spark_jobs import session
from spark_jobs.checksum import checksum
from tests.support.stack import LocalStack, silver_versions

GVISYS, ATENE, BROADBAND, ESF, UBA = FEEDS = (
    "gvisys__municipality",
    "atene__household_coverage",
    "breitbandatlas__household_coverage",
    "esf_nrw__grant",
    "uba__air_quality_hour",
)
GVISYS_FILE = "gvisys/AuszugGV4Q_2020.csv"
ESF_FILE = "eu_funds/DEA.nordrhein-westfalen/ESF 2007-2013/ESF-Data-NRW-2007-2013.csv"
UBA_FILE = "air_muenster/luftqualitaet_muenster_2020-01-01_2022-01-01_station1140.csv"
BROADBAND_FILE = "breitbandatlas/Paket_3/gemeinde_privat_2018_ende.csv"

EDITIONS = """SELECT CAST(reference_date AS VARCHAR), count(*), count(*) FILTER (is_series_break)
    FROM fct_broadband_coverage GROUP BY ALL ORDER BY ALL"""


class Region:
    """One running stack, loaded with the samples or with real files: once, until something else is loaded."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack
        self._holds: Path | None = None
        self._failed: set[Path] = set()

    def load_samples(self) -> None:
        """Every machine has these, but not the official shapes."""
        self._load(CHECKOUT / "sources", None, None)

    def load_real(self, shared: Path) -> None:
        """The real files, published under the official shapes."""
        self._load(shared, shared / "data", shared / "dcat_ap_de")

    def _load(self, wanted: Path, real: Path | None, shapes: Path | None) -> None:
        if self._holds == wanted:
            return
        # a run that failed takes minutes, and would fail again for every test that needs it
        assert wanted not in self._failed, f"the region could not be loaded from {wanted}: see the first such error"
        self._failed.add(wanted)
        if self._holds is not None or shapes is not None:
            self._holds = None
            self.stack.wipe(shapes, real)
        self.stack.place(real)
        assert self.stack.run().failed == []
        self._holds = wanted
        self._failed.remove(wanted)


def sample(feed: str) -> Path:
    """Folder of a feed's sample files."""
    return CHECKOUT / "sources" / feed / SAMPLE_INPUT


def checksums(stack: LocalStack) -> dict[str, tuple[int, str]]:
    """Rows and order-free checksum of every silver table of the region and of every released mart.

    What is told of deliveries themselves, such as when they were fetched, differs from run to run and is left out.
    """
    store = stack.store("spark")
    with session.connect(stack.settings) as spark:
        found = {feed: checksum(spark.table(f"silver.{feed}")) for feed in stack.region}
        for name, mart in release.manifest(store, release.current(store)).marts.items():
            if ops.feeds(mart.inputs) == mart.inputs:
                found[name] = mart.rows, mart.checksum
        return found


def assert_conserved(lake: duckdb.DuckDBPyConnection) -> None:
    """Every parsed row of every run is in exactly one class of the ledger."""
    found = lake.execute(
        f"""SELECT bool_and(parsed = filtered + quarantined + duplicate + superseded + unchanged + inserted + updated)
        FROM {sql.scan(ledger.LEDGER)}"""
    ).fetchall()
    assert found == [(True,)]


def levels(lake: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    """Rows of the municipality list by their kind of area."""
    table = sql.scan(names.uri("silver", GVISYS), silver_versions(lake)[GVISYS])
    return lake.execute(f"SELECT record_type, count(*) FROM {table} GROUP BY ALL ORDER BY ALL").fetchall()


def assert_hours_of_changed_clocks(lake: duckdb.DuckDBPyConnection) -> None:
    """The day on which the clock skipped an hour has 23, the one on which it showed one twice has 25."""
    table = sql.scan(names.uri("silver", UBA), silver_versions(lake)[UBA])
    found = lake.execute(
        f"""SELECT (observed_at AT TIME ZONE 'Europe/Berlin')::date::text AS day, count(*)
        FROM {table} WHERE quantity = 'no2'
        GROUP BY day HAVING day IN ('2020-03-29', '2020-10-25') ORDER BY day"""
    ).fetchall()
    assert found == [("2020-03-29", 23), ("2020-10-25", 25)]


def walk_back(stack: LocalStack) -> Iterator[tuple[str, Receipt, bytes]]:
    """Walks from every released mart to the bytes of every delivery; gives each feed's newest receipt and bytes."""
    store = stack.store("spark")
    found = release.manifest(store, current(stack))
    for name, mart in found.marts.items():
        for feed in ops.feeds(mart.inputs):
            deliveries = found.feeds[feed].deliveries
            # only a feed that never came, read as the empty table that it began as, has no deliveries
            assert bool(deliveries) == (found.silver[feed].version > 0), (name, feed)
            for delivery in deliveries:
                receipt = Receipt.model_validate_json(store.get(names.RAW, f"{feed}/{delivery}/receipt.json"))
                delivered = store.get(names.RAW, receipt.object_key)
                assert len(delivered) == receipt.bytes
            if deliveries:
                yield feed, receipt, delivered


def current(stack: LocalStack) -> int:
    """Number of the current release."""
    return release.current(stack.store("analyst"))


def versions(stack: LocalStack) -> set[str]:
    """Every object of the lake that makes a table or a release what it is."""
    return {key for key in stack.store("spark").list(names.LAKE, "") if not key.startswith(("lease/", "ops/fetches/"))}
