"""What is read from dbt's artifacts, and the source block that is written for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from lakehouse.errors import SpecError
from lakehouse.lake import ops
from lakehouse.lake.dbt_artifacts import awaited_feeds, code_of, describe, staged_feeds, write_sources
from lakehouse.lake.release import MartColumn, Publication
from lakehouse.settings import CHECKOUT
from lakehouse.spec.discovery import load_source
from tests.support import example

WORKBOOK = "vest__trend"


def model(name: str, layer: str, materialized: str = "table", macros: tuple[str, ...] = (), **more: Any) -> Any:
    meta = {"title_de": f"Titel von {name}", "owner": "Office", "freshness": "daily"}
    return {
        "name": name,
        "alias": name,
        "resource_type": "model",
        "fqn": ["smartvest", layer, "b_trees", name],
        "description": f"One {name}",
        "config": {"materialized": materialized, "meta": meta},
        "columns": {},
        "checksum": {"checksum": f"bytes of {name}"},
        "depends_on": {"macros": list(macros)},
        "original_file_path": f"models/{layer}/{name}.sql",
        **more,
    }


def macro(text: str, *called: str) -> dict[str, Any]:
    return {"macro_sql": text, "depends_on": {"macros": list(called)}}


def holds(name: str, attached: str, **arguments: Any) -> dict[str, Any]:
    return {
        "name": name,
        "resource_type": "test",
        "fqn": ["smartvest", "marts", "b_trees", "holds"],
        "config": {"severity": "ERROR", "meta": {"sentence_de": f"Was {name} sagt."}},
        "depends_on": {"nodes": [attached]},
        "attached_node": attached,
        "test_metadata": {"name": "holds", "kwargs": arguments},
    }


def declared(**columns: str) -> dict[str, Any]:
    return {"columns": {name: {"data_type": type_} for name, type_ in columns.items()}, "meta": {"codes": {}}}


LABEL = {"label_de": "Anzahl", "unit": "1", "publish": True}
TREE = "model.smartvest.mart_tree"
MANIFEST: dict[str, Any] = {
    "nodes": {
        "model.smartvest.stg_town__tree": model("stg_town__tree", "staging", "view", ("macro.smartvest.silver",)),
        "model.smartvest.int_tree": model("int_tree", "intermediate", "ephemeral"),
        TREE: model(
            "mart_tree",
            "marts",
            columns={
                "ags": {"name": "ags", "data_type": "string", "description": "Key", "meta": {"label_de": "Schlüssel"}},
                "trees": {
                    "name": "trees", "data_type": "bigint", "description": "Count", "meta": {},
                    "config": {"meta": LABEL},
                },
            },
            deprecation_date="2027-06-30T00:00:00+00:00",
        ),
        "model.smartvest.fct_tree": model("fct_tree", "marts", "incremental"),
        "seed.smartvest.rivers": {
            **model("rivers", "marts"), "resource_type": "seed", "fqn": ["smartvest", "marts", "rivers"],
        },
        "test.smartvest.mart_tree_holds.1": holds("mart_tree_holds", TREE, key=["ags"], rules=["trees > 0"]),
        "test.smartvest.mart_tree_warns.1": holds("mart_tree_warns", TREE, rules=["trees > 1"]),
    },
    "parent_map": {
        "model.smartvest.stg_town__tree": ["source.smartvest.silver.town__tree"],
        "model.smartvest.int_tree": ["model.smartvest.stg_town__tree", "seed.smartvest.rivers"],
        TREE: ["model.smartvest.int_tree", "source.smartvest.silver.land__river"],
        "model.smartvest.fct_tree": ["model.smartvest.stg_town__tree"],
        "seed.smartvest.rivers": [],
    },
    "sources": {
        "source.smartvest.silver.town__tree": declared(ags="string"),
        "source.smartvest.silver.land__river": declared(river="string"),
        "source.smartvest.silver.land__lake": declared(lake="string"),
    },
    "macros": {
        "macro.smartvest.silver": macro("as of", "macro.smartvest.version", "macro.dbt.ref"),
        "macro.smartvest.version": macro("digits"),
        "macro.smartvest.other": macro("other"),
        "macro.dbt.ref": macro("dbt's own"),
    },
    "exposures": {
        "exposure.smartvest.tree": {
            "description": "All trees",
            "depends_on": {"nodes": [TREE]},
            "meta": {},
            "config": {"meta": {"dataset": "tree", "hvd": False}},
        }
    },
}  # fmt: skip


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


def test_a_mart_says_its_key_whom_to_ask_and_until_when_it_stays(described: dict[str, Any]) -> None:
    said = {"key", "theme", "title_de", "owner", "freshness", "deprecated_until", "path"}
    assert {name: value for name, value in described["marts"]["mart_tree"].items() if name in said} == {
        "key": ["ags"],
        "theme": "b_trees",
        "title_de": "Titel von mart_tree",
        "owner": "Office",
        "freshness": "daily",
        "deprecated_until": "2027-06-30",
        "path": "models/marts/mart_tree.sql",
    }
    assert (described["marts"]["fct_tree"]["key"], described["marts"]["fct_tree"]["deprecated_until"]) == ([], None)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (("nodes", "model.smartvest.int_tree", "checksum", "checksum"), {"mart_tree"}),
        (("nodes", "model.smartvest.stg_town__tree", "checksum", "checksum"), {"mart_tree", "fct_tree"}),
        (("nodes", TREE, "columns", "ags", "data_type"), {"mart_tree"}),
        (("nodes", TREE, "columns", "ags", "description"), set()),
        (("nodes", TREE, "description"), set()),
        (("macros", "macro.smartvest.version", "macro_sql"), {"mart_tree", "fct_tree"}),
        (("macros", "macro.smartvest.other", "macro_sql"), set()),
        (("macros", "macro.dbt.ref", "macro_sql"), set()),
        (("sources", "source.smartvest.silver.land__river", "columns", "river", "data_type"), {"mart_tree"}),
        (("sources", "source.smartvest.silver.land__lake", "columns", "lake", "data_type"), set()),
    ],
)
def test_the_code_of_a_mart_is_everything_that_decides_what_it_holds(path: tuple[str, ...], told: set[str]) -> None:
    changed = json.loads(json.dumps(MANIFEST))
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] += " changed"
    marts = {"mart_tree": TREE, "fct_tree": "model.smartvest.fct_tree"}
    assert {name for name, key in marts.items() if code_of(MANIFEST, key) != code_of(changed, key)} == told


def test_a_variable_of_the_project_is_part_of_the_code() -> None:
    assert code_of(MANIFEST, TREE, {"kreis": "05562"}) != code_of(MANIFEST, TREE, {"kreis": "05554"})


def test_a_model_without_feeds_may_read_all_declarations() -> None:
    changed = json.loads(json.dumps(MANIFEST))
    changed["sources"]["source.smartvest.silver.land__lake"]["meta"]["codes"] = {"lake": {"a": "A"}}
    assert code_of(MANIFEST, "seed.smartvest.rivers") != code_of(changed, "seed.smartvest.rivers")


def test_a_model_of_what_was_written_down_of_all_feeds_reads_their_declarations() -> None:
    before = json.loads(json.dumps(MANIFEST))
    before["sources"]["source.smartvest.ops.ops__deliveries"] = declared(feed="string")
    before["parent_map"][TREE].append("source.smartvest.ops.ops__deliveries")
    changed = json.loads(json.dumps(before))
    changed["sources"]["source.smartvest.silver.land__lake"]["meta"]["codes"] = {"lake": {"a": "A"}}
    assert code_of(before, TREE) != code_of(changed, TREE)


def test_columns_say_what_may_leave_and_nothing_leaves_by_default(described: dict[str, Any]) -> None:
    columns = described["marts"]["mart_tree"]["columns"]
    assert columns == [
        {
            "name": "ags",
            "type": "string",
            "description": "Key",
            "label_de": "Schlüssel",
            "unit": None,
            "publish": False,
        },
        {"name": "trees", "type": "bigint", "description": "Count", "label_de": "Anzahl", "unit": "1", "publish": True},
    ]
    assert all(MartColumn(**column) for column in columns), "the manifest takes it as it is"


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


def test_staged_feeds_are_found_by_the_names_of_their_models(tmp_path: Path) -> None:
    for name in ("staging/stg_town__tree.sql", "staging/land/stg_land__river.sql", "staging/other.sql",
                 "staging/stg_notes.md", "marts/stg_no__feed.sql"):  # fmt: skip
        path = tmp_path / "models" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert staged_feeds(tmp_path) == ["land__river", "town__tree"]
    project = tmp_path / "dbt_project.yml"
    project.write_text("vars: {awaited_feeds: [town__tree]}", "utf-8")
    assert awaited_feeds(tmp_path) == ["town__tree"]
    project.write_text("vars: {awaited_feeds: [land__rivre]}", "utf-8")
    with pytest.raises(SpecError, match="land__rivre"):
        awaited_feeds(tmp_path)


def test_the_source_block_lists_every_feed_with_its_silver_columns(tmp_path: Path) -> None:
    sources = {feed: example.source(tmp_path, feed, constants={"year": 2020}) for feed in ("town__tree", "land__river")}
    workbook = load_source(CHECKOUT / "sources" / "vest__leuchttuerme" / "tables" / f"{WORKBOOK}.yml")
    into = tmp_path / "_sources.yml"
    write_sources(sources, {**sources, WORKBOOK: workbook}, into)
    block = yaml.safe_load(into.read_text("utf-8"))
    silver, own = block["sources"]
    assert (block["version"], silver["name"], silver["schema"]) == (2, "silver", "silver")
    assert [table["name"] for table in silver["tables"]] == ["town__tree", "land__river"]
    assert silver["tables"][0]["description"] == "Trees. Every tree of the town."
    assert silver["tables"][0]["columns"] == [
        {"name": "tree", "data_type": "string"},
        {"name": "species", "data_type": "string"},
        {"name": "year", "data_type": "int"},
        {"name": "_delivery_id", "data_type": "string"},
        {"name": "_source_object", "data_type": "string"},
        {"name": "_record_number", "data_type": "bigint"},
        {"name": "_ingested_at", "data_type": "timestamp"},
    ]
    (deliveries,) = own["tables"]
    assert (own["name"], deliveries["name"]) == ("ops", "ops__deliveries")
    assert {column["name"]: column["data_type"] for column in deliveries["columns"]} == ops.DELIVERIES
    said = deliveries["config"]["meta"]
    assert said["location"] == "s3a://lake/ops/deliveries"
    assert said["administrations"]["05562024"] == "Marl"
    assert list(said["feeds"]) == ["town__tree", "land__river", WORKBOOK]
    assert said["feeds"]["land__river"] == {
        "title": "Trees", "owner": "Parks office", "delivered_as": "land__river", "delivered_title": "Trees",
        "schedule": "0 4 * * *", "cadence_days": None, "grace_days": None, "fictitious": False, "workbook": None,
    }  # fmt: skip
    told = said["feeds"][WORKBOOK]
    assert (told["delivered_as"], told["cadence_days"], told["fictitious"]) == ("vest__leuchttuerme", 365, True)
    assert told["workbook"] == {"period": "year", "since": 2022, "due_days": 60}
    assert told["title"] != told["delivered_title"]
