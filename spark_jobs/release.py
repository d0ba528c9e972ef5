"""The release: pins silver and mart versions together, then moves one pointer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from lakehouse import names
from lakehouse.lake import checks, ops, release_files
from lakehouse.lake.checks import Check
from lakehouse.lake.release import (
    DeliveryChange,
    FeedUsed,
    Manifest,
    MartColumn,
    MartPin,
    Publication,
    SilverPin,
    add,
    current,
    latest,
    manifest,
    releases,
    seal,
    switch,
)
from lakehouse.spec.source import Source
from lakehouse.storage import NotFound, ObjectStore
from spark_jobs.checksum import checksums

CANDIDATE = "candidate"
WRITTEN_HERE = FeedUsed(
    title="What the lakehouse wrote down of its own work",
    licence=None,
    licence_note="Nobody delivered it, and it is not for publication.",
    deliveries=[],
)


@dataclass(frozen=True)
class Candidate:
    """A mart that was built: its version, how many rows that has and their checksum."""

    version: int
    rows: int
    checksum: str


def measure(spark: SparkSession, versions: Mapping[str, int]) -> dict[str, Candidate]:
    """Reads each candidate mart once: gate and release take its rows and checksum from here."""
    sums = checksums({name: candidate(spark, name, pinned) for name, pinned in versions.items()})
    return {name: Candidate(pinned, *sums[name]) for name, pinned in versions.items()}


def candidate(spark: SparkSession, name: str, pinned: int) -> DataFrame:
    """A candidate mart at one version."""
    return spark.sql(f"SELECT * FROM {CANDIDATE}.{name} VERSION AS OF {pinned}")


def make(
    spark: SparkSession,
    store: ObjectStore,
    *,
    run_id: str,
    code: str,
    silver: Mapping[str, int],
    candidates: Mapping[str, Candidate],
    described: Mapping[str, Any],
    sources: Mapping[str, Source],
    deliveries: Mapping[str, list[str]],
    changes: Mapping[str, list[DeliveryChange]],
    checked: Collection[Check],
) -> Manifest:
    """Writes the next release and makes it current; a repeated call of the same run finds its own release.

    Args:
        spark: session.
        store: store of the spark role.
        run_id: run that built the candidates.
        code: fingerprint of the code that built them.
        silver: silver version of each feed, and that of each table of `ops.PINNED`.
        candidates: each mart as it was built and measured; they must have passed their gate.
        described: what dbt's manifest says, see `lakehouse.lake.dbt_artifacts.describe`.
        sources: the feeds.
        deliveries: deliveries behind each feed's silver table.
        changes: what deliveries did to each feed's silver table since the newest release.
        checked: what the run checked, see `lakehouse.lake.checked.of_run`.

    Raises:
        NotReleasable: the files of a mart are not its rows.
        ReleaseAltered: the newest manifest is not the one that was released.
    """
    last = latest(store)
    if last is None or last.run_id != run_id:
        before = last.marts if last else {}
        last = Manifest(
            release=last.release + 1 if last else 1,
            previous=seal(store, last.release) if last else None,
            run_id=run_id,
            created_at=dt.datetime.now(dt.UTC),
            code=code,
            silver={f: SilverPin(version=v, uri=ops.uri(f)) for f, v in silver.items()},
            marts={
                name: _pin(spark, store, name, built, described["marts"][name], before.get(name))
                for name, built in candidates.items()
            },
            publications=[Publication(**publication) for publication in described["publications"]],
            feeds={
                **{feed: _used(sources[feed], deliveries.get(feed, [])) for feed in ops.feeds(silver)},
                **{pin: WRITTEN_HERE for pin in silver if pin in ops.PINNED},
            },
            changes=dict(changes),
            checks=checks.kept(last.checks if last else [], checked, described["tests"], candidates),
        )
        if not add(store, last):
            raise RuntimeError(f"release {last.release} was made by another run at the same moment")
    activate(store, last.release)
    return last


def activate(store: ObjectStore, release: int) -> Manifest:
    """Makes an existing release current, forwards or back.

    Raises:
        NotFound: there is no such release.
    """
    chosen = manifest(store, release)
    try:
        already = current(store) == release
    except NotFound:
        already = False
    if not already:
        switch(store, release)
    return chosen


def create_views(spark: SparkSession, release: Manifest) -> str:
    """A schema with one pinned view per mart of a release, its columns described, for those who read it with Spark.

    Nothing else needs them: a statement for each mart would be what a release costs most.

    Returns:
        the schema.
    """
    schema = names.release_schema(release.release)
    spark.sql(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    for name, pin in release.marts.items():
        columns = ", ".join(f"`{c.name}` COMMENT {_text(_column_comment(c))}" for c in pin.columns)
        listed = ", ".join(f"`{c.name}`" for c in pin.columns)
        spark.sql(
            f"CREATE OR REPLACE VIEW {schema}.{name} ({columns}) COMMENT {_text(pin.description)} "
            f"AS SELECT {listed} FROM {CANDIDATE}.{name} VERSION AS OF {pin.version}"
        )
    return schema


def register(spark: SparkSession, store: ObjectStore) -> None:
    """Registers the marts of every release, after the catalogue was lost."""
    for number in releases(store):
        for name, pin in manifest(store, number).marts.items():
            if not spark.catalog.tableExists(f"{CANDIDATE}.{name}"):
                location = pin.uri.replace("s3://", "s3a://", 1)
                spark.sql(f"CREATE TABLE {CANDIDATE}.{name} USING delta LOCATION '{location}'")


def _used(source: Source, deliveries: list[str]) -> FeedUsed:
    return FeedUsed(
        title=source.title,
        licence=source.licence,
        licence_note=source.licence_note,
        deliveries=deliveries,
        delivered_as="" if source.delivery == source.id else source.delivery,
        fictitious=bool(source.fictitious),
    )


def _pin(
    spark: SparkSession,
    store: ObjectStore,
    name: str,
    built: Candidate,
    described: Mapping[str, Any],
    before: MartPin | None,
) -> MartPin:
    columns = {column["name"]: column for column in described["columns"]}
    if before is not None and before.version == built.version:
        # the same files; only what is said of them may be new
        order = [column.name for column in before.columns]
        files = before.files
    else:
        types = dict(candidate(spark, name, built.version).dtypes)
        order = list(types)
        files = release_files.files(store, name, built.version, types, before.files if before else ())
    held = sum(file.rows for file in files)
    if built.rows != held:
        raise release_files.NotReleasable(f"{name} has {built.rows} rows, its files have {held}")
    said = {field: value for field, value in described.items() if field in MartPin.model_fields}
    return MartPin(
        **{**said, "columns": [MartColumn(**columns[column]) for column in order]},
        version=built.version,
        uri=names.uri("marts", name),
        rows=built.rows,
        checksum=built.checksum,
        files=files,
    )


def _column_comment(column: MartColumn) -> str:
    return f"{column.label_de}: {column.description}" + (f" [{column.unit}]" if column.unit else "")


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
