"""Reading without a JVM: DuckDB over the Delta tables of the lake, and over the Parquet files that a release lists."""

from __future__ import annotations

import re
import secrets
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

from lakehouse import names
from lakehouse.errors import LakehouseError
from lakehouse.lake.release import Manifest, MartPin
from lakehouse.settings import StoreSettings
from lakehouse.storage import NotFound

# A release lists its files: reading it needs no Delta, and as they never change, their sizes may be remembered.
RELEASED = ("httpfs",)
LAKE = ("httpfs", "delta")
# what an analyst's connection may put into files when its memory is full
_FILES = "4GB"
_TYPES = {
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "binary": "BLOB",
    "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "timestamp_ntz": "TIMESTAMP",
}
_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")
_ARRAY = re.compile(r"array<(.+)>")
_STRUCT = re.compile(r"struct<(.+)>")
_FIELD = re.compile(r"(\w+):((?:[^,(<]|\([^)]*\)|<[^>]*>)+)")


def connect(
    settings: StoreSettings, role: str, extensions: Sequence[str] = LAKE, database: str | Path = ":memory:"
) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection that reads the lake with the keys of a role; what is made in it is kept in `database`."""
    connection = duckdb.connect(
        database,
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            # hashing 100 MB for a signature takes longer than a query; the lock file pins the hashes of the packages
            "allow_unsigned_extensions": True,
        },
    )
    connection.execute(_loads(extensions))
    connection.execute(_session(settings, role, extensions))
    return connection


def extend(connection: duckdb.DuckDBPyConnection, *extensions: str) -> None:
    """Loads further extensions into a connection."""
    connection.execute(_loads(extensions))


def scan(uri: str, version: int | None = None) -> str:
    """SQL expression that reads a Delta table, at a version if one is given."""
    return f"delta_scan({text(uri)}{'' if version is None else f', version => {int(version)}'})"


def released(mart: MartPin) -> str:
    """SQL query for the rows of a released mart: its listed files, without a log to open.

    A mart without rows may have no file; it is a query without rows that has the mart's columns.
    """
    if not mart.files:
        columns = ", ".join(f"CAST(NULL AS {duckdb_type(c.type)}) AS {quoted(c.name)}" for c in mart.columns)
        return f"SELECT {columns} WHERE false"
    columns = ", ".join(quoted(column.name) for column in mart.columns)
    files = ", ".join(text(f"{mart.uri}/{file.path}") for file in mart.files)
    # Neither is needed, and both would open every file: all have the mart's columns, none is a partition.
    return f"SELECT {columns} FROM read_parquet([{files}], hive_partitioning = false, union_by_name = false)"


def duckdb_type(spark_type: str) -> str:
    """DuckDB's name of a Spark type.

    Raises:
        LakehouseError: there is none for it.
    """
    if found := _DECIMAL.fullmatch(spark_type):
        return f"DECIMAL({found[1]},{found[2]})"
    if found := _ARRAY.fullmatch(spark_type):
        return f"{duckdb_type(found[1])}[]"
    if found := _STRUCT.fullmatch(spark_type):
        fields = ", ".join(f"{quoted(name)} {duckdb_type(type_)}" for name, type_ in _FIELD.findall(found[1]))
        # as DuckDB itself writes it: with quotes only where a name needs them
        return str(duckdb.type(f"STRUCT({fields})"))
    if spark_type not in _TYPES:
        raise LakehouseError(f"a mart cannot have a column of type {spark_type}")
    return _TYPES[spark_type]


def parquet(path: Path) -> tuple[int, dict[str, str]]:
    """Number of rows of a local Parquet file, and its columns in their order with their types."""
    with duckdb.connect() as connection:
        found = connection.from_parquet(str(path), hive_partitioning=False)
        return len(found), dict(zip(found.columns, map(str, found.types), strict=True))


def shell_script(settings: StoreSettings) -> str:
    """What lets DuckDB's own shell read releases. It holds the analyst's keys: keep it private."""
    return "\n".join((_loads(RELEASED), _session(settings, "analyst", RELEASED)))


def _loads(extensions: Sequence[str]) -> str:
    """Loads the extensions from where their packages were installed: nothing is fetched or copied."""
    folder = f"extensions/v{duckdb.__version__}"
    paths = [files(f"duckdb_extension_{name}") / folder / f"{name}.duckdb_extension" for name in extensions]
    return "\n".join(f"LOAD {text(str(path))};" for path in paths)


@dataclass(frozen=True)
class Objects:
    """Objects as a connection reads them, without another client."""

    connection: duckdb.DuckDBPyConnection

    def get(self, bucket: str, key: str) -> bytes:
        """Whole content of an object; raises NotFound."""
        # given as a parameter, a value makes DuckDB import pandas, which takes longer than everything else together
        statement = f"SELECT content FROM read_blob({text(f's3://{bucket}/{key}')})"
        try:
            ((content,),) = self.connection.execute(statement).fetchall()
        except duckdb.HTTPException as error:
            if error.status_code == HTTPStatus.NOT_FOUND:
                raise NotFound(f"{bucket}/{key} does not exist") from None
            if error.status_code == HTTPStatus.FORBIDDEN:
                raise LakehouseError(f"the object store refuses this key to read {bucket}/{key}") from None
            raise
        return bytes(content)


def _session(settings: StoreSettings, role: str, extensions: Sequence[str]) -> str:
    address = urlsplit(settings.s3_endpoint)
    access_key, secret_key = settings.keys(role)
    return f"""
        CREATE SECRET lake (TYPE s3, KEY_ID {text(access_key)}, SECRET {text(secret_key)},
        REGION {text(settings.s3_region)}, ENDPOINT {text(address.netloc)}, URL_STYLE 'path',
        USE_SSL {address.scheme == "https"}, SCOPE ['s3://{names.LAKE}', 's3://{names.RELEASES}']);
        SET TimeZone = 'UTC';
        SET enable_http_metadata_cache = {extensions == RELEASED};
        {_bounds(settings) if role == "analyst" else ""}
        """


def _bounds(settings: StoreSettings) -> str:
    """For those who may ask anything; what our own programs ask is known."""
    # DuckDB's own place is one for all who stand in the same folder, with the same names of files
    folder = Path(tempfile.gettempdir()) / f"smartvest-{secrets.token_hex(8)}"
    values = {
        "memory_limit": settings.query_memory,
        "max_temp_directory_size": _FILES,
        "temp_directory": str(folder),
    }
    return " ".join(f"SET {name} = {text(value)};" for name, value in values.items())


def views(release: Manifest) -> str:
    """SQL that makes each mart of a release a view, which says what its columns mean."""
    statements = []
    for name, mart in release.marts.items():
        statements.append(f"CREATE VIEW {quoted(name)} AS {released(mart)};")
        statements.append(f"COMMENT ON VIEW {quoted(name)} IS {text(mart.description)};")
        for column in mart.columns:
            unit = f" [{column.unit}]" if column.unit else ""
            statements.append(
                f"COMMENT ON COLUMN {quoted(name)}.{quoted(column.name)} IS {text(column.description + unit)};"
            )
    return "\n".join(statements)


def quoted(name: str) -> str:
    """A name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text as SQL."""
    return "'" + value.replace("'", "''") + "'"
