"""What a publication writes: objects that never change, the one entry object that is switched, and the report."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace

from rdflib import RDFS, Graph

from lakehouse import names
from lakehouse.storage import Conflict, ObjectStore
from opendata import files
from opendata.catalogue import Iris
from opendata.files import File, Rendered
from opendata.report import PublishRefused, PublishReport
from opendata.state import ENTRY, Entry, FileState, Index

TURTLE = "text/turtle; charset=utf-8"


def adopt(store: ObjectStore, rendered: Rendered) -> tuple[Rendered, tuple[File, ...]]:
    """Compares files with what is already published under the same content id; uploads nothing.

    Returns:
        The files as they are or will be published, and those that are missing. Of a Parquet file with the same rows
        that another version of pyarrow wrote, the published bytes stay.

    Raises:
        PublishRefused: an object exists with other bytes.
    """
    missing = []
    for file in rendered.files:
        found = store.get_with_etag(names.PUBLIC, rendered.prefix + file.name)
        if found is None:
            missing.append(file)
        elif found[0] != file.data:
            if file.content_type != files.PARQUET_TYPE or not files.same_rows(found[0], file.data):
                raise _changed(rendered.prefix + file.name)
            rendered = replace(rendered, parquet=replace(file, data=found[0]))
    return rendered, tuple(missing)


def put_once(store: ObjectStore, key: str, data: bytes, content_type: str) -> bool:
    """Creates an object; False if it is there already with the same bytes. Raises PublishRefused if with others."""
    found = store.get_with_etag(names.PUBLIC, key)
    if found is None and store.put_new(names.PUBLIC, key, data, content_type):
        return True
    if (found[0] if found else store.get(names.PUBLIC, key)) != data:
        raise _changed(key)
    return False


def verify(store: ObjectStore, file: FileState) -> None:
    """Reads a published object back, whoever uploaded it.

    Raises:
        PublishRefused: it is missing, or has not the size and checksum that the catalogue states.
    """
    found = store.get_with_etag(names.PUBLIC, file.key)
    if found is None:
        raise PublishRefused([f"{file.key} does not exist, but the catalogue names it"])
    if len(found[0]) != file.bytes or hashlib.sha256(found[0]).hexdigest() != file.sha256:
        raise PublishRefused([f"{file.key} does not have the size and checksum that the catalogue states"])


def put_edition(store: ObjectStore, graph: Graph, index: Index) -> tuple[bytes, int]:
    """Uploads an edition: index and catalogue under a prefix that is named by release and content.

    One release can have several editions: after a rollback its datasets carry new modification times.

    Args:
        store: object store.
        graph: the checked catalogue; gets a link to the index, through which the next run finds it.
        index: state of the same datasets.

    Returns:
        The catalogue's bytes and the number of objects that were new.
    """
    body = index.to_bytes()
    digest = hashlib.sha256(body + turtle(graph)).hexdigest()[:16]
    prefix = f"catalog/{index.release}/{digest}/"
    iris = Iris(index.base_iri)
    graph.add((iris.catalogue, RDFS.seeAlso, iris.file(prefix + "index.json")))
    edition = turtle(graph)
    uploaded = put_once(store, prefix + "index.json", body, "application/json")
    return edition, uploaded + put_once(store, prefix + "catalog.ttl", edition, TURTLE)


def turtle(graph: Graph) -> bytes:
    """Turtle in UTF-8; equal bytes for equal graphs, because there are no blank nodes."""
    return graph.serialize(format="turtle").encode("utf-8")


def switch(store: ObjectStore, entry: Entry | None, edition: bytes) -> bool:
    """Makes the entry object show an edition; False if it does already.

    Raises:
        PublishRefused: somebody else made it show another edition since this run began.
    """
    if entry is not None and entry.data == edition:
        return False
    try:
        store.put_if_match(names.PUBLIC, ENTRY, edition, entry.etag if entry else None, TURTLE)
    except Conflict:
        if store.get(names.PUBLIC, ENTRY) == edition:
            return False  # the same run at the same time was faster
        raise PublishRefused(["somebody else published in the meantime; run it again"]) from None
    return True


def put_report(store: ObjectStore, report: PublishReport) -> None:
    """Writes down what is published and what was held back, in the lake; the same publication gives the same bytes."""
    said = asdict(report)
    # what one run had to do for it differs after a kill or a second run
    for of_the_run in ("uploaded", "switched"):
        del said[of_the_run]
    for dataset in said["published"]:
        del dataset["changed"]
    key, body = names.publication_key(report.release), json.dumps(said, indent=1).encode()
    found = store.get_with_etag(names.LAKE, key)
    if found is None or found[0] != body:
        store.put(names.LAKE, key, body, "application/json")


def _changed(key: str) -> PublishRefused:
    return PublishRefused([f"{key} exists with other bytes; published objects never change"])
