"""Columns of a small feed, and what classification makes of deliveries given as text."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import Row, SparkSession

from lakehouse.spec.source import Source
from spark_jobs.ranking import CLASSES
from tests.support.feed import classified, receipt

TREE = {"from": "Baum", "name": "tree", "required": True}
HEIGHT = {"from": "Höhe", "name": "height", "type": "decimal(5,2)", "numbers": {"decimal": ","}, "nulls": ["-"]}
GIRTH = {"from": "Umfang", "name": "girth", "type": "decimal(5,2)", "numbers": {"decimal": ","}, "nulls": ["-"]}
PLACE = {"from": "Ort", "name": "place"}
UPSERT, SNAPSHOT = {"kind": "upsert"}, {"kind": "snapshot"}


def classify(spark: SparkSession, source: Source, work: Path, *deliveries: str) -> list[Row]:
    """Classified rows of some deliveries, given as text without header, in the order of delivery and record."""
    header = ",".join(str(column.source) for column in source.delivered)
    landed = []
    for number, text in enumerate(deliveries):
        path = work / f"{number}.csv"
        path.write_text(f"{header}\n{text.strip()}\n", "utf-8")
        landed.append((receipt(source, number, f"http://feeds/{path.name}", path.name), path))
    rows = classified(spark, source, landed, work).collect()
    assert {row["_class"] for row in rows} <= set(CLASSES)
    return sorted(rows, key=lambda row: (row["_delivery_id"], row["_record_number"]))
