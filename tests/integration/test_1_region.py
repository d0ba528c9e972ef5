"""The whole line on the samples, through Airflow's scheduler; then everything that must not move the release.

The region is loaded once. Every test finds it as the samples left it and puts back what it changes.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from dags.shared import region_tasks, tasks
from infra.local import feed_files
from lakehouse import names, open_release
from lakehouse.errors import LeaseHeld
from lakehouse.ingest import lease
from lakehouse.lake import build_plan, ledger, release, sql
from spark_jobs import release as release_job
from spark_jobs import session
from spark_jobs.release import activate
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
    UBA_FILE,
    assert_conserved,
    assert_hours_of_changed_clocks,
    current,
    levels,
    sample,
    versions,
    walk_back,
)
from tests.support.stack import LocalStack

pytestmark = pytest.mark.timeout(1800)

# the sample names 25 grants of the ten cities; those in quarantine have no amount that can be read
FUNDING = (25, Decimal(69_290))
FUNDING_QUERY = "SELECT sum(grant_count), sum(amount_eur) FROM mart_funding"


def test_the_whole_line_on_the_samples(region: LocalStack) -> None:
    with region.lake() as lake:
        rows = lake.execute(
            f"""SELECT feed, records, parsed, filtered, inserted, duplicate, quarantined
            FROM {sql.scan(ledger.LEDGER)} WHERE feed IN {FEEDS}
            QUALIFY row_number() OVER (PARTITION BY feed ORDER BY recorded_at) = 1 ORDER BY feed"""
        ).fetchall()
        # as the samples' expected_counts.csv say; a record whose fields do not fit its header is one row
        assert rows == [
            (ATENE, 15, 14 * 47 + 1, 0, 608, 0, 51),
            (BROADBAND, 45, 41 * 45 + 4, 2, 1_795, 0, 52),
            (ESF, 31, 31, 0, 28, 0, 3),
            (GVISYS, 35, 35, 0, 29, 1, 5),
            (UBA, 63, 62 * 4 + 1, 0, 239, 4, 6),
        ]
        assert_conserved(lake)
        assert levels(lake) == [("10", 2), ("20", 1), ("40", 1), ("50", 10), ("60", 15)]
        assert_hours_of_changed_clocks(lake)

    assert region.query("SELECT count(*), sum(inhabitants) FROM dim_municipality WHERE is_vest") == [(10, 614_137)]
    assert region.query(EDITIONS) == [
        ("2018-06-30", 608, 0),
        # 18 measures of the edition before go on, in the ten cities
        ("2018-12-31", 629, 18 * 10),
        # a municipality that end 2018 lacks breaks with mid 2018; one of its shares is in quarantine
        ("2019-06-30", 627, 45 * 10 + 18 - 1),
        ("2020-06-30", 539, 0),
    ]
    assert region.query("SELECT count(DISTINCT ags) FROM fct_broadband_coverage WHERE NOT is_in_municipality_list") == [
        (7,)
    ]
    assert region.query("SELECT count(*) FROM fct_grant") == [(28,)]
    assert region.query("SELECT count(*) FROM fct_grant WHERE match_kind = 'no_place'") == [(1,)]
    assert region.query(FUNDING_QUERY) == [FUNDING]
    assert region.query("SELECT count(*) FROM fct_air_quality_hour") == [(239,)]
    assert region.query("SELECT count(DISTINCT ags) FROM mart_connectivity") == [(11,)]


def test_the_figure_of_the_kreis_is_weighted_by_inhabitants(region: LocalStack) -> None:
    cities = region.query(
        """SELECT households_pct, inhabitants FROM mart_connectivity JOIN dim_municipality USING (ags)
        WHERE technology = 'all' AND min_download_mbit_s = 50 AND reference_date = DATE '2018-12-31'"""
    )
    assert sorted(int(str(share).partition(".")[0]) for share, _ in cities) == [74, 77, 87, 89, 93, 94, 96, 96, 97, 99]
    expected = sum(float(str(share)) * int(str(people)) for share, people in cities) / 614_137
    ((found, basis),) = region.query(
        """SELECT households_pct, weight_basis FROM mart_connectivity
        WHERE ags = '05562' AND technology = 'all' AND min_download_mbit_s = 50
        AND reference_date = DATE '2018-12-31'"""
    )
    assert abs(float(str(found)) - expected) < 0.005
    assert "inhabitants" in str(basis)


def test_what_is_published_and_what_is_held_back(region: LocalStack) -> None:
    catalogue = region.catalogue().decode()
    assert "connectivity" in catalogue and "air-quality" in catalogue.replace("_", "-")
    assert "/dataset/funding" not in catalogue
    report = json.loads(region.store("publisher").get(names.LAKE, names.publication_key(current(region))))
    (held,) = report["held_back"]
    assert held["dataset"] == "funding" and ESF in held["reason"] and "source.yml" in held["remedy"]


def test_names_of_beneficiaries_leave_nowhere(region: LocalStack) -> None:
    columns = {name for (name,) in region.query("SELECT column_name FROM information_schema.columns")}
    assert columns and not columns & {"beneficiary", "project"}


def test_every_published_figure_walks_back_to_its_bytes(region: LocalStack) -> None:
    for feed, newest, delivered in walk_back(region):
        # the newest is the good one, whatever was refused before
        assert delivered in [path.read_bytes() for path in sample(feed).rglob(newest.file)]


def test_a_second_run_without_news_touches_nothing(region: LocalStack) -> None:
    before = versions(region)
    outcome = region.run(*FEEDS)
    assert outcome.failed == [] and outcome.runs["build_marts"] == []
    assert versions(region) == before
    assert build_plan.decide(region.settings).nothing_to_do == f"release {current(region)} holds all of this already"


def test_two_runs_at_once_are_kept_apart(region: LocalStack) -> None:
    def take(number: int) -> bool:
        try:
            lease.take(region.store("landing"), GVISYS, f"run {number}")
        except LeaseHeld:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        winners = [number for number, won in enumerate(pool.map(take, range(8))) if won]
    assert len(winners) == 1
    with pytest.raises(LeaseHeld, match=f"run {winners[0]} is loading this feed"):
        tasks.land(GVISYS, "another run", None, None)
    lease.release(region.store("landing"), GVISYS, f"run {winners[0]}")


def _rename_inhabitants(text: str) -> str:
    return text.replace("bevoelkerung", "einwohner", 1)


def _a_day_that_does_not_exist(text: str) -> str:
    # four rows for each of its 25 hours: more than the 80 that are tolerated
    return text.replace("'2020-10-25 ", "'2020-10-32 ")


def _lose_waltrop(text: str) -> str:
    # one row of 29 may be missing: only the own suite knows that it is a city of the Kreis
    return "".join(line for line in text.splitlines(keepends=True) if ",0036,036," not in line)


def _rename_gelsenkirchen(text: str) -> str:
    return text.replace('"05513000"', '"05513999"')


def _move_two_cities_away(text: str) -> str:
    return text.replace(",Marl,", ",Marburg,").replace(",Dorsten,", ",Dormagen,")


@pytest.mark.parametrize(
    ("feed", "file", "damage", "stopped_by"),
    [
        (GVISYS, GVISYS_FILE, _rename_inhabitants, "the header lacks 'bevoelkerung'"),
        (UBA, UBA_FILE, _a_day_that_does_not_exist, "rows in quarantine"),
        (GVISYS, GVISYS_FILE, _lose_waltrop, "expect_column_distinct_values_to_contain_set"),
        (BROADBAND, BROADBAND_FILE, _rename_gelsenkirchen, "dbt tests do not hold"),
        (ESF, ESF_FILE, _move_two_cities_away, "released)"),
    ],
    ids=["file rule", "row rule", "silver suite", "mart test", "release suite"],
)  # fmt: skip
def test_each_gate_stops_a_bad_delivery_and_the_next_good_one_passes(
    region: LocalStack, feed: str, file: str, damage: Callable[[str], str], stopped_by: str
) -> None:
    before = current(region), region.catalogue(), region.query(FUNDING_QUERY)
    try:
        region.edit(file, damage)
        outcome = region.run(feed)
        assert outcome.failed
        assert stopped_by in region.why(outcome)
        assert before == (current(region), region.catalogue(), region.query(FUNDING_QUERY))
    finally:
        region.restore(file, sample(feed))
    outcome = region.run(feed)
    assert outcome.failed == []
    assert region.query(FUNDING_QUERY) == [FUNDING]


def test_a_feed_dropped_in_as_a_folder_is_picked_up(region: LocalStack) -> None:
    folder = region.sources_dir / "toy__counter"
    (folder / "sample/input/toy").mkdir(parents=True)
    (folder / "sample/input/toy/counter.csv").write_text("place;count\nMarl;3\nHerten;4\nDatteln;many\n")
    (folder / "source.yml").write_text(
        "title: Toy counter\ndescription: Counts of a toy.\nowner: Tests\nlicence: null\nlicence_note: a toy\n"
        "schedule: '@daily'\nscope_label: Kreis\n"
        "fetch: {connector: http, files: [toy/counter.csv], max_bytes: 1000}\n"
        "format: {type: csv, encoding: utf-8, delimiter: ';'}\nload: {kind: snapshot}\nkey: [place]\n"
        "columns:\n  - {from: place, name: place, required: true}\n  - {from: count, name: quantity, type: int}\n"
    )
    try:
        feed_files.place({"toy__counter": region.sources["toy__counter"]}, region.feeds_dir)
        outcome = region.run("toy__counter")
    finally:
        shutil.rmtree(folder)
    assert outcome.failed == []
    with region.lake() as lake:
        silver = lake.execute(f"SELECT place, quantity FROM {sql.scan(names.uri('silver', 'toy__counter'))} ORDER BY 1")
        assert silver.fetchall() == [("Herten", 4), ("Marl", 3)]
        refused = lake.execute(
            f"SELECT reasons, raw FROM {sql.scan(names.uri('quarantine', 'toy__counter'))}"
        ).fetchall()
    assert "'many' is not a number" in refused[0][0][0] and json.loads(refused[0][1])["quantity"] == "many"


@pytest.fixture
def later_release(region: LocalStack) -> int:
    """Number of a release after the first, with the same figures; made by a mistake and its correction, if need be."""
    if current(region) == 1:
        region.edit(ESF_FILE, lambda text: text.replace(",509 €", ",590 €"))
        assert region.run(ESF).failed == []
        assert region.query(FUNDING_QUERY) != [FUNDING]
        region.restore(ESF_FILE, sample(ESF))
        assert region.run(ESF).failed == []
    return current(region)


def test_releases_can_be_named_and_rolled_back(region: LocalStack, later_release: int) -> None:
    newest = later_release
    assert newest > 1
    first = open_release(1, settings=region.settings).connection
    before, catalogue = first.execute("SELECT * FROM mart_funding ORDER BY ALL").fetchall(), region.catalogue()
    activate(region.store("spark"), 1)
    try:
        assert current(region) == 1
        assert region.query("SELECT * FROM mart_funding ORDER BY ALL") == before
        region_tasks.publish()
        # the figures are those of today, so nothing that a harvester sees may move
        assert _harvested(region.catalogue()) == _harvested(catalogue)
    finally:
        activate(region.store("spark"), newest)
        region_tasks.publish()
    assert current(region) == newest


def test_a_lost_catalogue_is_rebuilt_from_the_lake_alone(region: LocalStack) -> None:
    with session.connect(region.settings) as spark:
        first = release.manifest(region.store("spark"), 1)
        schema = release_job.create_views(spark, first)
        for dropped in ("candidate", "silver", schema):
            spark.sql(f"DROP SCHEMA {dropped} CASCADE")
        region.init()
        assert release_job.create_views(spark, first) == schema
        for name, mart in first.marts.items():
            assert spark.table(f"{schema}.{name}").count() == mart.rows
        assert not spark.sql(f"SELECT * FROM silver.{GVISYS}").isEmpty()


def _harvested(catalogue: bytes) -> list[bytes]:
    """The catalogue without the link to the index of its own edition."""
    lines = catalogue.splitlines()
    kept = [line for line in lines if not line.rstrip(b" ;.").endswith(b"/index.json>")]
    assert len(lines) - len(kept) == 1
    return kept
