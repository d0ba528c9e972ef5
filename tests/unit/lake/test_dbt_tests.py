"""What dbt's artifacts say of its tests, and of what became of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lakehouse.lake.dbt_artifacts import describe, outcomes

STAGED, INNER, TREE, PARK = (f"model.smartvest.{name}" for name in ("stg_tree", "int_park", "mart_tree", "dim_park"))


def model(name: str, layer: str, owner: str = "") -> dict[str, Any]:
    meta = {"title_de": name, "owner": owner, "freshness": "daily"}
    return {
        "name": name,
        "alias": name,
        "resource_type": "model",
        "fqn": ["smartvest", layer, "b_trees", name],
        "description": f"One {name}",
        "config": {"materialized": "table", "meta": meta},
        "columns": {},
        "checksum": {"checksum": ""},
        "depends_on": {"macros": []},
        "original_file_path": f"models/{layer}/{name}.sql",
    }


def data_test(name: str, named: list[str], severity: str = "ERROR", attached: str | None = None) -> dict[str, Any]:
    return {
        "name": name,
        "resource_type": "test",
        "fqn": ["smartvest", name],
        "config": {"severity": severity, "meta": {"sentence_de": f"Was {name} sagt."}},
        "depends_on": {"nodes": named},
        **({"attached_node": attached} if attached else {}),
    }


TESTS = [
    data_test("tree_holds", [PARK, TREE], attached=TREE),
    data_test("tree_warns", [TREE], "warn", attached=TREE),
    data_test("trees_add_up", [STAGED, PARK, TREE]),
    data_test("park_holds", [INNER], attached=INNER),
    data_test("staged", [STAGED]),
]


@pytest.fixture
def manifest() -> dict[str, Any]:
    tests = {f"test.smartvest.{test['name']}.1f": test for test in TESTS}
    models = {
        STAGED: model("stg_tree", "staging"),
        INNER: model("int_park", "intermediate"),
        TREE: model("mart_tree", "marts", "Trees office"),
        PARK: model("dim_park", "marts", "Parks office"),
    }
    parents = {key: sorted(test["depends_on"]["nodes"]) for key, test in tests.items()}
    parents |= {STAGED: [], INNER: [PARK], TREE: [STAGED], PARK: []}
    return json.loads(  # type: ignore[no-any-return]
        json.dumps({"nodes": models | tests, "parent_map": parents, "sources": {}, "macros": {}, "exposures": {}})
    )


def described(manifest: dict[str, Any], folder: Path) -> dict[str, Any]:
    path = folder / "manifest.json"
    path.write_text(json.dumps(manifest), "utf-8")
    return describe(path)


def test_a_test_says_what_it_reads_how_bad_it_is_whom_to_ask_and_what_should_hold(
    manifest: dict[str, Any], tmp_path: Path
) -> None:
    assert described(manifest, tmp_path)["tests"] == {
        name: {"reads": reads, "severity": severity, "owner": owner, "sentence_de": f"Was {name} sagt."}
        for name, reads, severity, owner in [
            ("tree_holds", ["dim_park", "mart_tree"], "error", "Trees office"),
            ("tree_warns", ["mart_tree"], "warn", "Trees office"),
            ("trees_add_up", ["dim_park", "mart_tree"], "error", "Parks office"),
            ("park_holds", ["dim_park"], "error", "Parks office"),
            ("staged", [], "error", None),
        ]
    }


def test_a_test_without_its_sentence_is_an_error(manifest: dict[str, Any], tmp_path: Path) -> None:
    manifest["nodes"]["test.smartvest.staged.1f"]["config"]["meta"] = {}
    with pytest.raises(KeyError, match="sentence_de"):
        described(manifest, tmp_path)


def test_every_outcome_is_kept(tmp_path: Path) -> None:
    results = [
        {"unique_id": "model.smartvest.mart_tree", "status": "success", "execution_time": 1, "message": "OK",
         "compiled_code": "SELECT 1"},
        {"unique_id": "test.smartvest.unique_ags.1f", "status": "fail", "execution_time": 0.5, "message": "Got 2",
         "failures": 2},
        {"unique_id": "seed.smartvest.rivers", "status": "skipped", "execution_time": 0.0, "message": None},
    ]  # fmt: skip
    path = tmp_path / "run_results.json"
    path.write_text(json.dumps({"results": results}), "utf-8")
    said = {"severity": "error", "owner": "Office", "sentence_de": "Jeder Schlüssel steht einmal."}
    model, test, seed = outcomes(path, {"unique_ags": {"reads": ["mart_tree"], **said}})
    assert model == {
        "node": "mart_tree", "kind": "model", "status": "success", "seconds": 1.0, "message": "OK", "sql": "SELECT 1",
        "severity": None, "owner": None, "sentence_de": None, "failing_rows": None,
    }  # fmt: skip
    assert test == {
        "node": "unique_ags", "kind": "test", "status": "fail", "seconds": 0.5, "message": "Got 2", "sql": None, **said,
        "failing_rows": 2,
    }  # fmt: skip
    assert seed == {
        "node": "rivers", "kind": "seed", "status": "skipped", "seconds": 0.0, "message": None, "sql": None,
        "severity": None, "owner": None, "sentence_de": None, "failing_rows": None,
    }  # fmt: skip
