"""Files of released marts on a real MinIO: listed once, read without Delta, and looked for again."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any
from unittest.mock import MagicMock

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from minio.error import S3Error

from lakehouse import names, open_release
from lakehouse.errors import LakehouseError
from lakehouse.lake import release, release_files, sql
from lakehouse.lake.release import Manifest, MartColumn, MartFile, MartPin, ReleaseAltered
from lakehouse.lake.release_files import NotReleasable
from lakehouse.settings import Settings
from lakehouse.storage import ObjectStore
from spark_jobs import release as job

COLUMNS = {"id": "bigint", "name": "string", "share": "decimal(9,3)", "day": "date", "at": "timestamp"}
SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("name", pa.string()),
        ("share", pa.decimal128(9, 3)),
        ("day", pa.date32()),
        ("at", pa.timestamp("us", "UTC")),
    ]
)
LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
# what Spark wrote for one deleted row, the sixth: its file's name as Delta encodes it, and the file
VECTOR_NAME, VECTOR_FILE = "3fGYv?-:EFIOb=qI<h$Q", "deletion_vector_09e6d35b-df3e-451b-8abc-a52d8b94db8d.bin"
VECTOR = "0100000022d1d339640100000000000000000000003a30000001000000000000001000000005008ad140f0"


def rows(*ids: int) -> pa.Table:
    at = dt.datetime(2026, 3, 29, 0, 30, tzinfo=dt.UTC)
    return pa.Table.from_pylist(
        [{"id": i, "name": f"n{i}", "share": None, "day": at.date(), "at": at} for i in ids], schema=SCHEMA
    )


class Counting(ObjectStore):
    """The store of a role that notes what is downloaded."""

    def __init__(self, settings: Settings, role: str) -> None:
        super().__init__(settings.s3_endpoint, *settings.keys(role), region=settings.s3_region)
        self.read: list[str] = []

    def download(self, bucket: str, key: str, path: Any) -> None:
        self.read.append(key)
        super().download(bucket, key, path)


@pytest.fixture
def store(settings: Settings) -> Counting:
    return Counting(settings, "spark")


@pytest.fixture
def mart(request: pytest.FixtureRequest) -> str:
    """Name of a mart that no other test has."""
    return str(request.node.name).removeprefix("test_")


def write(store: ObjectStore, mart: str, table: pa.Table, **options: Any) -> int:
    """Another version of a mart; returns its number."""
    options = {"mode": "append", **options}
    write_deltalake(names.uri("marts", mart), table, storage_options=store.delta_options(), **options)
    return DeltaTable(names.uri("marts", mart), storage_options=store.delta_options()).version()


def pin(mart: str, version: int, files: list[MartFile]) -> MartPin:
    columns = [
        MartColumn(name=name, type=type_, description="", label_de="", unit=None, publish=True)
        for name, type_ in COLUMNS.items()
    ]
    return MartPin(
        version=version,
        uri=names.uri("marts", mart),
        rows=sum(file.rows for file in files),
        checksum="",
        description="A mart",
        inputs=[],
        columns=columns,
        files=files,
    )


def make(store: ObjectStore, **marts: MartPin) -> int:
    """Releases marts; returns the number."""
    last = release.latest(store)
    made = Manifest(
        release=last.release + 1 if last else 1,
        previous=release.seal(store, last.release) if last else None,
        run_id="run",
        created_at=dt.datetime.now(dt.UTC),
        code="",
        silver={},
        marts=marts,
        publications=[],
        feeds={},
    )
    assert release.add(store, made)
    release.switch(store, made.release)
    return made.release


def test_a_release_lists_the_files_of_its_version_and_reads_only_new_ones(store: Counting, mart: str) -> None:
    first = release_files.files(store, mart, write(store, mart, rows(1, 2)), COLUMNS)
    version = write(store, mart, rows(3))
    assert len(first) == len(store.read) == 1
    second = release_files.files(store, mart, version, COLUMNS, first)
    assert len(second) == len(store.read) == 2, "a file that is known is not read again"
    assert set(first) < set(second) and sum(file.rows for file in second) == 3
    replaced = write(store, mart, rows(4), mode="overwrite")
    assert not {*release_files.files(store, mart, replaced, COLUMNS, second)} & {*second}
    assert release_files.files(store, mart, version, COLUMNS, second) == second, "the version stays what it was"


def test_a_release_costs_what_changed_and_names_the_one_before(
    store: Counting, mart: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidate = type("Rows", (str,), {"dtypes": list(COLUMNS.items())})
    monkeypatch.setattr(job, "candidate", lambda _, name, version: candidate(f"{name} {version}"))
    columns = [
        {"name": name, "type": type_, "description": "", "label_de": "", "unit": None, "publish": False}
        for name, type_ in reversed(COLUMNS.items())
    ]
    described = {
        "marts": {name: {"description": "", "inputs": [], "columns": columns} for name in (mart, f"{mart}_2")},
        "tests": {},
        "publications": [],
    }

    def made(run: str, **versions: int) -> Manifest:
        candidates = {name: job.Candidate(version, 2, f"of {name} {version}") for name, version in versions.items()}
        return job.make(
            MagicMock(), store, run_id=run, code="", silver={}, candidates=candidates, described=described,
            sources={}, deliveries={}, changes={}, checked=[],
        )  # fmt: skip

    versions = {mart: write(store, mart, rows(1, 2)), f"{mart}_2": write(store, f"{mart}_2", rows(1, 2))}
    first = made("first", **versions)
    assert made("first", **versions) == first, "a repeated call of the same run finds its own release"
    assert [column.name for column in first.marts[mart].columns] == list(COLUMNS), "in the order of the table"
    store.read.clear()
    versions[mart] = write(store, mart, rows(3, 4), mode="overwrite")
    second = made("second", **versions)
    assert len(store.read) == 1, "a file that is known is not read again"
    assert second.marts[mart].checksum == f"of {mart} {versions[mart]}"
    assert second.marts[f"{mart}_2"] == first.marts[f"{mart}_2"]
    assert second.previous == release.seal(store, first.release)
    assert release.current(store) == second.release
    versions[mart] = write(store, mart, rows(5))
    with pytest.raises(NotReleasable, match="has 2 rows, its files have 3"):
        made("third", **versions)
    assert release.current(store) == second.release


def test_an_analyst_reads_the_listed_files_with_delta_s_names_and_types(
    store: Counting, settings: Settings, mart: str
) -> None:
    version = write(store, mart, rows(1, 2))
    files = release_files.files(store, mart, version, COLUMNS)
    write(store, mart, rows(9))
    made = make(store, **{mart: pin(mart, version, files)}, nothing=pin(mart, 0, []))
    opened = open_release(settings=settings)
    connection = opened.connection
    assert opened.manifest.release == made
    assert connection.execute(f"SELECT id FROM {mart} ORDER BY id").fetchall() == [(1,), (2,)]
    with sql.connect(settings, "spark") as other:
        scan = sql.scan(names.uri("marts", mart), version)
        as_delta = other.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()
        at = other.execute(f'SELECT "at" FROM {scan} LIMIT 1').fetchall()
    for view in (mart, "nothing"):
        described = connection.execute(f"DESCRIBE {view}").fetchall()
        assert [column[:2] for column in described] == [column[:2] for column in as_delta]
    assert connection.execute(f'SELECT "at" FROM {mart} LIMIT 1').fetchall() == at
    assert connection.execute("SELECT count(*) FROM nothing").fetchall() == [(0,)]


def test_a_mart_without_rows_has_no_file(store: Counting, mart: str) -> None:
    table = DeltaTable.create(names.uri("marts", mart), SCHEMA, storage_options=store.delta_options())
    assert release_files.files(store, mart, table.version(), COLUMNS) == []


def test_a_partitioned_mart_is_refused(store: Counting, mart: str) -> None:
    version = write(store, mart, rows(1), partition_by=["day"])
    with pytest.raises(NotReleasable, match="is partitioned"):
        release_files.files(store, mart, version, COLUMNS)


def commit(store: ObjectStore, mart: str, change: Callable[[dict[str, Any]], None]) -> int:
    """Writes version 1 by hand: the first version's actions, changed."""
    log = f"{names.lake_key('marts', mart)}/_delta_log"
    first = store.get(names.LAKE, f"{log}/{0:020}.json").decode().splitlines()
    actions = {key: value for line in first for key, value in json.loads(line).items()}
    change(actions)
    kept = [{key: actions[key]} for key in ("protocol", "metaData", "add")]
    store.put(names.LAKE, f"{log}/{1:020}.json", "\n".join(map(json.dumps, kept)).encode())
    return 1


def test_a_mart_with_deletion_vectors_is_refused(store: Counting, mart: str) -> None:
    write(store, mart, rows(*range(10)))

    def delete_a_row(actions: dict[str, Any]) -> None:
        features = {"readerFeatures": ["deletionVectors"], "writerFeatures": ["deletionVectors"]}
        actions["protocol"] = {"minReaderVersion": 3, "minWriterVersion": 7, **features}
        actions["add"]["deletionVector"] = {
            "storageType": "u", "pathOrInlineDv": VECTOR_NAME, "offset": 1, "sizeInBytes": 34, "cardinality": 1
        }  # fmt: skip

    store.put(names.LAKE, f"{names.lake_key('marts', mart)}/{VECTOR_FILE}", bytes.fromhex(VECTOR))
    with pytest.raises(NotReleasable, match="has deletion vectors"):
        release_files.files(store, mart, commit(store, mart, delete_a_row), COLUMNS)


def test_a_mart_with_mapped_columns_is_refused(store: Counting, mart: str) -> None:
    write(store, mart, rows(1))

    def map_columns(actions: dict[str, Any]) -> None:
        actions["protocol"] = {"minReaderVersion": 2, "minWriterVersion": 5}
        actions["metaData"]["configuration"] = {"delta.columnMapping.mode": "name"}
        schema = json.loads(actions["metaData"]["schemaString"])
        for number, field in enumerate(schema["fields"], start=1):
            field["metadata"] = {"delta.columnMapping.id": number, "delta.columnMapping.physicalName": field["name"]}
        actions["metaData"]["schemaString"] = json.dumps(schema)

    with pytest.raises(NotReleasable, match="maps columns"):
        release_files.files(store, mart, commit(store, mart, map_columns), COLUMNS)


def test_a_file_with_times_without_zone_is_refused(store: Counting, mart: str, tmp_path: Any) -> None:
    """Spark writes them by default (INT96); Delta knows better, but nobody who reads the file alone."""
    version = write(store, mart, rows(1))
    (file,) = release_files.files(store, mart, version, COLUMNS)
    pq.write_table(rows(1), tmp_path / "x", use_deprecated_int96_timestamps=True)
    store.put(names.LAKE, release_files.key(mart, file), (tmp_path / "x").read_bytes())
    with pytest.raises(NotReleasable, match=r"'at': 'TIMESTAMP'.* instead of .*'TIMESTAMP WITH TIME ZONE'"):
        release_files.files(store, mart, version, COLUMNS)


def test_verify_finds_what_is_gone_or_altered(store: Counting, settings: Settings, mart: str) -> None:
    def wrong(*, checksums: bool = False) -> list[str]:
        analyst = ObjectStore.for_role(settings, "analyst")
        return release_files.verify(analyst, since=LONG_AGO, checksums=checksums)

    version = write(store, mart, rows(1, 2))
    files = release_files.files(store, mart, version, COLUMNS)
    number = make(store, **{mart: pin(mart, version, files)})
    make(store, **{mart: pin(mart, version, files)})
    assert wrong(checksums=True) == []

    place = names.LAKE, release_files.key(mart, files[0])
    good = store.get(*place)
    store.put(*place, good[:-1] + b"?")
    assert wrong() == [] and [fault.split(": ")[1] for fault in wrong(checksums=True)] == [
        f"{place[1]} has other bytes than were released"
    ]
    store.put(*place, good + b"?")
    assert f"has {len(good) + 1} bytes instead of {len(good)}" in wrong()[0]
    store.delete(*place)
    assert "is missing" in wrong()[0]
    assert release_files.verify(store, since=dt.datetime.now(dt.UTC), checksums=False) == [], "its retention has passed"
    store.put(*place, good)

    manifest = names.RELEASES, names.manifest_key(number)
    released = store.get(*manifest)
    store.put(*manifest, released.replace(b"A mart", b"A farm"))
    assert wrong() == [f"release {number}: its manifest is not the one that release {number + 1} names"]
    with pytest.raises(ReleaseAltered):
        open_release(number, settings=settings)
    store.put(*manifest, b"{")
    assert f"release {number}: its manifest cannot be read" in wrong()
    store.put(*manifest, released)
    assert wrong() == []


def test_a_stray_object_neither_stops_nor_leads_a_build(
    store: Counting, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    before = release.latest(store)
    with pytest.raises(S3Error, match="AccessDenied"):
        ObjectStore.for_role(settings, "publisher").put(names.RELEASES, "9999/publication.json", b"{}")
    store.put(names.RELEASES, "9999/publication.json", b"{}")
    assert release.latest(store) == before
    assert "9999/publication.json belongs to no release" in caplog.text
    with pytest.raises(LakehouseError, match="there is no release 9999; the newest is"):
        open_release(9999, settings=settings)
