"""The schema of one release: written as a whole, or not at all."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import psycopg
from psycopg.sql import SQL, Composable, Identifier, Literal

from lakehouse.lake import beside, dictionary, sql
from lakehouse.lake.release import Manifest, MartColumn, MartPin
from lakehouse.names import release_schema
from serving.config import NotServed
from serving.roles import grant
from serving.types import postgres_type, value

_CHUNK = 1 << 20
_log = logging.getLogger(__name__)


def served(connection: psycopg.Connection) -> dict[int, str]:
    """Releases that have a schema, by number, with what their schema says they are; oldest first."""
    found = connection.execute(
        "SELECT substr(nspname, 3)::integer, obj_description(oid, 'pg_namespace') FROM pg_namespace"
        " WHERE nspname ~ '^r_\\d+$' ORDER BY 1"
    )
    return {release: said or "" for release, said in found.fetchall()}


def identity(found: Manifest) -> str:
    """What tells a release from one of the same number in another lake."""
    return f"Release {found.release} of {found.created_at:%Y-%m-%d %H:%M} UTC, made by {found.run_id}"


def write(
    connection: psycopg.Connection,
    lake: duckdb.DuckDBPyConnection,
    found: Manifest,
    releases: Sequence[dictionary.Row],
    groups: Iterable[str],
) -> None:
    """Writes all marts of a release into its schema, in one transaction.

    Rows are written frozen: whoever sees the tables sees all their rows, also in a transaction that began before.

    Args:
        connection: of the loader.
        lake: in which the marts are views.
        found: the release.
        releases: rows of the table on releases.
        groups: who may read it.

    Raises:
        NotServed: a mart came with other rows than were released.
    """
    schema = release_schema(found.release)
    sql.extend(lake, "postgres_scanner")
    with tempfile.TemporaryDirectory() as folder, connection.transaction():
        connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(schema)))
        connection.execute(SQL("COMMENT ON SCHEMA {} IS {}").format(Identifier(schema), Literal(identity(found))))
        for name, mart in found.marts.items():
            _create(connection, schema, name, mart.columns)
            _fill(connection, lake, schema, name, mart, Path(folder))
            _add_key(connection, schema, name, mart.key)
            _say(connection, schema, name, table_comment(mart), mart.columns)
        for name, (columns, comment) in beside.TABLES.items():
            _create(connection, schema, name, columns)
            _put(connection, schema, name, releases if name == "releases" else beside.rows(lake, found, name))
            _say(connection, schema, name, comment, columns)
        for name in [*found.marts, *beside.TABLES]:
            connection.execute(SQL("ANALYZE {}").format(Identifier(schema, name)))
        grant(connection, schema, groups)


def table_comment(mart: MartPin) -> str:
    """What a mart is, in German and English."""
    return "\n".join(filter(None, [mart.title_de, mart.description]))


def column_comments(kind: str, schema: str, name: str, columns: Iterable[MartColumn]) -> list[Composable]:
    """Statements that say what the columns of a table or view mean, in German and English."""
    statements: list[Composable] = []
    for column in columns:
        label = column.label_de + (f" [{column.unit}]" if column.unit else "")
        said = ": ".join(filter(None, [label, column.description]))
        where = Identifier(schema, name, column.name)
        statements.append(SQL("COMMENT ON COLUMN {} IS {}").format(where, Literal(said)))
    return statements


def _create(connection: psycopg.Connection, schema: str, name: str, columns: Iterable[MartColumn]) -> None:
    definitions = SQL(", ").join(
        SQL("{} {}").format(Identifier(column.name), SQL(postgres_type(column.type))) for column in columns
    )
    connection.execute(SQL("CREATE TABLE {} ({})").format(Identifier(schema, name), definitions))


def _fill(
    connection: psycopg.Connection,
    lake: duckdb.DuckDBPyConnection,
    schema: str,
    name: str,
    mart: MartPin,
    folder: Path,
) -> None:
    """Copies the rows in PostgreSQL's binary format, which DuckDB writes, into a table of this transaction."""
    file = folder / "rows"
    columns = ", ".join(f"{value(column)} AS {sql.quoted(column.name)}" for column in mart.columns)
    try:
        lake.execute(
            f"COPY (SELECT {columns} FROM {sql.quoted(name)}) TO {sql.text(str(file))} (FORMAT postgres_binary)"
        )
    except (duckdb.HTTPException, duckdb.InvalidInputException) as error:
        # a file that is gone, a text that PostgreSQL cannot hold
        raise NotServed(f"{schema}.{name}: {str(error).splitlines()[0]}") from error
    with connection.cursor() as cursor:
        statement = SQL("COPY {} FROM STDIN (FORMAT binary, FREEZE)").format(Identifier(schema, name))
        try:
            with cursor.copy(statement) as copy, file.open("rb") as rows:
                while chunk := rows.read(_CHUNK):
                    copy.write(chunk)
        except psycopg.DataError as error:
            where = error.diag.context or ""
            raise NotServed(f"{schema}.{name}: {error.diag.message_primary} ({where})") from error
        if cursor.rowcount != mart.rows:
            raise NotServed(f"{schema}.{name} has {cursor.rowcount} rows, but {mart.rows} were released")


def _put(connection: psycopg.Connection, schema: str, name: str, rows: Iterable[Sequence[Any]]) -> None:
    statement = SQL("COPY {} FROM STDIN (FREEZE)").format(Identifier(schema, name))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _add_key(connection: psycopg.Connection, schema: str, name: str, key: Sequence[str]) -> None:
    if not key:
        return
    table, columns = Identifier(schema, name), [Identifier(column) for column in key]
    lacking = SQL(" OR ").join(SQL("{} IS NULL").format(column) for column in columns)
    ((nulls,),) = connection.execute(SQL("SELECT EXISTS (SELECT FROM {} WHERE {})").format(table, lacking)).fetchall()
    # a primary key takes no NULL, which the key of a mart may have
    statement = (
        SQL("CREATE UNIQUE INDEX ON {} ({}) NULLS NOT DISTINCT")
        if nulls
        else SQL("ALTER TABLE {} ADD PRIMARY KEY ({})")
    )
    try:
        connection.execute(statement.format(table, SQL(", ").join(columns)))
    except psycopg.errors.UniqueViolation as error:
        raise NotServed(
            f"{schema}.{name}: its key does not tell its rows apart: {error.diag.message_detail}"
        ) from error


def _say(connection: psycopg.Connection, schema: str, name: str, comment: str, columns: Iterable[MartColumn]) -> None:
    about = SQL("COMMENT ON TABLE {} IS {}").format(Identifier(schema, name), Literal(comment))
    connection.execute(SQL("; ").join([about, *column_comments("TABLE", schema, name, columns)]))
