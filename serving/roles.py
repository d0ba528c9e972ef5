"""Roles and their limits in PostgreSQL, as `roles.yml` declares them. Safe to repeat: it sets what should be."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Annotated

import psycopg
import yaml
from psycopg.sql import SQL, Composable, Identifier, Literal
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from lakehouse.errors import LakehouseError
from serving.config import ADMIN, LOADER, LOADING, ServingSettings

FILE = Path(__file__).with_name("roles.yml")
SCRATCH = "scratch_"
# What PostgreSQL lets every user do: make or fill a large object, which no schema holds, and hold the loader's lock for
# as long as a session lasts.
_TAKEN_AWAY = "^lo_(creat|create|from_bytea|put|import|truncate|truncate64)$|^lowrite$|^pg_(try_)?advisory_"

_Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,40}$")]


class Group(BaseModel):
    """Readers who share their limits."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    users: list[_Name]
    connections: int = Field(ge=1)
    settings: dict[_Name, str]


class Roles(BaseModel):
    """What `roles.yml` says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    readers: dict[_Name, Group]


@cache
def declared(file: Path = FILE) -> Roles:
    """Reads the file.

    Raises:
        LakehouseError: it is wrong; the message says where.
    """
    try:
        return Roles.model_validate(yaml.safe_load(file.read_text("utf-8")))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise LakehouseError(f"{file.name}: {wrong}") from None


def apply(settings: ServingSettings, roles: Roles) -> None:
    """Makes the database, the loader, the groups and their users, and takes away whatever they should not have.

    Raises:
        LakehouseError: a password is missing, or the server does not answer.
    """
    database = Identifier(settings.postgres_database)
    with settings.connect(ADMIN, "postgres") as connection:
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [settings.postgres_database])
        if known.fetchone() is None:
            connection.execute(SQL("CREATE DATABASE {}").format(database))
    with settings.connect(ADMIN) as connection, connection.transaction():
        _login(connection, LOADER, settings.password(LOADING))
        _run(
            connection,
            SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database),
            SQL("REVOKE ALL ON SCHEMA public FROM PUBLIC"),
            SQL("GRANT CONNECT, CREATE ON DATABASE {} TO {}").format(database, Identifier(LOADER)),
        )
        found = connection.execute(
            "SELECT oid::regprocedure::text FROM pg_proc"
            " WHERE proname ~ %s AND pronamespace = 'pg_catalog'::regnamespace",
            [_TAKEN_AWAY],
        )
        for (function,) in found.fetchall():
            # as PostgreSQL itself writes it
            connection.execute(SQL("REVOKE EXECUTE ON FUNCTION {} FROM PUBLIC").format(SQL(function)))
        _run(connection, SQL("GRANT EXECUTE ON FUNCTION pg_advisory_lock(bigint) TO {}").format(Identifier(LOADER)))
        for name, group in roles.readers.items():
            _make_group(connection, database, name, group)
            for user in group.users:
                _make_reader(connection, settings, name, group, user)
        served = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname = 'marts' OR nspname ~ '^r_\\d+$'")
        for (schema,) in served.fetchall():
            grant(connection, schema, roles.readers)


def grant(connection: psycopg.Connection, schema: str, groups: Iterable[str]) -> None:
    """Lets groups read everything in a schema."""
    for group in groups:
        _run(
            connection,
            SQL("GRANT USAGE ON SCHEMA {} TO {}").format(Identifier(schema), Identifier(group)),
            SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}").format(Identifier(schema), Identifier(group)),
        )


def _make_group(connection: psycopg.Connection, database: Identifier, name: str, group: Group) -> None:
    if not _exists(connection, name):
        connection.execute(SQL("CREATE ROLE {} NOLOGIN").format(Identifier(name)))
    connection.execute(SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, Identifier(name)))
    members = connection.execute(
        "SELECT member::regrole::text, rolname FROM pg_auth_members JOIN pg_roles ON pg_roles.oid = member"
        " WHERE roleid = %s::regrole",
        [name],
    )
    for _, member in members.fetchall():
        if member not in group.users:
            _run(
                connection,
                SQL("REVOKE {} FROM {}").format(Identifier(name), Identifier(member)),
                SQL("ALTER ROLE {} NOLOGIN").format(Identifier(member)),
            )


def _make_reader(connection: psycopg.Connection, settings: ServingSettings, name: str, group: Group, user: str) -> None:
    role, scratch = Identifier(user), Identifier(f"{SCRATCH}{user}")
    _login(connection, user, settings.password(user))
    # PostgreSQL takes them from the user that signs in, never from a group
    limits = {**group.settings, "search_path": f"{SCRATCH}{user}, marts"}
    database = Identifier(settings.postgres_database)
    _run(
        connection,
        SQL("GRANT {} TO {}").format(Identifier(name), role),
        SQL("ALTER ROLE {} CONNECTION LIMIT {}").format(role, Literal(group.connections)),
        SQL("ALTER ROLE {} RESET ALL").format(role),
        SQL("ALTER ROLE {} IN DATABASE {} RESET ALL").format(role, database),
        *(
            SQL("ALTER ROLE {} IN DATABASE {} SET {} = {}").format(role, database, Identifier(key), value)
            for key, value in ((key, _setting(key, value)) for key, value in limits.items())
        ),
        # not its own: it could be given to others
        SQL("CREATE SCHEMA IF NOT EXISTS {}").format(scratch),
        SQL("GRANT USAGE, CREATE ON SCHEMA {} TO {}").format(scratch, role),
    )


def _setting(name: str, value: str) -> Composable:
    if name == "search_path":
        return SQL(", ").join(Identifier(schema.strip()) for schema in value.split(","))
    return Literal(value)


def _login(connection: psycopg.Connection, user: str, password: str) -> None:
    if not _exists(connection, user):
        connection.execute(SQL("CREATE ROLE {}").format(Identifier(user)))
    # hashed here, so that no log of statements holds it
    hashed = connection.pgconn.encrypt_password(password.encode(), user.encode(), b"scram-sha-256").decode()
    options = SQL("LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS")
    connection.execute(SQL("ALTER ROLE {} {} PASSWORD {}").format(Identifier(user), options, Literal(hashed)))


def _exists(connection: psycopg.Connection, role: str) -> bool:
    return connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone() is not None


def _run(connection: psycopg.Connection, *statements: Composable) -> None:
    connection.execute(SQL("; ").join(statements))
