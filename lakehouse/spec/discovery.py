"""Finds and reads what is declared below a folder: a `source.yml` for each delivery, and the tables that it fills."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from lakehouse import names
from lakehouse.errors import SpecError
from lakehouse.spec.inbox import TOLD
from lakehouse.spec.source import Source

DECLARATION, TABLES = "source.yml", "tables"


def delivery_ids(sources_dir: Path) -> list[str]:
    """Everything that is delivered below a folder: each of its folders that holds a `source.yml`, unread."""
    return sorted(path.parent.name for path in sources_dir.glob(f"*/{DECLARATION}"))


def feed_ids(sources_dir: Path) -> list[str]:
    """Every feed, which is a silver table: a delivery, or the tables that one fills. Nothing is read."""
    several = {path.parent.parent.name: path for path in sources_dir.glob(f"*/{TABLES}/*.yml")}
    single = [delivery for delivery in delivery_ids(sources_dir) if delivery not in several]
    return sorted([*single, *(path.stem for path in sources_dir.glob(f"*/{TABLES}/*.yml"))])


def source_path(sources_dir: Path, feed: str) -> Path:
    """Where a feed is declared; a path that does not exist if it is not."""
    tables = sorted(sources_dir.glob(f"*/{TABLES}/{feed}.yml"))
    return tables[0] if tables else sources_dir / feed / DECLARATION


def delivery_of(sources_dir: Path, feed: str) -> str:
    """What is delivered when a feed is: itself, or the delivery that fills it and other tables. Nothing is read."""
    path = source_path(sources_dir, feed)
    return path.parent.parent.name if path.parent.name == TABLES else feed


def load_source(path: Path) -> Source:
    """Reads one declaration, which is parsed once per process as long as its text stays the same.

    Args:
        path: a `source.yml`, or a table beside one.

    Raises:
        SpecError: the file is not valid YAML, has unknown keys or contradicts itself; names file, field and reason.
    """
    try:
        shared = path.parent.parent / DECLARATION if path.parent.name == TABLES else None
        return _parse(path, path.read_text("utf-8"), "" if shared is None else shared.read_text("utf-8"))
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'source'}: {e['msg']}" for e in error.errors())
        raise SpecError(f"{path}: {problems}") from None
    except (OSError, ValueError, TypeError, yaml.YAMLError) as error:
        raise SpecError(f"{path}: {error}") from None


# a task's process has read the file already when it made the task's DAG
@lru_cache(maxsize=256)
def _parse(path: Path, text: str, shared: str) -> Source:
    folder = path.parent.parent if shared else path.parent
    feed = path.stem if shared else folder.name
    for name in {feed, folder.name}:
        names.check_feed_id(name)
    # the parser in C, and as safe: every process that parses DAGs reads every source
    declared = yaml.load(text, Loader=yaml.CSafeLoader)
    if shared:
        declared = _merged(yaml.load(shared, Loader=yaml.CSafeLoader), declared)
    return Source(**declared, id=feed, delivery=folder.name, folder=folder)


def _merged(shared: dict[str, Any], table: dict[str, Any]) -> dict[str, Any]:
    declared = {**shared, **table}
    if shared.get("fetch", {}).get("connector") != "inbox":
        return declared
    told = [{"name": name, "made_by": "path", "required": True} for name in TOLD]
    return {
        **declared,
        "columns": [*told, *map(_typed_by_people, declared.get("columns", []))],
        "key": [*TOLD, *key] if (key := declared.get("key", [])) else [],
        "load": {"kind": "snapshot", "replaces": list(TOLD)},
    }


def _typed_by_people(column: dict[str, Any]) -> dict[str, Any]:
    match column.get("type", "string"):
        case "string" | "timestamp":
            written: dict[str, Any] = {}
        case "date":
            written = {"format": "d.M.yyyy"}
        case "boolean":
            written = {"booleans": {"true": ["ja", "Ja", "JA"], "false": ["nein", "Nein", "NEIN"]}}
        case _:
            written = {"numbers": {"decimal": ",", "thousands": "."}}
    return {**written, **column}


def load_delivery(sources_dir: Path, delivery: str) -> list[Source]:
    """The tables that a delivery fills, each behind those that it refers to; a feed of its own is the only one.

    Raises:
        SpecError: a declaration is invalid, refers to a column that is not there, or tables refer to each other.
    """
    folder = sources_dir / delivery
    paths = sorted(folder.glob(f"{TABLES}/*.yml"))
    waiting = [load_source(path) for path in paths] or [load_source(folder / DECLARATION)]
    tables = {source.id: source for source in waiting}
    for source in waiting:
        for column in source.columns:
            feed, _, name = (column.refers_to or "").partition(".")
            if feed and (feed not in tables or name not in tables[feed].silver_columns):
                raise SpecError(f"{source_path(sources_dir, source.id)}: {column.refers_to} is not in this delivery")
    ordered: list[Source] = []
    while waiting:
        known = {source.id for source in ordered}
        ready = [s for s in waiting if {feed for feed in _referred(s) if feed != s.id} <= known]
        if not ready:
            raise SpecError(f"{folder / TABLES}: {', '.join(s.id for s in waiting)} refer to each other")
        ordered += ready
        waiting = [source for source in waiting if source not in ready]
    return ordered


def about(source: Source) -> tuple[str, str]:
    """Title and description of the delivery that fills a table, which has a title and a description of its own."""
    shared = yaml.load((source.folder / DECLARATION).read_text("utf-8"), Loader=yaml.CSafeLoader)
    return shared.get("title", source.title), shared.get("description", source.description)


def _referred(source: Source) -> set[str]:
    return {column.refers_to.partition(".")[0] for column in source.columns if column.refers_to}


def load_sources(sources_dir: Path, feeds: Iterable[str]) -> dict[str, Source]:
    """Some feeds, by id. Raises SpecError."""
    return {feed: load_source(source_path(sources_dir, feed)) for feed in feeds}


def discover(sources_dir: Path) -> dict[str, Source]:
    """Every feed below a folder, by id. Raises SpecError."""
    return load_sources(sources_dir, feed_ids(sources_dir))


def readable(sources_dir: Path, feeds: Iterable[str]) -> tuple[dict[str, Source], dict[str, str]]:
    """Some feeds as far as they can be read, and why the others cannot, by id: one of them must not stop all."""
    sources: dict[str, Source] = {}
    refused: dict[str, str] = {}
    for feed in feeds:
        try:
            sources |= load_sources(sources_dir, [feed])
        except SpecError as error:
            refused[feed] = str(error)
    return sources, refused


def deliverable(sources_dir: Path, deliveries: Iterable[str]) -> tuple[dict[str, list[Source]], dict[str, str]]:
    """The tables of some deliveries as far as they can be read, and why the others cannot, by id of the delivery."""
    tables: dict[str, list[Source]] = {}
    refused: dict[str, str] = {}
    for delivery in deliveries:
        try:
            tables[delivery] = load_delivery(sources_dir, delivery)
        except SpecError as error:
            refused[delivery] = str(error)
    return tables, refused
