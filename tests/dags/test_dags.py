"""The DAGs as Airflow sees them: complete, in the right order, cheap to parse."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jinja2
import pytest

from lakehouse.settings import CHECKOUT, PREFIX, Settings
from lakehouse.spec.discovery import deliverable, delivery_ids
from lakehouse.spec.inbox import Inbox
from lakehouse.spec.source import Source
from tests.support import example

HEAVY = {
    "pyspark",
    "great_expectations",
    "dbt",
    "rdflib",
    "pyshacl",
    "pyarrow",
    "duckdb",
    "deltalake",
    "minio",
    "psycopg",
    "altair",
    "vl_convert",
}
# a third of a second for all feeds on an idle machine; the bound is for a busy one
PARSE_S = 3

INGEST_EDGES = [
    ["land", "finish"],
    ["land", "load"],
    ["load", "report_rejections"],
    ["report_rejections", "finish"],
]
INVALID = "land__river"
EDGES = {
    "build_marts": [
        ["build", "gate"],
        ["build", "release"],
        ["decide", "build"],
        ["decide", "gate"],
        ["decide", "release"],
        ["gate", "release"],
    ],
    "publish": [],
    "serve": [],
    "cockpit": [],
    "maintain": [],
    "watch_sources": [],
}

Deliveries = dict[str, list[Source]]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A process environment with settings and an Airflow home; one feed more than the checkout, and a wrong one."""
    root = tmp_path_factory.mktemp("dags")
    shutil.copytree(CHECKOUT / "sources", root / "sources")
    example.write(root / "sources", schedule="17 3 * * 1")
    example.write(root / "sources", INVALID, key=["rivre"])
    (root / "state").mkdir()
    required = [name.upper() for name, field in Settings.model_fields.items() if field.is_required()]
    (root / "state" / "stack.env").write_text("".join(f"{PREFIX}{name}=x\n" for name in required), "utf-8")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", PREFIX, "SPARK"))}
    return {
        **inherited,
        "PYTHONPATH": str(CHECKOUT),
        "AIRFLOW_HOME": str(root / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(CHECKOUT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "SMARTVEST_STATE_DIR": str(root / "state"),
        "SMARTVEST_SOURCES_DIR": str(root / "sources"),
    }


def run(environment: dict[str, str], *arguments: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, cwd=CHECKOUT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def parsed(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    into = tmp_path_factory.mktemp("parsed") / "dags.json"
    run(environment, CHECKOUT / "tests" / "dags" / "parse_dags.py", CHECKOUT / "dags", into)
    found: dict[str, Any] = json.loads(into.read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def dags(parsed: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = parsed["dags"]
    return found


@pytest.fixture(scope="module")
def feeds(environment: dict[str, str]) -> dict[str, list[Source]]:
    """The tables of everything that is delivered."""
    folder = Path(environment["SMARTVEST_SOURCES_DIR"])
    found, refused = deliverable(folder, delivery_ids(folder))
    assert list(refused) == [INVALID]
    assert "town__tree" in found and len(found) >= 5
    assert len(found["vest__strategie"]) == 2
    return found


def test_there_are_no_import_errors(parsed: dict[str, Any]) -> None:
    assert parsed["errors"] == {}


def test_every_delivery_has_its_dag_and_nothing_else_is_there(dags: dict[str, Any], feeds: Deliveries) -> None:
    assert sorted(dags) == sorted([*(f"ingest__{feed}" for feed in feeds), f"ingest__{INVALID}", *EDGES])


def test_an_invalid_source_stops_only_itself_and_says_why(dags: dict[str, Any]) -> None:
    refused = dags[f"ingest__{INVALID}"]
    (task,) = refused["tasks"].values()
    reason = refused["doc_md"]
    assert f"{INVALID}/source.yml: source: " in reason and "unknown silver columns: ['rivre']" in reason
    assert task["alerts"] == ["Alert"] and task["arguments"] == [INVALID]


def test_the_process_of_a_task_reads_only_its_own_source(environment: dict[str, str], tmp_path: Path) -> None:
    environment = {**environment, "_AIRFLOW_PARSING_CONTEXT_DAG_ID": "ingest__town__tree"}
    run(environment, CHECKOUT / "tests" / "dags" / "parse_dags.py", CHECKOUT / "dags", tmp_path / "dags.json")
    found = json.loads((tmp_path / "dags.json").read_text("utf-8"))
    assert [dag for dag in found["dags"] if dag.startswith("ingest__")] == ["ingest__town__tree"]


def test_edges(dags: dict[str, Any], feeds: Deliveries) -> None:
    expected = {**EDGES, f"ingest__{INVALID}": [], **{f"ingest__{feed}": INGEST_EDGES for feed in feeds}}
    assert {dag: found["edges"] for dag, found in dags.items()} == expected
    assert list(dags["publish"]["tasks"]) == ["publish"]
    assert list(dags["serve"]["tasks"]) == ["serve"]
    assert list(dags["cockpit"]["tasks"]) == ["cockpit"]
    assert list(dags["maintain"]["tasks"]) == ["maintain"]
    assert list(dags["watch_sources"]["tasks"]) == ["watch"]


def test_only_gated_marts_are_released(dags: dict[str, Any]) -> None:
    assert ["gate", "release"] in dags["build_marts"]["edges"]
    for task in ("gate", "release"):
        assert dags["build_marts"]["tasks"][task]["trigger_rule"] == "all_success"


def test_the_lease_is_given_back_whatever_happens(dags: dict[str, Any], feeds: Deliveries) -> None:
    for feed in feeds:
        tasks = dags[f"ingest__{feed}"]["tasks"]
        assert [name for name, task in tasks.items() if task["teardown"]] == ["finish"]
        assert tasks["finish"]["trigger_rule"] == "all_done_setup_success"


def test_assets_lead_from_silver_to_release_to_publication(dags: dict[str, Any], feeds: Deliveries) -> None:
    for feed, tables in feeds.items():
        tasks = dags[f"ingest__{feed}"]["tasks"]
        outlets = {name: task["outlets"] for name, task in tasks.items() if task["outlets"]}
        told = [feed] if tables[0].load.kind == "append" else [table.id for table in tables]
        assert outlets == {"load": sorted(f"silver/{name}" for name in told)}
    build = dags["build_marts"]
    assert {name: task["outlets"] for name, task in build["tasks"].items() if task["outlets"]} == {
        "release": ["release"]
    }
    of_release = {"kind": "AssetTriggeredTimetable", "condition": "AssetAll", "assets": ["release"]}
    assert [dags[dag]["schedule"] for dag in ("publish", "serve", "cockpit")] == [of_release] * 3, "none waits"


def test_any_silver_table_alone_starts_the_build(dags: dict[str, Any], feeds: Deliveries) -> None:
    schedule = dags["build_marts"]["schedule"]
    assert schedule["condition"] == "AssetAny", "AND would let one late feed hold back all others"
    tables = [table.id for delivered in feeds.values() for table in delivered]
    assert schedule["assets"] == sorted(f"silver/{feed}" for feed in [*tables, INVALID])


def test_feeds_run_at_the_hour_that_they_declare(dags: dict[str, Any], feeds: Deliveries) -> None:
    for feed, (source, *_) in feeds.items():
        expected = {"kind": "CronTriggerTimetable", "cron": source.schedule, "zone": "UTC"}
        if not source.is_fetched:
            begun_by = "inbox" if isinstance(source.fetch, Inbox) else "landed"
            expected = {"kind": "AssetTriggeredTimetable", "condition": "Asset", "assets": [f"{begun_by}/{feed}"]}
        assert dags[f"ingest__{feed}"]["schedule"] == expected


def test_a_run_is_told_by_its_params_what_to_load(dags: dict[str, Any]) -> None:
    arguments = dags["ingest__town__tree"]["tasks"]["land"]["arguments"]

    def told(params: dict[str, Any]) -> list[str]:
        return [jinja2.Template(text).render({"run_id": "r", "params": params}) for text in arguments]

    nothing: dict[str, Any] = {"published_from": None, "published_until": None, "deliveries": []}
    assert told(nothing) == ["town__tree", "r", "", "", ""]
    # as Airflow puts into the params what an operator gives
    assert told(dags["ingest__town__tree"]["given"]) == ["town__tree", "r", "2026-01-01", "2026-01-31", "d1,d2"]


def test_the_sources_are_watched_every_hour(dags: dict[str, Any]) -> None:
    cron = {"kind": "CronTriggerTimetable", "cron": "40 * * * *", "zone": "UTC"}
    assert dags["watch_sources"]["schedule"] == cron


def test_every_dag_says_whose_it_is_and_what_it_does(dags: dict[str, Any]) -> None:
    for dag, found in dags.items():
        assert found["tags"], dag
        assert len(found["doc_md"]) > 40, dag
        assert found["owner"] not in ("", "airflow"), dag
        assert (found["catchup"], found["max_active_runs"]) == (False, 1), dag
    assert dags["ingest__town__tree"]["owner"] == "Parks office"
    assert dags["ingest__town__tree"]["tags"] == ["ingest", "town"]
    assert "Every tree of the town." in dags["ingest__town__tree"]["doc_md"]


def test_every_task_is_tried_again_ends_and_alerts(dags: dict[str, Any]) -> None:
    for dag, found in dags.items():
        for name, task in found["tasks"].items():
            where = f"{dag}.{name}"
            assert task["owner"] == found["owner"], where
            assert task["retries"] >= 3, where
            assert task["alerts"] == ["Alert"], where
            assert 0 < task["timeout"] <= 3600, where


def test_a_dag_file_parses_in_a_moment(parsed: dict[str, Any]) -> None:
    assert set(parsed["seconds"]) >= {
        "ingest.py",
        "build_marts.py",
        "publish.py",
        "serve.py",
        "make_cockpit.py",
        "maintain.py",
        "watch.py",
    }
    slow = {name: seconds for name, seconds in parsed["seconds"].items() if seconds >= PARSE_S}
    assert slow == {}


def test_parsing_imports_nothing_heavy(environment: dict[str, str]) -> None:
    script = (
        "import sys; from airflow.sdk import DAG\n"
        "import dags.ingest, dags.build_marts, dags.publish, dags.serve, dags.make_cockpit, dags.maintain, dags.watch\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=open(sys.argv[1], 'w'))"
    )
    into = Path(environment["SMARTVEST_STATE_DIR"]) / "modules"
    run(environment, "-c", script, into)
    loaded = set(into.read_text("utf-8").split())
    assert {"dags", "lakehouse", "airflow"} <= loaded
    assert loaded & HEAVY == set()
