"""Silver: what a batch changes, found out beforehand, then written in one commit of Spark's.

DuckDB compares the batch with silver, so that Spark gets the changed rows only: nothing to write is no statement, rows
that are all new are an append, and only corrections and removals need a MERGE.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
from pyspark.sql import DataFrame, SparkSession

from lakehouse import names
from lakehouse.errors import LakehouseError
from lakehouse.ingest.landing import Receipt
from lakehouse.lake import delta
from lakehouse.lake.ledger import Entry, named
from lakehouse.settings import Settings
from lakehouse.spec.source import Source
from lakehouse.storage import ObjectStore
from spark_jobs import effects, ranking, stored
from spark_jobs.batch import FEW_ROWS, Batch, new_staging
from spark_jobs.session import committing
from spark_jobs.tables import path

HISTORY = 50
INSERT, UPDATE, REMOVE = "insert", "update", "remove"


@dataclass(frozen=True)
class Changes:
    """What a batch does to silver at a version: rows by kind; `replaced` are rows that a snapshot replaces.

    The rows themselves are in the table `change` of the batch's connection, each with its kind in `_change`.
    """

    version: int
    inserted: int
    updated: int
    removed: int
    replaced: int


def plan(settings: Settings, source: Source, batch: Batch, mark: str = "") -> Changes:
    """Compares a batch's valid rows with silver as it is, or as it was before the commit that has this mark already."""
    table = delta.find(settings, "silver", source.id)
    assert table is not None, f"silver.{source.id} was not created"
    # who is told of the changes of a run that was killed behind its commit must not be told that there are none
    if mark and (done := own_commit(settings, source, mark)):
        table.load_as_version(int(done["version"]) - 1)
    version = table.version()
    connection = batch.connection
    is_valid = "b._class = 'valid'"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE valid AS {ranking.rows(source, is_valid)}")
    key, business = list(source.key_columns), [c for c in source.silver_columns if c not in source.key_columns]
    same = " AND ".join(f't."{name}" IS NOT DISTINCT FROM v."{name}"' for name in key)
    if source.load.kind == "append":
        # an event is never changed, whatever a copy of it says
        business = []
    differs = " OR ".join(f't."{name}" IS DISTINCT FROM v."{name}"' for name in business) or "false"
    stored.read(connection, source, table)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE change AS
        SELECT v.*, CASE WHEN t._stored IS NULL THEN '{INSERT}' ELSE '{UPDATE}' END AS _change
        FROM valid AS v LEFT JOIN (SELECT *, true AS _stored FROM stored) AS t ON {same}
        WHERE t._stored IS NULL OR {differs}"""
    )
    replaced = 0
    if source.load.kind == "snapshot":
        scope = stored.in_scope(source)
        replaced = _count(connection, f"SELECT count(*) FROM stored AS t WHERE {scope}")
        connection.execute(
            f"""INSERT INTO change BY NAME SELECT t.*, '{REMOVE}' AS _change FROM stored AS t
            WHERE {scope} AND NOT EXISTS (SELECT 1 FROM valid AS v WHERE {same})"""
        )
    kinds = dict(connection.execute("SELECT _change, count(*) FROM change GROUP BY _change").fetchall())
    return Changes(version, kinds.get(INSERT, 0), kinds.get(UPDATE, 0), kinds.get(REMOVE, 0), replaced)


@dataclass(frozen=True)
class Written:
    """What a commit did: rows by kind, and the version of silver that holds them."""

    counts: dict[str, int]
    version: int


def apply(
    spark: SparkSession,
    settings: Settings,
    store: ObjectStore,
    source: Source,
    batch: Batch,
    changes: Changes,
    *,
    mark: str,
) -> Written:
    """Writes the changes into silver, once however often it is called.

    Args:
        spark: session.
        settings: addresses and keys.
        store: store of the spark role.
        source: feed.
        batch: what came in.
        changes: what it changes.
        mark: what the commit is recognised by; a run that commits a table more than once has one for each commit.

    Raises:
        LakehouseError: another run changed silver since the changes were planned; nothing was written.
    """
    counts = {"inserted": changes.inserted, "updated": changes.updated, "removed": changes.removed}
    done = own_commit(settings, source, mark)
    if done is None and any(counts.values()):
        with _once(spark, source, changes), committing(spark, run_id=mark, counts=counts):
            _write(spark, store, source, batch.connection, changes)
        done = own_commit(settings, source, mark)
        if done is None:
            raise LakehouseError(f"{source.id}: another run changed silver meanwhile; run {mark} wrote nothing")
        _check_metrics(done, changes)
    if done is None:
        return Written(counts, changes.version)
    # a run that was killed behind its commit finds nothing left to change, but it did change this
    return Written(json.loads(done["userMetadata"])["counts"], int(done["version"]))


def entry(
    source: Source,
    batch: Batch,
    written: Written,
    *,
    pending: Sequence[Receipt],
    replayed: Sequence[Receipt],
    extra_columns: Sequence[str],
    run_id: str,
) -> Entry:
    """What the ledger has to say of a commit that loaded `pending` and applied `replayed` again on top.

    Raises:
        AssertionError: the counts do not add up; nothing goes to the ledger and the run stops.
    """
    counts = written.counts
    made = Entry(
        feed=source.id,
        parent=source.delivery,
        run_id=run_id,
        status="committed",
        reason=None,
        deliveries=named(source, [r.delivery for r in pending]),
        replayed=[r.delivery for r in replayed],
        records=batch.records,
        parsed=batch.parsed,
        filtered=batch.counts["filtered"],
        quarantined=batch.counts["quarantined"],
        duplicate=batch.counts["duplicate"],
        superseded=batch.counts["superseded"],
        unchanged=batch.counts["valid"] - counts["inserted"] - counts["updated"],
        **counts,
        extra_columns=tuple(extra_columns),
        silver_version=written.version,
        published_until=max(r.published_at for r in pending),
        effects=effects.as_text(batch.connection, source, pending, replayed),
    )
    adds_up = made.conserved and made.unchanged >= 0
    assert adds_up, f"silver.{source.id}: the rows of run {run_id} do not add up: {made}"
    return made


def own_commit(settings: Settings, source: Source, mark: str) -> dict[str, Any] | None:
    """The commit of silver that has this mark, if there is one."""
    table = delta.find(settings, "silver", source.id)
    for commit in table.history(HISTORY) if table else ():
        said = commit.get("userMetadata")
        if said and json.loads(said).get("run_id") == mark:
            return dict(commit)
    return None


def _write(
    spark: SparkSession, store: ObjectStore, source: Source, connection: duckdb.DuckDBPyConnection, changes: Changes
) -> None:
    """One commit: an append where every change is a new row, else a MERGE of the changed rows."""
    only_new = not changes.updated and not changes.removed
    wanted = list(source.stored_columns) + ([] if only_new else ["_change"])
    # by the time of an event, which its key begins with, so that files hold short spans of time
    order = f"ORDER BY {ranking.listed(source.key)}" if source.load.kind == "append" else ""
    rows = f"SELECT {ranking.listed(wanted)} FROM change {order}"
    if changes.inserted + changes.updated + changes.removed <= FEW_ROWS:
        _commit(spark, source, connection, spark.createDataFrame(connection.execute(rows).to_arrow_table()), only_new)
        return
    staged = f"{new_staging(source)}.parquet"
    connection.execute(f"COPY ({rows}) TO 's3://{names.LAKE}/{staged}' (FORMAT parquet)")
    _commit(spark, source, connection, spark.read.parquet(f"s3a://{names.LAKE}/{staged}"), only_new)
    store.delete(names.LAKE, staged)


def _commit(
    spark: SparkSession, source: Source, connection: duckdb.DuckDBPyConnection, rows: DataFrame, only_new: bool
) -> None:
    if only_new:
        rows.write.format("delta").mode("append").save(names.spark_uri("silver", source.id))
        return
    rows.createOrReplaceTempView("change")
    # the changes lie in the statement or in a file of their own: they stay the same however often they are read
    spark.conf.set("spark.databricks.delta.merge.materializeSource", "none")
    same = [f"t.`{name}` <=> s.`{name}`" for name in source.key_columns] + stored.pruning(connection, source)
    columns = list(source.stored_columns)
    # what is new has no row to be looked for
    spark.sql(
        f"""MERGE INTO {path("silver", source.id)} AS t USING change AS s
        ON s._change <> '{INSERT}' AND {" AND ".join(same)}
        WHEN MATCHED AND s._change = '{REMOVE}' THEN DELETE
        WHEN MATCHED THEN UPDATE SET {", ".join(f"t.`{c}` = s.`{c}`" for c in columns)}
        WHEN NOT MATCHED THEN INSERT ({", ".join(f"`{c}`" for c in columns)})
        VALUES ({", ".join(f"s.`{c}`" for c in columns)})"""
    )


@contextmanager
def _once(spark: SparkSession, source: Source, changes: Changes) -> Iterator[None]:
    """Lets only one commit follow the version that the changes were planned on: Delta skips a second one."""
    marks = {
        "spark.databricks.delta.write.txnAppId": f"silver.{source.id}",
        "spark.databricks.delta.write.txnVersion": str(changes.version + 1),
    }
    for key, value in marks.items():
        spark.conf.set(key, value)
    try:
        yield
    finally:
        for key in marks:
            spark.conf.unset(key)


def _check_metrics(commit: dict[str, Any], changes: Changes) -> None:
    """What Delta counted must be what was planned."""
    metrics = {name: int(value) for name, value in commit["operationMetrics"].items() if str(value).isdigit()}
    if commit["operation"] == "MERGE":
        found = [metrics[f"numTargetRows{kind}"] for kind in ("Inserted", "Updated", "Deleted")]
        assert found == [changes.inserted, changes.updated, changes.removed], (metrics, changes)
    else:
        assert metrics["numOutputRows"] == changes.inserted, (metrics, changes)


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    ((found,),) = connection.execute(query).fetchall()
    return int(found)
