"""Reading Delta tables without a JVM: DuckDB over the same files, pinned by version."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from urllib.parse import urlsplit

import duckdb

from lakehouse import names
from lakehouse.release import Manifest, current, manifest
from lakehouse.settings import Settings
from lakehouse.storage import NotFound

EXTENSIONS = ("httpfs", "delta")


def connect(settings: Settings, role: str) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection that reads the lake with the keys of a role."""
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            # hashing 100 MB for a signature takes longer than a query; the lock file pins the hashes of the packages
            "allow_unsigned_extensions": True,
        }
    )
    connection.execute(_loads())
    connection.execute(_session(settings, role))
    return connection


def scan(uri: str, version: int | None = None) -> str:
    """SQL expression that reads a Delta table, at a version if one is given."""
    return f"delta_scan({_text(uri)}{'' if version is None else f', version => {int(version)}'})"


def open_release(settings: Settings, release: int | None = None) -> tuple[duckdb.DuckDBPyConnection, Manifest]:
    """A connection in which every mart of one release is a view, whatever is released later.

    Args:
        settings: addresses and the analyst's keys.
        release: number of the release; the current one if not given.

    Raises:
        NotFound: there is no such release.
    """
    connection = connect(settings, "analyst")
    objects = _Objects(connection)
    found = manifest(objects, current(objects) if release is None else release)
    connection.execute(_views(found))
    return connection, found


def shell_script(settings: Settings, release: int | None = None) -> tuple[str, Manifest]:
    """The same release as a script for DuckDB's own shell. It holds the analyst's keys: keep it private."""
    _, found = open_release(settings, release)
    return "\n".join((_loads(), _session(settings, "analyst"), _views(found))), found


def _loads() -> str:
    """Loads the extensions from where their packages were installed: nothing is fetched or copied."""
    folder = f"extensions/v{duckdb.__version__}"
    paths = [files(f"duckdb_extension_{name}") / folder / f"{name}.duckdb_extension" for name in EXTENSIONS]
    return "\n".join(f"LOAD {_text(str(path))};" for path in paths)


@dataclass(frozen=True)
class _Objects:
    """Objects of the lake as a connection reads them, without another client."""

    connection: duckdb.DuckDBPyConnection

    def get(self, bucket: str, key: str) -> bytes:
        """Whole content of an object; raises NotFound."""
        # given as a parameter, a value makes DuckDB import pandas, which takes longer than everything else together
        statement = f"SELECT content FROM read_blob({_text(f's3://{bucket}/{key}')})"
        try:
            ((content,),) = self.connection.execute(statement).fetchall()
        except duckdb.HTTPException as error:
            if error.status_code == HTTPStatus.NOT_FOUND:
                raise NotFound(f"{bucket}/{key} does not exist") from None
            raise
        return bytes(content)


def _session(settings: Settings, role: str) -> str:
    address = urlsplit(settings.s3_endpoint)
    access_key, secret_key = settings.keys(role)
    return f"""
        CREATE SECRET lake (TYPE s3, KEY_ID {_text(access_key)}, SECRET {_text(secret_key)},
        REGION {_text(settings.s3_region)}, ENDPOINT {_text(address.netloc)}, URL_STYLE 'path',
        USE_SSL {address.scheme == "https"}, SCOPE 's3://{names.LAKE}');
        SET TimeZone = 'UTC';
        """


def _views(release: Manifest) -> str:
    statements = []
    for name, mart in release.marts.items():
        statements.append(f'CREATE VIEW "{name}" AS SELECT * FROM {scan(mart.uri, mart.version)};')
        statements.append(f'COMMENT ON VIEW "{name}" IS {_text(mart.description)};')
        for column in mart.columns:
            unit = f" [{column.unit}]" if column.unit else ""
            statements.append(f'COMMENT ON COLUMN "{name}"."{column.name}" IS {_text(column.description + unit)};')
    return "\n".join(statements)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
