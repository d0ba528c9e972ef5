"""The Parquet files of released marts: which they are, and whether they are still as they were released."""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable
from pydantic import ValidationError

from lakehouse import names
from lakehouse.errors import LakehouseError
from lakehouse.lake import release, sql
from lakehouse.lake.release import Manifest, MartFile
from lakehouse.storage import ObjectStore

Columns = Mapping[str, str]


class NotReleasable(LakehouseError):
    """A mart's files alone are not its rows."""


def files(
    store: ObjectStore, mart: str, version: int, columns: Columns, known: Collection[MartFile] = ()
) -> list[MartFile]:
    """Every file of a mart at one version. Only those that are not known yet are read.

    Args:
        store: store of a role that reads marts.
        mart: name of the mart.
        version: version of its table.
        columns: its columns and their Spark types, in their order.
        known: files of this mart in earlier releases; Delta never writes to a path twice.

    Raises:
        NotReleasable: read without Delta's log the files would not give the mart's rows and columns.
    """
    table = DeltaTable(names.uri("marts", mart), version=version, storage_options=store.delta_options())
    if table.metadata().partition_columns:
        raise NotReleasable(f"{mart} is partitioned, so its files lack columns: build it without partitions")
    if table.metadata().configuration.get("delta.columnMapping.mode", "none") != "none":
        raise NotReleasable(f"{mart} maps columns, so its files name them otherwise: build it without column mapping")
    if pa.table(table.deletion_vectors()).num_rows:
        raise NotReleasable(
            f"{mart} has deletion vectors, so its files hold rows that were deleted: switch them off for the table"
            " and purge them (REORG TABLE … APPLY (PURGE))"
        )
    paths = sorted(pa.table(table.get_add_actions())["path"].to_pylist())
    before = {file.path: file for file in known}
    return [before.get(path) or _read(store, mart, path, columns) for path in paths]


def verify(
    store: ObjectStore, *, since: dt.datetime, checksums: bool, say: Callable[[str], None] = lambda _: None
) -> list[str]:
    """Walks the chain of manifests and looks for every file that they name.

    Args:
        store: store of a role that reads releases and marts.
        since: files of older releases may be gone, as their retention has passed.
        checksums: also read every file and compare its SHA-256.
        say: takes a line for each release.

    Returns:
        what is wrong, a sentence each; empty if everything is as it was released.
    """
    pointer = release.pointer(store)
    sealed: dict[int, dict[str, str]] = defaultdict(dict)
    if pointer:
        sealed[pointer.newest.release]["the pointer to the newest"] = pointer.newest.sha256
        sealed[pointer.current.release]["the pointer to the current"] = pointer.current.sha256
    bodies, found, problems = {}, {}, []
    for number in release.releases(store):
        bodies[number] = store.get(names.RELEASES, names.manifest_key(number))
        try:
            found[number] = Manifest.model_validate_json(bodies[number])
        except ValidationError:
            problems.append(f"release {number}: its manifest cannot be read")
            continue
        if previous := found[number].previous:
            sealed[previous.release][f"release {number}"] = previous.sha256
    for number in sorted({*bodies, *sealed}):
        if number not in bodies:
            problems.append(f"release {number} is missing, but named by {' and '.join(sealed[number])}")
            continue
        actual = release.seal_of(number, bodies[number]).sha256
        if wrong := [who for who, digest in sealed[number].items() if digest != actual]:
            problems.append(f"release {number}: its manifest is not the one that {' and '.join(wrong)} names")
        if pointer and number <= pointer.newest.release and not sealed[number]:
            problems.append(f"release {number}: no other release names it")
    seen: set[tuple[str, MartFile]] = set()
    for number, manifest in sorted(found.items(), reverse=True):
        if manifest.created_at < since:
            say(f"release {number}: its retention has passed, its files were not looked for")
            continue
        wanted = {(mart, file) for mart, pin in manifest.marts.items() for file in pin.files}
        wrong = [f"release {number}: {fault}" for fault in _faults(store, wanted - seen, checksums)]
        say(f"release {number}: {len(wanted)} files, of which {len(wanted - seen)} are in no later release")
        problems += wrong
        seen |= wanted
    return problems


def key(mart: str, file: MartFile) -> str:
    """Key of a file inside the lake bucket."""
    return f"{names.lake_key('marts', mart)}/{file.path}"


def _faults(store: ObjectStore, wanted: Collection[tuple[str, MartFile]], checksums: bool) -> Iterator[str]:
    for mart, file in sorted(wanted, key=lambda pair: key(*pair)):
        size = store.size(names.LAKE, key(mart, file))
        if size is None:
            yield f"{key(mart, file)} is missing"
        elif size != file.bytes:
            yield f"{key(mart, file)} has {size} bytes instead of {file.bytes}"
        elif checksums:
            with _downloaded(store, key(mart, file)) as path:
                if _sha256(path) != file.sha256:
                    yield f"{key(mart, file)} has other bytes than were released"


def _read(store: ObjectStore, mart: str, path: str, columns: Columns) -> MartFile:
    with _downloaded(store, f"{names.lake_key('marts', mart)}/{path}") as local:
        rows, found = sql.parquet(local)
        declared = {column: sql.duckdb_type(type_) for column, type_ in columns.items()}
        if list(found.items()) != list(declared.items()):
            raise NotReleasable(f"{mart}: its file {path} has the columns {found} instead of {declared}")
        return MartFile(path=path, rows=rows, bytes=local.stat().st_size, sha256=_sha256(local))


@contextmanager
def _downloaded(store: ObjectStore, key: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.parquet"
        store.download(names.LAKE, key, path)
        yield path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
