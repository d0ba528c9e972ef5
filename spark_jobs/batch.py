"""The silver batch: every row of a run's deliveries, typed by Spark and put into exactly one class by DuckDB.

Typing is row by row, so Spark spreads it over its executors; the classes compare the rows of one batch with each other,
which one process does in a fraction of the time that Spark needs to plan the windows, and spills to disk if it must.

| class | meaning |
|---|---|
| valid | goes to the gate and then into silver |
| filtered | outside the declared scope, or declared to be no row of its own |
| quarantined | cannot be read or breaks a row rule; kept with its raw text and reasons |
| duplicate | the same row is in the batch again |
| superseded | a later delivery of the batch has the row's key, or replaces its snapshot, with other content |
"""

from __future__ import annotations

import importlib
import importlib.util
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from types import MappingProxyType, ModuleType

import duckdb
import pyarrow as pa
from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse import names
from lakehouse.ingest.landing import Receipt
from lakehouse.lake import delta, sql
from lakehouse.settings import Settings
from lakehouse.spec.source import FICTITIOUS, Source
from lakehouse.storage import ObjectStore
from spark_jobs import ranking
from spark_jobs.tables import QUARANTINE, bronze_columns, path
from spark_jobs.transforms import clocks, declared, signs, typed

# rows that travel inside a statement, and for which generated code does not pay
FEW_ROWS = 100_000
# rows that travel to this process at once; more of them go through Parquet in the lake
MANY_ROWS = 3_000_000
# columns that are made of typed ones
TYPED = ("derive", "plausibility", "signs")


@dataclass(frozen=True)
class Batch:
    """A classified batch, in the tables `batch` and `delivery` of a connection; `records` counts parsed records."""

    connection: duckdb.DuckDBPyConnection
    records: int
    counts: dict[str, int]

    @property
    def parsed(self) -> int:
        """Rows that came in."""
        return sum(self.counts.values())


def build(
    spark: SparkSession,
    connection: duckdb.DuckDBPyConnection,
    store: ObjectStore,
    source: Source,
    receipts: Sequence[Receipt],
    records: int,
    referred: Mapping[str, pa.Table] = MappingProxyType({}),
) -> Batch:
    """Classifies the rows of some deliveries.

    Args:
        spark: session.
        connection: reads the lake; gets the tables `batch` and `delivery`.
        store: store of the spark role.
        source: feed.
        receipts: deliveries in the order in which they apply; their bronze rows must exist.
        records: records of these deliveries in bronze.
        referred: as `ranking.rank` takes it.
    """
    order = [receipt.delivery for receipt in receipts]
    listed = ", ".join(f"'{delivery}'" for delivery in order)
    if records * source.rows_per_record <= FEW_ROWS:
        read = connection.execute(_bronze(source, listed)).to_arrow_table()
        # of no rows Spark infers no columns
        columns = ", ".join(f"`{name}` {type_}" for name, type_ in bronze_columns(source).items())
        bronze = spark.createDataFrame(read) if read.num_rows else spark.createDataFrame([], columns)
    else:
        bronze = spark.table(path("bronze", source.id)).where(f"_delivery_id IN ({listed})")
    errors = f"SELECT count(*) FROM ({_bronze(source, listed)}) WHERE _record_error IS NOT NULL"
    rows = type_rows(source, bronze, order, unreadable=connection.execute(errors).fetchall() != [(0,)])
    if records * source.rows_per_record <= MANY_ROWS:
        ranking.rank(connection, source, rows.toArrow(), receipts, referred)
    else:
        staged = new_staging(source)
        rows.write.mode("overwrite").parquet(f"s3a://{names.LAKE}/{staged}")
        stored = f"read_parquet('s3://{names.LAKE}/{staged}/*.parquet')"
        ranking.rank(connection, source, stored, receipts, referred)
        for key in store.list(names.LAKE, f"{staged}/"):
            store.delete(names.LAKE, key)
    return Batch(connection, records, ranking.counts(connection))


def valid_rows(spark: SparkSession, source: Source, batch: Batch) -> DataFrame | pa.Table:
    """The rows of a planned batch that are to be silver's, for the gate: in memory as long as they fit there."""
    columns = ranking.listed({**source.silver_columns, **source.key_columns})
    if batch.counts["valid"] <= MANY_ROWS:
        return batch.connection.execute(f"SELECT {columns} FROM valid").to_arrow_table()
    staged = f"{new_staging(source)}.parquet"
    batch.connection.execute(f"COPY (SELECT {columns} FROM valid) TO 's3://{names.LAKE}/{staged}' (FORMAT parquet)")
    return spark.read.parquet(f"s3a://{names.LAKE}/{staged}")


def write_quarantine(settings: Settings, source: Source, batch: Batch, deliveries: Sequence[str], run_id: str) -> None:
    """Replaces what the quarantine holds of some deliveries.

    Also without refused rows: an earlier run of these deliveries may have left some that are readable today.
    """
    schema = delta.arrow_schema(QUARANTINE)
    refused = schema.empty_table()
    if batch.counts["quarantined"]:
        listed = ", ".join(f"'{delivery}'" for delivery in deliveries)
        refused = ranking.refused(batch.connection, source, f"({_bronze(source, listed)})", run_id).cast(schema)
    delta.replace_deliveries(settings, "quarantine", source.id, refused, deliveries, {"run_id": run_id})


def new_staging(source: Source) -> str:
    """A key in the lake for rows on their way, never used before: Spark keeps in mind what it once read at a key."""
    return f"staging/{source.id}/{uuid.uuid4()}"


def type_rows(source: Source, bronze: DataFrame, order: Sequence[str], *, unreadable: bool = True) -> DataFrame:
    """Pure: bronze records in, rows with the business columns out.

    They come with `_sequence` (position of the delivery in the order, from 1), `_record_number`, `_reasons` (why the
    row is refused), `_kept` (neither refused nor filtered) and, for a feed without a key, `_content_hash`.

    Args:
        source: feed.
        bronze: bronze rows of the deliveries.
        order: delivery ids, the later one wins.
        unreadable: whether there may be records that could not be read; each kind of record costs a reading of all.
    """
    sequence = F.array_position(F.array(*(F.lit(d) for d in order)), F.col("_delivery_id")).cast("int")
    # by name: to ask the frame for its columns would be a question to the server
    rows = bronze.withColumns({c.name: typed.text(c.name) for c in source.bronze} | {"_sequence": sequence})
    readable = rows.where(F.col("_record_error").isNull()) if unreadable else rows
    kinds = [_type(source, _shape(source, readable.where(~_dropped(source)) if source.drop else readable))]
    if source.drop:
        nothing = F.array().cast("array<string>")
        kinds.append(_untyped(source, readable.where(_dropped(source)), nothing, dropped=True))
    if unreadable:
        reasons = F.array(F.concat(F.lit("the record "), F.col("_record_error")))
        kinds.append(_untyped(source, rows.where(F.col("_record_error").isNotNull()), reasons, dropped=False))
    every = reduce(DataFrame.unionByName, kinds)
    kept = (F.size("_reasons") == 0) & ~F.col("_dropped") & F.coalesce(_in_scope(source), F.lit(False))
    business = list(source.silver_columns)
    hashed = [] if source.key else [F.sha2(F.to_json(F.struct(*business)), 256).alias("_content_hash")]
    return every.select(*business, *hashed, "_sequence", "_record_number", "_reasons", kept.alias("_kept"))


def _bronze(source: Source, deliveries: str) -> str:
    return f"SELECT * FROM {sql.scan(names.uri('bronze', source.id))} WHERE _delivery_id IN ({deliveries})"


def _dropped(source: Source) -> SparkColumn:
    """Whether a record is declared to be no row, such as a line of totals."""
    matches = [F.coalesce(F.regexp_like(d.column, F.lit(typed.whole(d.pattern))), F.lit(False)) for d in source.drop]
    return reduce(or_, matches, F.lit(False))


def _shape(source: Source, rows: DataFrame) -> DataFrame:
    texts = declared.texts(source)
    # Spark Connect refuses to add no column
    if texts:
        rows = rows.withColumns(texts)
    prepare = getattr(_module(source), "prepare", None)
    if prepare is not None:
        rows = prepare(rows)
    # while a record is one row: its measures are not two hours
    rows = clocks.with_passes(source, rows)
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
    columns = [c for c in source.columns if c.silver and c.made_by not in TYPED and c.name not in source.measured]
    attributes = next(iter(source.unpivot.measures.values())) if source.unpivot else {}
    # a column of its own each: both the value and what is wrong with it ask for it
    read = {c.name: f"_read_{c.name}" for c in columns if c.type != "string" or c.codes}
    rows = rows.select("*", *(typed.read(c).alias(read[c.name]) for c in columns if c.name in read))
    reading = {c.name: F.col(read.get(c.name, c.name)) for c in columns}
    # what is later than its delivery is flagged where the feed says so, and refused everywhere else
    flagged = source.plausibility.observed_until if source.plausibility else None
    judged = [c.model_copy(update={"future": True}) if c.name == flagged else c for c in columns]
    problems = [typed.problem(c, reading[c.name]) for c in judged]
    nothing = F.array().cast("array<string>")
    # hardly a row has a problem, and to go through an array costs more than to read a row
    reasons = F.filter(F.array(*problems), lambda reason: reason.isNotNull())
    rows = rows.select(
        *(typed.value(c, reading[c.name]).alias(c.name) for c in columns),
        *(signs.reason(c).alias(c.signs.reason) for c in columns if c.signs),
        *attributes,
        *(F.lit(value).alias(name) for name, value in source.constants.items()),
        *([] if source.fictitious is None else [F.lit(source.fictitious).alias(FICTITIOUS)]),
        *names.TECHNICAL,
        "_sequence",
        F.when(F.coalesce(*problems).isNotNull(), reasons).otherwise(nothing).alias("_reasons"),
        F.lit(False).alias("_dropped"),
    )
    derive = getattr(_module(source), "derive", None)
    if derive is not None:
        rows = derive(rows)
    if source.rules:
        broken = [F.when(~F.expr(rule.check), F.lit(f"{rule.column}: {rule.reason}")) for rule in source.rules]
        more = F.filter(F.array(*broken), lambda reason: reason.isNotNull())
        # of a value that cannot be read nothing follows
        rows = rows.withColumn("_reasons", F.when(F.size("_reasons") == 0, more).otherwise(F.col("_reasons")))
    if source.plausibility is None:
        return rows
    made = next(c.name for c in source.columns if c.made_by == "plausibility")
    return rows.withColumn(made, declared.flag(source.plausibility, source.silver_columns))


def _untyped(source: Source, rows: DataFrame, reasons: SparkColumn, *, dropped: bool) -> DataFrame:
    """Records that yield no row of silver: one row each, without values."""
    nothing = [F.lit(None).cast(type_).alias(name) for name, type_ in source.silver_columns.items()]
    return rows.select(
        *nothing, *names.TECHNICAL, "_sequence", reasons.alias("_reasons"), F.lit(dropped).alias("_dropped")
    )


def _in_scope(source: Source) -> SparkColumn:
    if source.scope is None:
        return F.lit(True)
    column = F.col(source.scope.column)
    if source.scope.pattern is None:
        return column.isin(source.scope.values)
    return F.regexp_like(column, F.lit(typed.whole(source.scope.pattern)))


def _module(source: Source) -> ModuleType | None:
    if source.transform is not None:
        return importlib.import_module(f"spark_jobs.transforms.{source.transform}")
    path = source.folder / "transform.py"
    if not path.exists():
        return None
    spec = importlib.util.spec_from_file_location(f"smartvest_source_{source.id}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
