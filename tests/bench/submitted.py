"""One step of the line as a plain PySpark program: `spark-submit submitted.py STEP RAW_OBJECT FOLDER`.

Knows nothing of the lakehouse; this is what a team would write that starts a JVM per task.
"""

from __future__ import annotations

import sys

from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

KEY = ("sensor_id", "observed_at")


def bronze(spark: SparkSession, raw: str, folder: str) -> None:
    """Text as delivered."""
    text = spark.read.csv(raw, header=True, schema="sensor_id string, observed_at string, value string")
    numbered = text.withColumn("_record_number", F.monotonically_increasing_id())
    numbered.write.format("delta").mode("overwrite").save(f"{folder}/bronze")


def silver(spark: SparkSession, raw: str, folder: str) -> None:
    """Every row classified, the refused ones apart."""
    same_key = Window.partitionBy("_readable", *KEY)
    typed = spark.read.format("delta").load(f"{folder}/bronze").select(
        F.when(F.regexp_like("sensor_id", F.lit(r"^S\d{4}$")), F.col("sensor_id")).alias("sensor_id"),
        F.col("observed_at").try_cast("timestamp").alias("observed_at"),
        F.col("value").try_cast("decimal(9,3)").alias("value"),
        F.col("value").alias("raw_value"),
        "_record_number",
    )  # fmt: skip
    readable = F.col("sensor_id").isNotNull() & F.col("observed_at").isNotNull() & F.col("value").between(0, 100)
    judged = typed.withColumn("_readable", F.coalesce(readable, F.lit(False)))
    contradicts = F.min("value").over(same_key) != F.max("value").over(same_key)
    again = F.row_number().over(same_key.orderBy("_record_number")) > 1
    class_ = F.when(~F.col("_readable") | contradicts, "quarantined").when(again, "duplicate").otherwise("valid")
    classified = judged.withColumn("_class", class_)
    classified.write.format("delta").mode("overwrite").save(f"{folder}/batch")
    refused = spark.read.format("delta").load(f"{folder}/batch").where("_class = 'quarantined'")
    refused.write.format("delta").mode("append").save(f"{folder}/quarantine")


def gate(spark: SparkSession, raw: str, folder: str) -> None:
    """Stops what must not enter silver."""
    batch = spark.read.format("delta").load(f"{folder}/batch")
    refused = batch.where("_class = 'quarantined'").count() / batch.count()
    valid = batch.where("_class = 'valid'")
    missing = valid.where("sensor_id IS NULL OR observed_at IS NULL OR value IS NULL").count()
    outside = valid.where("value NOT BETWEEN 0 AND 100").count()
    twice = valid.groupBy(*KEY).count().where("count > 1").count()
    if refused > 0.02 or missing or outside or twice:
        sys.exit(f"refused {refused:.2%}, missing {missing}, outside {outside}, twice {twice}")


def commit(spark: SparkSession, raw: str, folder: str) -> None:
    """Merges the valid rows; prints rows and sum of the table."""
    table = f"delta.`{folder}/silver`"
    spark.sql(
        f"CREATE TABLE IF NOT EXISTS {table} (sensor_id string, observed_at timestamp, value decimal(9,3)) USING delta"
    )
    valid = spark.read.format("delta").load(f"{folder}/batch").where("_class = 'valid'")
    valid.select(*KEY, "value").createOrReplaceTempView("valid")
    spark.sql(
        f"MERGE INTO {table} t USING valid s ON t.sensor_id = s.sensor_id AND t.observed_at = s.observed_at "
        "WHEN MATCHED AND NOT (t.value <=> s.value) THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )
    found = spark.sql(f"SELECT count(*), sum(value) FROM {table}").first()
    assert found is not None
    print(found[0], found[1])


if __name__ == "__main__":
    step, *arguments = sys.argv[1:]
    steps = {"bronze": bronze, "silver": silver, "gate": gate, "commit": commit}
    session = SparkSession.builder.appName(step).getOrCreate()
    try:
        steps[step](session, *arguments)
    finally:
        session.stop()
