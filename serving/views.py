"""The schema `marts`, whose views follow the current release, and how older ones go."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from time import monotonic, sleep

import psycopg
from psycopg.sql import SQL, Composable, Identifier, Literal

from lakehouse.errors import LakehouseError
from lakehouse.lake import beside, dictionary
from lakehouse.lake.release import Manifest, MartColumn
from lakehouse.names import release_schema
from serving.roles import grant
from serving.tables import column_comments, served, table_comment

SCHEMA, RELEASES = "marts", "releases"
# Shorter than a second, after which PostgreSQL looks for deadlocks: of this and a reader, this gives way.
_LOCK_WAIT = "500ms"
_PAUSE_S = 1.0
# longer than the transaction of a reader may take
_PATIENCE_S = 1200.0
_FUNCTION = """
CREATE OR REPLACE FUNCTION marts.release_number() RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE
AS 'SELECT release FROM marts.releases WHERE is_current'
"""
_log = logging.getLogger(__name__)


def current(connection: psycopg.Connection) -> int | None:
    """The release that `marts` shows; None before the first one."""
    ((there,),) = connection.execute("SELECT to_regclass('marts.releases') IS NOT NULL").fetchall()
    if not there:
        return None
    ((release,),) = connection.execute("SELECT release FROM marts.releases WHERE is_current").fetchall()
    return int(release)


def switch(connection: psycopg.Connection, found: Manifest, groups: Sequence[str]) -> None:
    """Makes `marts` show a release that has its schema, in one transaction.

    It takes every view for itself, so it waits for transactions that have read one, and none of them ever reads two
    releases. It never waits long while it holds views that others want to read: it gives up and tries again.

    Args:
        connection: of the loader.
        found: the release.
        groups: who may read it.

    Raises:
        LakehouseError: a reader kept its transaction open for longer than any may.
    """
    deadline = monotonic() + _PATIENCE_S
    while True:
        try:
            with connection.transaction():
                _switch(connection, found, groups)
            return
        except psycopg.errors.LockNotAvailable as error:
            if monotonic() > deadline:
                raise LakehouseError(
                    f"`marts` cannot show release {found.release}: a reader has kept a transaction open for"
                    f" {_PATIENCE_S / 60:.0f} minutes; it is in pg_stat_activity"
                ) from error
        sleep(_PAUSE_S)


def retire(connection: psycopg.Connection, keep: int, wanted: Collection[int]) -> list[int]:
    """Drops the schemas of older releases.

    Args:
        connection: of the loader.
        keep: how many stay: those that are wanted, then the newest.
        wanted: stay in any case.

    Returns:
        the releases whose schema is gone; one that is just being read stays until the next time.
    """
    others = [release for release in served(connection) if release not in wanted]
    gone = []
    for release in others[: max(0, len(others) - max(0, keep - len(wanted)))]:
        try:
            with connection.transaction():
                connection.execute(SQL("SET LOCAL lock_timeout = {}").format(Literal(_LOCK_WAIT)))
                connection.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(release_schema(release))))
            gone.append(release)
        except psycopg.errors.LockNotAvailable:
            _log.warning("release %d is being read and stays for now", release)
    return gone


def _switch(connection: psycopg.Connection, found: Manifest, groups: Iterable[str]) -> None:
    connection.execute(SQL("SET LOCAL lock_timeout = {}").format(Literal(_LOCK_WAIT)))
    connection.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(SCHEMA)))
    wanted = {name: (mart.columns, table_comment(mart)) for name, mart in found.marts.items()}
    source = release_schema(found.release)
    # a release that was loaded before one of these tables was thought of lacks it
    has = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [source]).fetchall()
    wanted |= {name: ([*columns], said) for name, (columns, said) in beside.TABLES.items() if (name,) in has}
    del wanted[RELEASES]
    there = connection.execute("SELECT viewname FROM pg_views WHERE schemaname = %s ORDER BY 1", [SCHEMA])
    for (name,) in there.fetchall():
        if name not in {*wanted, RELEASES}:
            connection.execute(SQL("DROP VIEW {} CASCADE").format(Identifier(SCHEMA, name)))
    for name, (columns, comment) in sorted(wanted.items()):
        names = SQL(", ").join(Identifier(column.name) for column in columns)
        _replace(connection, name, SQL("SELECT {} FROM {}").format(names, Identifier(source, name)))
        _say(connection, name, comment, columns)
    names = SQL(", ").join(Identifier(column.name) for column in dictionary.RELEASES)
    shown = SQL("SELECT {}, release = {} AS is_current FROM {}").format(
        names, Literal(found.release), Identifier(source, RELEASES)
    )
    _replace(connection, RELEASES, shown)
    _say(
        connection,
        RELEASES,
        "The releases up to the one that is shown here.",
        [*dictionary.RELEASES, dictionary.IS_CURRENT],
    )
    connection.execute(_FUNCTION)
    grant(connection, SCHEMA, groups)


def _replace(connection: psycopg.Connection, name: str, query: Composable) -> None:
    """Keeps the view, and so what readers built on it, unless a column is gone or of another type."""
    view = Identifier(SCHEMA, name)
    try:
        with connection.transaction():
            connection.execute(SQL("CREATE OR REPLACE VIEW {} AS {}").format(view, query))
    except psycopg.errors.InvalidTableDefinition:
        _log.warning("marts.%s has other columns than before: views that readers made on it go", name)
        connection.execute(SQL("DROP VIEW {} CASCADE").format(view))
        connection.execute(SQL("CREATE VIEW {} AS {}").format(view, query))


def _say(connection: psycopg.Connection, name: str, comment: str, columns: Iterable[MartColumn]) -> None:
    about = SQL("COMMENT ON VIEW {} IS {}").format(Identifier(SCHEMA, name), Literal(comment))
    connection.execute(SQL("; ").join([about, *column_comments("VIEW", SCHEMA, name, columns)]))
