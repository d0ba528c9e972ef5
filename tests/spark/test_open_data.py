"""Gaps in open data against brute force on random catalogues, and what counts as open and machine readable."""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from typing import Any, NamedTuple

import pytest
from pyspark.sql import SparkSession

from opendata.licences import OPEN
from opendata.terms import LICENCES
from tests.support.models import DBT, render

VEST = [f"05562{number:03d}" for number in (4, 8, 12, 14, 16, 20, 24, 28, 32, 36)]
NAMES = (
    "Castrop-Rauxel Datteln Dorsten Gladbeck Haltern_am_See Herten Marl Oer-Erkenschwick Recklinghausen Waltrop".split()
)
OTHERS = {
    "05515000": "Münster",
    "05513000": "Gelsenkirchen",
    "05913000": "Dortmund",
    "05111000": "Düsseldorf",
    "05558016": "Dülmen",
    "03251025": "Marl",
    "09779187": "Münster",
    "02000000": "Hamburg",
    # one name twice in the Land means neither
    "05999001": "Neustadt",
    "05999002": "Neustadt",
}
PUBLISHERS = [
    *OTHERS.values(),
    *(name.replace("_", " ") for name in NAMES),
    "Haltern",
    "Stadt Herten",
    "Gemeinde Dülmen",
]
PUBLISHERS += ["Kreis Recklinghausen", "Kreis Wesel", "Koeln", "Stadtwerke", "Stadt Neustadt", "herten"]
LABELS = [(f"topic {n % 4}", f"label {n % 7}") for n in range(28)]


class Place(NamedTuple):
    """A municipality with its centre."""

    ags: str
    name: str
    longitude: float
    latitude: float


def world(seed: random.Random) -> list[Place]:
    named = {**dict(zip(VEST, (name.replace("_", " ") for name in NAMES), strict=True)), **OTHERS}
    return [Place(ags, name, seed.uniform(6, 9), seed.uniform(51, 53)) for ags, name in named.items()]


def bearer(publisher: str, places: list[Place]) -> tuple[Place | None, bool]:
    """Who is meant within the Land, and whether nobody in Germany bears the same name."""
    name = publisher.removeprefix("Stadt ").removeprefix("Gemeinde ")
    name = {"Haltern": "Haltern am See"}.get(name, name)
    here = [place for place in places if place.name == name and place.ags.startswith("05")]
    return (here[0] if len(here) == 1 else None), sum(place.name == name for place in places) == 1


def expected(offers: list[tuple[str, str, str]], places: list[Place]) -> dict[tuple[str, str, str], tuple[Any, ...]]:
    publishers = defaultdict(set)
    for publisher, topic, label in offers:
        publishers[topic, label].add(publisher)
    found: dict[tuple[str, str, str], tuple[Any, ...]] = {}
    for city in (place for place in places if place.ags in VEST):
        gaps = []
        for (topic, label), names in publishers.items():
            met = [bearer(name, places) for name in names]
            certain = {place for place, sure in met if place and sure}
            doubtful = {place for place, sure in met if place and not sure}
            state = "published" if city in certain else "uncertain" if city in doubtful else "gap"
            near = sorted(
                (((p.longitude - city.longitude) * 0.62) ** 2 + (p.latitude - city.latitude) ** 2, p.name)
                for p in certain - {city}
            )
            if state == "gap":
                gaps.append((-len(near), -len(names)))
            kreis = "Kreis Recklinghausen" in names
            found[city.ags, topic, label] = (state, kreis, len(names), len(near), [name for _, name in near[:3]])
        for key, row in found.items():
            if key[0] == city.ags:
                rank = 1 + sum(gap < (-row[3], -row[2]) for gap in gaps) if row[0] == "gap" else None
                found[key] = (*row, rank)
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_gaps_are_those_that_brute_force_finds(spark: SparkSession, seed: int) -> None:
    dice = random.Random(seed)
    places = world(dice)
    offers = [(dice.choice(PUBLISHERS), *dice.choice(LABELS)) for _ in range(150)]
    units = [(place.ags, f"{place.name}, Stadt", "60", "2020-12-31") for place in places]
    spark.createDataFrame(
        units, "ags string, name string, record_type string, territorial_status_date string"
    ).createOrReplaceTempView("units")
    rows = [(*place, place.ags in VEST, True) for place in places]
    schema = "ags string, name string, longitude double, latitude double, is_vest boolean, is_current boolean"
    spark.createDataFrame(rows, schema).createOrReplaceTempView("towns")
    datasets = [(str(number), *offer) for number, offer in enumerate(offers)]
    columns = "dataset_id string, publisher_name string, topic string, label string"
    spark.createDataFrame(datasets, columns).createOrReplaceTempView("datasets")
    sql = render(
        "mart_open_data_gap",
        musterdatenkatalog__dataset="datasets",
        stg_gvisys__municipality="units",
        dim_municipality="towns",
    )
    found = spark.sql(sql).collect()
    got = {
        (row.ags, row.topic, row.label): (
            row.publication_state,
            row.kreis_has_it,
            row.publisher_count,
            row.neighbours_with_it,
            row.nearest_neighbours,
            row.priority,
        )
        for row in found
    }
    wanted = expected(offers, places)
    assert len(found) == len(got) == 10 * len({offer[1:] for offer in offers})
    assert got == wanted
    assert {row[0] for row in wanted.values()} == {"published", "uncertain", "gap"}
    assert all(row.has_it == (row.publication_state == "published") for row in found)


def test_open_means_the_same_in_the_inventory_and_in_our_own_catalogue() -> None:
    [path] = DBT.glob("models/**/mart_open_data_inventory.sql")
    text = path.read_text("utf-8")
    listed = re.findall(r"'([^']+)'", text.partition("when forall(")[2].partition("then 'open'")[0])
    assert {LICENCES + code for code in listed} == set(OPEN)


def inventory(spark: SparkSession, *licences_formats_count: tuple[str | None, str | None, int | None]) -> list[Any]:
    """Openness, machine readability and licence of datasets of the regional portal."""
    rows = [
        (str(number), "Title", "active", False, "Stadt Marl", licences, formats, count)
        for number, (licences, formats, count) in enumerate(licences_formats_count)
    ]
    schema = (
        "dataset_id string, title string, state string, private boolean, publisher string, licences string, "
        "formats string, resource_count int"
    )
    frame = spark.createDataFrame(rows, schema).selectExpr("*", "timestamp'2026-03-01 23:30:00' AS modified_at")
    frame.createOrReplaceTempView("portal")
    spark.sql(
        "SELECT '' dataset_iri, '' title, '' publisher, '' contributor, '' licences, '' formats, 0 distribution_count, "
        "current_timestamp() modified_at WHERE false"
    ).createOrReplaceTempView("neighbour")
    spark.sql(
        "SELECT '05562024' ags, 'Marl, Stadt' name, '60' record_type, '2020-12-31' territorial_status_date"
    ).createOrReplaceTempView("units")
    sql = render(
        "mart_open_data_inventory",
        ckan__dataset="portal",
        dcat__dataset="neighbour",
        stg_gvisys__municipality="units",
    )
    return list(spark.sql(sql).orderBy("dataset_id").collect())


def test_unknown_is_never_open_and_one_closed_part_closes_all(spark: SparkSession) -> None:
    iri = "http://dcat-ap.de/def/licenses/"
    rows = inventory(
        spark,
        (None, None, 1),
        (json.dumps([iri + "dl-by-de/2.0"]), '["CSV","PDF"]', 2),
        (json.dumps([iri + "dl-by-de/2.0", iri + "other-closed"]), '["PDF"]', 2),
        (json.dumps([iri + "dl-by-de/2.0", "ask us"]), None, 0),
        (json.dumps(["http://example.org/cc-by"]), '["WMS"]', 1),
    )
    assert [(row.openness, row.licence, row.is_machine_readable) for row in rows] == [
        ("unknown", "unknown", None),
        ("open", "dl-by-de/2.0", True),
        ("not_open", "dl-by-de/2.0, other-closed", False),
        ("unknown", "dl-by-de/2.0, ask us", False),
        ("unknown", "http://example.org/cc-by", False),
    ]
    assert {(row.publisher_ags, row.publisher_group, row.age_days) for row in rows} == {("05562024", "city", 0)}
