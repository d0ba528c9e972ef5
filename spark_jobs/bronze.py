"""Bronze: delivered files, parsed record by record, as text in Delta."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse import names
from lakehouse.errors import DeliveryRejected
from lakehouse.landing import Receipt
from lakehouse.parse import Parsed, parse_to_parquet
from lakehouse.spec import Source
from lakehouse.storage import ObjectStore
from spark_jobs.session import committing
from spark_jobs.tables import bronze_columns


@dataclass
class Loaded:
    """What became of some deliveries, by delivery id."""

    parsed: dict[str, Parsed] = field(default_factory=dict)
    rejected: dict[str, DeliveryRejected] = field(default_factory=dict)


def load(spark: SparkSession, store: ObjectStore, source: Source, receipts: list[Receipt], run_id: str) -> Loaded:
    """Parses deliveries and replaces their partitions of the bronze table in one commit.

    A repeated call changes nothing. A delivery that breaks a file rule is rejected and leaves bronze untouched; the
    others go on.
    """
    loaded = Loaded()
    for receipt in receipts:
        try:
            loaded.parsed[receipt.delivery] = _stage(store, source, receipt)
        except DeliveryRejected as error:
            loaded.rejected[receipt.delivery] = error
    good = [receipt for receipt in receipts if receipt.delivery in loaded.parsed]
    if good:
        staged = [f"s3a://{names.LAKE}/{_staged(source, receipt)}" for receipt in good]
        listed = ", ".join(f"'{receipt.delivery}'" for receipt in good)
        with committing(spark, run_id=run_id, deliveries=list(loaded.parsed)):
            (
                mark(spark.read.parquet(*staged), source, good)
                .write.format("delta")
                .mode("overwrite")
                .option("replaceWhere", f"_delivery_id IN ({listed})")
                .save(names.spark_uri("bronze", source.id))
            )
        for receipt in good:
            store.delete(names.LAKE, _staged(source, receipt))
    return loaded


def mark(parsed: DataFrame, source: Source, receipts: list[Receipt]) -> DataFrame:
    """Pure: adds to parsed records where they came from.

    Args:
        parsed: records read from Parquet files, each named by its delivery.
        source: feed.
        receipts: receipts of these deliveries.
    """
    origins = parsed.sparkSession.createDataFrame(
        [
            (receipt.delivery, f"s3://{names.RAW}/{receipt.object_key}", receipt.fetched_at.isoformat())
            for receipt in receipts
        ],
        "_delivery_id string, _source_object string, _fetched_at string",
    ).withColumn("_ingested_at", F.col("_fetched_at").cast("timestamp"))
    delivery = F.regexp_extract("_metadata.file_name", r"^(.*)\.parquet$", 1)
    return (
        parsed.withColumn("_delivery_id", delivery)
        .join(F.broadcast(origins), "_delivery_id")
        .select(*bronze_columns(source))
    )


def _stage(store: ObjectStore, source: Source, receipt: Receipt) -> Parsed:
    with tempfile.TemporaryDirectory() as folder:
        delivered, parquet = Path(folder) / "delivered", Path(folder) / "parsed.parquet"
        store.download(names.RAW, receipt.object_key, delivered)
        parsed = parse_to_parquet(
            source, delivered, receipt.file, parquet, path_values=source.fetch.path_values(receipt.address)
        )
        store.put_file(names.LAKE, _staged(source, receipt), parquet)
    return parsed


def _staged(source: Source, receipt: Receipt) -> str:
    return f"staging/{source.id}/{receipt.delivery}.parquet"
