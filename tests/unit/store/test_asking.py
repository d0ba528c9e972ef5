"""One release on a real MinIO, as an analyst asks it: in Python, on the command line, in DuckDB's shell."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from lakehouse import open_release
from lakehouse.errors import LakehouseError
from lakehouse.lake import answers, asking, release
from lakehouse.lake.asking import QueryError
from lakehouse.settings import CHECKOUT, AnalystSettings, Settings, connection_file
from lakehouse.storage import ObjectStore
from tests.support.releases import HERTEN, KREIS, MARL, Releases, change, row, shell


@pytest.fixture(autouse=True)
def _of_this_stack() -> Iterator[None]:
    """Settings are read once in a process, and another module has another stack."""
    AnalystSettings.load.cache_clear()
    yield
    AnalystSettings.load.cache_clear()


@pytest.fixture
def made(settings: Settings, request: pytest.FixtureRequest) -> Releases:
    """A mart, and a release of it."""
    name = "mart_" + str(request.node.name).removeprefix("test_").partition("[")[0]
    made = Releases(ObjectStore.for_role(settings, "spark"), name)
    made.make(row(MARL, 1), row(HERTEN, None))
    return made


def newest(made: Releases) -> int:
    return release.current(made.store)


def lakehouse(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lakehouse", *arguments],
        cwd=CHECKOUT, capture_output=True, text=True, timeout=120, env={**os.environ, **environment},
    )  # fmt: skip


def test_a_release_gives_arrow_pandas_and_polars_in_two_lines(made: Releases, settings: Settings) -> None:
    opened = open_release()
    answer = opened.sql(f"SELECT ags, online FROM {made.mart} ORDER BY ags")
    assert answer.to_arrow_table().to_pylist() == [{"ags": HERTEN, "online": None}, {"ags": MARL, "online": 1}]
    assert answer.df()["ags"].tolist() == [HERTEN, MARL]
    assert answer.pl().equals(pl.DataFrame({"ags": [HERTEN, MARL], "online": pl.Series([None, 1], dtype=pl.Int32)}))


def test_a_connection_sees_its_release_whatever_is_released_later(made: Releases, settings: Settings) -> None:
    first = open_release()
    made.make(row(MARL, 7))
    assert first.sql(f"SELECT count(*) FROM {made.mart}").fetchall() == [(2,)]
    assert open_release().sql(f"SELECT count(*) FROM {made.mart}").fetchall() == [(1,)]
    assert open_release(first.manifest.release).sql(f"SELECT count(*) FROM {made.mart}").fetchall() == [(2,)]


def test_a_day_means_the_newest_release_made_until_its_end_in_the_region(made: Releases, settings: Settings) -> None:
    numbers = []
    # midnight in the region, in winter and in summer
    for made.at in (
        dt.datetime(2901, 1, 31, 22, 59, 59, tzinfo=dt.UTC),
        dt.datetime(2901, 1, 31, 23, 0, tzinfo=dt.UTC),
        dt.datetime(2901, 7, 1, 21, 59, tzinfo=dt.UTC),
        dt.datetime(2901, 7, 1, 22, 1, tzinfo=dt.UTC),
    ):
        numbers.append(made.make(row(MARL, 1)))
    days = ["2901-01-31", "2901-02-01", "2901-06-30", dt.date(2901, 7, 1), "2901-07-02"]
    assert [open_release(as_of=day).manifest.release for day in days] == [numbers[n] for n in (0, 1, 1, 2, 3)]
    with pytest.raises(LakehouseError, match="nothing had been released on 2001-01-01"):
        open_release(as_of="2001-01-01")
    with pytest.raises(LakehouseError, match="31.1.2901 is no day; write it as 2026-03-31"):
        open_release(as_of="31.1.2901")
    with pytest.raises(LakehouseError, match="by its number or by a day, not by both"):
        open_release(1, as_of="2901-01-31")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELEC 1", 'syntax error at or near "SELEC"'),
        ("SELECT * FROM {mart}s", "release {release} has no mart {mart}s; did you mean {mart}?"),
        (
            "SELECT onlin FROM {mart}",
            'Referenced column "onlin" not found in FROM clause! Candidate bindings: "online"',
        ),
        ("SELECT CAST('x' AS int)", "Could not convert string 'x' to INT32"),
        ("", "there is no query"),
        ("SELECT 1; SELECT 2", "one query at a time, these are 2"),
        ("CREATE TABLE x (i int)", "a release is only read: CREATE is not possible"),
        ("INSERT INTO {mart} VALUES (1)", "a release is only read: INSERT is not possible"),
        ("DROP VIEW {mart}", "a release is only read: DROP is not possible"),
        ("SELECT 1; DROP VIEW {mart}", "a release is only read: DROP is not possible"),
        ("COPY {mart} TO 'x.csv'", "a release is only read: COPY is not possible"),
        ("ATTACH 'x'", "a release is only read: ATTACH is not possible"),
        ("PIVOT {mart} ON nothing USING count(*)", None),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(
    made: Releases, settings: Settings, query: str, said: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    opened = open_release()
    names = {"mart": made.mart, "release": opened.manifest.release}
    with pytest.raises(QueryError) as told, opened.answering():
        opened.sql(query.format(**names)).fetchall()
    assert "\n" not in str(told.value)
    assert said is None or str(told.value) == said.format(**names)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "query", ["DESCRIBE {}", "SUMMARIZE {}", "SHOW TABLES", "EXPLAIN FROM {}", "PIVOT {} ON ags USING sum(online)"]
)
def test_every_kind_of_question_is_answered(made: Releases, settings: Settings, query: str) -> None:
    assert open_release().sql(query.format(made.mart)).fetchall()


def test_a_query_that_would_run_for_ever_ends_alone(made: Releases, settings: Settings) -> None:
    opened = open_release()
    began = time.monotonic()
    with pytest.raises(QueryError, match="^the query was ended because it took longer than 0.5 seconds$"):
        with opened.answering(0.5):
            opened.sql("SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b").fetchall()
    assert time.monotonic() - began < 60
    with opened.answering(60):
        assert opened.sql("SELECT 1").fetchall() == [(1,)]


# what cannot leave memory, and what leaves it for files without end
KEPT = "SELECT list(range) FROM range(1000000000)"
SPILLED = "SELECT range || repeat('x', 50) AS x FROM range(1000000000) ORDER BY hash(range)"


@pytest.mark.parametrize("query", [KEPT, SPILLED])
def test_a_query_that_would_eat_all_memory_ends_alone(
    made: Releases, settings: Settings, query: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("SMARTVEST_QUERY_MEMORY", "200MB")
    monkeypatch.setattr("lakehouse.lake.sql._FILES", "50MB")
    opened, other = open_release(), open_release()
    with pytest.raises(QueryError, match="^the query was ended because it needs more memory than it may have"):
        with opened.answering(60):
            opened.sql(query).fetchone()
    assert [path.name[:10] for path in tmp_path.iterdir()] in ([], ["smartvest-"]), "not where others put theirs"
    for one in (opened, other):
        assert one.sql(f"SELECT count(*) FROM {made.mart}").fetchall() == [(2,)]
        one.connection.close()
    assert list(tmp_path.iterdir()) == [], "its files are gone with it"


def test_the_command_ends_such_a_query_in_one_sentence(made: Releases, settings: Settings) -> None:
    told = lakehouse("sql", KEPT, SMARTVEST_QUERY_MEMORY="200MB")
    said = "the query was ended because it needs more memory than it may have, which SMARTVEST_QUERY_MEMORY says\n"
    assert (told.returncode, told.stderr) == (1, said)


def test_only_the_marts_that_a_query_names_are_opened(made: Releases, settings: Settings) -> None:
    found = open_release().manifest
    assert list(asking.named(found, f'SELECT * FROM "{made.mart.upper()}" JOIN x USING (ags)').marts) == [made.mart]
    assert asking.named(found, "SHOW TABLES").marts == found.marts
    assert asking.named(found, f"SELECT * FROM {made.mart}_2").marts == found.marts


def test_tables_beside_the_marts_are_made_when_they_are_asked_for(made: Releases, settings: Settings) -> None:
    before = newest(made)
    made.make(row(MARL, 3), row(KREIS, 1), changes=[change("correction")])
    opened = open_release()
    asked = f"""SELECT release_before, change, rows_before, rows, rows_added, rows_removed, rows_changed, causes,
        deliveries FROM changes WHERE mart = '{made.mart}'"""
    assert opened.sql("SELECT table_name FROM duckdb_tables()").fetchall() == []
    assert opened.sql(asked).fetchall() == [(before, "changed", 2, 2, 1, 1, 1, ["correction"], ["d1"])]
    assert opened.sql("SELECT column_name FROM dictionary ORDER BY position").fetchall()[0] == ("ags",)
    listed = opened.sql("SELECT release FROM Releases WHERE is_current OR release = 1 ORDER BY 1").fetchall()
    assert listed == [(1,), (newest(made),)]
    assert opened.sql("SELECT * FROM quality").fetchall() == [], "these releases say nothing of it"
    again = open_release(query="SELECT mart FROM dictionary")
    assert again.sql("SELECT DISTINCT mart FROM dictionary").fetchall() == [(made.mart,)]
    assert again.sql("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall() == [], (
        "nothing else is opened"
    )


QUERY = """SELECT ags, online, DATE '2026-01-31' AS day, TIMESTAMPTZ '2026-01-31 12:00:00+01' AS at,
    0.1::DECIMAL(9, 2) AS eur, [1, 2] AS list, '=1+1' AS formula, true AS yes FROM {} ORDER BY ags"""


def test_answers_become_files_by_the_ending_of_their_name(made: Releases, settings: Settings, tmp_path: Path) -> None:
    answer = open_release().sql(QUERY.format(made.mart))
    expected = answer.to_arrow_table()
    for ending in answers.FORMATS:
        answers.save(answer, tmp_path / f"answer{ending}")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"answer{e}" for e in (".arrow", ".csv", ".parquet", ".xlsx")
    ]
    assert pq.read_table(tmp_path / "answer.parquet").to_pylist() == expected.to_pylist()
    assert pa.feather.read_table(tmp_path / "answer.arrow").to_pylist() == expected.to_pylist()
    read = pa.csv.read_csv(
        tmp_path / "answer.csv", convert_options=pa.csv.ConvertOptions(column_types={"ags": "string"})
    )
    assert read["ags"].to_pylist() == [HERTEN, MARL] and read["online"].to_pylist() == [None, 1]
    header, *rows = openpyxl.load_workbook(tmp_path / "answer.xlsx")["Daten"].iter_rows(values_only=True)
    assert list(header) == expected.column_names
    noon = dt.datetime(2026, 1, 31, 11)
    assert rows[1] == (MARL, 1, dt.datetime(2026, 1, 31), noon, 0.1, "[1, 2]", "=1+1", True)
    assert rows[0][1] is None


def test_a_file_that_cannot_be_written_leaves_what_was_there(
    made: Releases, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_release()
    kept = tmp_path / "answer.xlsx"
    kept.write_text("kept")
    monkeypatch.setattr(answers, "MOST_ROWS", 1)
    with pytest.raises(LakehouseError, match="a sheet holds 1 rows, and the answer has more"):
        answers.save(opened.sql(f"FROM {made.mart}"), kept)
    with pytest.raises(QueryError), opened.answering():
        answers.save(opened.sql("SELECT CAST(range::VARCHAR || 'x' AS int) FROM range(9)"), kept)
    assert [path.name for path in tmp_path.iterdir()] == ["answer.xlsx"] and kept.read_text() == "kept"
    with pytest.raises(LakehouseError, match=r"answer.ods has no ending of .csv, .parquet, .arrow, .xlsx"):
        answers.save(opened.sql("SELECT 1"), tmp_path / "answer.ods")
    with pytest.raises(LakehouseError, match="there is no folder"):
        answers.save(opened.sql("SELECT 1"), tmp_path / "x" / "answer.csv")


def test_the_command_prints_or_writes_an_answer(made: Releases, settings: Settings, tmp_path: Path) -> None:
    query = f"SELECT sum(online) AS total FROM {made.mart}"
    told = lakehouse("sql", query)
    assert told.returncode == 0 and "total" in told.stdout and "1" in told.stdout
    path = tmp_path / "total.csv"
    told = lakehouse("sql", query, "--output", str(path), "--release", str(newest(made)))
    assert told.stdout == f"Release {newest(made)}: the answer is in {path}.\n" and path.read_text() == "total\n1\n"
    assert "total" in lakehouse("sql", f"-- Wie viele?\n-- Thema: A\n{query}").stdout
    told = lakehouse("sql", query, "--relase", "1")
    assert told.returncode != 0 and "total" not in told.stdout, "what is no option is not passed over"
    told = lakehouse("sql", query, "--release", "999")
    assert (told.returncode, told.stderr) == (1, f"there is no release 999; the newest is {newest(made)}\n")
    assert lakehouse("sql", "DROP VIEW x").stderr == "a release is only read: DROP is not possible\n"


def test_the_shell_reads_and_does_not_write(made: Releases, settings: Settings) -> None:
    told = shell(
        f"SELECT sum(online) FROM {made.mart}; SELECT comment FROM duckdb_columns() WHERE table_name = '{made.mart}';"
        f"SELECT count(*) > 0 AS more FROM releases; DROP VIEW {made.mart};"
    )
    assert f"Release {newest(made)}: " in told.stdout
    assert told.stdout.splitlines()[-9:] == [
        *("sum(online)", "1", "comment", "ags", "period", "online", "rank", "more", "true")
    ]
    assert (
        'Cannot execute statement of type "DROP" on database "release" which is attached in read-only mode'
        in told.stderr
    )


def test_an_analyst_connects_once_and_only_with_what_works(made: Releases, settings: Settings, tmp_path: Path) -> None:
    access_key, secret_key = settings.keys("analyst")
    elsewhere = {"SMARTVEST_STATE_DIR": str(tmp_path / "none"), "XDG_CONFIG_HOME": str(tmp_path), "COLUMNS": "999"}
    count = "sql", f"SELECT count(*) AS n FROM {made.mart}"
    assert "`lakehouse connect`" in lakehouse(*count, **elsewhere).stderr
    for endpoint, key, said in (
        (settings.s3_endpoint, "wrong", "refuses this key"),
        ("http://127.0.0.1:9", secret_key, "does not answer"),
    ):
        told = lakehouse("connect", endpoint, "--access-key", access_key, SMARTVEST_ANALYST_SECRET_KEY=key, **elsewhere)
        assert told.returncode == 1 and said in told.stderr and "Traceback" not in told.stderr
    assert not list(tmp_path.rglob("*.env"))
    told = lakehouse("connect", settings.s3_endpoint, SMARTVEST_ANALYST_SECRET_KEY=secret_key, **elsewhere)
    assert f"its current release is {newest(made)}" in told.stdout and secret_key not in told.stdout
    assert [file.stat().st_mode & 0o777 for file in tmp_path.rglob("*.env")] == [0o600]
    assert "2" in lakehouse(*count, **elsewhere).stdout


def test_the_stack_of_the_checkout_comes_before_what_was_connected(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    connection_file().parent.mkdir()
    connection_file().write_text("SMARTVEST_S3_ENDPOINT=http://elsewhere\nSMARTVEST_ANALYST_ACCESS_KEY=theirs\n")
    found = AnalystSettings.load()
    assert found.s3_endpoint == settings.s3_endpoint and found.keys("analyst") == settings.keys("analyst")
