"""Serves a release: its schema is written if it is not there, `marts` follows the current one, old ones go."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus

import duckdb
import psycopg
from psycopg.sql import SQL, Identifier, Literal

from lakehouse import open_release
from lakehouse.errors import LakehouseError
from lakehouse.lake import dictionary, release, sql
from lakehouse.lake.release import Manifest, ReleaseAltered
from lakehouse.names import release_schema
from lakehouse.storage import NotFound, ObjectStore
from serving import tables, views
from serving.config import LOADING, NotServed, ServingSettings
from serving.roles import declared

# of this database: whoever loads holds it
_LOCK = 7_305_562_000
_PATIENCE = "60s"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Served:
    """What a call did; `loaded` and `switched` are false where it was so already."""

    release: int
    shown: int
    marts: int
    rows: int
    loaded: bool
    switched: bool
    dropped: Sequence[int]

    def __str__(self) -> str:
        """One sentence."""
        what = f"release {self.release} ({self.marts} marts, {self.rows:,} rows)"
        done = f"{what} {'was loaded' if self.loaded else 'is there already'}"
        done += f"; marts {'now shows' if self.switched else 'shows'} release {self.shown}"
        return done + (f"; dropped: {', '.join(map(release_schema, self.dropped))}" if self.dropped else "")


def load(settings: ServingSettings, number: int | None = None) -> Served:
    """Serves a release; what is done already is not done again, so an interrupted call is simply repeated.

    Args:
        settings: addresses and keys.
        number: of a release that is to be readable in its own schema; the current one if not given. `marts` shows the
            current one in either case.

    Raises:
        LakehouseError: a service does not answer, or a reader held up the switch.
        NotServed: a release cannot be loaded as it was released.
    """
    lake, wanted = _open(settings, number)
    with closing(lake), settings.connect(LOADING) as connection:
        connection.add_notice_handler(lambda notice: _log.info("PostgreSQL: %s", notice.message_primary))
        _wait_for_others(connection)
        groups = [*declared().readers]
        shown = wanted.release if number is None else release.current(sql.Objects(lake))
        loaded = _ensure(connection, settings, lake, wanted, groups)
        followed = wanted
        if shown != wanted.release:
            other, followed = _open(settings, shown)
            with closing(other):
                _ensure(connection, settings, other, followed, groups)
        switched = views.current(connection) != shown
        if switched:
            views.switch(connection, followed, groups)
        dropped = views.retire(connection, settings.served_releases, {shown, wanted.release})
    rows = sum(mart.rows for mart in wanted.marts.values())
    return Served(wanted.release, shown, len(wanted.marts), rows, loaded, switched, dropped)


def _open(settings: ServingSettings, number: int | None) -> tuple[duckdb.DuckDBPyConnection, Manifest]:
    try:
        opened = open_release(number, settings=settings)
    except duckdb.HTTPException as error:
        if error.status_code != HTTPStatus.NOT_FOUND:
            raise
        said = str(error).splitlines()[0]
        raise NotServed(f"the release cannot be read any more: {said}") from error
    return opened.connection, opened.manifest


def _ensure(
    connection: psycopg.Connection,
    settings: ServingSettings,
    lake: duckdb.DuckDBPyConnection,
    found: Manifest,
    groups: Sequence[str],
) -> bool:
    there = tables.served(connection)
    if found.release not in there:
        tables.write(connection, lake, found, _releases(connection, settings, found), groups)
        return True
    if there[found.release] != tables.identity(found):
        raise NotServed(
            f"the schema {release_schema(found.release)} holds another release of this number, of another lake"
            f" ({there[found.release]}): drop all schemas r_… and marts of that lake first"
        )
    return False


def _releases(connection: psycopg.Connection, settings: ServingSettings, found: Manifest) -> list[dictionary.Row]:
    """Rows on all releases up to one; what the schema of an earlier one says is not asked for again."""
    earlier = [number for number in tables.served(connection) if number < found.release]
    known: list[dictionary.Row] = []
    if earlier:
        columns = SQL(", ").join(Identifier(column.name) for column in dictionary.RELEASES)
        table = Identifier(release_schema(earlier[-1]), "releases")
        known = connection.execute(SQL("SELECT {} FROM {} ORDER BY release").format(columns, table)).fetchall()
    store = ObjectStore.for_role(settings, "analyst")
    wanted = [n for n in release.releases(store) if (earlier or [0])[-1] <= n <= found.release]
    chain = []
    for number in wanted:
        try:
            chain.append(release.manifest(store, number))
        except (NotFound, ReleaseAltered) as error:
            _log.warning("release %d is not listed: %s", number, error)
    before = chain.pop(0) if earlier and chain and chain[0].release == earlier[-1] else None
    return [*known, *dictionary.releases(chain, before)]


def _wait_for_others(connection: psycopg.Connection) -> None:
    try:
        connection.execute(SQL("SET lock_timeout = {}").format(Literal(_PATIENCE)))
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        connection.execute("SET lock_timeout = 0")
    except psycopg.errors.LockNotAvailable:
        raise LakehouseError("another load is under way; try again when it is done") from None
