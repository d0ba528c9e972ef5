"""`python -m tests.bench.listed`: the files that a release lists beside Delta's log and plain Parquet.

Needs MinIO alone. The setting that `lakehouse.lake.sql` chooses for released files is compared with DuckDB's others.
"""

from __future__ import annotations

import argparse
import tempfile
from contextlib import ExitStack
from pathlib import Path

import duckdb
from deltalake import write_deltalake

from lakehouse import names
from lakehouse.lake import release_files, sql
from lakehouse.lake.release import MartColumn, MartPin
from lakehouse.settings import Settings
from lakehouse.storage import ObjectStore
from tests.bench.measure import summary, table
from tests.bench.queries import MART, OURS, PARQUET, PLAIN, QUERIES, Engine, ask_all, mean
from tests.support import minio

ROWS, FILES = 1_050_000, 2
COLUMNS = {"sensor_id": "string", "observed_at": "timestamp", "value": "decimal(9,3)"}
READINGS = f"""SELECT 'S' || lpad((i % 500)::text, 4, '0') AS sensor_id,
    TIMESTAMPTZ '2026-01-01 00:00:00+00' + to_seconds(i // 500 * 864) AS observed_at,
    (i * 7919 % 100000 / 1000.0)::decimal(9, 3) AS value FROM range({ROWS}) AS numbers(i)"""
DELTA = "delta_scan"
SETTINGS = {
    "no cache of sizes": "SET enable_http_metadata_cache = false",
    "cache of Parquet's metadata too": "SET parquet_metadata_cache = true",
    "no validation of cached bytes": "SET validate_external_file_cache = 'NO_VALIDATION'",
}


def main() -> None:
    """Prints a Markdown table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.listed", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=21)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="smartvest-bench-") as folder, minio.running(Path(folder)) as stack:
        print(_compare(minio.settings_of(stack), options.repetitions))


def _compare(settings: Settings, repetitions: int) -> str:
    mart = _mart(ObjectStore.for_role(settings, "spark"))
    listed = f"({sql.released(mart)})"
    tables = {OURS: listed, PARQUET: f"'{PLAIN}'", DELTA: sql.scan(mart.uri, mart.version)}
    with ExitStack() as open_connections:

        def engine(extensions: tuple[str, ...], setting: str = "") -> Engine:
            connection = open_connections.enter_context(sql.connect(settings, "spark", extensions))
            connection.execute(setting or "SELECT 1")
            return lambda statement: connection.execute(statement).fetchall()

        engines = {OURS: engine(sql.RELEASED), PARQUET: engine(sql.LAKE), DELTA: engine(sql.LAKE)}
        for name, setting in SETTINGS.items():
            engines[name], tables[name] = engine(sql.RELEASED, setting), listed
        engines[PARQUET](f"COPY ({sql.released(mart)}) TO '{PLAIN}' (FORMAT parquet)")
        measured = ask_all(engines, tables, repetitions)
    rows = [
        [who, *(summary(measured[name][who]) for name in QUERIES), f"{mean(measured, who, PARQUET):.2f}"]
        for who in engines
    ]
    return table(["who", *QUERIES, "÷ Parquet (geometric mean)"], rows)


def _mart(store: ObjectStore) -> MartPin:
    uri = names.uri("marts", MART)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        readings = connection.sql(READINGS).to_arrow_table()
    for number in range(FILES):
        part = readings.slice(number * ROWS // FILES, ROWS // FILES)
        write_deltalake(uri, part, mode="append", storage_options=store.delta_options())
    return MartPin(
        version=FILES - 1,
        uri=uri,
        rows=ROWS,
        checksum="",
        description="",
        inputs=[],
        columns=[
            MartColumn(name=name, type=type_, description="", label_de="", unit=None, publish=False)
            for name, type_ in COLUMNS.items()
        ],
        files=release_files.files(store, MART, FILES - 1, COLUMNS),
    )


if __name__ == "__main__":
    main()
