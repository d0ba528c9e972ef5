"""The tables beside the marts of a release: `dictionary`, `releases`, `quality`, `changes`; all engines show them."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Collection, Iterable
from http import HTTPStatus
from types import MappingProxyType

import duckdb

from lakehouse import names
from lakehouse.errors import LakehouseError
from lakehouse.lake import compare, dictionary, release, sql
from lakehouse.lake.dictionary import CHANGES, DICTIONARY, QUALITY, RELEASES, Row
from lakehouse.lake.release import Manifest, MartColumn, ReleaseAltered, Seal
from lakehouse.storage import NotFound, Readable

TABLES = MappingProxyType(
    {
        "dictionary": (DICTIONARY, "What each column of each mart means."),
        "releases": (RELEASES, "The releases up to this one."),
        "quality": (QUALITY, "What was checked of each mart of this release, and what came of it."),
        "changes": (CHANGES, "The marts that are not those of the release before, and how many of their rows."),
    }
)
_CHANGED = """SELECT
    count(DISTINCT key) FILTER (change = 'added row'), count(DISTINCT key) FILTER (change = 'removed row'),
    count(DISTINCT key) FILTER (change = 'changed cell'),
    list_sort(list_distinct(flatten(list(causes)))), list_sort(list_distinct(flatten(list(deliveries))))
    FROM ({})"""
# before a point it is a schema
_NAME = re.compile(rf'\b({"|".join(TABLES)})\b(?!"?\s*\.)', re.IGNORECASE)
_log = logging.getLogger(__name__)


def mentioned(query: str) -> set[str]:
    """The tables whose names stand in a text."""
    return {name.lower() for name in _NAME.findall(query)}


def create(connection: duckdb.DuckDBPyConnection, found: Manifest, wanted: Collection[str]) -> None:
    """Makes some of these tables in DuckDB, where they are not there yet; what a mart is named like is that mart.

    Args:
        connection: as `sql.connect` gives it.
        found: the release.
        wanted: names of the tables.
    """
    there = {*found.marts}
    if wanted:
        there |= {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    for name, (columns, comment) in TABLES.items():
        if name not in wanted or name in there:
            continue
        if name == "releases":
            listed = dictionary.releases(chain(sql.Objects(connection), found))
            shown = [(*row, row[0] == found.release) for row in listed]
            _put(connection, name, (*columns, dictionary.IS_CURRENT), shown)
        else:
            _put(connection, name, columns, rows(connection, found, name))
        connection.execute(f"COMMENT ON TABLE {name} IS {sql.text(comment)}")


def rows(connection: duckdb.DuckDBPyConnection, found: Manifest, name: str) -> list[Row]:
    """The rows of `dictionary`, `quality` or `changes`."""
    if name == "dictionary":
        return dictionary.dictionary(found)
    return dictionary.quality(found) if name == "quality" else changes(connection, found)


def chain(store: Readable, found: Manifest) -> list[Manifest]:
    """The manifests up to a release, oldest first, from the one on before which one is gone or was altered."""
    known = [found]
    while (seal := known[-1].previous) is not None:
        try:
            known.append(_sealed(store, seal))
        except (NotFound, ReleaseAltered) as error:
            _log.warning("releases up to %d are not listed: %s", seal.release, error)
            break
    return known[::-1]


def _sealed(store: Readable, seal: Seal) -> Manifest:
    """A manifest by what the next one says of it: one object, where `release.manifest` reads three."""
    body = store.get(names.RELEASES, names.manifest_key(seal.release))
    if release.seal_of(seal.release, body) != seal:
        raise ReleaseAltered(f"the manifest of release {seal.release} is not the one that was released")
    return Manifest.model_validate_json(body)


def changes(connection: duckdb.DuckDBPyConnection, found: Manifest) -> list[Row]:
    """A row per mart that is not that of the release before, in the order of `CHANGES`; none in the first release.

    Which cells they are, `lakehouse compare` says, and `changes.<mart>` of `lakehouse sql --from`.
    """
    if found.previous is None:
        return []
    try:
        before = _sealed(sql.Objects(connection), found.previous)
    except (NotFound, ReleaseAltered) as error:
        _log.warning("release %d cannot be compared: %s", found.release, error)
        return []
    told = []
    for mart in sorted({*before.marts, *found.marts}):
        was, is_ = before.marts.get(mart), found.marts.get(mart)
        counts: Row = (None, None, None, [], [])
        if was is None or is_ is None:
            change = "new mart" if was is None else "mart is gone"
        elif [file.path for file in was.files] != [file.path for file in is_.files]:
            change, counts = "changed", _counted(connection, [before, found], mart) or counts
        else:
            continue
        numbers = was.rows if was else None, is_.rows if is_ else None
        told.append((found.release, before.release, mart, change, *numbers, *counts))
    return told


def _counted(connection: duckdb.DuckDBPyConnection, pair: list[Manifest], mart: str) -> Row | None:
    """How many rows differ, and why; None if they cannot be compared."""
    try:
        row = connection.execute(_CHANGED.format(compare.query(pair, mart))).fetchone()
    except LakehouseError as error:
        _log.info("%s: %s", mart, error)
        return None
    except duckdb.HTTPException as error:
        if error.status_code != HTTPStatus.NOT_FOUND:
            raise
        _log.info("%s: the release before is not kept any more", mart)
        return None
    assert row is not None
    return (*row[:3], row[3] or [], row[4] or [])


def _put(connection: duckdb.DuckDBPyConnection, name: str, columns: Iterable[MartColumn], found: Iterable[Row]) -> None:
    types = {column.name: sql.duckdb_type(column.type) for column in columns}
    declared = ", ".join(f"{sql.quoted(column)} {type_}" for column, type_ in types.items())
    # as one text: values that are given as parameters make DuckDB import pandas, which takes longer than all of this
    body = json.dumps([dict(zip(types, row, strict=True)) for row in found], default=str)
    read = f"from_json({sql.text(body)}, {sql.text(json.dumps([_structure(types)]))})"
    connection.execute(f"CREATE TABLE {name} ({declared}); INSERT INTO {name} SELECT unnest({read}, max_depth := 2)")
    for column in columns:
        said = sql.text(f"{column.label_de}: {column.description}")
        connection.execute(f"COMMENT ON COLUMN {name}.{sql.quoted(column.name)} IS {said}")


def _structure(types: dict[str, str]) -> dict[str, object]:
    return {column: [type_.removesuffix("[]")] if type_.endswith("[]") else type_ for column, type_ in types.items()}
