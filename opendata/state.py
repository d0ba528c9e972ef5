"""What was published before: the index beside each edition of the catalogue, found through the entry object."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError
from rdflib import DCAT, RDF, RDFS

from lakehouse import names
from lakehouse.storage import ObjectStore
from opendata import terms
from opendata.files import File, Rendered
from opendata.report import PublishRefused

ENTRY = "catalog.ttl"
_INDEX = re.compile(r"/(catalog/\d+/[0-9a-f]{16}/index\.json)$")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileState(_Record):
    """One published object: its key in the public bucket, checksum and size."""

    key: str
    sha256: str
    bytes: int

    @classmethod
    def of(cls, prefix: str, file: File) -> FileState:
        """Describes a file below a key prefix."""
        return cls(key=prefix + file.name, sha256=file.sha256, bytes=len(file.data))


class DatasetState(_Record):
    """One dataset as it is published. `release` is the first that published this content."""

    content_id: str
    release: int
    rows: int
    version: str
    issued: dt.datetime
    modified: dt.datetime
    columns: dict[str, str]
    csv: FileState
    csvw: FileState
    parquet: FileState

    @property
    def files(self) -> tuple[FileState, FileState, FileState]:
        """CSV, its metadata, Parquet."""
        return self.csv, self.csvw, self.parquet


class Index(_Record):
    """The datasets of one edition of the catalogue."""

    release: int
    base_iri: str
    issued: dt.datetime
    modified: dt.datetime
    datasets: dict[str, DatasetState]

    def to_bytes(self) -> bytes:
        """Stable JSON: equal for equal indexes."""
        return (self.model_dump_json(indent=1) + "\n").encode()


@dataclass(frozen=True)
class Entry:
    """The entry object as it is: its bytes, entity tag and the index of the edition that it shows."""

    data: bytes
    etag: str
    index: Index


def read_entry(store: ObjectStore, base_iri: str) -> Entry | None:
    """Reads what is published now; None before the first time.

    Raises:
        PublishRefused: the entry object or its index cannot be read, or it was published under another base address
            (except on loopback, where nobody harvests).
    """
    found = store.get_with_etag(names.PUBLIC, ENTRY)
    if found is None:
        return None
    data, etag = found
    unreadable = f"{names.PUBLIC}/{ENTRY} does not lead to the index of its datasets, so losses cannot be ruled out"
    graph = terms.new_graph()
    try:
        graph.parse(data=data, format="turtle")
    except Exception as error:  # rdflib raises whatever its parser stumbles over
        raise PublishRefused([f"{unreadable} ({type(error).__name__})"]) from error
    catalogue = graph.value(predicate=RDF.type, object=DCAT.Catalog)
    match = _INDEX.search(str(graph.value(catalogue, RDFS.seeAlso))) if catalogue else None
    body = store.get_with_etag(names.PUBLIC, match[1]) if match else None
    if body is None:
        raise PublishRefused([unreadable])
    try:
        index = Index.model_validate_json(body[0])
    except ValidationError as error:
        raise PublishRefused([unreadable]) from error
    if index.base_iri != base_iri and not {urlsplit(i).hostname for i in (index.base_iri, base_iri)} <= _LOOPBACK:
        raise PublishRefused(
            [f"BASE_IRI is {base_iri}, but the catalogue was published as {index.base_iri}; identifiers never change"]
        )
    return Entry(data, etag, index)


def advance(
    rendered: Rendered, previous: DatasetState | None, release: int, created_at: dt.datetime, now: dt.datetime
) -> DatasetState:
    """State of a dataset after this run: the old one, unless its content changed.

    Args:
        rendered: the files to be published.
        previous: what the entry object shows, if it shows the dataset.
        release: number of the release.
        created_at: when the release was made; the time of a change, so a run that is repeated writes the same.
        now: time of a change back to an older release, because `dct:modified` only moves forward.
    """
    described = {kind: FileState.of(rendered.prefix, getattr(rendered, kind)) for kind in ("csv", "csvw", "parquet")}
    if previous is not None and previous.content_id == rendered.content_id:
        return previous.model_copy(update=described)
    modified = created_at if previous is None else forward(previous.modified, created_at, now)
    return DatasetState(
        content_id=rendered.content_id,
        release=release,
        rows=rendered.rows,
        version=next_version(previous, rendered.columns),
        issued=modified if previous is None else previous.issued,
        modified=modified,
        columns=rendered.columns,
        **described,
    )


def next_index(
    entry: Entry | None, release: int, base_iri: str, datasets: Mapping[str, DatasetState], now: dt.datetime
) -> Index:
    """Index of an edition. The catalogue counts as modified when a dataset changed, came or went.

    Args:
        entry: what is published now.
        release: number of the release.
        base_iri: public base.
        datasets: their states after this run.
        now: time of the run.
    """
    newest = max((dataset.modified for dataset in datasets.values()), default=now)
    previous = entry.index if entry else None
    if previous is None:
        modified = newest
    elif _contents(previous.datasets) == _contents(datasets):
        modified = previous.modified
    else:
        modified = forward(previous.modified, newest, now)
    return Index(
        release=release,
        base_iri=base_iri,
        issued=previous.issued if previous else modified,
        modified=modified,
        datasets=dict(datasets),
    )


def _contents(datasets: Mapping[str, DatasetState]) -> dict[str, str]:
    return {slug: dataset.content_id for slug, dataset in datasets.items()}


def forward(before: dt.datetime, wanted: dt.datetime, now: dt.datetime) -> dt.datetime:
    """A time after `before`: the one wanted if it is, else that of the run, whatever its clock says."""
    return wanted if wanted > before else max(now, before + dt.timedelta(seconds=1))


def next_version(previous: DatasetState | None, columns: Mapping[str, str]) -> str:
    """Semantic version of data: a column gone or retyped is major, a new one minor, anything else a patch."""
    if previous is None:
        return "1.0.0"
    major, minor, patch = map(int, previous.version.split("."))
    if any(columns.get(name) != kind for name, kind in previous.columns.items()):
        return f"{major + 1}.0.0"
    if set(columns) - set(previous.columns):
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}"
