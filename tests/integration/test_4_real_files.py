"""The line on the real files: the same claims as on the samples, with figures that were counted without our code.

Skipped where the real files are not; they are loaded into the stack of the other tests, after everything in it is gone.
"""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml

from lakehouse import names, open_release
from lakehouse.lake import ledger, sql
from tests.integration.region import (
    ATENE,
    BROADBAND,
    BROADBAND_FILE,
    EDITIONS,
    ESF,
    ESF_FILE,
    FEEDS,
    GVISYS,
    GVISYS_FILE,
    UBA,
    assert_conserved,
    assert_hours_of_changed_clocks,
    current,
    levels,
    walk_back,
)
from tests.support.stack import LocalStack

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
        assert_conserved(lake)
        assert levels(lake) == [("10", 16), ("20", 29), ("30", 12), ("40", 401), ("50", 4606), ("60", 11004)]
        assert_hours_of_changed_clocks(lake)

    assert real_region.query("SELECT count(*), sum(inhabitants) FROM dim_municipality WHERE is_vest") == [(10, 614_137)]
    assert real_region.query(EDITIONS) == [
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
    for _, newest, delivered in walk_back(real_region):
        assert delivered in [path.read_bytes() for path in data.rglob(newest.file)]


# Counts and order-free checksums of the marts on the complete real files, by the code of commit 1355f29. The number of
# a delivery differs from run to run and is left out.
def test_the_marts_equal_the_reviewed_checksums(real_region: LocalStack) -> None:
    reviewed = yaml.safe_load(Path(__file__).with_name("reviewed_marts.yml").read_text("utf-8"))
    opened = open_release(settings=real_region.settings)
    with opened.connection as connection:
        assert {name: mart_checksum(connection, name) for name in reviewed} == reviewed
        assert set(reviewed) < set(opened.manifest.marts), "the others wait for feeds that come later"


def mart_checksum(connection: duckdb.DuckDBPyConnection, mart: str) -> list[int | str]:
    """Rows of a mart, and the exclusive or of the hashes of each row's texts."""
    columns = [name for name, *_ in connection.execute(f"DESCRIBE {mart}").fetchall() if name != "source_delivery_id"]
    texts = ", ".join(f"coalesce({name}::VARCHAR, '∅')" for name in columns)
    query = f"SELECT count(*), bit_xor(md5_number(concat_ws('|', {texts})))::VARCHAR FROM {mart}"
    ((rows, checksum),) = connection.execute(query).fetchall()
    return [rows, checksum]
