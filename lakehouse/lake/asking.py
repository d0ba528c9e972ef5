"""One release as somebody asks it: a connection that only reads, and says in a sentence what is wrong."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import duckdb

from lakehouse.errors import LakehouseError
from lakehouse.lake import beside, release, sql
from lakehouse.lake.release import Manifest
from lakehouse.settings import AnalystSettings, StoreSettings

# an analyst's day ends here
REGION = ZoneInfo("Europe/Berlin")
# DESCRIBE, SUMMARIZE and SHOW are kinds of SELECT
_READS = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}
_NO_TABLE = re.compile(r'Table with name "?([\w.]+)"? does not exist')
# where the statement is shown again
_SHOWN = re.compile(r"\n+LINE \d+:.*", re.DOTALL)


class QueryError(LakehouseError):
    """A query cannot be answered; the message says why in one sentence."""


@dataclass(frozen=True)
class Release:
    """One release, whatever is released later: every mart is a view of `connection`.

    The tables beside the marts, see `lakehouse.lake.beside`, are made when `sql` is first asked for one.

    Attributes:
        connection: DuckDB's, which reads with the analyst's key.
        manifest: what was released.
    """

    connection: duckdb.DuckDBPyConnection
    manifest: Manifest

    def sql(self, query: str) -> duckdb.DuckDBPyRelation:
        """The answer to a question, which is computed when it is taken: `.df()`, `.pl()`, `.to_arrow_table()`.

        Args:
            query: one statement in DuckDB's SQL that reads.

        Raises:
            QueryError: it is no such statement, or names something that the release does not have.
        """
        with self._in_a_sentence():
            self._check(query)
            beside.create(self.connection, self.manifest, beside.mentioned(query))
            return self.connection.sql(query)

    @contextmanager
    def answering(self, seconds: float | None = None) -> Iterator[None]:
        """Within it errors of DuckDB become a `QueryError`, and what takes longer than some seconds ends."""
        timer = threading.Timer(seconds, self.connection.interrupt) if seconds else None
        if timer:
            timer.daemon = True
            timer.start()
        try:
            with self._in_a_sentence():
                yield
        except duckdb.InterruptException:
            raise QueryError(f"the query was ended because it took longer than {seconds:g} seconds") from None
        finally:
            if timer:
                timer.cancel()

    def _check(self, query: str) -> None:
        statements = self.connection.extract_statements(query)
        if not statements:
            raise QueryError("there is no query")
        last = statements[-1]
        if last.type not in _READS:
            raise QueryError(f"a release is only read: {last.type.name} is not possible")
        # PIVOT is a statement that makes a type for the one behind it
        if len(statements) > 1 and "PIVOT" not in query.upper():
            raise QueryError(f"one query at a time, these are {len(statements)}")

    @contextmanager
    def _in_a_sentence(self) -> Iterator[None]:
        try:
            yield
        except (duckdb.IOException, duckdb.InterruptException):  # say nothing about the query
            raise
        except duckdb.OutOfMemoryException:
            raise QueryError(
                "the query was ended because it needs more memory than it may have, which SMARTVEST_QUERY_MEMORY says"
            ) from None
        except duckdb.Error as error:
            raise QueryError(self._sentence(str(error))) from None

    def _sentence(self, said: str) -> str:
        if found := _NO_TABLE.search(said):
            return release.no_mart(self.manifest, found[1])
        return " ".join(_SHOWN.sub("", said).partition(": ")[2].split())


def open_release(
    number: int | None = None,
    as_of: dt.date | str | None = None,
    settings: StoreSettings | None = None,
    query: str = "",
) -> Release:
    """Opens one release for reading.

    Args:
        number: that of the release; the current one if neither this nor a day is given.
        as_of: a day, as a date or as YYYY-MM-DD: the newest release that was made until its end in the region.
        settings: where releases are; by default the stack of this checkout, else what `lakehouse connect` wrote.
        query: what will be asked, if that is known: only the marts that it names are opened, as each takes a moment.

    Raises:
        LakehouseError: there is no such release, the day is none, or both are given.
    """
    connection = sql.connect(settings or AnalystSettings.load(), "analyst", sql.RELEASED)
    found = chosen(sql.Objects(connection), number, as_of)
    connection.execute(sql.views(named(found, query)))
    return Release(connection, found)


def chosen(objects: sql.Objects, number: int | None = None, as_of: dt.date | str | None = None) -> Manifest:
    """The manifest of the release that is meant. Arguments and errors as of `open_release`."""
    if number is not None and as_of is not None:
        raise LakehouseError("a release is asked for by its number or by a day, not by both")
    pointer = release.pointer(objects)
    if pointer is None:
        raise LakehouseError("nothing has been released yet")
    if as_of is not None:
        return _made_until(objects, pointer.newest.release, _day(as_of))
    wanted = pointer.current.release if number is None else number
    if not 1 <= wanted <= pointer.newest.release:
        raise LakehouseError(f"there is no release {wanted}; the newest is {pointer.newest.release}")
    return release.manifest(objects, wanted)


def named(found: Manifest, query: str) -> Manifest:
    """A release with the marts alone whose names stand in a text; with all if it names nothing that there is."""
    marts = {mart: found.marts[mart] for mart in mentioned(found, query)}
    return found.model_copy(update={"marts": marts if marts or beside.mentioned(query) else found.marts})


def mentioned(found: Manifest, query: str) -> list[str]:
    """The marts of a release whose names stand in a text."""
    words = set(re.findall(r"\w+", query.lower()))
    return [mart for mart in found.marts if mart.lower() in words]


def _made_until(objects: sql.Objects, newest: int, day: dt.date) -> Manifest:
    """The newest of some releases, which are numbered in the order in which they are made."""
    end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), REGION)
    found, low, high = None, 1, newest
    while low <= high:
        middle = (low + high) // 2
        manifest = release.manifest(objects, middle)
        if manifest.created_at < end:
            found, low = manifest, middle + 1
        else:
            high = middle - 1
    if found is None:
        raise LakehouseError(f"nothing had been released on {day}")
    return found


def _day(said: dt.date | str) -> dt.date:
    if isinstance(said, dt.date):
        return said
    try:
        return dt.date.fromisoformat(said)
    except ValueError:
        raise LakehouseError(f"{said} is no day; write it as 2026-03-31") from None
