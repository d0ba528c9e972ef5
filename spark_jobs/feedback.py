"""What became of each delivery of a planned batch, as the one who delivered is told it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

import duckdb

from lakehouse.lake.deliveries import Counts
from lakehouse.spec.column import Column
from lakehouse.spec.source import Source
from lakehouse.workbook.answers import TableAnswer, Total
from spark_jobs import ranking
from spark_jobs.commit import INSERT, REMOVE, UPDATE


def shrunk(connection: duckdb.DuckDBPyConnection, source: Source, deliveries: Collection[str]) -> dict[str, list[str]]:
    """Which of some deliveries have fewer rows than is declared of those that they replace, by delivery.

    A delivery of which the address says what it replaces is judged by that part of the table alone.

    Args:
        connection: of a planned batch.
        source: feed.
        deliveries: ids; those that withdraw are left out.
    """
    if not source.scope_columns:
        return {}
    share, found = source.bounds.min_share_of_current, {}
    for delivery, (now, before) in _rows(connection, source).items():
        if delivery in deliveries and now < before * share:
            found[delivery] = [f"{now} rows for {before}"]
    return found


def counts(connection: duckdb.DuckDBPyConnection, source: Source) -> dict[str, Counts]:
    """What became of the rows of each delivery of a planned batch, by delivery."""
    classes = _counted(
        connection, "SELECT _delivery_id, _class, count(*) FROM batch JOIN delivery USING (_sequence) GROUP BY ALL"
    )
    kinds = _counted(
        connection,
        f"SELECT _delivery_id, _change, count(*) FROM change WHERE _change <> '{REMOVE}' GROUP BY ALL",
    )
    ids = [name for (name,) in connection.execute("SELECT _delivery_id FROM delivery ORDER BY _sequence").fetchall()]
    latest, removed = _latest_ids(connection, source, ids), _removed(connection, source, ids)
    found = {}
    for delivery in ids:
        rows, changed = classes.get(delivery, {}), kinds.get(delivery, {})
        quarantined, filtered = rows.get("quarantined", 0), rows.get("filtered", 0)
        # what repeats a row of a later delivery for the same period was taken all the same
        duplicate = rows.get("duplicate", 0) if delivery in latest else 0
        inserted, updated = changed.get(INSERT, 0), changed.get(UPDATE, 0)
        found[delivery] = Counts(
            read=sum(rows.values()),
            taken=sum(rows.values()) - quarantined - duplicate - filtered,
            quarantined=quarantined,
            duplicate=duplicate,
            filtered=filtered,
            inserted=inserted,
            updated=updated,
            unchanged=rows.get("valid", 0) - inserted - updated,
            removed=removed[delivery],
        )
    return found


def table_answers(
    connection: duckdb.DuckDBPyConnection, source: Source, counted: Mapping[str, Counts]
) -> dict[str, TableAnswer]:
    """What each sender of a planned batch is told of a table, by delivery.

    Args:
        connection: of the batch.
        source: feed, of which addresses say what a delivery replaces.
        counted: what `counts` gives.
    """
    latest = _latest_ids(connection, source, counted)
    return {
        delivery: TableAnswer(
            table=source.id,
            sheet=str(getattr(source.format, "sheet", "")),
            read=rows.read,
            taken=rows.taken + rows.filtered,
            waiting=rows.quarantined,
            duplicate=rows.duplicate,
            inserted=rows.inserted,
            updated=rows.updated,
            removed=rows.removed or 0,
            totals=[_total(connection, source, column, delivery) for column in _summed(source) if delivery in latest],
        )
        for delivery, rows in counted.items()
    }


def _latest_ids(connection: duckdb.DuckDBPyConnection, source: Source, ids: Collection[str]) -> Collection[str]:
    """Those of some deliveries that no other one of the batch replaces as a whole, as far as addresses tell."""
    if not source.scope_columns:
        return ids
    return {name for (name,) in connection.execute(f"SELECT _delivery_id FROM ({_latest(source)})").fetchall()}


def _removed(connection: duckdb.DuckDBPyConnection, source: Source, ids: Sequence[str]) -> dict[str, int | None]:
    """Rows that are gone by each delivery; None where it cannot be told which one of several it was."""
    if source.scope_columns:
        found = _counted(
            connection,
            f"""SELECT l._delivery_id, '{REMOVE}', count(*) FROM change AS c JOIN ({_latest(source)}) AS l
            ON {_same(source, "c", "l")} WHERE c._change = '{REMOVE}' GROUP BY ALL""",
        )
        return {delivery: found.get(delivery, {}).get(REMOVE, 0) for delivery in ids}
    ((gone,),) = connection.execute(f"SELECT count(*) FROM change WHERE _change = '{REMOVE}'").fetchall()
    # of whole snapshots the last one leaves nothing of those before it
    told = not gone or len(ids) == 1 or not source.load.replaces
    return {delivery: (gone if delivery == ids[-1] else 0) if told else None for delivery in ids}


def _summed(source: Source) -> list[Column]:
    """Figures whose sum means something: those with a unit that is no share."""
    figures = ("int", "bigint", "decimal")
    return [c for c in source.columns if c.silver and c.unit and c.unit != "%" and c.type.startswith(figures)]


def _total(connection: duckdb.DuckDBPyConnection, source: Source, column: Column, delivery: str) -> Total:
    summed = f'coalesce(sum("{column.name}"), 0)'
    ((now,),) = connection.execute(f"SELECT {summed} FROM valid WHERE _delivery_id = ?", [delivery]).fetchall()
    ((before,),) = connection.execute(
        f"SELECT {summed} FROM stored AS t JOIN delivery AS d ON {_same(source, 't', 'd')} WHERE d._delivery_id = ?",
        [delivery],
    ).fetchall()
    return Total(label=column.title, unit=column.unit, total=Decimal(now), before=Decimal(before))


def _rows(connection: duckdb.DuckDBPyConnection, source: Source) -> dict[str, tuple[int, int]]:
    """Rows that count now and that counted before, by the last delivery of each part that is replaced."""
    found = connection.execute(
        f"""SELECT _delivery_id,
            (SELECT count(*) FROM valid AS v WHERE v._delivery_id = l._delivery_id),
            (SELECT count(*) FROM stored AS t WHERE {_same(source, "t", "l")})
        FROM ({_latest(source)}) AS l"""
    ).fetchall()
    return {delivery: (now, before) for delivery, now, before in found}


def _latest(source: Source) -> str:
    scope = ranking.listed(source.scope_columns)
    return f"SELECT {scope}, arg_max(_delivery_id, _sequence) AS _delivery_id FROM delivery GROUP BY {scope}"


def _same(source: Source, one: str, other: str) -> str:
    return " AND ".join(f'{one}."{name}" = {other}."{name}"' for name in source.scope_columns)


def _counted(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for delivery, kind, count in connection.execute(query).fetchall():
        found.setdefault(delivery, {})[kind] = count
    return found
