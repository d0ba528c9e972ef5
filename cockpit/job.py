"""The job: a release goes in; its pages, a list of them and at last the pointer come out."""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path

import duckdb

from cockpit import site
from cockpit.site import Links
from lakehouse import names
from lakehouse.lake import asking, sql
from lakehouse.lake import release as releases
from lakehouse.lake.release import Manifest
from lakehouse.settings import Settings
from lakehouse.storage import ObjectStore

# that the start page lists
HISTORY = 20
_TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".pdf": "application/pdf"}
_log = logging.getLogger(__name__)


def make(settings: Settings, release: int | None = None, *, store: ObjectStore | None = None) -> int:
    """Makes the cockpit of a release; that of the current one is then shown.

    A cockpit that is there stays as it was reported, also if the code would make another one of the release today.
    Killed and run again it gives the same bytes, and nothing is shown before all of them are there.

    Args:
        settings: addresses, the analyst's keys to read and Spark's to write, as pages on suites are written.
        release: number of the release; the current one if not given.
        store: object store; by default that of the settings with Spark's keys.

    Returns:
        the release.

    Raises:
        NotFound: there is no such release.
    """
    store = store or ObjectStore.for_role(settings, "spark")
    opened = asking.open_release(release, settings=settings)
    connection, manifest = opened.connection, opened.manifest
    with connection:
        if store.size(names.LAKE, names.cockpit_key(manifest.release, names.COCKPIT_PAGES)) is None:
            _write(store, manifest.release, pages(settings, connection, manifest))
        else:
            _log.info("the cockpit of release %d is there", manifest.release)
    if release is None:
        body = json.dumps({"release": manifest.release}).encode()
        store.put(names.LAKE, names.COCKPIT_POINTER, body, "application/json")
    return manifest.release


def write(settings: Settings, into: Path, release: int | None = None) -> Path:
    """Writes the cockpit of a release into a folder of its number, and the list of those that are in it.

    Returns:
        the first page.
    """
    opened = asking.open_release(release, settings=settings)
    connection, manifest = opened.connection, opened.manifest
    folder = into / str(manifest.release)
    folder.mkdir(parents=True, exist_ok=True)
    with connection:
        for name, body in pages(settings, connection, manifest).items():
            (folder / name).write_bytes(body)
    numbers = sorted((int(path.name) for path in into.iterdir() if path.name.isdigit()), reverse=True)
    listed = site.overview(numbers)
    for name in ("index.html", "staende.html"):
        (into / name).write_bytes(listed)
    return folder / "index.html"


def pages(settings: Settings, connection: duckdb.DuckDBPyConnection, manifest: Manifest) -> dict[str, bytes]:
    """All pages of a release, with the releases before it."""
    objects, history = sql.Objects(connection), list[Manifest]()
    last = manifest
    while last.previous is not None and len(history) < HISTORY:
        last = releases.manifest(objects, last.previous.release)
        history.append(last)
    base = settings.base_iri.rstrip("/")
    links = Links(airflow=settings.airflow_url, catalogue=f"{base}/catalog.ttl" if base else "")
    return site.render(connection, manifest, history, links)


def _write(store: ObjectStore, release: int, made: dict[str, bytes]) -> None:
    for name, body in made.items():
        store.put(names.LAKE, names.cockpit_key(release, name), body, _TYPES[Path(name).suffix])
    listed = {name: hashlib.sha256(body).hexdigest() for name, body in sorted(made.items())}
    body = json.dumps({"release": release, "pages": listed}, indent=1).encode()
    store.put(names.LAKE, names.cockpit_key(release, names.COCKPIT_PAGES), body, "application/json")
