"""What dbt's artifacts say about marts, their inputs and publications."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from lakehouse.errors import SpecError
from lakehouse.spec.source import Source

DBT_SOURCE = "silver"


def staged_feeds(dbt_dir: Path) -> list[str]:
    """Feeds that the marts are built from: each has a staging model `stg_<feed id>.sql`."""
    return sorted(path.stem.removeprefix("stg_") for path in dbt_dir.glob("models/staging/**/stg_*.sql"))


def mart_names(dbt_dir: Path) -> list[str]:
    """Every mart, by its file."""
    return sorted(path.stem for path in dbt_dir.glob("models/marts/**/*.sql"))


def awaited_feeds(dbt_dir: Path) -> list[str]:
    """Feeds without which no release is made; the others are read as empty until their first delivery."""
    project = yaml.safe_load((dbt_dir / "dbt_project.yml").read_text("utf-8"))
    optional = project["vars"]["optional_feeds"]
    if unknown := set(optional) - set(staged_feeds(dbt_dir)):
        raise SpecError(f"{dbt_dir / 'dbt_project.yml'}: optional_feeds names {sorted(unknown)}, which no model stages")
    return [feed for feed in staged_feeds(dbt_dir) if feed not in optional]


def write_sources(sources: dict[str, Source], into: Path) -> None:
    """Writes the dbt source block of some feeds, so that none is listed by hand."""
    tables = [
        {
            "name": source.id,
            "description": f"{source.title}. {source.description}",
            "columns": [{"name": name, "data_type": type_} for name, type_ in source.silver_columns.items()],
        }
        for source in sources.values()
    ]
    block = {"version": 2, "sources": [{"name": DBT_SOURCE, "schema": "silver", "tables": tables}]}
    into.write_text(yaml.safe_dump(block, sort_keys=False, allow_unicode=True), "utf-8")


def describe(manifest_path: Path) -> dict[str, Any]:
    """Marts (description, columns, input feeds, materialization) and publications from dbt's manifest.json."""
    artifact = json.loads(manifest_path.read_text("utf-8"))
    nodes: dict[str, Any] = artifact["nodes"]
    marts = {
        node["name"]: {
            "description": node["description"],
            "columns": [_column(column) for column in node["columns"].values()],
            "inputs": sorted(_inputs(artifact, key)),
            "incremental": node["config"]["materialized"] == "incremental",
        }
        for key, node in nodes.items()
        if node["resource_type"] == "model" and node["fqn"][1] == "marts"
    }
    return {"marts": marts, "publications": [_publication(e) for e in artifact["exposures"].values()]}


def outcomes(run_results_path: Path) -> list[dict[str, Any]]:
    """One row per model, seed and test of the last run: node, kind, status, seconds, message and what was executed."""
    artifact = json.loads(run_results_path.read_text("utf-8"))
    return [
        {
            "node": result["unique_id"].split(".")[2],
            "kind": result["unique_id"].split(".")[0],
            "status": result["status"],
            "seconds": float(result["execution_time"]),
            "message": result["message"],
            "sql": result.get("compiled_code"),
        }
        for result in artifact["results"]
    ]


def _column(column: dict[str, Any]) -> dict[str, Any]:
    meta = column["meta"] or column.get("config", {}).get("meta", {})
    return {
        "name": column["name"],
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
    if key.startswith("source."):
        return {key.rpartition(".")[2]}
    found: set[str] = set()
    for parent in artifact["parent_map"].get(key, []):
        found |= _inputs(artifact, parent)
    return found
