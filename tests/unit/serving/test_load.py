"""Releases in PostgreSQL: what is loaded is what was released, as a whole or not at all."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from typing import Any

import psycopg
import pytest

from infra.local import postgres_files
from lakehouse import names, open_release
from lakehouse.errors import LakehouseError
from lakehouse.lake import beside, dictionary, release
from lakehouse.lake.checks import Check
from lakehouse.settings import CHECKOUT
from lakehouse.storage import ObjectStore
from serving import views
from serving.__main__ import main
from serving.config import ADMIN, LOADING, NotServed, ServingSettings
from serving.load import load
from tests.support.served import EVERY, Releases, full, plain, rows

MART = "mart_every"
CHECKED = dt.datetime(2026, 11, 28, 1, tzinfo=dt.UTC)
SHOWN = "SELECT marts.release_number()"
KILLED = """
import sys, time
from serving import tables
def wait(*_):
    print("rows are there", flush=True)
    time.sleep(60)
tables._add_key = wait
from serving.__main__ import main
main(["load"])
"""


def schemas(connection: psycopg.Connection) -> set[str]:
    return {name for (name,) in rows(connection, "SELECT nspname FROM pg_namespace WHERE nspname ~ '^r_'")}


def test_rows_are_those_that_duckdb_reads_in_every_type(
    serving: ServingSettings, made: Releases, reader: psycopg.Connection
) -> None:
    empty = plain(3, text="", names=[], pairs=[], nested=[])
    number = made.make({MART: [full(1), plain(2), empty, plain(4, real=float("nan"))], "mart_empty": []})
    done = load(serving)
    assert (done.release, done.shown, done.rows, done.loaded, done.switched) == (number, number, 4, True, True)
    lake = open_release(settings=serving).connection
    query = f"SELECT * FROM {MART} WHERE id < 4 ORDER BY id"
    assert rows(reader, query) == lake.execute(query).fetchall()
    assert rows(reader, f"SELECT real = 'nan' FROM {MART} WHERE id = 4") == [(True,)]
    for mart in (MART, "mart_empty"):
        columns = (
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attnum > 0"
            f" AND attrelid = 'marts.{mart}'::regclass ORDER BY attnum"
        )
        assert rows(reader, columns) == [(name, type_) for name, (_, type_) in EVERY.items()]
    assert rows(reader, f"SELECT pairs -> 0 ->> 'value', names[2] FROM {MART} WHERE id = 1") == [("0.1", 'b"c')]


def test_tables_and_columns_say_what_they_are_and_have_keys_and_statistics(
    serving: ServingSettings, made: Releases, reader: psycopg.Connection
) -> None:
    number = made.make({MART: [full(1), plain(2)], "mart_gaps": [plain(1, text="a"), plain(1)]}, key=["id", "text"])
    load(serving)
    for schema in ("marts", f"r_{number}"):
        asked = f"SELECT obj_description('{schema}.{MART}'::regclass), col_description('{schema}.{MART}'::regclass, 8)"
        ((table, column),) = rows(reader, asked)
        assert table == "Bäume\nOne tree per id. It's tall." and column == "Spalte money [EUR]: What money is."
    keys = f"SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'r_{number}' ORDER BY 1"
    found = dict(rows(reader, keys))
    assert found[MART].endswith("(id, text) NULLS NOT DISTINCT"), "a key may hold NULL, and still tells rows apart"
    assert rows(reader, f"SELECT reltuples FROM pg_class WHERE oid = 'r_{number}.{MART}'::regclass") == [(2,)]
    made.make({MART: [full(1), plain(2)]})
    number = load(serving).release
    primary = f"SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'r_{number}.{MART}'::regclass"
    assert ("PRIMARY KEY (id)",) in rows(reader, primary)


def test_the_dictionary_and_the_list_of_releases_stand_beside_the_marts(
    serving: ServingSettings, made: Releases, reader: psycopg.Connection
) -> None:
    made.make({MART: [full(1)]}, {"id": "bigint", "money": "decimal(24,2)"})
    number = made.make({MART: [plain(1)], "mart_made_up": []}, {"id": "bigint"}, inputs=[])
    load(serving)
    store = ObjectStore.for_role(serving, "analyst")
    found = release.manifest(store, number)
    assert rows(reader, "SELECT * FROM marts.dictionary ORDER BY mart, position") == dictionary.dictionary(found)
    wanted = dictionary.releases(release.manifest(store, one) for one in range(1, number + 1))
    told = rows(reader, "SELECT * FROM releases ORDER BY release")
    assert [row[:-1] for row in told] == wanted
    assert [row[0] for row in told if row[-1]] == [number]


def test_what_was_checked_and_what_changed_stand_there_as_duckdb_says_it(
    serving: ServingSettings, made: Releases, reader: psycopg.Connection
) -> None:
    made.make({MART: [plain(1, text="a"), plain(2)], "mart_gone": []}, {"id": "bigint", "text": "string"})
    made.checks = [
        Check(suite="dbt", rule="holds", marts=[MART], severity="fail", owner="Parks", passed=True, failing_rows=0,
              sentence_de="Jeder Baum hat eine Höhe.", observed="", checked_at=CHECKED)
    ]  # fmt: skip
    now = [plain(1, text="b"), plain(3), plain(4)]
    made.make({MART: now, "mart_new": []}, {"id": "bigint", "text": "string"})
    load(serving)
    opened = open_release(settings=serving)
    for table in beside.TABLES:
        query = f"SELECT * FROM {table} ORDER BY 1, 2, 3"
        assert rows(reader, query.replace(table, f"marts.{table}")) == opened.sql(query).fetchall(), table
    assert rows(reader, "SELECT mart, rule, passed, checked_at FROM quality") == [(MART, "holds", True, CHECKED)]
    told = "SELECT mart, change, rows_added, rows_removed, rows_changed FROM changes ORDER BY mart"
    assert rows(reader, told) == [
        (MART, "changed", 2, 1, 1), ("mart_gone", "mart is gone", None, None, None),
        ("mart_new", "new mart", None, None, None),
    ]  # fmt: skip


def test_a_release_that_was_loaded_before_a_table_was_thought_of_is_shown_without_it(
    serving: ServingSettings, made: Releases, reader: psycopg.Connection
) -> None:
    old = made.make({MART: [full(1)]})
    load(serving)
    with serving.connect(LOADING) as connection:
        connection.execute(f"DROP TABLE r_{old}.quality CASCADE")
    made.make({MART: [full(1)]})
    load(serving)
    assert rows(reader, "SELECT to_regclass('marts.quality') IS NULL") == [(False,)]
    release.switch(made.store, old)
    assert load(serving).switched and rows(reader, SHOWN) == [(old,)]
    assert rows(reader, "SELECT to_regclass('marts.quality') IS NULL") == [(True,)]
    release.switch(made.store, old + 1)


def test_what_is_there_is_not_loaded_again(
    serving: ServingSettings, made: Releases, reader: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    number = made.make({MART: [full(1)]})
    identity = f"SELECT 'marts.{MART}'::regclass::oid, xmin FROM pg_class WHERE oid = 'r_{number}.{MART}'::regclass"
    assert main(["load"]) == 0
    before = rows(reader, identity)
    done = load(serving)
    assert (done.loaded, done.switched, list(done.dropped)) == (False, False, [])
    assert rows(reader, identity) == before
    assert f"release {number} (1 marts, 1 rows) was loaded; marts now shows release {number}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "spoil", "says"),
    [
        ({"rows": 3}, False, " rows, but 3 were released"),
        ({"key": ["yes"]}, False, "its key does not tell its rows apart"),
        ({}, True, "404"),
        ({"key": []}, False, "NULL-byte"),
    ],
)
def test_what_is_not_as_it_was_released_leaves_everything_as_it_was(
    serving: ServingSettings,
    made: Releases,
    reader: psycopg.Connection,
    capsys: pytest.CaptureFixture[str],
    more: dict[str, Any],
    spoil: bool,
    says: str,
) -> None:
    good = made.make({MART: [full(1)]})
    load(serving)
    before = schemas(reader)
    last = plain(2, text="\x00") if says == "NULL-byte" else full(2)
    bad = made.make({"mart_first": [plain(1)], MART: [full(1), last]}, **more)
    if spoil:
        made.store.delete(names.LAKE, f"{names.lake_key('marts', MART)}/part-{bad}.parquet")
    assert main(["load"]) == 1
    said = capsys.readouterr().err
    assert (f"r_{bad}." in said or "release cannot be read any more" in said) and says in said and said.count("\n") == 1
    assert (rows(reader, SHOWN), schemas(reader)) == ([(good,)], before)
    assert rows(reader, f"SELECT id FROM {MART}") == [(1,)]


def test_a_killed_load_leaves_nothing_and_the_next_one_does_it_all(
    serving: ServingSettings, made: Releases, reader: psycopg.Connection
) -> None:
    good = made.make({MART: [full(1)]})
    load(serving)
    number = made.make({MART: [full(1), full(2)]})
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    with subprocess.Popen([sys.executable, "-c", KILLED], env=environment, stdout=subprocess.PIPE) as loading:
        assert loading.stdout is not None and loading.stdout.readline() == b"rows are there\n"
        loading.kill()
    assert (rows(reader, SHOWN), f"r_{number}" in schemas(reader)) == ([(good,)], False)
    done = load(serving)
    assert (done.loaded, done.switched, rows(reader, SHOWN)) == (True, True, [(number,)])


def test_a_load_that_ends_before_the_switch_only_has_to_switch(
    serving: ServingSettings, made: Releases, reader: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = made.make({MART: [full(1)]})
    load(serving)
    number = made.make({MART: [full(1), full(2)]})

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(views, "switch", die)
        load(serving)
    assert (rows(reader, SHOWN), f"r_{number}" in schemas(reader)) == ([(good,)], True)
    assert rows(reader, f"SELECT count(*) FROM {MART}") == [(1,)]
    done = load(serving)
    assert (done.loaded, done.switched, rows(reader, SHOWN)) == (False, True, [(number,)])


def test_a_release_that_is_taken_back_is_shown_again_without_loading(
    serving: ServingSettings, made: Releases, reader: psycopg.Connection
) -> None:
    first = made.make({MART: [full(1)]})
    load(serving)
    made.make({MART: [full(2)]})
    load(serving)
    release.switch(made.store, first)
    done = load(serving)
    assert (done.loaded, done.switched, rows(reader, f"SELECT id FROM {MART}")) == (False, True, [(1,)])
    release.switch(made.store, first + 1)


def test_older_schemas_go_and_an_older_release_can_be_had_beside_the_current_one(
    serving: ServingSettings, made: Releases, reader: psycopg.Connection
) -> None:
    numbers = [made.make({MART: [plain(one)]}) for one in range(4)]
    two = serving.model_copy(update={"served_releases": 2})
    load(serving, numbers[0])
    assert rows(reader, SHOWN) == [(numbers[-1],)], "asked for or not, marts shows the current one"
    load(serving, numbers[1])
    done = load(two)
    assert schemas(reader) == {f"r_{numbers[1]}", f"r_{numbers[3]}"} and numbers[0] in done.dropped
    load(two, numbers[0])
    assert schemas(reader) == {f"r_{numbers[0]}", f"r_{numbers[3]}"}
    assert rows(reader, f"SELECT id FROM r_{numbers[0]}.{MART}") == [(0,)]


def test_a_release_of_another_lake_is_not_taken_for_one_of_this(
    serving: ServingSettings, made: Releases, reader: psycopg.Connection
) -> None:
    number = made.make({MART: [full(1)]})
    load(serving)
    with serving.connect(LOADING) as connection:
        connection.execute(f"COMMENT ON SCHEMA r_{number} IS 'Release of yesterday'")
    with pytest.raises(NotServed, match=rf"r_{number} holds another release .*\(Release of yesterday\)"):
        load(serving)


def test_errors_are_sentences(
    serving: ServingSettings, made: Releases, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made.make({MART: [full(1)]})
    assert main(["load", "--release", "999"]) == 1
    assert "999" in capsys.readouterr().err
    nobody = serving.model_copy(update={"postgres_port": 1})
    with pytest.raises(LakehouseError, match="PostgreSQL cannot be asked: .*refused"):
        load(nobody)
    encrypted = serving.model_copy(update={"postgres_tls": True})
    with pytest.raises(LakehouseError, match="does not support SSL"):
        load(encrypted)
    with serving.connect(ADMIN) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [7_305_562_000])
        monkeypatch.setattr("serving.load._PATIENCE", "100ms")
        with pytest.raises(LakehouseError, match="another load is under way"):
            load(serving)


def test_psql_shows_marts_and_what_their_columns_mean(serving: ServingSettings, made: Releases) -> None:
    made.make({MART: [full(1)]})
    load(serving)
    address = f"host={serving.postgres_host} port={serving.postgres_port} dbname=smartvest user=analyst"
    done = subprocess.run(
        [postgres_files.binary("psql"), address, "-c", r"\dv marts.*", "-c", rf"\d+ {MART}"],
        env={"PGPASSWORD": serving.password("analyst")}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "marts  | mart_every | view" in done.stdout and "Spalte money [EUR]: What money is." in done.stdout
