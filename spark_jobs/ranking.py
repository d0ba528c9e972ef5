"""Puts every typed row of a batch into exactly one class, in DuckDB.

Only keys that come more than once in the batch are compared with each other; every other row is its key's only one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import duckdb
import pyarrow as pa

from lakehouse import names
from lakehouse.ingest.landing import Receipt
from lakehouse.spec.normal_form import folded
from lakehouse.spec.source import Source

CLASSES = ("valid", "filtered", "quarantined", "duplicate", "superseded")


def rank(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    rows: pa.Table | str,
    receipts: Sequence[Receipt],
    referred: Mapping[str, pa.Table] = MappingProxyType({}),
) -> None:
    """Makes the table `batch`, the typed rows with their `_class`, and the table `delivery`, the batch's deliveries.

    Args:
        connection: gets the tables; those of an earlier batch are replaced.
        source: feed.
        rows: what `batch.type_rows` gives, or a SQL expression that reads it.
        receipts: deliveries in the order in which they apply.
        referred: what may stand in a column that refers to another table: `_sequence` and `value`, by column.
    """
    # what the same rows of a snapshot are told apart by: they are rows of their own, not duplicates
    read = "typed" if isinstance(rows, pa.Table) else rows
    if isinstance(rows, pa.Table):
        connection.register("typed", rows)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE arrived AS SELECT * FROM {read}")
    if isinstance(rows, pa.Table):
        connection.unregister("typed")
    _deliveries(connection, source, receipts)
    for column, values in referred.items():
        _refuse_dangling(connection, source, column, values)
    if not source.key:
        _count_occurrences(connection)
    if source.load.kind == "append":
        _copies(connection, source)
    else:
        _repeated(connection, source, several=len(receipts) > 1)
    older, latest = "false", ""
    if len(receipts) > 1 and source.load.kind == "upsert":
        older = "a._sequence < r._won"
    elif len(receipts) > 1 and source.load.kind == "snapshot":
        scope = listed(source.load.replaces)
        told = "delivery" if source.scope_columns else "arrived WHERE _kept"
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE latest AS SELECT {scope + ", " if scope else ""}max(_sequence) AS _latest
            FROM {told} {"GROUP BY " + scope if scope else ""}"""
        )
        older, latest = "a._sequence < l._latest", f"LEFT JOIN latest AS l ON {_same('a', 'l', source.load.replaces)}"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE batch AS
        SELECT a.* EXCLUDE (_reasons),
            CASE WHEN r._contradicts THEN [{_twice(source)}] ELSE a._reasons END AS _reasons,
            CASE WHEN len(a._reasons) > 0 THEN 'quarantined'
                WHEN NOT a._kept THEN 'filtered'
                WHEN r._contradicts THEN 'quarantined'
                WHEN {older} AND r._content = r._winner AND a._sequence < r._won THEN 'duplicate'
                WHEN {older} THEN 'superseded'
                WHEN r._first > 1 THEN 'duplicate'
                ELSE 'valid' END AS _class
        FROM arrived AS a LEFT JOIN repeated AS r ON a.rowid = r._row {latest}"""
    )
    connection.execute("DROP TABLE arrived")


def counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows of each class."""
    found = dict(connection.execute("SELECT _class, count(*) FROM batch GROUP BY _class").fetchall())
    return {name: found.get(name, 0) for name in CLASSES}


def rows(source: Source, condition: str = "true", more: Sequence[str] = ()) -> str:
    """SQL for rows `b` of the batch that fulfil a condition: silver's columns, and more of the batch's own."""
    technical = {
        "_delivery_id": "d._delivery_id",
        "_source_object": "d._source_object",
        "_record_number": "b._record_number",
        "_ingested_at": "d._ingested_at",
    }
    columns = ", ".join(technical.get(name, f'b."{name}"') for name in (*source.stored_columns, *more))
    return f"SELECT {columns} FROM batch AS b JOIN delivery AS d USING (_sequence) WHERE {condition}"


def refused(connection: duckdb.DuckDBPyConnection, source: Source, bronze: str, run_id: str) -> pa.Table:
    """Quarantined rows with their reasons and the text of their record as JSON.

    Args:
        connection: holds the batch.
        source: feed.
        bronze: SQL expression that reads the bronze rows of its deliveries.
        run_id: the run that refuses them.
    """
    fields = ", ".join(f"'{c.name}', o.\"{c.name}\"" for c in source.bronze)
    # a merge patch leaves out what is NULL
    raw = f"json_merge_patch('{{}}', json_object({fields}, '_extra', o._extra))::VARCHAR"
    return connection.execute(
        f"""SELECT d._delivery_id, d._source_object, b._record_number, d._ingested_at, ? AS run_id,
            b._reasons AS reasons, coalesce(o._raw, {raw}) AS raw
        FROM batch AS b JOIN delivery AS d USING (_sequence)
        JOIN {bronze} AS o ON o._delivery_id = d._delivery_id AND o._record_number = b._record_number
        WHERE b._class = 'quarantined'""",
        [run_id],
    ).to_arrow_table()


def missing_values(
    connection: duckdb.DuckDBPyConnection, source: Source, deliveries: Sequence[str]
) -> dict[str, list[str]]:
    """What `expects` names and a delivery lacks, by delivery; deliveries that hold everything are left out.

    A row that a later delivery of the batch repeats or replaces was delivered all the same; one that is in quarantine
    or out of scope was not.
    """
    if source.expects is None:
        return {}
    found = _held(connection, source.expects.column)
    lacking = {name: [v for v in source.expects.values if v not in found.get(name, ())] for name in deliveries}
    return {name: values for name, values in lacking.items() if values}


def strange_values(
    connection: duckdb.DuckDBPyConnection, source: Source, deliveries: Sequence[str]
) -> dict[str, list[str]]:
    """What a delivery holds that `expects` rules out with `only`, by delivery; counted like `missing_values`."""
    if source.expects is None or not source.expects.only:
        return {}
    found, expected = _held(connection, source.expects.column), set(source.expects.values)
    strange = {name: sorted(str(value) for value in found.get(name, set()) - expected) for name in deliveries}
    return {name: values for name, values in strange.items() if values}


def alike_values(
    connection: duckdb.DuckDBPyConnection, source: Source, deliveries: Sequence[str]
) -> dict[str, list[str]]:
    """Values that `scope` leaves out although they differ only by form from one that it names, by delivery.

    Each is told with the declared spelling, both with escapes for what is not ASCII: else they may look the same.
    """
    if source.scope is None or source.scope.values is None:
        return {}
    declared = {folded(value): value for value in source.scope.values}
    held = connection.execute(
        f"""SELECT d._delivery_id, list_sort(list(DISTINCT b."{source.scope.column}"::VARCHAR))
        FROM batch AS b JOIN delivery AS d USING (_sequence)
        WHERE b._class = 'filtered' AND b."{source.scope.column}" IS NOT NULL GROUP BY ALL"""
    ).fetchall()
    alike = {
        name: [f"{value!a} for {declared[folded(value)]!a}" for value in values if folded(value) in declared]
        for name, values in held
        if name in deliveries
    }
    return {name: values for name, values in alike.items() if values}


def _held(connection: duckdb.DuckDBPyConnection, column: str) -> dict[str, set[str | None]]:
    held = connection.execute(
        f"""SELECT d._delivery_id, list(DISTINCT b."{column}"::VARCHAR)
        FROM batch AS b JOIN delivery AS d USING (_sequence)
        WHERE b._class IN ('valid', 'duplicate', 'superseded') GROUP BY ALL"""
    ).fetchall()
    return {delivery: set(values) for delivery, values in held}


def listed(columns: Iterable[str]) -> str:
    """Names of columns as SQL."""
    return ", ".join(f'"{name}"' for name in columns)


def _deliveries(connection: duckdb.DuckDBPyConnection, source: Source, receipts: Iterable[Receipt]) -> None:
    """Makes `delivery`, with what each one replaces where its address says so."""
    scope = source.scope_columns
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE delivery (_sequence INTEGER, _delivery_id VARCHAR, _source_object VARCHAR,
        _ingested_at TIMESTAMPTZ {"".join(f', "{name}" VARCHAR' for name in scope)})"""
    )
    listed = [
        (n, r.delivery, f"s3://{names.RAW}/{r.object_key}", r.fetched_at, *told(source, r).values())
        for n, r in enumerate(receipts, 1)
    ]
    connection.executemany(f"INSERT INTO delivery VALUES (?, ?, ?, ?{', ?' * len(scope)})", listed)


def told(source: Source, receipt: Receipt) -> dict[str, str]:
    """What the address of a delivery says that it replaces, by `scope_columns`."""
    said = source.fetch.path_values(receipt.address) if source.scope_columns else {}
    return {name: said[name] for name in source.scope_columns}


def _refuse_dangling(connection: duckdb.DuckDBPyConnection, source: Source, column: str, values: pa.Table) -> None:
    """Refuses rows that refer to something which the same delivery does not bring, or brings in a refused row."""
    connection.register("referred", values)
    said = next(c.refers_to for c in source.columns if c.name == column)
    reason = f"""'{column}: ''' || "{column}"::VARCHAR || ''' does not stand in {said}'"""
    connection.execute(
        f"""UPDATE arrived SET _kept = false, _reasons = list_append(_reasons, {reason})
        WHERE _kept AND "{column}" IS NOT NULL
            AND (_sequence, "{column}"::VARCHAR) NOT IN (SELECT (_sequence, value) FROM referred)"""
    )
    connection.unregister("referred")


def referable(connection: duckdb.DuckDBPyConnection, column: str) -> pa.Table:
    """What rows of other tables may refer to in a column of this batch: `_sequence` and `value`."""
    return connection.execute(
        f"""SELECT DISTINCT _sequence, "{column}"::VARCHAR AS value FROM batch
        WHERE _class IN ('valid', 'duplicate', 'superseded') AND "{column}" IS NOT NULL"""
    ).to_arrow_table()


def _count_occurrences(connection: duckdb.DuckDBPyConnection) -> None:
    """Numbers the rows of a delivery that have the same content."""
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE numbered AS
        SELECT a.*, CASE WHEN a._kept THEN coalesce(o._occurrence, 1) END::INTEGER AS _occurrence
        FROM arrived AS a LEFT JOIN (
            SELECT rowid AS _row, row_number() OVER (PARTITION BY _sequence, _content_hash ORDER BY _record_number)
                AS _occurrence
            FROM arrived
            WHERE _kept AND (_sequence, _content_hash) IN (
                SELECT (_sequence, _content_hash) FROM arrived WHERE _kept GROUP BY ALL HAVING count(*) > 1
            )
        ) AS o ON a.rowid = o._row"""
    )
    connection.execute("DROP TABLE arrived; ALTER TABLE numbered RENAME TO arrived")


def _repeated(connection: duckdb.DuckDBPyConnection, source: Source, *, several: bool) -> None:
    """The rows of keys that come more than once, by their position in `arrived`.

    `_first` numbers the rows of one key in one delivery, `_contradicts` says that they differ in content; with several
    deliveries `_won` is the sequence that brought the content `_winner` that the key ends with. Rows that contradict
    each other win nothing: what an earlier delivery said of their key stands.
    """
    key = list(source.key_columns)
    # NULL has a hash of its own, so a value that moves to an empty neighbour changes the content
    content = f"hash({listed(source.silver_columns)})"
    won = """max(_sequence) FILTER (NOT _contradicts) OVER k AS _won,
        arg_max(_content, _sequence) FILTER (NOT _contradicts) OVER k AS _winner"""
    nothing = "NULL::INTEGER AS _won, NULL::UBIGINT AS _winner"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE repeated AS
        WITH twice AS (
            SELECT a.rowid AS _row, {", ".join(f'a."{name}"' for name in key)}, a._sequence, a._record_number,
                {content} AS _content
            FROM arrived AS a
            SEMI JOIN (SELECT {listed(key)} FROM arrived WHERE _kept GROUP BY ALL HAVING count(*) > 1) AS k
                ON {_same("a", "k", key)}
            WHERE a._kept
        ), within AS (
            SELECT *, row_number() OVER (PARTITION BY {listed(key)}, _sequence ORDER BY _record_number) AS _first,
                min(_content) OVER d <> max(_content) OVER d AS _contradicts
            FROM twice WINDOW d AS (PARTITION BY {listed(key)}, _sequence)
        )
        SELECT _row, _content, _first, _contradicts, {won if several else nothing}
        FROM within {f"WINDOW k AS (PARTITION BY {listed(key)})" if several else ""}"""
    )


def _copies(connection: duckdb.DuckDBPyConnection, source: Source) -> None:
    """`repeated` for events: copies are numbered in the order in which they were landed, and contradict nothing."""
    key = listed(source.key)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE repeated AS
        SELECT rowid AS _row, row_number() OVER (PARTITION BY {key} ORDER BY _sequence, _record_number) AS _first,
            false AS _contradicts, NULL::UBIGINT AS _content, NULL::INTEGER AS _won, NULL::UBIGINT AS _winner
        FROM arrived WHERE _kept
        QUALIFY count(*) OVER (PARTITION BY {key}) > 1"""
    )


def _twice(source: Source) -> str:
    types = source.key_columns
    key = ", ".join(
        f"""(a."{name}" AT TIME ZONE 'UTC')::VARCHAR""" if types[name] == "timestamp" else f'a."{name}"::VARCHAR'
        for name in types
    )
    return f"'the key (' || concat_ws(', ', {key}) || ') comes twice in this delivery with different content'"


def _same(one: str, other: str, columns: Iterable[str]) -> str:
    return " AND ".join(f'{one}."{name}" IS NOT DISTINCT FROM {other}."{name}"' for name in columns) or "true"
