"""The whole line on the real files, through Airflow's scheduler; then everything that must not move the release.

The tests of this module build on each other: one region, loaded once, lives through all of them in order.
"""

from __future__ import annotations

import csv
import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest

from dags.shared import region_tasks, tasks
from lakehouse import build_plan, feeds, lease, ledger, names, release, sql
from lakehouse.airflow_api import Airflow
from lakehouse.errors import LeaseHeld
from lakehouse.landing import Receipt
from spark_jobs import maintenance, session
from spark_jobs.checksum import checksum
from spark_jobs.release import activate
from tests.stack import LocalStack

GVISYS, ATENE, BROADBAND, ESF, UBA = (
    "gvisys__municipality",
    "atene__household_coverage",
    "breitbandatlas__household_coverage",
    "esf_nrw__grant",
    "uba__air_quality_hour",
)
FEEDS = (GVISYS, ATENE, BROADBAND, ESF, UBA)
GVISYS_FILE = "gvisys/AuszugGV4Q_2020.csv"
ESF_FILE = "eu_funds/DEA.nordrhein-westfalen/ESF 2007-2013/ESF-Data-NRW-2007-2013.csv"
UBA_FILE = "air_muenster/luftqualitaet_muenster_2022-01-01_2024-01-01_station1140.csv"
BROADBAND_FILE = "breitbandatlas/Paket_3/gemeinde_privat_2018_ende.csv"
CITIES = {
    "Castrop-Rauxel", "Datteln", "Dorsten", "Gladbeck", "Haltern", "Haltern am See", "Herten", "Marl",
    "Oer-Erkenschwick", "Recklinghausen", "Waltrop",
}  # fmt: skip


pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def data(shared_dir: Path) -> Path:
    return shared_dir / "data"


def test_the_whole_line_on_the_real_files(stack: LocalStack, data: Path) -> None:
    stack.place(data)
    outcome = stack.run()
    assert outcome.failed == []

    with stack.lake() as lake:
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
        pins = ledger.silver_pins(lake)
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

    assert stack.query("SELECT count(*), sum(inhabitants) FROM dim_municipality WHERE is_vest") == [(10, 614_137)]
    editions = """SELECT CAST(reference_date AS VARCHAR), count(*), count(*) FILTER (is_series_break)
        FROM fct_broadband_coverage GROUP BY ALL ORDER BY ALL"""
    assert stack.query(editions) == [
        ("2018-06-30", 532_510, 0),
        # 18 measures of the edition before go on, in all 11,330 municipalities
        ("2018-12-31", 509_850, 18 * 11_330),
        ("2019-06-30", 17_818, 17_818),
        ("2020-06-30", 17_817, 0),
    ]
    assert stack.query("SELECT count(DISTINCT ags) FROM fct_broadband_coverage WHERE NOT is_in_municipality_list") == [
        (417,)
    ]
    assert stack.query("SELECT count(*) FROM fct_grant") == [(39_961,)]
    assert stack.query("SELECT count(*) FROM fct_grant WHERE match_kind = 'no_place'") == [(18,)]
    assert stack.query("SELECT sum(grant_count), sum(amount_eur) FROM mart_funding") == [(796, Decimal(14_394_252))]
    assert stack.query("SELECT count(*) FROM fct_air_quality_hour") == [(140_260,)]
    assert stack.query("SELECT count(DISTINCT ags) FROM mart_connectivity") == [(11,)]


def test_the_funding_sum_recomputed_another_way(stack: LocalStack, data: Path) -> None:
    by_year: dict[int, int] = {}
    with (data / ESF_FILE).open(encoding="utf-8", newline="") as file:
        for record in csv.DictReader(file):
            if record["Sitz des Begünstigten"] in CITIES:
                year = int(record["Jahr der Bewilligung"])
                euros = int("".join(c for c in record["Zuwendungen des Landes NRW"] if c.isdigit()))
                by_year[year] = by_year.get(year, 0) + euros
    found = stack.query("SELECT approval_year, sum(amount_eur) FROM mart_funding GROUP BY ALL ORDER BY ALL")
    assert found == [(year, Decimal(euros)) for year, euros in sorted(by_year.items())]


def test_the_weighted_figure_of_the_kreis_recomputed(stack: LocalStack, data: Path) -> None:
    with (data / GVISYS_FILE).open(encoding="utf-8-sig", newline="") as file:
        inhabitants = {
            r["land"] + r["rb"] + r["kreis"] + r["gemeinde"]: int(r["bevoelkerung"].replace(" ", ""))
            for r in csv.DictReader(file)
            if r["satzart"] == "60" and r["land"] + r["rb"] + r["kreis"] == "05562"
        }
    with (data / BROADBAND_FILE).open(encoding="utf-8", newline="") as file:
        share = {r["AGS"]: int(r["alle Technologien ≥ 50 Mbit/s"]) for r in csv.DictReader(file, delimiter=";")}
    expected = sum(share[ags] * people for ags, people in inhabitants.items()) / sum(inhabitants.values())
    ((found, basis),) = stack.query(
        """SELECT households_pct, weight_basis FROM mart_connectivity
        WHERE ags = '05562' AND technology = 'all' AND min_download_mbit_s = 50
        AND reference_date = DATE '2018-12-31'"""
    )
    assert abs(float(found) - expected) < 0.005  # type: ignore[arg-type]
    assert "inhabitants" in str(basis)


def test_what_is_published_and_what_is_held_back(stack: LocalStack) -> None:
    catalogue = stack.catalogue().decode()
    assert "connectivity" in catalogue and "air-quality" in catalogue.replace("_", "-")
    assert "/dataset/funding" not in catalogue
    report = json.loads(stack.store("publisher").get(names.LAKE, names.publication_key(_current(stack))))
    (held,) = report["held_back"]
    assert held["dataset"] == "funding" and ESF in held["reason"] and "source.yml" in held["remedy"]


def test_names_of_beneficiaries_leave_nowhere(stack: LocalStack) -> None:
    columns = {name for (name,) in stack.query("SELECT column_name FROM information_schema.columns")}
    assert columns and not columns & {"beneficiary", "project"}


def test_every_published_figure_walks_back_to_its_bytes(stack: LocalStack, data: Path) -> None:
    store = stack.store("spark")
    found = release.manifest(store, _current(stack))
    for name, mart in found.marts.items():
        for feed in mart.inputs:
            # only a feed that never came, read as the empty table that it began as, has no deliveries
            assert bool(found.feeds[feed].deliveries) == (found.silver[feed].version > 0), (name, feed)
            for delivery in found.feeds[feed].deliveries:
                receipt = Receipt.model_validate_json(store.get(names.RAW, f"{feed}/{delivery}/receipt.json"))
                assert len(store.get(names.RAW, receipt.object_key)) == receipt.bytes
    assert store.get(names.RAW, receipt.object_key) in [path.read_bytes() for path in data.rglob(receipt.file)]


def test_a_second_run_without_news_touches_nothing(stack: LocalStack) -> None:
    before = _versions(stack)
    outcome = stack.run(*FEEDS)
    assert outcome.failed == [] and outcome.runs["build_marts"] == []
    assert _versions(stack) == before
    assert build_plan.decide(stack.settings).nothing_to_do == f"release {_current(stack)} holds all of this already"


def test_two_runs_at_once_are_kept_apart(stack: LocalStack) -> None:
    def take(number: int) -> bool:
        try:
            lease.take(stack.store("landing"), GVISYS, f"run {number}")
        except LeaseHeld:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        winners = [number for number, won in enumerate(pool.map(take, range(8))) if won]
    assert len(winners) == 1
    with pytest.raises(LeaseHeld, match=f"run {winners[0]} is loading this feed"):
        tasks.land(GVISYS, "another run", None, None)
    lease.release(stack.store("landing"), GVISYS, f"run {winners[0]}")


def _rename_inhabitants(text: str) -> str:
    return text.replace("bevoelkerung", "einwohner", 1)


def _move_two_cities_away(text: str) -> str:
    return text.replace(",Marl,", ",Marburg,").replace(",Dorsten,", ",Dormagen,")


@pytest.mark.parametrize(
    ("feed", "file", "damage", "stopped_by"),
    [
        (GVISYS, GVISYS_FILE, _rename_inhabitants, "the header lacks 'bevoelkerung'"),
        (UBA, UBA_FILE, lambda text: text.replace(";13;", ";13x;"), "rows in quarantine"),
        (GVISYS, GVISYS_FILE, lambda text: _without(text, "Waltrop"), "expect_column_distinct_values_to_contain_set"),
        (BROADBAND, BROADBAND_FILE, lambda text: text.replace('"05513000"', '"05513999"'), "dbt tests do not hold"),
        (ESF, ESF_FILE, _move_two_cities_away, "released)"),
    ],
    ids=["file rule", "row rule", "silver suite", "mart test", "release suite"],
)  # fmt: skip
def test_each_gate_stops_a_bad_delivery_and_the_next_good_one_passes(
    stack: LocalStack, data: Path, feed: str, file: str, damage: object, stopped_by: str
) -> None:
    assert callable(damage)
    before = _current(stack), stack.catalogue(), stack.query("SELECT sum(grant_count) FROM mart_funding")
    stack.edit(file, damage)
    outcome = stack.run(feed)
    assert outcome.failed
    assert stopped_by in _why(stack, outcome.failed[0], outcome.runs[outcome.failed[0]][-1]["dag_run_id"])
    assert before == (_current(stack), stack.catalogue(), stack.query("SELECT sum(grant_count) FROM mart_funding"))

    stack.restore(file, data)
    outcome = stack.run(feed)
    assert outcome.failed == []
    assert stack.query("SELECT sum(grant_count), sum(amount_eur) FROM mart_funding") == [(796, Decimal(14_394_252))]


def test_a_feed_dropped_in_as_a_folder_is_picked_up(stack: LocalStack) -> None:
    folder = stack.sources_dir / "toy__counter"
    (folder / "sample/input/toy").mkdir(parents=True)
    (folder / "sample/input/toy/counter.csv").write_text("place;count\nMarl;3\nHerten;4\nDatteln;many\n")
    (folder / "source.yml").write_text(
        "title: Toy counter\ndescription: Counts of a toy.\nowner: Tests\nlicence: null\nlicence_note: a toy\n"
        "schedule: '@daily'\nscope_label: Kreis\n"
        "fetch: {connector: http, files: [toy/counter.csv], max_bytes: 1000}\n"
        "format: {type: csv, encoding: utf-8, delimiter: ';'}\nload: {kind: snapshot}\nkey: [place]\n"
        "columns:\n  - {from: place, name: place, required: true}\n  - {from: count, name: quantity, type: int}\n"
    )
    feeds.place({"toy__counter": stack.sources["toy__counter"]}, stack.feeds_dir)
    outcome = stack.run("toy__counter")
    assert outcome.failed == []
    with stack.lake() as lake:
        silver = lake.execute(f"SELECT place, quantity FROM {sql.scan(names.uri('silver', 'toy__counter'))} ORDER BY 1")
        assert silver.fetchall() == [("Herten", 4), ("Marl", 3)]
        refused = lake.execute(
            f"SELECT reasons, raw FROM {sql.scan(names.uri('quarantine', 'toy__counter'))}"
        ).fetchall()
    assert "'many' is not a number" in refused[0][0][0] and json.loads(refused[0][1])["quantity"] == "many"


def test_releases_can_be_named_and_rolled_back(stack: LocalStack) -> None:
    newest = _current(stack)
    assert newest > 1
    with session.connect(stack.settings) as spark:
        first, _ = sql.open_release(stack.settings, 1)
        before, catalogue = first.execute("SELECT * FROM mart_funding ORDER BY ALL").fetchall(), stack.catalogue()
        activate(spark, stack.store("spark"), 1)
        try:
            assert _current(stack) == 1
            assert stack.query("SELECT * FROM mart_funding ORDER BY ALL") == before
            assert spark.sql("SELECT DISTINCT _release_id FROM marts.mart_funding").collect()[0][0] == 1
            region_tasks.publish()
            # the figures are those of today, so nothing that a harvester sees may move
            assert _harvested(stack.catalogue()) == _harvested(catalogue)
        finally:
            activate(spark, stack.store("spark"), newest)
            region_tasks.publish()
        assert _current(stack) == newest


def test_maintenance_keeps_every_released_version(stack: LocalStack) -> None:
    store = stack.store("spark")
    with session.connect(stack.settings) as spark:
        maintenance.maintain(spark, store, stack.settings.release_retention_days)
        for number in release.releases(store):
            for name, mart in release.manifest(store, number).marts.items():
                rows = spark.sql(f"SELECT * FROM {names.release_schema(number)}.{name}")
                assert checksum(rows) == (mart.rows, mart.checksum), (number, name)


def test_a_lost_catalogue_is_rebuilt_from_the_lake_alone(stack: LocalStack) -> None:
    with session.connect(stack.settings) as spark:
        expected = spark.sql("SELECT * FROM marts.mart_connectivity").count()
        for schema in ("marts", "candidate", "silver", "bronze", "quarantine", "ops", names.release_schema(1)):
            spark.sql(f"DROP SCHEMA {schema} CASCADE")
        stack.init()
        assert spark.sql("SELECT * FROM marts.mart_connectivity").count() == expected
        assert not spark.sql(f"SELECT * FROM silver.{GVISYS}").isEmpty()


def _harvested(catalogue: bytes) -> list[bytes]:
    """The catalogue without the link to the index of its own edition."""
    lines = catalogue.splitlines()
    kept = [line for line in lines if not line.rstrip(b" ;.").endswith(b"/index.json>")]
    assert len(lines) - len(kept) == 1
    return kept


def _current(stack: LocalStack) -> int:
    return release.current(stack.store("analyst"))


def _versions(stack: LocalStack) -> set[str]:
    """Every object of the lake that makes a table or a release what it is."""
    return {key for key in stack.store("spark").list(names.LAKE, "") if not key.startswith(("lease/", "ops/fetches/"))}


def _without(text: str, place: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if place not in line)


def _why(stack: LocalStack, dag: str, run: str) -> str:
    airflow = Airflow(stack.settings)
    failed = [task for task in airflow.tasks(dag, run) if task["state"] == "failed"]
    return "\n".join(airflow.log(dag, run, task["task_id"], task["try_number"]) for task in failed)
