"""Maintenance: what a release can still name stays, and what nobody can name any more goes."""

from __future__ import annotations

import pytest

from lakehouse import names
from lakehouse.lake import delta, release
from spark_jobs import maintenance, session
from spark_jobs import release as release_job
from spark_jobs.checksum import checksums
from tests.support.stack import LocalStack

pytestmark = pytest.mark.timeout(1800)

# a table of its own, whose retention is over at once
TOY = "toy__expired"
PREFIX = f"{names.lake_key('silver', TOY)}/"


def test_maintenance_keeps_every_released_version(region: LocalStack) -> None:
    store = region.store("spark")
    with session.connect(region.settings) as spark:
        maintenance.maintain(spark, region.settings, store)
        pinned = {
            (name, mart.version): (mart.rows, mart.checksum)
            for number in release.releases(store)
            for name, mart in release.manifest(store, number).marts.items()
        }
        # what most releases share is read once, some tables in a statement
        in_order = sorted(pinned)
        for first in range(0, len(in_order), 25):
            some = in_order[first : first + 25]
            tables = {f"{name} {version}": release_job.candidate(spark, name, version) for name, version in some}
            assert checksums(tables) == {f"{name} {version}": pinned[name, version] for name, version in some}


def test_what_no_retention_keeps_is_deleted_once(stack: LocalStack) -> None:
    store = stack.store("spark")
    with session.connect(stack.settings) as spark:
        spark.sql(
            f"CREATE TABLE silver.{TOY} (number INT) USING delta LOCATION '{names.spark_uri('silver', TOY)}'"
            " TBLPROPERTIES ('delta.enableDeletionVectors' = 'true',"
            " 'delta.deletedFileRetentionDuration' = 'interval 0 seconds')"
        )
        try:
            for statement in ("INSERT INTO {} VALUES (1), (2), (3)", "INSERT INTO {} VALUES (4)",
                              "DELETE FROM {} WHERE number = 2"):  # fmt: skip
                spark.sql(statement.format(f"silver.{TOY}"))
            found, before = delta.find(stack.settings, "silver", TOY), _stored(stack)
            assert found is not None
            several = len(found.file_uris())
            assert len(before) > several > 1, "files of rows, and what one of them lacks"
            said = maintenance.tidy(spark, store, f"silver.{TOY}", PREFIX, found)
            assert said == f"{several} files, now 1, without those that had expired"
            assert _stored(stack) == {uri.rpartition("/")[2] for uri in found.file_uris()}
            assert [row.number for row in spark.table(f"silver.{TOY}").sort("number").collect()] == [1, 3, 4]
            assert maintenance.tidy(spark, store, f"silver.{TOY}", PREFIX, found) == "1 files"
        finally:
            spark.sql(f"DROP TABLE silver.{TOY}")


def _stored(stack: LocalStack) -> set[str]:
    """Files of the table, whether it still names them or not."""
    listed = stack.store("spark").list(names.LAKE, PREFIX)
    return {key.rpartition("/")[2] for key in listed if "/_delta_log/" not in key}
