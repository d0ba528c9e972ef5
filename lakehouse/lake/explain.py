"""From a row of silver back to the bytes: receipt, text as delivered, declared rules, the run that wrote it."""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml

from lakehouse import names
from lakehouse.errors import LakehouseError
from lakehouse.ingest import landing
from lakehouse.ingest.landing import Receipt
from lakehouse.lake import ledger, sql
from lakehouse.spec.discovery import feed_ids, load_source, source_path
from lakehouse.spec.source import Source
from lakehouse.storage import ObjectStore

MAX_ROWS = 10
SILVER = "silver."


@dataclass(frozen=True)
class FeedRun:
    """A line of the ledger: a run that loaded, or loaded again, the delivery of a row; counts are rows of the run."""

    run_id: str
    status: str
    recorded_at: dt.datetime
    silver_version: int | None
    inserted: int
    updated: int
    reason: str | None


@dataclass(frozen=True)
class Explanation:
    """Where one row of silver comes from.

    `record` is the bronze text of its record by column, None if bronze no longer has it; `rules` is what is declared of
    each business column; `transform` the functions of the feed's `transform.py`; `runs` all that loaded the delivery,
    oldest first: the row was written by one of those that inserted or updated rows.
    """

    feed: str
    row: dict[str, Any]
    receipt: Receipt | None
    record: dict[str, str | None] | None
    rules: dict[str, list[str]]
    transform: list[str]
    runs: list[FeedRun]


def feed_of(table: str, sources_dir: Path) -> Source:
    """The feed behind a silver table; raises LakehouseError if there is no such feed, SpecError if it is invalid."""
    feed, feeds = table.removeprefix(SILVER), feed_ids(sources_dir)
    if not table.startswith(SILVER) or feed not in feeds:
        raise LakehouseError(f"{table} is not a silver table; there are {', '.join(SILVER + feed for feed in feeds)}")
    return load_source(source_path(sources_dir, feed))


def parse_key(pairs: list[str]) -> dict[str, str]:
    """`["ags=05562024", …]` by column; raises LakehouseError if one is no pair."""
    if not pairs or (wrong := [pair for pair in pairs if not pair.partition("=")[1]]):
        raise LakehouseError(f"a row is named by column=value, not by {', '.join(wrong) if pairs else 'nothing'}")
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs)}


def explain(
    connection: duckdb.DuckDBPyConnection, store: ObjectStore, source: Source, key: Mapping[str, str]
) -> list[Explanation]:
    """Explains the rows that have these values.

    Args:
        connection: reads the lake.
        store: store of a role that reads `raw`.
        source: feed.
        key: text by column of silver; the key of the table, or any other columns that name few rows.

    Raises:
        LakehouseError: no row has these values, or more than ten have; a column or a value does not fit the table.
    """
    rows = _rows(connection, source, key)
    return [
        Explanation(
            feed=source.id,
            row=row,
            receipt=landing.receipt(store, source.delivery, row["_delivery_id"]),
            record=_record(connection, source.id, row),
            rules={name: list(rules(source, name, row)) for name in source.silver_columns},
            transform=_functions(source.folder / "transform.py"),
            runs=_runs(connection, source.id, row["_delivery_id"]),
        )
        for row in rows
    ]


def rules(source: Source, column: str, row: Mapping[str, Any]) -> Iterator[str]:
    """What `source.yml` says of one column of a row, as YAML: how it is made and read, then what else names it."""
    declared = {c.name: c for c in source.columns}
    if column in declared:
        yield _yaml(declared[column].model_dump(by_alias=True, exclude_unset=True, exclude={"name"}))
        if source.plausibility and declared[column].made_by == "plausibility":
            yield f"plausibility {_yaml(source.plausibility.model_dump(mode='json'))}"
    if column in source.constants:
        yield "constant"
    if source.unpivot:
        for measure, attributes in source.unpivot.measures.items():
            if all(row[name] == value for name, value in attributes.items()):
                if column == source.unpivot.value:
                    read = declared[measure].model_dump(by_alias=True, exclude_unset=True)
                    yield f"measure {_yaml(read)}"
                elif column in attributes:
                    yield f"attribute of the measure {measure}"
    if column in source.key:
        yield "part of the key"
    if column in source.load.replaces:
        yield "a delivery replaces what shares its value"
    for word, rule in (("scope", source.scope), ("expects", source.expects)):
        if rule and rule.column == column:
            yield f"{word} {_yaml(rule.model_dump(exclude_none=True, exclude={'column'}))}"


def lines(found: Explanation) -> Iterator[str]:
    """An explanation as text."""
    yield f"{SILVER}{found.feed}"
    width = max(len(name) for name in found.row)
    for name, value in found.row.items():
        if name not in names.TECHNICAL:
            yield f"  {name:{width}}  {value}"
            yield from (f"  {'':{width}}    {rule}" for rule in found.rules.get(name, []))
    if found.transform:
        yield f"  sources/{found.feed}/transform.py: {', '.join(found.transform)}"
    yield f"record {found.row['_record_number']} of {found.row['_source_object']}"
    if found.record is None:
        yield "  bronze does not hold it any more"
    else:
        yield from (f"  {name}: {text}" for name, text in found.record.items() if text is not None)
    yield f"delivery {found.row['_delivery_id']}"
    if (receipt := found.receipt) is None:
        yield "  its receipt is missing"
    else:
        yield f"  from {receipt.address}"
        yield f"  fetched {_time(receipt.fetched_at)}, published {_time(receipt.published_at)}"
        yield f"  {receipt.bytes:,} bytes, sha256 {receipt.sha256}"
    for run in found.runs:
        did = run.reason or f"{run.inserted:,} rows inserted, {run.updated:,} updated, version {run.silver_version}"
        yield f"run {run.run_id}, {run.status} {_time(run.recorded_at)}: {did}"


def _rows(connection: duckdb.DuckDBPyConnection, source: Source, key: Mapping[str, str]) -> list[dict[str, Any]]:
    table = sql.scan(names.uri("silver", source.id))
    types = {name: type_ for name, type_, *_ in connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()}
    if unknown := sorted(set(key) - set(types)):
        raise LakehouseError(f"{SILVER}{source.id} has no column {', '.join(unknown)}; it has {', '.join(types)}")
    for name, text in key.items():
        if connection.execute(f"SELECT TRY_CAST(? AS {types[name]}) IS NULL", [text]).fetchall() == [(True,)]:
            raise LakehouseError(f"{name} is of type {types[name].lower()}, {text!r} is not")
    same = " AND ".join(f'"{name}" = CAST(? AS {types[name]})' for name in key)
    order = ", ".join(f'"{name}"' for name in source.key_columns)
    result = connection.execute(
        f"SELECT * FROM {table} WHERE {same} ORDER BY {order} LIMIT {MAX_ROWS + 1}", list(key.values())
    )
    found = [dict(zip(types, row, strict=True)) for row in result.fetchall()]
    if not found:
        raise LakehouseError(f"{SILVER}{source.id} has no row with {_yaml(dict(key))}")
    if len(found) > MAX_ROWS:
        raise LakehouseError(f"more than {MAX_ROWS} rows fit; the key is {', '.join(source.key_columns)}")
    return found


def _record(connection: duckdb.DuckDBPyConnection, feed: str, row: Mapping[str, Any]) -> dict[str, str | None] | None:
    result = connection.execute(
        f"SELECT * FROM {sql.scan(names.uri('bronze', feed))} WHERE _delivery_id = ? AND _record_number = ?",
        [row["_delivery_id"], row["_record_number"]],
    )
    columns = [column[0] for column in result.description]
    found = result.fetchone()
    if found is None:
        return None
    return {name: text for name, text in zip(columns, found, strict=True) if name not in names.TECHNICAL}


def _runs(connection: duckdb.DuckDBPyConnection, feed: str, delivery: str) -> list[FeedRun]:
    rows = connection.execute(
        f"""SELECT run_id, status, recorded_at, silver_version, inserted, updated, reason FROM {sql.scan(ledger.LEDGER)}
        WHERE feed = ? AND (list_contains(deliveries, ?) OR list_contains(replayed, ?)) ORDER BY recorded_at""",
        [feed, delivery, delivery],
    ).fetchall()
    return [FeedRun(*row) for row in rows]


def _functions(path: Path) -> list[str]:
    """Names of a module's own public functions, without importing it: it needs Spark."""
    if not path.exists():
        return []
    defined = ast.parse(path.read_text("utf-8")).body
    return [node.name for node in defined if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]


def _yaml(value: Any) -> str:
    return yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000).strip()


def _time(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
