"""What dbt's artifacts say about marts, their inputs and publications."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from lakehouse import names
from lakehouse.administrations import ADMINISTRATIONS
from lakehouse.errors import SpecError
from lakehouse.lake import ops
from lakehouse.lake.deliveries import OUTCOMES, REASONS
from lakehouse.spec.discovery import about
from lakehouse.spec.inbox import Inbox
from lakehouse.spec.source import Source

DBT_SOURCE = "silver"
OWN_MACROS = "macro.smartvest."
_GROWS = f"{OWN_MACROS}silver_changes"


def staged_feeds(dbt_dir: Path) -> list[str]:
    """Feeds that the marts are built from: each has a staging model `stg_<feed id>.sql`."""
    return sorted(path.stem.removeprefix("stg_") for path in dbt_dir.glob("models/staging/**/stg_*.sql"))


def variables(dbt_dir: Path) -> dict[str, Any]:
    """Variables of the project."""
    found: dict[str, Any] = yaml.safe_load((dbt_dir / "dbt_project.yml").read_text("utf-8"))["vars"]
    return found


def awaited_feeds(dbt_dir: Path) -> list[str]:
    """Feeds without which no release is made; the others are read as empty until their first delivery."""
    awaited: list[str] = variables(dbt_dir)["awaited_feeds"]
    if unknown := set(awaited) - set(staged_feeds(dbt_dir)):
        raise SpecError(f"{dbt_dir / 'dbt_project.yml'}: awaited_feeds names {sorted(unknown)}, which no model stages")
    return sorted(awaited)


def write_sources(sources: Mapping[str, Source], every: Mapping[str, Source], into: Path) -> None:
    """Writes the dbt sources, so that none is listed by hand.

    Args:
        sources: the feeds that models read.
        every: all feeds of which something may be written down in `ops`.
        into: the file.
    """
    tables = [
        {
            "name": source.id,
            "description": f"{source.title}. {source.description}",
            "columns": [{"name": name, "data_type": type_} for name, type_ in source.stored_columns.items()],
            "config": {"meta": {"codes": {c.name: c.codes for c in source.columns if c.codes}}},
        }
        for source in sources.values()
    ]
    own = [_own(pin, every) for pin in ops.PINNED]
    block = {
        "version": 2,
        "sources": [
            {"name": DBT_SOURCE, "schema": "silver", "tables": tables},
            {"name": "ops", "schema": "ops", "tables": own},
        ],
    }
    into.write_text(yaml.safe_dump(block, sort_keys=False, allow_unicode=True), "utf-8")


def describe(manifest_path: Path, given: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    """What dbt's manifest.json says of marts and publications.

    Args:
        manifest_path: the file.
        given: variables of the project, which no manifest holds and which decide what marts hold.

    Returns:
        `marts`, by name of the table: what `lakehouse.lake.release.MartPin` takes (texts, key, input feeds, `code`,
        each column with its declared type), and how it is built: `incremental`, and `path` of its file. `tests`,
        by name: the marts that each `reads`, its `severity` (error or warn), its `owner` and its `sentence_de`.
        `publications`.
    """
    artifact = json.loads(manifest_path.read_text("utf-8"))
    nodes: dict[str, Any] = artifact["nodes"]
    keys = _keys(nodes)
    marts = {
        node["alias"]: {
            "description": node["description"],
            "theme": node["fqn"][2],
            "title_de": node["config"]["meta"]["title_de"],
            "owner": node["config"]["meta"]["owner"],
            "freshness": node["config"]["meta"]["freshness"],
            "deprecated_until": (node.get("deprecation_date") or "")[:10] or None,
            "key": keys.get(key, []),
            "columns": [_column(column) for column in node["columns"].values()],
            "inputs": sorted(_inputs(artifact, key)),
            "code": code_of(artifact, key, given),
            "incremental": node["config"]["materialized"] == "incremental",
            "path": node["original_file_path"],
        }
        for key, node in nodes.items()
        if _is_mart(node)
    }
    tests = {node["name"]: _test(artifact, key) for key, node in nodes.items() if node["resource_type"] == "test"}
    publications = [_publication(e) for e in artifact["exposures"].values()]
    return {"marts": marts, "tests": tests, "publications": publications}


def code_of(artifact: dict[str, Any], key: str, given: Mapping[str, Any] = MappingProxyType({})) -> str:
    """Fingerprint of everything in the project that decides what a node holds: models, macros, columns of the feeds.

    A model that reads no feed, or what was written down of all of them, may read what is declared of all of them.
    """
    above = _above(artifact, key)
    sources = sorted(node for node in above if node.startswith("source."))
    if not all(node.startswith(f"source.smartvest.{DBT_SOURCE}.") for node in sources) or not sources:
        sources = sorted(artifact["sources"])
    macros: set[str] = set()
    digest = hashlib.sha256(json.dumps(dict(given), sort_keys=True).encode())
    for node in sorted(above & set(artifact["nodes"])):
        model = artifact["nodes"][node]
        types = {name: column["data_type"] for name, column in model["columns"].items()}
        digest.update(f"{node}\0{model['checksum']['checksum']}\0{types}\0".encode())
        _collect(artifact["macros"], model["depends_on"]["macros"], macros)
        # dbt notes a macro when it is called, and this one is called only where there is something to add to
        if model["config"]["materialized"] == "incremental" and _GROWS in artifact["macros"]:
            _collect(artifact["macros"], [_GROWS], macros)
    for macro in sorted(macros):
        digest.update(f"{macro}\0{artifact['macros'][macro]['macro_sql']}\0".encode())
    for source in sources:
        declared = artifact["sources"][source]
        digest.update(json.dumps([source, declared["columns"], declared["meta"]], sort_keys=True).encode())
    return digest.hexdigest()


def outcomes(run_results_path: Path, tests: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What became of each model, seed and test in the last run.

    Args:
        run_results_path: dbt's run_results.json.
        tests: those of the project, see `describe`.

    Returns:
        node, kind, status, seconds, message, how many rows fail a test, and what was executed; of a test also what its
        declaration says of it.
    """
    artifact = json.loads(run_results_path.read_text("utf-8"))
    return [_outcome(result, tests) for result in artifact["results"]]


def _outcome(result: dict[str, Any], tests: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    kind, _, name = result["unique_id"].split(".", 2)
    # the name of a test is followed by a hash
    node = name.split(".")[0] if kind == "test" else name
    said = tests[node] if kind == "test" else {}
    return {
        "node": node,
        "kind": kind,
        "status": result["status"],
        "seconds": float(result["execution_time"]),
        "severity": said.get("severity"),
        "owner": said.get("owner"),
        "sentence_de": said.get("sentence_de"),
        "message": result["message"],
        "failing_rows": result.get("failures") if kind == "test" else None,
        "sql": result.get("compiled_code"),
    }


def _own(pin: str, every: Mapping[str, Source]) -> dict[str, Any]:
    """What is written down of deliveries, with what is declared of all that may deliver and be delivered."""
    return {
        "name": pin,
        "description": "What became of each delivery in each table that it fills.",
        "columns": [{"name": name, "data_type": type_} for name, type_ in ops.TABLES[ops.PINNED[pin]].items()],
        "config": {
            "meta": {
                "location": names.spark_uri("ops", ops.PINNED[pin]),
                "codes": {"outcome": dict(OUTCOMES), "reason": dict(REASONS)},
                "administrations": dict(ADMINISTRATIONS),
                "feeds": {feed: _declared(source) for feed, source in every.items()},
            }
        },
    }


def _declared(source: Source) -> dict[str, Any]:
    promise, fetch = source.health, source.fetch
    return {
        "title": source.title,
        "owner": source.owner,
        "delivered_as": source.delivery,
        "delivered_title": about(source)[0],
        "schedule": source.schedule,
        "cadence_days": promise.cadence_days if promise else None,
        "grace_days": promise.grace_days if promise else None,
        "fictitious": bool(source.fictitious),
        "workbook": fetch.model_dump(include={"period", "since", "due_days"}) if isinstance(fetch, Inbox) else None,
    }


def _column(column: dict[str, Any]) -> dict[str, Any]:
    meta = column["meta"] or column.get("config", {}).get("meta", {})
    return {
        "name": column["name"],
        "type": column["data_type"],
        "description": column["description"],
        "label_de": meta["label_de"],
        "unit": meta.get("unit"),
        "publish": bool(meta.get("publish", False)),
    }


def _publication(exposure: dict[str, Any]) -> dict[str, Any]:
    meta = exposure["meta"] or exposure["config"]["meta"]
    (mart,) = (node.split(".")[2] for node in exposure["depends_on"]["nodes"])
    return {"dataset": meta["dataset"], "mart": mart, "description": exposure["description"], "meta": meta}


def _inputs(artifact: dict[str, Any], key: str) -> set[str]:
    return {node.rpartition(".")[2] for node in _above(artifact, key) if node.startswith("source.")}


def _above(artifact: dict[str, Any], key: str) -> set[str]:
    """A node, and all that it is made of."""
    found: set[str] = set()
    waiting = [key]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += artifact["parent_map"].get(node, [])
    return found


def _tables(artifact: dict[str, Any], key: str) -> set[str]:
    """The marts that a node reads, also through models that are no tables."""
    found: set[str] = set()
    for parent in artifact["parent_map"].get(key, []):
        node = artifact["nodes"].get(parent, {"resource_type": "source"})
        is_mart = node["resource_type"] == "model" and node["fqn"][1] == "marts"
        found |= {node["alias"]} if is_mart else _tables(artifact, parent)
    return found


def _test(artifact: dict[str, Any], key: str) -> dict[str, Any]:
    node, reads = artifact["nodes"][key], sorted(_tables(artifact, key))
    return {
        "reads": reads,
        "severity": node["config"]["severity"].lower(),
        "owner": _owner(artifact, [node.get("attached_node"), *node["depends_on"]["nodes"]], reads),
        "sentence_de": node["config"]["meta"]["sentence_de"],
    }


def _owner(artifact: dict[str, Any], named: list[str | None], reads: list[str]) -> str | None:
    """Who answers for the mart that a test is attached to, or names first, or else reads through other models."""
    marts = [node for node in map(artifact["nodes"].get, named) if node and _is_mart(node)]
    behind = [node for node in artifact["nodes"].values() if node.get("alias") in reads[:1] and _is_mart(node)]
    return next((node["config"]["meta"]["owner"] for node in [*marts, *behind]), None)


def _is_mart(node: dict[str, Any]) -> bool:
    return bool(node["resource_type"] == "model" and node["fqn"][1] == "marts")


def _collect(macros: dict[str, Any], called: list[str], into: set[str]) -> None:
    """Adds the project's own macros that are called, by each other too; those of dbt change with the lock file."""
    for macro in called:
        if macro.startswith(OWN_MACROS) and macro not in into:
            into.add(macro)
            _collect(macros, macros[macro]["depends_on"]["macros"], into)


def _keys(nodes: dict[str, Any]) -> dict[str, list[str]]:
    """What tells the rows of a model apart, by its node: the key in its test `holds`."""
    tests = (node for node in nodes.values() if (node.get("test_metadata") or {}).get("name") == "holds")
    return {test["attached_node"]: key for test in tests if (key := test["test_metadata"]["kwargs"].get("key"))}
