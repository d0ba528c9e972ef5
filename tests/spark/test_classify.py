"""The silver batch: which class each row gets, and why."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from pyspark.sql import Row, SparkSession

from tests.support import example
from tests.support.rows import GIRTH, HEIGHT, PLACE, SNAPSHOT, TREE, UPSERT, classify


def classes(rows: list[Row]) -> list[list[str]]:
    """Class of each record, by delivery."""
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["_delivery_id"], []).append(row["_class"])
    return [found[delivery] for delivery in sorted(found)]


def test_an_upsert_batch(spark: SparkSession, tmp_path: Path) -> None:
    source = example.source(
        tmp_path, columns=[TREE, PLACE, HEIGHT, GIRTH], load=UPSERT, scope={"column": "place", "values": ["Marl"]}
    )
    rows = classify(
        spark, source, tmp_path,
        """
same,Marl,1,2
corrected,Marl,1,2
gone,Marl,1,2
twice,Marl,1,2
twice,Marl,1,2
moved,Marl,5,-
elsewhere,Herne,1,2
nowhere,,1,2
narrow,Marl
,Marl,1,2
""",
        """
same,Marl,1,2
corrected,Marl,1,3
moved,Marl,-,5
shifted,Marl,5,-
shifted,Marl,-,5
elsewhere,Herne,x,2
wide,Marl,1,2,3
""",
    )  # fmt: skip
    assert classes(rows) == [
        ["duplicate", "superseded", "valid", "valid", "duplicate", "superseded", "filtered", "filtered",
         "quarantined", "quarantined"],
        ["valid", "valid", "valid", "quarantined", "quarantined", "quarantined", "quarantined"],
    ]  # fmt: skip
    first, second = rows[:10], rows[10:]
    assert first[8]["_reasons"] == ["the record has 2 fields, the header has 4"]
    assert [first[8][name] for name in source.silver_columns] == [None] * 4
    assert first[9]["_reasons"] == ["tree: is missing"]
    assert second[3]["_reasons"] == ["the key (shifted) comes twice in this delivery with different content"]
    assert second[5]["_reasons"] == ["height: 'x' is not a number written 1234,5 that fits decimal(5,2)"]
    moved = second[2]
    assert (moved["height"], moved["girth"]) == (None, 5), "a null mark is the only way to NULL"


def test_all_reasons_of_a_row_are_kept(spark: SparkSession, tmp_path: Path) -> None:
    source = example.source(tmp_path, columns=[TREE, HEIGHT, GIRTH])
    (row,) = classify(spark, source, tmp_path, ",x,y")
    assert [reason.split(":")[0] for reason in row["_reasons"]] == ["tree", "height", "girth"]


def test_a_snapshot_replaces_only_its_scope(spark: SparkSession, tmp_path: Path) -> None:
    year = {"from": "Jahr", "name": "year", "type": "int"}
    source = example.source(
        tmp_path, columns=[TREE, year, HEIGHT], key=["tree", "year"], load={**SNAPSHOT, "replaces": ["year"]}
    )
    rows = classify(
        spark, source, tmp_path,
        "a,2019,1\na,2020,1\nb,2020,1\nc,2020,1\nx,,1",
        "a,2020,1\nb,2020,2\nd,2020,1",
        "a,2021,1\ny,,1",
    )  # fmt: skip
    assert classes(rows) == [
        ["valid", "duplicate", "superseded", "superseded", "superseded"],
        ["valid", "valid", "valid"],
        ["valid", "valid"],
    ]


def test_a_feed_without_key_tells_equal_rows_apart_by_their_occurrence(spark: SparkSession, tmp_path: Path) -> None:
    source = example.source(tmp_path, columns=[TREE, HEIGHT, GIRTH], key=[])
    rows = classify(spark, source, tmp_path, "a,1,-\na,1,-\na,-,1\nb,?,-\nb,?,-", "a,1,-\nc,1,1")
    assert classes(rows) == [
        ["duplicate", "superseded", "superseded", "quarantined", "quarantined"],
        ["valid", "valid"],
    ]
    first, second, moved = rows[:3]
    assert (first["_occurrence"], second["_occurrence"], moved["_occurrence"]) == (1, 2, 1)
    assert first["_content_hash"] == second["_content_hash"] != moved["_content_hash"]
    assert rows[5]["_content_hash"] == first["_content_hash"], "the same in every delivery"
    assert (rows[5]["_occurrence"], len(first["_content_hash"])) == (1, 64)


def test_an_unpivoted_feed_counts_rows_and_refuses_a_record_once(spark: SparkSession, tmp_path: Path) -> None:
    value = {"made_by": "unpivot", "name": "value", "type": "decimal(5,2)", "numbers": {"decimal": ","}, "nulls": ["-"]}
    measures = {"height": {"quantity": "h", "cm": 100}, "girth": {"quantity": "g", "cm": 1}}
    source = example.source(
        tmp_path,
        columns=[TREE, {"from": "Höhe", "name": "height"}, {"from": "Umfang", "name": "girth"}, value],
        unpivot={"value": "value", "measures": measures},
        key=["tree", "quantity"],
        constants={"year": 2020, "kind": "tree"},
    )  # fmt: skip
    rows = classify(spark, source, tmp_path, "a,1,-\nb,x,2\nc,1")
    found = Counter((row["_record_number"], row["quantity"], row["_class"]) for row in rows)
    assert found == {
        (1, "h", "valid"): 1, (1, "g", "valid"): 1, (2, "h", "quarantined"): 1, (2, "g", "valid"): 1,
        (3, None, "quarantined"): 1,
    }  # fmt: skip
    one = {row["quantity"]: row for row in rows if row["_record_number"] == 1}
    assert (one["h"]["value"], one["g"]["value"]) == (1, None)
    assert (one["h"]["cm"], one["g"]["cm"], one["h"]["year"], one["h"]["kind"]) == (100, 1, 2020, "tree")


TRANSFORM = """
from pyspark.sql import functions as F

def prepare(rows):
    return rows.withColumn("upper", F.upper("tree"))

def derive(rows):
    return rows.withColumn("double", (F.col("height") * 2).cast("int"))
"""


def test_own_columns_are_made_before_and_after_typing(spark: SparkSession, tmp_path: Path) -> None:
    columns = [
        TREE, HEIGHT, {"made_by": "prepare", "name": "upper", "pattern": "[AB]"},
        {"made_by": "derive", "name": "double", "type": "int"},
    ]  # fmt: skip
    source = example.source(tmp_path, columns=columns)
    (source.folder / "transform.py").write_text(TRANSFORM, "utf-8")
    rows = classify(spark, source, tmp_path, "a,2\nc,2")
    assert (rows[0]["_class"], rows[0]["upper"], rows[0]["double"]) == ("valid", "A", 4)
    assert (rows[1]["_class"], rows[1]["_reasons"]) == ("quarantined", ["upper: 'C' does not match [AB]"])


def test_rows_know_where_they_came_from(spark: SparkSession, tmp_path: Path) -> None:
    (row,) = classify(spark, example.source(tmp_path), tmp_path, "a,Eiche")
    assert row["_delivery_id"] == "delivery-0"
    assert row["_source_object"] == "s3://raw/town__tree/delivery-0/0.csv"
    assert row["_record_number"] == 1
    assert row["_ingested_at"] is not None
    assert row["_reasons"] == []


def test_a_dropped_record_is_filtered_and_no_value_of_it_is_read(spark: SparkSession, tmp_path: Path) -> None:
    source = example.source(
        tmp_path, columns=[TREE, HEIGHT], load=SNAPSHOT, drop=[{"column": "tree", "pattern": "Summe.*|"}]
    )
    rows = classify(spark, source, tmp_path, "oak,1\nSumme aller,x\nkeine Summe,1\n,x\nbeech,x")
    assert classes(rows) == [["valid", "filtered", "valid", "filtered", "quarantined"]]
    assert [rows[1][name] for name in source.silver_columns] == [None, None]


def test_a_scope_may_be_a_pattern(spark: SparkSession, tmp_path: Path) -> None:
    source = example.source(
        tmp_path, columns=[TREE, PLACE], load=UPSERT, scope={"column": "place", "pattern": r"05562\d{3}"}
    )
    rows = classify(spark, source, tmp_path, "a,05562024\nb,055620240\nc,05513000\nd,")
    assert classes(rows) == [["valid", "filtered", "filtered", "filtered"]]
