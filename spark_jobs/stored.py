"""Which rows of silver a batch may change: only they are read, so that a batch costs what it brings."""

from __future__ import annotations

import duckdb
from deltalake import DeltaTable

from lakehouse.lake import sql
from lakehouse.spec.source import Source
from spark_jobs import ranking

# more queries than this cost more than one that reads all that lies between
MOST_SPANS = 20


def in_scope(source: Source) -> str:
    """Condition on stored rows `t`: a delivery or a valid row has their values of `replaces`, or they are all."""
    if not source.load.replaces:
        return "true"
    same = " AND ".join(f'v."{name}" IS NOT DISTINCT FROM t."{name}"' for name in source.load.replaces)
    return f"EXISTS (SELECT 1 FROM {'delivery' if source.scope_columns else 'valid'} AS v WHERE {same})"


def read(connection: duckdb.DuckDBPyConnection, source: Source, table: DeltaTable) -> None:
    """Makes `stored`, the rows of silver that the batch may change.

    Of a snapshot that its address tells these are those that it replaces, of an upsert those within the bounds of its
    time keys, and of events the keys of those that lie near them in time.
    """
    columns = ranking.listed(source.stored_columns)
    if not table.file_uris():
        rows = f"SELECT {columns} FROM valid WHERE false"
    elif source.load.kind == "snapshot":
        # a key that lacks what is replaced may stand in a part that is not
        told = source.scope_columns and {*source.scope_columns} <= {*(source.key or source.scope_columns)}
        where = in_scope(source) if told else "true"
        rows = f"SELECT {columns} FROM {sql.scan(table.table_uri, table.version())} AS t WHERE {where}"
    elif source.load.kind == "append":
        scan = f"SELECT {ranking.listed(source.key)} FROM {sql.scan(table.table_uri, table.version())}"
        rows = " UNION ALL ".join(f"{scan} WHERE {span}" for span in _near(connection, source.key[0]))
    else:
        limits = " AND ".join(_limits(connection, source, "valid", "TIMESTAMPTZ")) or "true"
        rows = f"SELECT {columns} FROM {sql.scan(table.table_uri, table.version())} WHERE {limits}"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE stored AS {rows}")


def pruning(connection: duckdb.DuckDBPyConnection, source: Source) -> list[str]:
    """Bounds of time keys for a MERGE: only rows that are there already have to be found."""
    limits = _limits(connection, source, "change WHERE _change <> 'insert'", "TIMESTAMP")
    return [f"t.{limit}" for limit in limits]


def _limits(connection: duckdb.DuckDBPyConnection, source: Source, rows: str, timestamp: str) -> list[str]:
    """Constant bounds of time keys over some rows; `timestamp` is what the reading engine calls a moment."""
    conditions = []
    for name, type_ in source.key_columns.items():
        if type_ not in ("timestamp", "date"):
            continue
        moment, zone, kind = (" AT TIME ZONE 'UTC'", "+00:00", timestamp) if type_ == "timestamp" else ("", "", "DATE")
        ((least, most, empty),) = connection.execute(
            f'SELECT (min("{name}"){moment})::VARCHAR, (max("{name}"){moment})::VARCHAR, count(*) - count("{name}")'
            f" FROM {rows}"
        ).fetchall()
        if least is not None and not empty:
            conditions.append(f"{name} BETWEEN {kind} '{least}{zone}' AND {kind} '{most}{zone}'")
    return conditions


def _near(connection: duckdb.DuckDBPyConnection, column: str) -> list[str]:
    """Conditions on the time of events that hold for all of the batch, each for a time without a day's gap.

    A burst of old events among those of now must not make all that lies between be read. Each is a query of its own,
    because of alternatives in one query the files that hold none are read as well.
    """
    spans = connection.execute(
        f"""SELECT (min(moment) AT TIME ZONE 'UTC')::VARCHAR, (max(moment) AT TIME ZONE 'UTC')::VARCHAR FROM (
            SELECT moment, sum(begins) OVER (ORDER BY moment) AS part FROM (
                SELECT moment, coalesce(moment - lag(moment) OVER (ORDER BY moment) > INTERVAL 1 DAY, false)::INTEGER
                    AS begins
                FROM (SELECT DISTINCT "{column}" AS moment FROM valid)
            )
        ) GROUP BY part ORDER BY part"""
    ).fetchall()
    if not spans:
        return ["false"]
    if len(spans) > MOST_SPANS:
        spans = [(spans[0][0], spans[-1][1])]
    return [f"{column} BETWEEN TIMESTAMPTZ '{first}+00:00' AND TIMESTAMPTZ '{last}+00:00'" for first, last in spans]
