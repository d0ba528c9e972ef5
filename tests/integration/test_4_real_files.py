"""The line on the real files: the same claims as on the samples, with figures that were counted without our code.

Skipped where the real files are not; they are loaded into the stack of the other tests, after everything in it is gone.
"""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest

from lakehouse import names
from lakehouse.ingest.landing import Receipt
from lakehouse.lake import ledger, release, sql
from tests.integration.region import (
    ATENE,
    BROADBAND,
    BROADBAND_FILE,
    ESF,
    ESF_FILE,
    FEEDS,
    GVISYS,
    GVISYS_FILE,
    UBA,
    current,
)
from tests.support.stack import LocalStack, silver_versions

CITIES = {
    "Castrop-Rauxel", "Datteln", "Dorsten", "Gladbeck", "Haltern", "Haltern am See", "Herten", "Marl",
    "Oer-Erkenschwick", "Recklinghausen", "Waltrop",
}  # fmt: skip


pytestmark = pytest.mark.timeout(1800)


@pytest.fixture
def data(shared_dir: Path) -> Path:
    return shared_dir / "data"


def test_the_whole_line_on_the_real_files(real_region: LocalStack) -> None:
    with real_region.lake() as lake:
        rows = lake.execute(
            f"""SELECT feed, records, parsed, inserted, duplicate, quarantined
            FROM {sql.scan(ledger.LEDGER)} WHERE feed IN {FEEDS} ORDER BY feed"""
        ).fetchall()
        assert rows == [
            (ATENE, 11_330, 11_330 * 47, 11_330 * 47, 0, 0),
            # the nine districts of Köln are filtered, five shares of Wettringen are above 100 percent
            (BROADBAND, 11_330 + 396 + 405, (11_330 + 396 + 396) * 45 + 9, (11_330 + 396 + 396) * 45 - 5, 0, 5),
            (ESF, 39_961, 39_961, 39_961, 0, 0),
            (GVISYS, 16_068, 16_068, 16_068, 0, 0),
            (UBA, 17_545 + 17_521, 140_264, 140_260, 4, 0),
        ]
        conserved = lake.execute(
            f"""SELECT bool_and(parsed =
                filtered + quarantined + duplicate + superseded + unchanged + inserted + updated)
            FROM {sql.scan(ledger.LEDGER)}"""
        ).fetchall()
        assert conserved == [(True,)]
        pins = silver_versions(lake)
        levels = lake.execute(
            f"""SELECT record_type, count(*) FROM {sql.scan(names.uri("silver", GVISYS), pins[GVISYS])}
            GROUP BY ALL ORDER BY ALL"""
        ).fetchall()
        assert levels == [("10", 16), ("20", 29), ("30", 12), ("40", 401), ("50", 4606), ("60", 11004)]
        # the hour that the clock skipped, and the one that it showed twice
        hours = lake.execute(
            f"""SELECT (observed_at AT TIME ZONE 'Europe/Berlin')::date::text AS day, count(*)
            FROM {sql.scan(names.uri("silver", UBA), pins[UBA])} WHERE quantity = 'no2'
            GROUP BY day HAVING day IN ('2020-03-29', '2020-10-25') ORDER BY day"""
        ).fetchall()
        assert hours == [("2020-03-29", 23), ("2020-10-25", 25)]

    assert real_region.query("SELECT count(*), sum(inhabitants) FROM dim_municipality WHERE is_vest") == [(10, 614_137)]
    editions = """SELECT CAST(reference_date AS VARCHAR), count(*), count(*) FILTER (is_series_break)
        FROM fct_broadband_coverage GROUP BY ALL ORDER BY ALL"""
    assert real_region.query(editions) == [
        ("2018-06-30", 532_510, 0),
        # 18 measures of the edition before go on, in all 11,330 municipalities
        ("2018-12-31", 509_850, 18 * 11_330),
        ("2019-06-30", 17_818, 17_818),
        ("2020-06-30", 17_817, 0),
    ]
    assert real_region.query(
        "SELECT count(DISTINCT ags) FROM fct_broadband_coverage WHERE NOT is_in_municipality_list"
    ) == [(417,)]
    assert real_region.query("SELECT count(*) FROM fct_grant") == [(39_961,)]
    assert real_region.query("SELECT count(*) FROM fct_grant WHERE match_kind = 'no_place'") == [(18,)]
    assert real_region.query("SELECT sum(grant_count), sum(amount_eur) FROM mart_funding") == [
        (796, Decimal(14_394_252))
    ]
    assert real_region.query("SELECT count(*) FROM fct_air_quality_hour") == [(140_260,)]
    assert real_region.query("SELECT count(DISTINCT ags) FROM mart_connectivity") == [(11,)]


def test_the_funding_sum_recomputed_another_way(real_region: LocalStack, data: Path) -> None:
    by_year: dict[int, int] = {}
    with (data / ESF_FILE).open(encoding="utf-8", newline="") as file:
        for record in csv.DictReader(file):
            if record["Sitz des Begünstigten"] in CITIES:
                year = int(record["Jahr der Bewilligung"])
                euros = int("".join(c for c in record["Zuwendungen des Landes NRW"] if c.isdigit()))
                by_year[year] = by_year.get(year, 0) + euros
    found = real_region.query("SELECT approval_year, sum(amount_eur) FROM mart_funding GROUP BY ALL ORDER BY ALL")
    assert found == [(year, Decimal(euros)) for year, euros in sorted(by_year.items())]


def test_the_weighted_figure_of_the_kreis_recomputed(real_region: LocalStack, data: Path) -> None:
    with (data / GVISYS_FILE).open(encoding="utf-8-sig", newline="") as file:
        inhabitants = {
            r["land"] + r["rb"] + r["kreis"] + r["gemeinde"]: int(r["bevoelkerung"].replace(" ", ""))
            for r in csv.DictReader(file)
            if r["satzart"] == "60" and r["land"] + r["rb"] + r["kreis"] == "05562"
        }
    with (data / BROADBAND_FILE).open(encoding="utf-8", newline="") as file:
        share = {r["AGS"]: int(r["alle Technologien ≥ 50 Mbit/s"]) for r in csv.DictReader(file, delimiter=";")}
    expected = sum(share[ags] * people for ags, people in inhabitants.items()) / sum(inhabitants.values())
    ((found, basis),) = real_region.query(
        """SELECT households_pct, weight_basis FROM mart_connectivity
        WHERE ags = '05562' AND technology = 'all' AND min_download_mbit_s = 50
        AND reference_date = DATE '2018-12-31'"""
    )
    assert abs(float(found) - expected) < 0.005  # type: ignore[arg-type]
    assert "inhabitants" in str(basis)


def test_the_publication_passes_the_official_shapes(real_region: LocalStack) -> None:
    key = names.publication_key(current(real_region))
    assert json.loads(real_region.store("publisher").get(names.LAKE, key))["shapes_checked"]
    assert "connectivity" in real_region.catalogue().decode()


def test_every_published_figure_walks_back_to_its_bytes(real_region: LocalStack, data: Path) -> None:
    store = real_region.store("spark")
    found = release.manifest(store, current(real_region))
    for name, mart in found.marts.items():
        for feed in mart.inputs:
            # only a feed that never came, read as the empty table that it began as, has no deliveries
            assert bool(found.feeds[feed].deliveries) == (found.silver[feed].version > 0), (name, feed)
            for delivery in found.feeds[feed].deliveries:
                receipt = Receipt.model_validate_json(store.get(names.RAW, f"{feed}/{delivery}/receipt.json"))
                assert len(store.get(names.RAW, receipt.object_key)) == receipt.bytes
    assert store.get(names.RAW, receipt.object_key) in [path.read_bytes() for path in data.rglob(receipt.file)]
