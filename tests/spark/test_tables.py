"""Several tables of one upload: codes, lists, rules, references, what an address replaces, and what is told of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from lakehouse.lake import delta
from lakehouse.lake.deliveries import Counts
from lakehouse.spec.source import Source
from lakehouse.workbook.answers import TableAnswer
from spark_jobs import commit, feedback, ranking
from spark_jobs.batch import Batch, type_rows
from spark_jobs.tables import bronze_columns
from tests.support import feed, uploads
from tests.support.lake import Lake

SETTINGS: Any = SimpleNamespace()
CITY, OTHER = "05562024", "05562004"
DAY = "1.2.2025"
Records = list[dict[str, str]]


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    monkeypatch.setattr(delta, "storage", lambda _: {})
    made = Lake(tmp_path / "lake", monkeypatch)
    yield made
    made.connection.close()


@pytest.fixture
def tables(tmp_path: Path) -> tuple[Source, Source]:
    place, training = uploads.tables(tmp_path / "sources")
    return place, training


def receipts(source: Source, *told: tuple[str, str]) -> list[Any]:
    """A receipt for each upload of an administration for a period, in this order."""
    addresses = [f"inbox/{ags}/{source.delivery}/{period}/{n}.xlsx" for n, (ags, period) in enumerate(told)]
    return [feed.receipt(source, n, address, f"{n}.xlsx") for n, address in enumerate(addresses)]


def classified(
    spark: SparkSession, lake: Lake, source: Source, made: list[Any], records: list[Records], **referred: pa.Table
) -> list[tuple[int, str, list[str]]]:
    """Ranks the records of some deliveries; delivery, class and reasons of each, in their order."""
    bronze = [
        {
            "_delivery_id": one.delivery, "_source_object": "s3://raw", "_record_number": number,
            "_ingested_at": one.fetched_at, **source.fetch.path_values(one.address), **record,
        }
        for one, rows in zip(made, records, strict=True)
        for number, record in enumerate(rows, 1)
    ]  # fmt: skip
    table = pa.Table.from_pylist(bronze, delta.arrow_schema(bronze_columns(source)))
    rows = type_rows(source, spark.createDataFrame(table), [one.delivery for one in made])
    ranking.rank(lake.connection, source, rows.toArrow(), made, referred)
    return lake.connection.execute(
        "SELECT _sequence, _class, _reasons FROM batch ORDER BY _sequence, _record_number"
    ).fetchall()


def planned(lake: Lake, source: Source, stored: list[dict[str, Any]] | None = None) -> commit.Changes:
    """Compares the batch with silver that holds some rows; None: with silver as it is."""
    if stored is not None:
        delta.create(SETTINGS, "silver", source.id, source.stored_columns)
        technical = {
            "_delivery_id": "before", "_source_object": "s3://raw", "_record_number": 1,
            "_ingested_at": feed.FETCHED, "fictitious": True,
        }  # fmt: skip
        rows = [{**technical, **row} for row in stored]
        if rows:
            delta.append(
                SETTINGS, "silver", source.id, pa.Table.from_pylist(rows, delta.arrow_schema(source.stored_columns))
            )
    counts = ranking.counts(lake.connection)
    return commit.plan(SETTINGS, source, Batch(lake.connection, sum(counts.values()), counts))


def training(number: str, **said: str) -> dict[str, str]:
    return {"number": number, "audience": "staff", "begins_on": DAY, "fields": "", "places": "", "cost": "",
            "online": "", "place": "", "remark": "", **said}  # fmt: skip


def test_codes_lists_and_rules(spark: SparkSession, lake: Lake, tables: tuple[Source, Source]) -> None:
    _, source = tables
    source = source.model_copy(update={"columns": [c for c in source.columns if not c.refers_to]})
    made = receipts(source, (CITY, "2025"))
    records = [
        training("M1", audience="STAFF", fields="nachhaltigkeit und  klimaschutz; MOBILITY ;"),
        training("M2", audience=" bürgerinnen, BÜRGER ", fields="mobility", cost="100.000,01", places="1"),
        training("M3", audience="Leute"),
        training("M4", fields="climate;Bildung"),
        training("M5", cost="100.000,01", places="0"),
        training("M6", cost="100.000,01"),
        training("M7", cost="100.000,00", places="0"),
        training("M8", cost="100.000,01", places="0", online="vielleicht"),
    ]
    found = classified(spark, lake, source, made, [records])
    rule = ["cost: costs much without a place"]
    assert [(kind, reasons) for _, kind, reasons in found] == [
        ("valid", []),
        ("valid", []),
        ("quarantined", ["audience: 'Leute' is not one of Verwaltung, Unternehmen, Bürgerinnen, Bürger"]),
        ("quarantined",
         ["fields: 'climate;Bildung' is not a list of Nachhaltigkeit und Klimaschutz, Intelligente Mobilität"]),
        ("quarantined", rule),
        ("valid", []),  # of places nobody knows: NULL breaks no rule
        ("valid", []),
        ("quarantined", ["online: 'vielleicht' is not one of ja, Ja, JA, nein, Nein, NEIN"]),  # and no rule beside it
    ]  # fmt: skip
    held = "SELECT number, audience, fields, cost FROM batch WHERE number IN ('M1', 'M2') ORDER BY number"
    assert lake.connection.execute(held).fetchall() == [
        ("M1", "staff", '["climate","mobility"]', None),
        ("M2", "all", '["mobility"]', Decimal("100000.01")),
    ]


def test_a_row_refers_only_to_what_the_same_delivery_brings_in_a_good_row(
    spark: SparkSession, lake: Lake, tables: tuple[Source, Source]
) -> None:
    place, source = tables
    made = receipts(place, (CITY, "2025"), (OTHER, "2025"), (CITY, "2025"))
    # the later delivery of the same city replaces the first, whose places its own trainings may still name
    places = [
        [{"place": "Rathaus"}, {"place": "Forum", "area": "groß"}, {"place": "Halle"}, {"place": "Halle"}],
        [{"place": "Forum", "area": "1,5"}],
        [{"place": "Rathaus"}],
    ]
    found = classified(spark, lake, place, made, places)
    assert [(sequence, kind) for sequence, kind, _ in found] == [
        (1, "duplicate"), (1, "quarantined"), (1, "superseded"), (1, "superseded"), (2, "valid"), (3, "valid")
    ]  # fmt: skip
    referable = ranking.referable(lake.connection, "place")
    assert sorted(map(tuple, (row.values() for row in referable.to_pylist()))) == [
        (1, "Halle"), (1, "Rathaus"), (2, "Forum"), (3, "Rathaus")
    ]  # fmt: skip
    records = [
        [training("M1", place="Rathaus"), training("M2", place="Forum"), training("M3", place="Halle")],
        [
            training("M1", place="Forum"),
            training("M2", place="Rathaus"),
            training("M3"),
            training("M4", audience="x", place="x"),
        ],
        [training("M1", place="Halle")],
    ]
    found = classified(spark, lake, source, made, records, place=referable)
    gone = "does not stand in town__venue.place"
    assert [(sequence, kind, reasons[-1:]) for sequence, kind, reasons in found] == [
        (1, "superseded", []), (1, "quarantined", [f"place: 'Forum' {gone}"]), (1, "superseded", []),
        (2, "valid", []), (2, "quarantined", [f"place: 'Rathaus' {gone}"]), (2, "valid", []),
        (2, "quarantined", ["audience: 'x' is not one of Verwaltung, Unternehmen, Bürgerinnen, Bürger"]),
        (3, "quarantined", [f"place: 'Halle' {gone}"]),
    ]  # fmt: skip


def venue(place: str, ags: str = CITY, period: str = "2025", area: float | None = None) -> dict[str, Any]:
    return {"ags": ags, "period": period, "place": place, "area": area}


STORED = [venue("a"), venue("b"), venue("c"), venue("a", OTHER), venue("a", period="2024")]


def changed(lake: Lake) -> list[tuple[str, str, str, str]]:
    return sorted(lake.connection.execute("SELECT ags, period, place, _change FROM change").fetchall())


def test_an_empty_delivery_replaces_everything_of_its_city_and_period_and_nothing_else(
    spark: SparkSession, lake: Lake, tables: tuple[Source, Source]
) -> None:
    place, _ = tables
    assert classified(spark, lake, place, receipts(place, (CITY, "2025")), [[]]) == []
    changes = planned(lake, place, STORED)
    assert (changes.inserted, changes.updated, changes.removed, changes.replaced) == (0, 0, 3, 3)
    assert changed(lake) == [(CITY, "2025", name, "remove") for name in "abc"]
    assert feedback.shrunk(lake.connection, place, ["delivery-0"]) == {"delivery-0": ["0 rows for 3"]}
    assert feedback.shrunk(lake.connection, place, []) == {}, "one that withdraws is not asked"
    # the empty one comes last in the batch: what came before it is gone as well
    made = receipts(place, (CITY, "2025"), (CITY, "2024"), (CITY, "2025"))
    found = classified(
        spark, lake, place, made, [[{"place": "a"}, {"place": "d"}], [{"place": "a"}, {"place": "e"}], []]
    )
    assert [(sequence, kind) for sequence, kind, _ in found] == [
        (1, "superseded"), (1, "superseded"), (2, "valid"), (2, "valid")
    ]  # fmt: skip
    planned(lake, place)
    expected = [(CITY, "2024", "e", "insert"), *((CITY, "2025", name, "remove") for name in "abc")]
    assert changed(lake) == expected


def answer(**counts: Any) -> TableAnswer:
    nothing = dict.fromkeys(("read", "taken", "waiting", "duplicate", "inserted", "updated", "removed"), 0)
    return TableAnswer(table=uploads.PLACE, sheet="Orte", totals=[], **{**nothing, **counts})


def test_of_two_deliveries_for_one_period_both_are_told_what_became_of_their_rows(
    spark: SparkSession, lake: Lake, tables: tuple[Source, Source]
) -> None:
    place, _ = tables
    made = receipts(place, (CITY, "2025"), (OTHER, "2025"), (CITY, "2025"), (CITY, "2024"))
    records = [
        [{"place": "a"}, {"place": "b", "area": "9"}, {"place": "x"}, {"place": "y", "area": "?"}],
        [{"place": "a"}, {"place": "a"}],
        [{"place": "a"}, {"place": "b", "area": "1,5"}, {"place": "n"}, {"place": "m", "area": "?"}],
        [],
    ]
    found = classified(spark, lake, place, made, records)
    assert [kind for _, kind, _ in found] == [
        "duplicate", "superseded", "superseded", "quarantined", "valid", "duplicate", "valid", "valid", "valid",
        "quarantined",
    ]  # fmt: skip
    changes = planned(lake, place, STORED)
    assert (changes.inserted, changes.updated, changes.removed) == (1, 1, 2)
    counted = feedback.counts(lake.connection, place)
    assert feedback.table_answers(lake.connection, place, counted) == {
        # its rows were taken, until the later one replaced them
        "delivery-0": answer(read=4, taken=3, waiting=1),
        "delivery-1": answer(read=2, taken=1, duplicate=1),
        "delivery-2": answer(read=4, taken=3, waiting=1, inserted=1, updated=1, removed=1),
        "delivery-3": answer(removed=1),
    }
    assert counted["delivery-2"] == Counts(
        read=4, taken=3, quarantined=1, duplicate=0, filtered=0, inserted=1, updated=1, unchanged=1, removed=1
    )
    assert (counted["delivery-0"].taken, counted["delivery-0"].unchanged) == (3, 0), "replaced by the later one"
    every = [one.delivery for one in made]
    # 3 rows of 3 and 1 of 1 are no less; the bound is nine tenths
    assert feedback.shrunk(lake.connection, place, every) == {"delivery-3": ["0 rows for 1"]}


def test_sums_of_figures_are_told_beside_those_that_counted_before(
    spark: SparkSession, lake: Lake, tables: tuple[Source, Source]
) -> None:
    _, source = tables
    source = source.model_copy(update={"columns": [c for c in source.columns if not c.refers_to]})
    made = receipts(source, (CITY, "2025"), (OTHER, "2025"), (CITY, "2025"))
    old = [training("M1", cost="5,00", places="5")]
    new = [
        training("M1", cost="1.234,56", places="120"), training("M2", cost="0,10"), training("M3", cost="-1"),
        training("M4"),
    ]  # fmt: skip
    classified(spark, lake, source, made, [old, [training("M1", cost="7,00", places="8")], new])
    stored = {"ags": CITY, "period": "2025", "audience": "staff", "begins_on": dt.date(2025, 2, 1)}
    planned(lake, source, [
        {**stored, "number": "M1", "cost": Decimal("1000.01"), "places": 100},
        {**stored, "number": "M9", "cost": Decimal("0.02")},
        {**stored, "number": "M1", "ags": OTHER, "cost": Decimal(7), "places": 7},
    ])  # fmt: skip
    found = feedback.table_answers(lake.connection, source, feedback.counts(lake.connection, source))
    totals = {
        name: [(one.label, one.unit, one.total, one.before) for one in said.totals] for name, said in found.items()
    }
    assert totals == {
        "delivery-0": [],
        "delivery-1": [("Plätze", "Plätze", 8, 7), ("Kosten", "EUR", 7, 7)],
        "delivery-2": [
            ("Plätze", "Plätze", 120, 100),
            ("Kosten", "EUR", Decimal("1234.66"), Decimal("1000.03")),
        ],
    }
    said = found["delivery-2"]
    assert (said.read, said.taken, said.waiting, said.inserted, said.updated, said.removed) == (4, 3, 1, 2, 1, 1)
