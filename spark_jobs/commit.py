"""Silver: merges a batch that passed its gate, and writes what happened into the ledger."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from lakehouse import names
from lakehouse.landing import Receipt
from lakehouse.spec import Source
from spark_jobs.batch import Batch, valid_rows
from spark_jobs.session import committing, version
from spark_jobs.tables import LEDGER, silver_columns

HISTORY = 50


@dataclass(frozen=True)
class Entry:
    """One line of the ledger: a run's batch for one silver table. Counts are rows, `records` parsed records."""

    feed: str
    run_id: str
    status: str
    reason: str | None
    deliveries: list[str]
    replayed: list[str]
    records: int = 0
    parsed: int = 0
    filtered: int = 0
    quarantined: int = 0
    duplicate: int = 0
    superseded: int = 0
    unchanged: int = 0
    inserted: int = 0
    updated: int = 0
    removed: int = 0
    extra_columns: tuple[str, ...] = ()
    silver_version: int | None = None
    published_until: dt.datetime | None = None

    @property
    def conserved(self) -> bool:
        """Invariant 2: every row that came in is in exactly one class."""
        classes = (self.filtered, self.quarantined, self.duplicate, self.superseded)
        return self.parsed == sum(classes) + self.unchanged + self.inserted + self.updated


def merge(
    spark: SparkSession,
    source: Source,
    batch: Batch,
    pending: list[Receipt],
    replayed: list[Receipt],
    extra_columns: list[str],
    run_id: str,
) -> Entry:
    """Merges a gated batch into silver, once however often it is called, and writes the ledger.

    Returns:
        the ledger's entry.

    Raises:
        AssertionError: the counts do not add up; the ledger is not written and the run stops.
    """
    done = _own_commit(spark, source, run_id)
    if done is None:
        with committing(spark, run_id=run_id, deliveries=[r.delivery for r in pending]):
            spark.sql(_statement(spark, source, batch))
        done = _own_commit(spark, source, run_id)
    # Delta writes no commit for a MERGE that changes nothing
    metrics = done["operationMetrics"] if done else {}
    inserted = int(metrics.get("numTargetRowsInserted", 0))
    updated = int(metrics.get("numTargetRowsUpdated", 0))
    entry = Entry(
        feed=source.id,
        run_id=run_id,
        status="committed",
        reason=None,
        deliveries=[r.delivery for r in pending],
        replayed=[r.delivery for r in replayed],
        records=batch.records,
        parsed=batch.parsed,
        filtered=batch.counts["filtered"],
        quarantined=batch.counts["quarantined"],
        duplicate=batch.counts["duplicate"],
        superseded=batch.counts["superseded"],
        unchanged=batch.counts["valid"] - inserted - updated,
        inserted=inserted,
        updated=updated,
        removed=int(metrics.get("numTargetRowsDeleted", 0)),
        extra_columns=tuple(extra_columns),
        silver_version=int(done["version"]) if done else version(spark, f"silver.{source.id}"),
        published_until=max(r.published_at for r in pending),
    )
    adds_up = entry.conserved and entry.unchanged >= 0
    assert adds_up, f"silver.{source.id}: the rows of run {run_id} do not add up: {entry}"
    record(spark, entry)
    return entry


def record(spark: SparkSession, entry: Entry) -> None:
    """Writes an entry into the ledger unless the run already has one for these deliveries."""
    line = {**entry.__dict__, "table_name": f"silver.{entry.feed}", "extra_columns": list(entry.extra_columns)}
    schema = ", ".join(f"{name} {type_}" for name, type_ in LEDGER.items() if name != "recorded_at")
    values = [tuple(line[name] for name in LEDGER if name != "recorded_at")]
    written = spark.table("ops.ledger").where(
        (F.col("run_id") == entry.run_id)
        & (F.col("feed") == entry.feed)
        & (F.col("deliveries") == F.array(*(F.lit(delivery) for delivery in entry.deliveries)))
    )
    if written.isEmpty():
        # an append never conflicts with the other feeds' entries, a MERGE would; the lease keeps this feed's runs apart
        rows = spark.createDataFrame(values, schema).withColumn("recorded_at", F.current_timestamp())
        rows.select(*LEDGER).write.format("delta").mode("append").save(names.spark_uri("ops", "ledger"))


def replaced_rows(spark: SparkSession, source: Source, batch: Batch) -> int:
    """Rows of silver that a snapshot batch replaces; 0 for an upsert, which replaces none as a whole."""
    if source.load.kind != "snapshot":
        return 0
    valid_rows(spark, source, batch.version).createOrReplaceTempView("merge_source")
    condition = _replaced(spark, source).removeprefix("AND ")
    return spark.table(f"silver.{source.id}").alias("t").where(condition or "true").count()


def _own_commit(spark: SparkSession, source: Source, run_id: str) -> Row | None:
    history = spark.sql(f"DESCRIBE HISTORY silver.{source.id} LIMIT {HISTORY}")
    for row in history.where("operation = 'MERGE' AND userMetadata IS NOT NULL").collect():
        if json.loads(row["userMetadata"]).get("run_id") == run_id:
            return row
    return None


def _statement(spark: SparkSession, source: Source, batch: Batch) -> str:
    rows = valid_rows(spark, source, batch.version)
    rows.createOrReplaceTempView("merge_source")
    business = [name for name in source.silver_columns if name not in source.key_columns]
    changed = " OR ".join(f"NOT (t.`{name}` <=> s.`{name}`)" for name in business) or "false"
    same_key = [f"t.`{name}` <=> s.`{name}`" for name in source.key_columns]
    clauses = []
    if business:
        clauses.append(f"WHEN MATCHED AND ({changed}) THEN UPDATE SET *")
    clauses.append("WHEN NOT MATCHED THEN INSERT *")
    if source.load.kind == "snapshot":
        clauses.append(f"WHEN NOT MATCHED BY SOURCE {_replaced(spark, source)} THEN DELETE")
    else:
        same_key += _pruning(spark, source)
    assert set(rows.columns) == set(silver_columns(source))
    on = " AND ".join(same_key)
    return f"MERGE INTO silver.{source.id} AS t USING merge_source AS s ON {on} " + " ".join(clauses)


def _replaced(spark: SparkSession, source: Source) -> str:
    """Limits the deletion to what the batch's deliveries replace."""
    if not source.load.replaces:
        return ""
    scopes = spark.table("merge_source").select(*source.load.replaces).distinct().collect()
    types = source.silver_columns
    same = [
        " AND ".join(f"t.`{name}` <=> {_sql(scope[name], types[name])}" for name in source.load.replaces)
        for scope in scopes
    ]
    return f"AND ({' OR '.join(f'({condition})' for condition in same) or 'false'})"


def _pruning(spark: SparkSession, source: Source) -> list[str]:
    """Constant bounds of time keys, so that Delta opens only the files that can hold them."""
    timed = [name for name, type_ in source.key_columns.items() if type_ in ("timestamp", "date")]
    if not timed:
        return []
    limits = [
        limit(name).cast("string").alias(f"{limit.__name__} {name}") for name in timed for limit in (F.min, F.max)
    ]
    found = spark.table("merge_source").agg(*limits).first()
    assert found is not None
    conditions = []
    for name in timed:
        least, most = (_sql(found[f"{limit} {name}"], source.key_columns[name]) for limit in ("min", "max"))
        if found[f"min {name}"] is not None:
            conditions.append(f"t.`{name}` BETWEEN {least} AND {most}")
    return conditions


def _sql(value: object, type_: str) -> str:
    if value is None:
        return "NULL"
    escaped = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"CAST('{escaped}' AS {type_})"
