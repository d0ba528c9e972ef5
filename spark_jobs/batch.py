"""The silver batch: every row of a run's deliveries, typed and put into exactly one class.

| class | meaning |
|---|---|
| valid | goes to the gate and then into silver |
| filtered | outside the declared scope, or declared to be no row of its own |
| quarantined | cannot be read or breaks a row rule; kept with its raw text and reasons |
| duplicate | the same row is in the batch again |
| superseded | a later delivery of the batch has the row's key, or replaces its snapshot, with other content |
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from types import ModuleType

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from lakehouse import names
from lakehouse.landing import Receipt
from lakehouse.spec import Source
from spark_jobs.checksum import content_hash
from spark_jobs.session import committing, version
from spark_jobs.tables import QUARANTINE, TECHNICAL, silver_columns
from spark_jobs.transforms import typed

CLASSES = ("valid", "filtered", "quarantined", "duplicate", "superseded")


@dataclass(frozen=True)
class Batch:
    """A written batch: its Delta version and how many rows are in each class; `records` counts parsed records."""

    version: int
    records: int
    counts: dict[str, int]

    @property
    def parsed(self) -> int:
        """Rows that came in."""
        return sum(self.counts.values())


def build(spark: SparkSession, source: Source, receipts: list[Receipt], run_id: str) -> Batch:
    """Classifies the rows of some deliveries, writes the batch table and the quarantine.

    Args:
        spark: session.
        source: feed.
        receipts: deliveries in the order in which they apply; their bronze partitions must exist.
        run_id: named in the commits.
    """
    bronze = spark.table(f"bronze.{source.id}").where(F.col("_delivery_id").isin([r.delivery for r in receipts]))
    rows = classify(source, bronze, [r.delivery for r in receipts])
    with committing(spark, run_id=run_id):
        (
            rows.write.format("delta")
            .mode("overwrite")
            .option("overwriteSchema", "true")
            .save(names.spark_uri("batch", source.id))
        )
        written = version(spark, _table(source))
        batch = read(spark, source, written)
        counted = {row["_class"]: row["count"] for row in batch.groupBy("_class").count().collect()}
        counts = {name: int(counted.get(name, 0)) for name in CLASSES}
        _write_quarantine(spark, source, batch, bronze, [r.delivery for r in receipts], run_id)
    return Batch(written, bronze.count(), counts)


def read(spark: SparkSession, source: Source, batch_version: int) -> DataFrame:
    """A written batch, whatever was written since."""
    return spark.sql(f"SELECT * FROM {_table(source)} VERSION AS OF {batch_version}")


def valid_rows(spark: SparkSession, source: Source, batch_version: int) -> DataFrame:
    """The rows of a batch that are to enter silver, with silver's columns."""
    return read(spark, source, batch_version).where("_class = 'valid'").select(*silver_columns(source))


def classify(source: Source, bronze: DataFrame, order: list[str]) -> DataFrame:
    """Pure: bronze rows in, silver columns plus `_class` and `_reasons` out.

    Args:
        source: feed.
        bronze: bronze rows of the deliveries.
        order: delivery ids, the later one wins.
    """
    sequence = F.array_position(F.array(*(F.lit(d) for d in order)), F.col("_delivery_id"))
    rows = bronze.withColumn("_sequence", sequence)
    unreadable = rows.where(F.col("_record_error").isNotNull())
    rows = rows.where(F.col("_record_error").isNull())
    typed_rows = _type(source, _shape(source, rows.where(~_dropped(source))))
    others = _untyped(
        source, unreadable, F.array(F.concat(F.lit("the record "), F.col("_record_error"))), dropped=False
    )
    if source.drop:
        nothing = F.array().cast("array<string>")
        others = others.unionByName(_untyped(source, rows.where(_dropped(source)), nothing, dropped=True))
    return _rank(source, typed_rows.unionByName(others), len(order))


def _dropped(source: Source) -> SparkColumn:
    """Whether a record is declared to be no row, such as a line of totals."""
    matches = [
        F.coalesce(F.regexp_like(d.column, F.lit(f"^(?:{d.pattern}){typed.END}")), F.lit(False)) for d in source.drop
    ]
    return reduce(or_, matches, F.lit(False))


def _shape(source: Source, rows: DataFrame) -> DataFrame:
    prepare = getattr(_module(source), "prepare", None)
    if prepare is not None:
        rows = prepare(rows)
    if source.unpivot is None:
        return rows
    measures = [
        F.struct(F.col(name).alias(source.unpivot.value), *(F.lit(v).alias(k) for k, v in attributes.items()))
        for name, attributes in source.unpivot.measures.items()
    ]
    return rows.withColumn("_measure", F.explode(F.array(*measures))).select(
        *(c for c in rows.columns if c not in source.measured), "_measure.*"
    )


def _type(source: Source, rows: DataFrame) -> DataFrame:
    declared = [c for c in source.columns if c.silver and c.made_by != "derive" and c.name not in source.measured]
    attributes = next(iter(source.unpivot.measures.values())) if source.unpivot else {}
    problems = F.filter(F.array(*(typed.problem(c) for c in declared)), lambda reason: reason.isNotNull())
    rows = rows.select(
        *(typed.value(c).alias(c.name) for c in declared),
        *attributes,
        *(F.lit(value).alias(name) for name, value in source.constants.items()),
        *TECHNICAL,
        "_sequence",
        problems.alias("_reasons"),
        F.lit(False).alias("_dropped"),
    )
    derive = getattr(_module(source), "derive", None)
    return rows if derive is None else derive(rows)


def _untyped(source: Source, rows: DataFrame, reasons: SparkColumn, *, dropped: bool) -> DataFrame:
    """Records that yield no row of silver: one row each, without values."""
    nothing = [F.lit(None).cast(type_).alias(name) for name, type_ in source.silver_columns.items()]
    return rows.select(*nothing, *TECHNICAL, "_sequence", reasons.alias("_reasons"), F.lit(dropped).alias("_dropped"))


def _rank(source: Source, rows: DataFrame, deliveries: int) -> DataFrame:
    business = list(source.silver_columns)
    bad = F.size("_reasons") > 0
    rows = rows.withColumn("_kept", ~bad & ~F.col("_dropped") & F.coalesce(_in_scope(source), F.lit(False)))
    # the occurrence tells identical rows of one snapshot apart: they are rows of their own, not duplicates
    if not source.key:
        rows = rows.withColumn("_content_hash", F.sha2(F.to_json(F.struct(*business)), 256))
        same = Window.partitionBy("_delivery_id", "_kept", "_content_hash").orderBy("_record_number")
        rows = rows.withColumn("_occurrence", F.row_number().over(same))
    in_delivery = Window.partitionBy("_kept", *source.key_columns, "_delivery_id")
    rows = rows.withColumn("_content", content_hash(business)).withColumns(
        {
            "_first": F.row_number().over(in_delivery.orderBy("_record_number")),
            "_contradicts": F.min("_content").over(in_delivery) != F.max("_content").over(in_delivery),
        }
    )
    class_ = F.when(F.col("_contradicts"), "quarantined").when(F.col("_first") > 1, "duplicate").otherwise("valid")
    if deliveries > 1:
        rows = _with_winner(source, rows)
        older = F.col("_sequence") < F.col("_latest")
        class_ = (
            F.when(F.col("_contradicts"), "quarantined")
            .when(older & (F.col("_content") == F.col("_winner")) & (F.col("_sequence") < F.col("_won")), "duplicate")
            .when(older, "superseded")
            .otherwise(class_)
        )
    key = F.concat_ws(", ", *(F.col(name).cast("string") for name in source.key_columns))
    twice = F.concat(F.lit("the key ("), key, F.lit(") comes twice in this delivery with different content"))
    return rows.select(
        *silver_columns(source),
        F.when(bad, "quarantined").when(~F.col("_kept"), "filtered").otherwise(class_).alias("_class"),
        F.when(F.col("_kept") & F.col("_contradicts"), F.array(twice)).otherwise(F.col("_reasons")).alias("_reasons"),
    )


def _in_scope(source: Source) -> SparkColumn:
    if source.scope is None:
        return F.lit(True)
    column = F.col(source.scope.column)
    if source.scope.values is not None:
        return column.isin(source.scope.values)
    return F.regexp_like(column, F.lit(f"^(?:{source.scope.pattern}){typed.END}"))


def _with_winner(source: Source, rows: DataFrame) -> DataFrame:
    """Adds `_latest`, the sequence that wins the row's key or snapshot.

    Adds also the content `_winner` that the row's key ends with, and the sequence `_won` that brought it. Rows that
    contradict each other win nothing: what an earlier delivery said of their key stands.
    """
    by_key = Window.partitionBy("_kept", *source.key_columns)
    winner = F.max(F.when(~F.col("_contradicts"), F.struct("_sequence", "_content"))).over(by_key)
    rows = rows.withColumns({"_winner": winner["_content"], "_won": winner["_sequence"]})
    if source.load.kind == "upsert":
        return rows.withColumn("_latest", F.col("_won"))
    # a window over a whole snapshot would put all its rows into one task
    scope = ["_kept", *source.load.replaces]
    latest = rows.groupBy(*scope).agg(F.max("_sequence").alias("_latest"))
    same = reduce(and_, (rows[name].eqNullSafe(latest[name]) for name in scope))
    return rows.join(F.broadcast(latest), same).select(rows["*"], latest["_latest"])


def _write_quarantine(
    spark: SparkSession, source: Source, batch: DataFrame, bronze: DataFrame, deliveries: list[str], run_id: str
) -> None:
    delivered = F.to_json(F.struct(*(c.name for c in source.bronze), "_extra"))
    raw = bronze.select("_delivery_id", "_record_number", F.coalesce("_raw", delivered).alias("raw"))
    refused = (
        batch.where("_class = 'quarantined'")
        .join(raw, ["_delivery_id", "_record_number"])
        .withColumns({"run_id": F.lit(run_id), "reasons": F.col("_reasons")})
    )
    # also without refused rows: an earlier run of these deliveries may have left some that are readable today
    listed = ", ".join(f"'{delivery}'" for delivery in deliveries)
    (
        refused.select(*QUARANTINE)
        .write.format("delta")
        .mode("overwrite")
        .option("replaceWhere", f"_delivery_id IN ({listed})")
        .save(names.spark_uri("quarantine", source.id))
    )


def _table(source: Source) -> str:
    """The batch table by path: its schema follows the source, and no catalogue has to know of it."""
    return f"delta.`{names.spark_uri('batch', source.id)}`"


def _module(source: Source) -> ModuleType | None:
    path = source.folder / "transform.py"
    if not path.exists():
        return None
    spec = importlib.util.spec_from_file_location(f"smartvest_source_{source.id}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
