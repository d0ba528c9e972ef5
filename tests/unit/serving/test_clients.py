"""The tools of analysts that can be had here get from PostgreSQL what was released, and the types that they should."""

from __future__ import annotations

import csv
import datetime as dt
import io
import subprocess
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import psycopg
import pytest
import sqlalchemy
from psycopg.rows import dict_row

from infra.local import postgres_files
from lakehouse.lake import sql
from serving.config import ServingSettings
from serving.load import load
from tests.support.served import Releases

COLUMNS = {
    "ags": "string", "inhabitants": "bigint", "money": "decimal(24,2)", "day": "date", "at": "timestamp",
    "yes": "boolean", "share": "double", "topics": "array<string>",
}  # fmt: skip
NOON = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC)
MARL = {"ags": "05562024", "inhabitants": 2**53 + 1, "money": Decimal("0.10"), "day": dt.date(2026, 3, 29), "at": NOON,
        "yes": True, "share": 0.1, "topics": ["Straße", 'a "b", c']}  # fmt: skip
GAPS = {**dict.fromkeys(COLUMNS), "ags": "05562008"}
QUERY = "SELECT * FROM mart_town ORDER BY ags DESC"


@pytest.fixture
def served(serving: ServingSettings, made: Releases) -> ServingSettings:
    made.make({"mart_town": [MARL, GAPS]}, COLUMNS, key=["ags"])
    load(serving)
    return serving


@pytest.fixture
def engine(served: ServingSettings) -> sqlalchemy.Engine:
    return sqlalchemy.create_engine(
        sqlalchemy.URL.create(
            "postgresql+psycopg", "analyst", served.password("analyst"), served.postgres_host, served.postgres_port,
            served.postgres_database,
        )
    )  # fmt: skip


def address(served: ServingSettings) -> str:
    """As it is written for everything that is made with PostgreSQL's own library."""
    return f"host={served.postgres_host} port={served.postgres_port} dbname={served.postgres_database} user=analyst"


def test_psql(served: ServingSettings, tmp_path: Path) -> None:
    # as a question is kept, without a semicolon
    question = tmp_path / "question.sql"
    question.write_text(f"-- Wie viele?\n{QUERY}\n", "utf-8")
    done = subprocess.run(
        [postgres_files.binary("psql"), address(served), "--csv", "-f", question],
        env={"PGPASSWORD": served.password("analyst")}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    first, second = csv.DictReader(io.StringIO(done.stdout))
    assert first == {
        "ags": "05562024", "inhabitants": str(2**53 + 1), "money": "0.10", "day": "2026-03-29",
        "at": "2026-11-28 12:00:00+00", "yes": "t", "share": "0.1", "topics": '{Straße,"a \\"b\\", c"}',
    }  # fmt: skip
    assert set(second.values()) == {"05562008", ""}


def test_psycopg(served: ServingSettings) -> None:
    with psycopg.connect(address(served), password=served.password("analyst"), row_factory=dict_row) as connection:
        assert connection.execute(QUERY).fetchall() == [MARL, GAPS]


def test_pandas(engine: sqlalchemy.Engine) -> None:
    found = pd.read_sql(QUERY, engine, coerce_float=False)
    # beside a gap pandas itself makes floats of counts; all else is as it was released
    assert found.loc[0].to_dict() == {**MARL, "inhabitants": float(2**53)}
    assert found.drop(columns="ags").loc[1].isna().all()


def test_polars(engine: sqlalchemy.Engine) -> None:
    with engine.connect() as connection:
        found = pl.read_database(QUERY, connection)
    assert found.to_dicts() == [MARL, GAPS]
    assert found.schema["money"].is_decimal() and found.schema["topics"] == pl.List(pl.String)


def test_duckdb(served: ServingSettings) -> None:
    with duckdb.connect(config={"allow_unsigned_extensions": True}) as connection:
        sql.extend(connection, "postgres_scanner")
        secret = f"{address(served)} password={served.password('analyst')}"
        connection.execute(f"ATTACH {sql.text(secret)} AS town (TYPE postgres, READ_ONLY); SET TimeZone = 'UTC'")
        found = connection.execute(QUERY.replace("mart_town", "town.marts.mart_town"))
        names = [column[0] for column in found.description]
        assert [dict(zip(names, row, strict=True)) for row in found.fetchall()] == [MARL, GAPS]
