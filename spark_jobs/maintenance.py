"""Compacts and vacuums; never removes a version that a release can still name."""

from __future__ import annotations

import datetime as dt

from deltalake import DeltaTable
from pyspark.sql import SparkSession

from lakehouse import names
from lakehouse.errors import LakehouseError
from lakehouse.lake import delta
from lakehouse.lake.release import Manifest, current, manifest, releases
from lakehouse.settings import Settings
from lakehouse.storage import NotFound, ObjectStore

STAGED = dt.timedelta(days=1)


def expired(store: ObjectStore, retention_days: int, now: dt.datetime) -> list[Manifest]:
    """Releases that are older than the retention, oldest first.

    Raises:
        LakehouseError: the current release is one of them; vacuuming would take away what analysts read.
    """
    found = [manifest(store, number) for number in releases(store)]
    old = [release for release in found if release.created_at < now - dt.timedelta(days=retention_days)]
    try:
        in_use = current(store)
    except NotFound:
        return []
    if any(release.release == in_use for release in old):
        raise LakehouseError(
            f"release {in_use} is current and older than {retention_days} days: build a new release before maintenance"
        )
    return old


def maintain(spark: SparkSession, settings: Settings, store: ObjectStore) -> dict[str, str]:
    """Drops the views of expired releases, then compacts and vacuums silver, marts, bronze, quarantine and ops.

    Delta keeps every version of silver and marts that is younger than their own retention, which is the releases'.

    Returns:
        what was done with each table, in a few words.
    """
    for release in expired(store, settings.release_retention_days, dt.datetime.now(dt.UTC)):
        spark.sql(f"DROP SCHEMA IF EXISTS {names.release_schema(release.release)} CASCADE")
    done = {}
    for schema, layer in (("silver", "silver"), ("candidate", "marts")):
        for table in spark.catalog.listTables(schema):
            name, found = f"{schema}.{table.name}", delta.find(settings, layer, table.name)
            if found is None:
                raise LakehouseError(f"the catalogue has {name}, and the lake has no such table")
            # tables that grow by changes are never created again, so a new setting reaches them here
            stored = found.metadata().configuration
            _set_properties(spark, name, stored, delta.retention(settings.release_retention_days))
            done[name] = tidy(spark, store, name, f"{names.lake_key(layer, table.name)}/", found)
    for layer in ("bronze", "quarantine", "ops"):
        for prefix in store.list(names.LAKE, f"{layer}/", recursive=False):
            if (found := delta.find(settings, layer, prefix.split("/")[1])) is not None:
                done[prefix.rstrip("/").replace("/", ".")] = delta.compact(found)
    for key in store.list(names.LAKE, "staging/"):
        # what killed runs left; a running one renews its lease within minutes
        if store.age(names.LAKE, key) > STAGED:
            store.delete(names.LAKE, key)
    return done


def tidy(spark: SparkSession, store: ObjectStore, name: str, prefix: str, found: DeltaTable) -> str:
    """Joins the files of a table and deletes those that its retention does not keep.

    Most tables have nothing to join or to delete. Delta's log and a list of the files tell that without a job of Spark.

    Args:
        spark: session.
        store: object store.
        name: of the table in Spark's catalogue.
        prefix: of the keys of its files.
        found: the same table.

    Returns:
        what was done, in a few words.
    """
    found.update_incremental()
    said = f"{len(found.file_uris())} files"
    # most marts are one file that each build replaces
    if len(found.file_uris()) > 1:
        spark.sql(f"OPTIMIZE {name}")
        found.update_incremental()
        said += f", now {len(found.file_uris())}"
    expired = {*found.vacuum(dry_run=True, full=True)}
    # the log names them for a while after they were deleted
    if expired and expired & {key.removeprefix(prefix) for key in store.list(names.LAKE, prefix)}:
        spark.sql(f"VACUUM {name}")
        said += ", without those that had expired"
    return said


def _set_properties(spark: SparkSession, table: str, stored: dict[str, str], wanted: dict[str, str]) -> None:
    if changed := {key: value for key, value in wanted.items() if stored.get(key) != value}:
        options = ", ".join(f"'{key}' = '{value}'" for key, value in changed.items())
        spark.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ({options})")
