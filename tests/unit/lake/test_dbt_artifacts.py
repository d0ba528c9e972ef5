"""What is read from dbt's artifacts, and the source block that is written for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from lakehouse.errors import SpecError
from lakehouse.lake.dbt_artifacts import awaited_feeds, describe, outcomes, staged_feeds, write_sources
from lakehouse.lake.release import MartColumn, Publication
from tests.support import example


def model(name: str, layer: str, materialized: str = "table", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "resource_type": "model",
        "fqn": ["smartvest", layer, name],
        "description": f"One {name}",
        "config": {"materialized": materialized},
        "columns": {},
        **more,
    }


LABEL = {"label_de": "Anzahl", "unit": "1", "publish": True}
MANIFEST: dict[str, Any] = {
    "nodes": {
        "model.smartvest.stg_town__tree": model("stg_town__tree", "staging", "view"),
        "model.smartvest.int_tree": model("int_tree", "intermediate", "ephemeral"),
        "model.smartvest.mart_tree": model(
            "mart_tree",
            "marts",
            columns={
                "ags": {"name": "ags", "description": "Key", "meta": {"label_de": "Schlüssel"}},
                "trees": {"name": "trees", "description": "Count", "meta": {}, "config": {"meta": LABEL}},
            },
        ),
        "model.smartvest.fct_tree": model("fct_tree", "marts", "incremental"),
        "seed.smartvest.rivers": {"name": "rivers", "resource_type": "seed", "fqn": ["smartvest", "marts", "rivers"]},
        "test.smartvest.unique_ags.1": {"name": "unique", "resource_type": "test", "fqn": ["smartvest", "marts", "u"]},
    },
    "parent_map": {
        "model.smartvest.stg_town__tree": ["source.smartvest.silver.town__tree"],
        "model.smartvest.int_tree": ["model.smartvest.stg_town__tree", "seed.smartvest.rivers"],
        "model.smartvest.mart_tree": ["model.smartvest.int_tree", "source.smartvest.silver.land__river"],
        "model.smartvest.fct_tree": ["model.smartvest.stg_town__tree"],
        "seed.smartvest.rivers": [],
    },
    "exposures": {
        "exposure.smartvest.tree": {
            "description": "All trees",
            "depends_on": {"nodes": ["model.smartvest.mart_tree"]},
            "meta": {},
            "config": {"meta": {"dataset": "tree", "hvd": False}},
        }
    },
}


@pytest.fixture
def described(tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(MANIFEST), "utf-8")
    return describe(path)


def test_only_models_of_the_marts_folder_are_marts(described: dict[str, Any]) -> None:
    assert set(described["marts"]) == {"mart_tree", "fct_tree"}
    assert {name: mart["incremental"] for name, mart in described["marts"].items()} == {
        "mart_tree": False,
        "fct_tree": True,
    }


def test_inputs_are_the_feeds_behind_all_parents(described: dict[str, Any]) -> None:
    assert described["marts"]["mart_tree"]["inputs"] == ["land__river", "town__tree"]
    assert described["marts"]["fct_tree"]["inputs"] == ["town__tree"]


def test_columns_say_what_may_leave_and_nothing_leaves_by_default(described: dict[str, Any]) -> None:
    columns = described["marts"]["mart_tree"]["columns"]
    assert columns == [
        {"name": "ags", "description": "Key", "label_de": "Schlüssel", "unit": None, "publish": False},
        {"name": "trees", "description": "Count", "label_de": "Anzahl", "unit": "1", "publish": True},
    ]
    assert all(MartColumn(**column, type="string") for column in columns), "the manifest takes it as it is"


def test_a_column_without_label_is_an_error(tmp_path: Path) -> None:
    broken = json.loads(json.dumps(MANIFEST))
    broken["nodes"]["model.smartvest.mart_tree"]["columns"]["ags"]["meta"] = {"publish": True}
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(broken), "utf-8")
    with pytest.raises(KeyError, match="label_de"):
        describe(path)


def test_publications_are_the_exposures(described: dict[str, Any]) -> None:
    meta = {"dataset": "tree", "hvd": False}
    assert described["publications"] == [
        {"dataset": "tree", "mart": "mart_tree", "description": "All trees", "meta": meta}
    ]
    assert Publication(**described["publications"][0])


def test_an_exposure_of_two_marts_is_an_error(tmp_path: Path) -> None:
    broken = json.loads(json.dumps(MANIFEST))
    broken["exposures"]["exposure.smartvest.tree"]["depends_on"]["nodes"].append("model.smartvest.fct_tree")
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(broken), "utf-8")
    with pytest.raises(ValueError, match="too many values"):
        describe(path)


def test_every_outcome_is_kept(tmp_path: Path) -> None:
    results = [
        {
            "unique_id": "model.smartvest.mart_tree",
            "status": "success",
            "execution_time": 1,
            "message": "OK",
            "compiled_code": "SELECT 1",
        },
        {"unique_id": "test.smartvest.unique_ags.1f", "status": "fail", "execution_time": 0.5, "message": "Got 2"},
        {"unique_id": "seed.smartvest.rivers", "status": "skipped", "execution_time": 0.0, "message": None},
    ]
    path = tmp_path / "run_results.json"
    path.write_text(json.dumps({"results": results}), "utf-8")
    assert outcomes(path) == [
        {"node": "mart_tree", "kind": "model", "status": "success", "seconds": 1.0, "message": "OK", "sql": "SELECT 1"},
        {"node": "unique_ags", "kind": "test", "status": "fail", "seconds": 0.5, "message": "Got 2", "sql": None},
        {"node": "rivers", "kind": "seed", "status": "skipped", "seconds": 0.0, "message": None, "sql": None},
    ]


def test_staged_feeds_are_found_by_the_names_of_their_models(tmp_path: Path) -> None:
    for name in ("staging/stg_town__tree.sql", "staging/land/stg_land__river.sql", "staging/other.sql",
                 "staging/stg_notes.md", "marts/stg_no__feed.sql"):  # fmt: skip
        path = tmp_path / "models" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert staged_feeds(tmp_path) == ["land__river", "town__tree"]
    project = tmp_path / "dbt_project.yml"
    project.write_text("vars: {optional_feeds: [land__river]}", "utf-8")
    assert awaited_feeds(tmp_path) == ["town__tree"]
    project.write_text("vars: {optional_feeds: [land__rivre]}", "utf-8")
    with pytest.raises(SpecError, match="land__rivre"):
        awaited_feeds(tmp_path)


def test_the_source_block_lists_every_feed_with_its_silver_columns(tmp_path: Path) -> None:
    sources = {feed: example.source(tmp_path, feed, constants={"year": 2020}) for feed in ("town__tree", "land__river")}
    into = tmp_path / "_sources.yml"
    write_sources(sources, into)
    block = yaml.safe_load(into.read_text("utf-8"))
    (silver,) = block["sources"]
    assert (block["version"], silver["name"], silver["schema"]) == (2, "silver", "silver")
    assert [table["name"] for table in silver["tables"]] == ["town__tree", "land__river"]
    assert silver["tables"][0]["description"] == "Trees. Every tree of the town."
    assert silver["tables"][0]["columns"] == [
        {"name": "tree", "data_type": "string"},
        {"name": "species", "data_type": "string"},
        {"name": "year", "data_type": "int"},
    ]
