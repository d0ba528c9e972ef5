"""Bronze: a delivered file, parsed record by record, as text in Delta."""

from __future__ import annotations

import tempfile
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse import names
from lakehouse.landing import Receipt
from lakehouse.parse import Parsed, parse_to_parquet
from lakehouse.spec import Source
from lakehouse.storage import ObjectStore
from spark_jobs.session import committing
from spark_jobs.tables import bronze_columns


def load(spark: SparkSession, store: ObjectStore, source: Source, receipt: Receipt, run_id: str) -> Parsed:
    """Parses one delivery and replaces its partition of the bronze table, so a repeated call changes nothing.

    Raises:
        DeliveryRejected: the file broke a file rule; bronze is untouched.
    """
    staged = f"staging/{source.id}/{receipt.delivery}.parquet"
    with tempfile.TemporaryDirectory() as folder:
        delivered, parquet = Path(folder) / "delivered", Path(folder) / "parsed.parquet"
        store.download(names.RAW, receipt.object_key, delivered)
        parsed = parse_to_parquet(source, delivered, receipt.file, parquet)
        store.put_file(names.LAKE, staged, parquet)
    records = mark(spark.read.parquet(f"s3a://{names.LAKE}/{staged}"), source, receipt)
    with committing(spark, run_id=run_id, delivery=receipt.delivery):
        (
            records.write.format("delta")
            .mode("overwrite")
            .option("replaceWhere", f"_delivery_id = '{receipt.delivery}'")
            .save(names.spark_uri("bronze", source.id))
        )
    store.delete(names.LAKE, staged)
    return parsed


def mark(parsed: DataFrame, source: Source, receipt: Receipt) -> DataFrame:
    """Pure: adds to parsed records where they came from."""
    return parsed.withColumns(
        {
            "_delivery_id": F.lit(receipt.delivery),
            "_source_object": F.lit(f"s3://{names.RAW}/{receipt.object_key}"),
            "_ingested_at": F.lit(receipt.fetched_at.isoformat()).cast("timestamp"),
        }
    ).select(*bronze_columns(source))
