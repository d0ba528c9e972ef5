"""The tables in which the lakehouse writes down what it did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from lakehouse import names
from lakehouse.lake import delta
from lakehouse.settings import Settings

LEDGER = {
    "feed": "string",
    "parent": "string",
    "table_name": "string",
    "run_id": "string",
    "status": "string",
    "reason": "string",
    "deliveries": "array<string>",
    "replayed": "array<string>",
    "records": "bigint",
    "parsed": "bigint",
    "filtered": "bigint",
    "quarantined": "bigint",
    "duplicate": "bigint",
    "superseded": "bigint",
    "unchanged": "bigint",
    "inserted": "bigint",
    "updated": "bigint",
    "removed": "bigint",
    "extra_columns": "array<string>",
    "silver_version": "bigint",
    "published_until": "timestamp",
    "effects": "string",
    "recorded_at": "timestamp",
}
QUALITY_RESULTS = {
    "run_id": "string",
    "suite": "string",
    "subject": "string",
    "expectation": "string",
    "severity": "string",
    "owner": "string",
    "sentence_de": "string",
    "success": "boolean",
    "observed": "string",
    "checked_at": "timestamp",
}
MODEL_RESULTS = {
    "run_id": "string",
    "node": "string",
    "kind": "string",
    "status": "string",
    "seconds": "double",
    "severity": "string",
    "owner": "string",
    "sentence_de": "string",
    "message": "string",
    "failing_rows": "bigint",
    "finished_at": "timestamp",
}
SOURCE_HEALTH = {
    "feed": "string",
    "partition_value": "string",
    "owner": "string",
    "cadence_days": "double",
    "grace_days": "double",
    "last_published_at": "timestamp",
    "last_observed_at": "timestamp",
    "deadline": "timestamp",
    "is_late": "boolean",
    "lateness_days": "double",
    "last_run_id": "string",
    "last_run_status": "string",
    "last_run_at": "timestamp",
    "last_run_read": "bigint",
    "last_run_quarantined": "bigint",
    "last_fetch_at": "timestamp",
    "last_fetch_outcome": "string",
    "last_failure": "string",
    "failing_since": "timestamp",
    "outages": "int",
    "outage_hours": "double",
    "longest_outage_hours": "double",
    "checked_at": "timestamp",
}
DELIVERIES = {
    "feed": "string",
    "parent": "string",
    "delivery": "string",
    "run_id": "string",
    "sender": "string",
    "period": "string",
    "published_at": "timestamp",
    "fetched_at": "timestamp",
    "outcome": "string",
    "reason": "string",
    "read": "bigint",
    "taken": "bigint",
    "quarantined": "bigint",
    "duplicate": "bigint",
    "filtered": "bigint",
    "inserted": "bigint",
    "updated": "bigint",
    "removed": "bigint",
    "unchanged": "bigint",
    "recorded_at": "timestamp",
}
# a row per run of what a bridge lands: `lag_seconds` is that of the batch that waited longest
BRIDGED = {
    "feed": "string",
    "run_id": "string",
    "deliveries": "string",
    "landed_from": "timestamp",
    "landed_until": "timestamp",
    "batches": "bigint",
    "messages": "bigint",
    "bytes": "bigint",
    "lag_seconds": "double",
    "refused": "bigint",
    "refused_because": "string",
    "reconnects": "bigint",
    "recorded_at": "timestamp",
}
TABLES = {
    "ledger": LEDGER,
    "deliveries": DELIVERIES,
    "quality_results": QUALITY_RESULTS,
    "model_results": MODEL_RESULTS,
    "source_health": SOURCE_HEALTH,
    "bridged": BRIDGED,
}
# what marts read beside silver, by the name under which a build pins it
PINNED = {"ops__deliveries": "deliveries"}
# the moment of writing, where a table has one
_WRITTEN_AT = {"recorded_at", "checked_at", "finished_at"}


def create_all(settings: Settings) -> None:
    """Creates the tables that are missing. Raises LakehouseError if a stored one contradicts its declaration."""
    for name in TABLES:
        create(settings, name)


def create(settings: Settings, table: str) -> None:
    """Creates a table, or adds the columns that it lacks; raises LakehouseError if a stored one contradicts."""
    kept = delta.retention(settings.release_retention_days) if table in PINNED.values() else {}
    delta.create(settings, "ops", table, TABLES[table], kept)


def versions(settings: Settings) -> dict[str, int]:
    """Newest version of each table that marts read; 0, at which a table begins empty, where there is none yet."""
    found = {name: delta.find(settings, "ops", table) for name, table in PINNED.items()}
    return {name: table.version() if table else 0 for name, table in found.items()}


def feeds(pins: Iterable[str]) -> list[str]:
    """Those of some pins that are feeds."""
    return [name for name in pins if name not in PINNED]


def uri(pin: str) -> str:
    """Address of a table that a build pins: one of these, or the silver table of a feed."""
    return names.uri("ops", PINNED[pin]) if pin in PINNED else names.uri("silver", pin)


def append(settings: Settings, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Adds rows in one commit; the moment of writing is filled in where a row does not say it."""
    if filled := _filled(table, rows):
        delta.append(settings, "ops", table, _table(table, filled))


def replace(settings: Settings, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Replaces all rows in one commit; the history is that of the Delta table."""
    delta.overwrite(settings, "ops", table, _table(table, _filled(table, rows)))


def _filled(table: str, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    now = dt.datetime.now(dt.UTC)
    written = {name: now for name in TABLES[table] if name in _WRITTEN_AT}
    return [{**written, **row} for row in rows]


def _table(table: str, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, delta.arrow_schema(TABLES[table]))
