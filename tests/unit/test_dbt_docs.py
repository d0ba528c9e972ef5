"""dbt reads the project of the checkout without a running stack."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from lakehouse.errors import LakehouseError
from lakehouse.lake.build_plan import DBT_DIR, BuildPlan
from lakehouse.settings import CHECKOUT
from spark_jobs import dbt_project
from spark_jobs.dbt_project import Dbt


def test_every_mart_is_documented(tmp_path: Path) -> None:
    page = dbt_project.document(CHECKOUT / "sources", tmp_path)
    marts = {path.stem for path in DBT_DIR.glob("models/marts/**/*.sql")}
    text = page.read_text("utf-8")
    assert marts and not {mart for mart in marts if f'"{mart}"' not in text}
    described = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    assert {node["alias"] for node in described["nodes"].values() if node["fqn"][1] == "marts"} >= marts


def test_a_project_that_cannot_be_read_says_where_to_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "dbt"
    (broken / "models/staging").mkdir(parents=True)
    (broken / "dbt_project.yml").write_text("name: broken\nvars: {awaited_feeds: []}\n")
    monkeypatch.setattr(dbt_project, "DBT_DIR", broken)
    with pytest.raises(LakehouseError, match="dbt cannot read its project"):
        dbt_project.document(CHECKOUT / "sources", tmp_path / "docs")


@pytest.fixture
def parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dbt:
    """The project of a build, as `marts.build` has it parsed; no Spark answers."""
    monkeypatch.setattr(dbt_project, "state_dir", lambda: tmp_path)
    monkeypatch.setenv("SPARK_REMOTE", "")
    pins = dict.fromkeys(dbt_project.staged_feeds(DBT_DIR), 0) | {"ops__deliveries": 0}
    plan = BuildPlan(pins=pins, deliveries={}, rows={}, released={}, changed={}, code="c")
    settings: Any = SimpleNamespace(spark_remote=SecretStr("sc://nobody"), release_retention_days=400)
    target = tmp_path / "dbt"
    dbt = Dbt(settings, plan, dbt_project.copy(CHECKOUT / "sources", pins, target / "project"), target)
    dbt.parse()
    return dbt


def test_a_build_documents_what_it_parsed(parsed: Dbt) -> None:
    described = dbt_project.described()
    parsed.document()
    text = dbt_project.documentation().read_text("utf-8")
    assert described["marts"] and not {mart for mart in described["marts"] if f'"{mart}"' not in text}
    assert dbt_project.described() == described, "what a release says of its marts is as it was"


def test_a_build_goes_on_without_its_documentation_and_says_so(parsed: Dbt, caplog: pytest.LogCaptureFixture) -> None:
    parsed.document()
    (dbt_project.documentation().parent / "manifest.json").unlink()
    with caplog.at_level("WARNING", "smartvest.marts"):
        parsed.document()
    (said,) = (record.getMessage() for record in caplog.records if record.name == "smartvest.marts")
    assert said.startswith("dbt could not write its documentation: ")
    assert not dbt_project.documentation().exists(), "the page of an earlier build is not taken for this one's"


class Session:
    """What the session of a build is asked for afterwards; one whose server died answers nothing."""

    def __init__(self, *, dead: bool) -> None:
        self.dead, self.conf, self.told = dead, self, dict[str, str]()

    def set(self, key: str, value: str) -> None:
        if self.dead:
            raise ConnectionError("the session is gone")
        self.told[key] = value


def ended(dbt: Dbt, monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    """Has dbt's next build end with one model in this state."""
    result = {"unique_id": "model.smartvest.fct_tree", "status": status, "execution_time": 1, "message": "no session"}

    def run(*_: str) -> Any:
        (dbt._target / "run_results.json").write_text(json.dumps({"results": [result]}), "utf-8")
        return SimpleNamespace(exception=None)

    monkeypatch.setattr(dbt, "_run", run)


def test_what_dbt_says_is_told_although_the_server_died(parsed: Dbt, monkeypatch: pytest.MonkeyPatch) -> None:
    ended(parsed, monkeypatch, "error")
    (told,) = parsed.build(Session(dead=True), ["fct_tree.sql"], [])
    assert (told["node"], told["status"], told["message"]) == ("fct_tree", "error", "no session")


def test_a_bad_cast_is_an_error_again_after_dbt(parsed: Dbt, monkeypatch: pytest.MonkeyPatch) -> None:
    ended(parsed, monkeypatch, "success")
    session = Session(dead=False)
    parsed.build(session, ["fct_tree.sql"], [])
    assert session.told == {"spark.sql.ansi.enabled": "true"}
