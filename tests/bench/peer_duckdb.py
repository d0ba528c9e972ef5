"""Peer 1: DuckDB takes the same raw object to Parquet in the same object store, in this process."""

from __future__ import annotations

import duckdb

from lakehouse.lake import sql
from lakehouse.settings import Settings
from tests.bench.measure import Stopwatch

# The classes of spark_jobs.batch: unreadable or contradicting rows are quarantined, the first of equal ones counts.
_CLASSIFY = """
    CREATE TEMP TABLE batch AS
    WITH typed AS (
        SELECT row_number() OVER () AS record_number, sensor_id, value AS raw_value,
            CASE WHEN regexp_full_match(sensor_id, 'S\\d{{4}}') THEN sensor_id END AS sensor,
            try_cast(observed_at AS TIMESTAMP) AS observed_at, try_cast(value AS DECIMAL(9, 3)) AS value
        FROM read_csv('{raw}', header = true, all_varchar = true, delim = ',')
    ), judged AS (
        SELECT *,
            sensor IS NOT NULL AND observed_at IS NOT NULL AND coalesce(value BETWEEN 0 AND 100, false) AS readable
        FROM typed
    )
    SELECT record_number, sensor_id, observed_at, value, raw_value,
        CASE WHEN NOT readable THEN 'quarantined'
            WHEN min(value) OVER same_key <> max(value) OVER same_key THEN 'quarantined'
            WHEN row_number() OVER (same_key ORDER BY record_number) > 1 THEN 'duplicate'
            ELSE 'valid' END AS class
    FROM judged
    WINDOW same_key AS (PARTITION BY readable, sensor_id, observed_at)
"""
_VALID = "SELECT sensor_id, observed_at, value FROM batch WHERE class = 'valid'"


def load(settings: Settings, raw: str, folder: str) -> Stopwatch:
    """Raw object to `<folder>/history.parquet`."""
    return _run(settings, raw, folder, _VALID, "history")


def merge(settings: Settings, raw: str, folder: str) -> Stopwatch:
    """Raw object merged into `history.parquet`, rewritten as `<folder>/merged.parquet`."""
    kept = f"SELECT * FROM '{folder}/history.parquet' ANTI JOIN ({_VALID}) USING (sensor_id, observed_at)"
    return _run(settings, raw, folder, f"{kept} UNION ALL {_VALID}", "merged")


def result(settings: Settings, folder: str) -> tuple[int, str]:
    """Rows and sum of the merged table."""
    with _connect(settings) as connection:
        found = connection.execute(f"SELECT count(*), sum(value)::text FROM '{folder}/merged.parquet'").fetchone()
    assert found is not None
    return found[0], found[1]


def _run(settings: Settings, raw: str, folder: str, rows: str, name: str) -> Stopwatch:
    watch = Stopwatch()
    with watch.part("connect"):
        connection = _connect(settings)
    with connection:
        with watch.part("classify"):
            connection.execute(_CLASSIFY.format(raw=raw))
        with watch.part("write"):
            refused = "SELECT record_number, sensor_id, raw_value FROM batch WHERE class = 'quarantined'"
            connection.execute(f"COPY ({refused}) TO '{folder}/{name}_quarantine.parquet' (FORMAT parquet)")
            connection.execute(f"COPY ({rows}) TO '{folder}/{name}.parquet' (FORMAT parquet)")
    return watch


def _connect(settings: Settings) -> duckdb.DuckDBPyConnection:
    connection = sql.connect(settings, "spark")
    # the lakehouse's own connection has no business in the raw bucket
    endpoint = settings.s3_endpoint.removeprefix("http://")
    key, secret = settings.keys("spark")
    connection.execute(
        f"""CREATE SECRET raw (TYPE s3, KEY_ID '{key}', SECRET '{secret}', REGION '{settings.s3_region}',
        ENDPOINT '{endpoint}', URL_STYLE 'path', USE_SSL false, SCOPE 's3://raw')"""
    )
    return connection
