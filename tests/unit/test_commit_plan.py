"""What a batch changes in silver, found out before Spark is asked: every history against a plain model."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from deltalake import CommitProperties, write_deltalake

from lakehouse.lake import delta
from lakehouse.spec.source import Source
from spark_jobs import commit, ranking, stored
from spark_jobs.batch import Batch
from tests.support import example
from tests.support.feed import receipt
from tests.support.lake import Lake

SETTINGS: Any = SimpleNamespace()
YEAR = {"from": "Jahr", "name": "year", "type": "int"}
DAY = {"from": "Tag", "name": "day", "type": "timestamp"}
MOMENT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
FULL = {"kind": "snapshot"}
YEARLY = {"kind": "snapshot", "replaces": ["year"]}
UPSERT = {"kind": "upsert"}

Row = tuple[str | None, int | None, str | None]  # tree, year, species


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    monkeypatch.setattr(delta, "storage", lambda _: {})
    made = Lake(tmp_path / "lake", monkeypatch)
    yield made
    made.connection.close()


def planned(lake: Lake, source: Source, stored: list[Row], valid: list[Row]) -> tuple[commit.Changes, dict[Row, str]]:
    """Changes of a batch with these valid rows over silver with those rows, and the rows by kind."""
    delta.create(SETTINGS, "silver", source.id, source.stored_columns)
    if stored:
        lake.connection.execute("CREATE OR REPLACE TABLE s (tree VARCHAR, year INTEGER, species VARCHAR)")
        lake.connection.executemany("INSERT INTO s VALUES (?, ?, ?)", stored)
        technical = (
            "'d0' AS _delivery_id, 's3://raw' AS _source_object, 1::BIGINT AS _record_number, now() AS _ingested_at"
        )
        rows = lake.connection.execute(f"SELECT *, {technical} FROM s").to_arrow_table()
        delta.append(SETTINGS, "silver", source.id, rows)
    batch(lake.connection, valid)
    changes = commit.plan(SETTINGS, source, Batch(lake.connection, len(valid), {"valid": len(valid)}))
    found = lake.connection.execute("SELECT tree, year, species, _change FROM change").fetchall()
    return changes, {(tree, year, species): kind for tree, year, species, kind in found}


def batch(connection: duckdb.DuckDBPyConnection, valid: list[Row]) -> None:
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE batch (_sequence INTEGER, tree VARCHAR, year INTEGER, species VARCHAR,
        _record_number BIGINT, _class VARCHAR)"""
    )
    if valid:
        connection.executemany("INSERT INTO batch VALUES (1, ?, ?, ?, 1, 'valid')", valid)
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE delivery AS
        SELECT 1 AS _sequence, 'd1' AS _delivery_id, 's3://raw' AS _source_object, now() AS _ingested_at"""
    )


def feed(folder: Path, load: dict[str, Any], key: list[str]) -> Source:
    columns = [{"from": "Baum", "name": "tree"}, YEAR, {"from": "Art", "name": "species"}]
    return example.source(folder, columns=columns, load=load, key=key)


STATES: list[str | None] = [None, "oak", "elm"]


@pytest.mark.parametrize("load", [FULL, YEARLY, UPSERT], ids=["snapshot", "yearly", "upsert"])
def test_every_change_of_a_key_is_found(lake: Lake, tmp_path: Path, load: dict[str, Any]) -> None:
    """Each pair of before and after for a key of a year that the batch brings, and of one that it does not."""
    source = feed(tmp_path, load, ["tree", "year"])
    cases = list(product(STATES, STATES))
    stored: list[Row] = [(f"t{n}", 2020, before) for n, (before, _) in enumerate(cases) if before]
    stored += [("other", 2019, "oak"), (None, 2020, "oak")]
    valid: list[Row] = [(f"t{n}", 2020, after) for n, (_, after) in enumerate(cases) if after]
    valid += [(None, 2020, "elm")]
    changes, found = planned(lake, source, stored, valid)

    replaces = {"snapshot": {2019, 2020}, "yearly": {2020}, "upsert": set()}[
        "upsert" if load is UPSERT else "yearly" if load is YEARLY else "snapshot"
    ]
    before, after = ({row[:2]: row[2] for row in rows} for rows in (stored, valid))
    expected = {
        (*key, after[key]): "update" if key in before else "insert" for key in after if before.get(key) != after[key]
    }
    expected |= {(*key, before[key]): "remove" for key in before if key[1] in replaces and key not in after}
    assert found == expected
    kinds = list(found.values())
    assert (changes.inserted, changes.updated, changes.removed) == tuple(
        kinds.count(kind) for kind in ("insert", "update", "remove")
    )
    assert changes.replaced == sum(year in replaces for _, year, _ in stored)


def test_a_key_that_moves_into_the_snapshots_scope_is_an_update(lake: Lake, tmp_path: Path) -> None:
    source = feed(tmp_path, YEARLY, ["tree"])
    changes, found = planned(lake, source, [("a", 2019, "oak")], [("a", 2020, "oak")])
    assert found == {("a", 2020, "oak"): "update"} and changes.replaced == 0


def test_an_empty_snapshot_of_nothing_changes_nothing(lake: Lake, tmp_path: Path) -> None:
    changes, found = planned(lake, feed(tmp_path, FULL, ["tree"]), [], [])
    assert found == {} and (changes.inserted, changes.updated, changes.removed, changes.replaced) == (0, 0, 0, 0)


def test_the_bounds_of_time_keys_hold_every_moment_and_fall_away_where_one_is_missing(tmp_path: Path) -> None:
    source = example.source(tmp_path, columns=[{"from": "Baum", "name": "tree"}, DAY], key=["tree", "day"], load=UPSERT)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("CREATE TABLE valid (tree VARCHAR, day TIMESTAMPTZ)")
        moments = [("a", "2026-01-01 00:00:00.25+00"), ("b", "2026-03-01 12:00:00+02")]
        connection.executemany("INSERT INTO valid VALUES (?, ?)", moments)
        limits = stored._limits(connection, source, "valid", "TIMESTAMPTZ")
        assert limits == [
            "day BETWEEN TIMESTAMPTZ '2026-01-01 00:00:00.25+00:00' AND TIMESTAMPTZ '2026-03-01 10:00:00+00:00'"
        ]
        inside = f"SELECT count(*) FROM valid WHERE {limits[0]}"
        assert connection.execute(inside).fetchall() == [(2,)]
        connection.execute("INSERT INTO valid VALUES ('c', NULL)")
        assert stored._limits(connection, source, "valid", "TIMESTAMPTZ") == []


def test_a_batch_that_is_not_all_valid_changes_only_by_its_valid_rows(lake: Lake, tmp_path: Path) -> None:
    source = feed(tmp_path, FULL, ["tree"])
    delta.create(SETTINGS, "silver", source.id, source.stored_columns)
    batch(lake.connection, [("a", 2020, "oak")])
    lake.connection.execute("INSERT INTO batch VALUES (1, 'b', 2020, 'elm', 2, 'quarantined')")
    assert ranking.counts(lake.connection)["quarantined"] == 1
    changes = commit.plan(SETTINGS, source, Batch(lake.connection, 2, ranking.counts(lake.connection)))
    assert (changes.inserted, changes.removed) == (1, 0)


def test_the_ledger_is_told_what_each_delivery_did(lake: Lake, tmp_path: Path) -> None:
    source = feed(tmp_path, UPSERT, ["tree"])
    changes, _ = planned(lake, source, [("a", 2020, "oak")], [("a", 2020, "fir"), ("c", 2020, "ash")])
    landed = receipt(source, 1, "http://feeds/a.csv", "a.csv").model_copy(update={"delivery": "d1"})
    counts = {"inserted": changes.inserted, "updated": changes.updated, "removed": changes.removed}
    made = commit.entry(
        source, Batch(lake.connection, 2, {"valid": 2, "filtered": 0, "quarantined": 0, "duplicate": 0,
        "superseded": 0}), commit.Written(counts, 1), pending=[landed],
        replayed=[], extra_columns=[], run_id="run",
    )  # fmt: skip
    assert json.loads(made.effects or "") == [
        {"delivery": "d1", "scope": {}, "inserted": 1, "updated": 1, "removed": 0, "late": False}
    ]


def test_a_run_that_was_killed_behind_its_commit_plans_what_it_did(lake: Lake, tmp_path: Path) -> None:
    source = feed(tmp_path, FULL, ["tree"])
    first, _ = planned(lake, source, [("a", 2020, "oak"), ("b", 2020, "elm")], [("a", 2020, "fir"), ("c", 2020, "ash")])
    assert (first.inserted, first.updated, first.removed) == (1, 1, 1)
    rows = lake.connection.execute("SELECT * EXCLUDE (_change) FROM change WHERE _change <> 'remove'").to_arrow_table()
    said = CommitProperties(custom_metadata={"userMetadata": json.dumps({"run_id": "run-1"})})
    write_deltalake(lake.uri("silver", source.id), rows, mode="overwrite", commit_properties=said)
    whole = Batch(lake.connection, 2, {"valid": 2})
    assert commit.plan(SETTINGS, source, whole, "run-1") == first
    again = commit.plan(SETTINGS, source, whole, "run-2")
    assert (again.version, again.inserted, again.updated, again.removed) == (first.version + 1, 0, 0, 0)
