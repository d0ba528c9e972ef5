"""Airflow's own database in the stack's PostgreSQL."""

from importlib.metadata import version

import psycopg
from psycopg.sql import SQL, Identifier, Literal

from infra.local import postgres_files
from infra.local.config import AIRFLOW_DATABASE, Stack


def ensure(stack: Stack) -> None:
    """Make the database and the role that owns it, into which nobody else but the administrator gets.

    Raises:
        psycopg.Error: the server does not answer, or refuses.
    """
    name = Identifier(AIRFLOW_DATABASE)
    with psycopg.connect(postgres_files.admin_address(stack), autocommit=True) as connection:
        if not _found(connection, "SELECT FROM pg_roles WHERE rolname = %s"):
            connection.execute(SQL("CREATE ROLE {} LOGIN").format(name))
        password = stack.secrets["airflow_db_password"].encode()
        # hashed here, so that no log of statements holds it
        hashed = connection.pgconn.encrypt_password(password, AIRFLOW_DATABASE.encode(), b"scram-sha-256").decode()
        connection.execute(SQL("ALTER ROLE {} PASSWORD {}").format(name, Literal(hashed)))
        if not _found(connection, "SELECT FROM pg_database WHERE datname = %s"):
            connection.execute(SQL("CREATE DATABASE {} OWNER {}").format(name, name))
        connection.execute(SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))


def migrated(stack: Stack) -> bool:
    """Whether this version of Airflow has made or upgraded its tables there."""
    query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
    with psycopg.connect(postgres_files.admin_address(stack)) as connection:
        told = connection.execute(query, [AIRFLOW_DATABASE]).fetchone()
    return told == (version("apache-airflow"),)


def set_migrated(stack: Stack) -> None:
    """Remember it, beside what it is said of."""
    with psycopg.connect(postgres_files.admin_address(stack), autocommit=True) as connection:
        comment = SQL("COMMENT ON DATABASE {} IS {}")
        connection.execute(comment.format(Identifier(AIRFLOW_DATABASE), Literal(version("apache-airflow"))))


def _found(connection: psycopg.Connection, query: str) -> bool:
    return connection.execute(query, [AIRFLOW_DATABASE]).fetchone() is not None
