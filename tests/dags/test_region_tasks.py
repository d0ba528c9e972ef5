"""Bodies of the tasks of `build_marts`: what is handed from one to the next."""

from __future__ import annotations

import dataclasses
import json
import logging
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from dags.shared import region_tasks
from lakehouse import names
from lakehouse.errors import LakehouseError
from lakehouse.lake import build_plan, checked
from lakehouse.lake.build_plan import BuildPlan
from lakehouse.lake.release import DeliveryChange
from lakehouse.settings import CHECKOUT, Settings
from lakehouse.storage import ObjectStore
from serving import load
from serving.config import NotServed, ServingSettings
from spark_jobs import dbt_project, marts, release, session
from tests.support.memory import MemoryStore

FEED = "gvisys__municipality"
PINS = {FEED: 3, "ops__deliveries": 5}
PLAN = BuildPlan(
    pins=PINS, deliveries={FEED: ["d1", "d2"]}, rows={FEED: 40}, released={}, changed={}, code="c",
    changes={FEED: [{"delivery": "d2", "kind": "new", "scope": {"ags": "05562024"}}]},
)  # fmt: skip
BUILT = {"dim_municipality": release.Candidate(version=7, rows=10, checksum="123")}


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> MemoryStore:
    """Nothing is connected to; the store, and a build that wrote nothing down."""
    store = MemoryStore()
    monkeypatch.setattr(Settings, "load", lambda: SimpleNamespace(sources_dir=CHECKOUT / "sources"))
    monkeypatch.setattr(ObjectStore, "for_role", lambda *_: store)
    monkeypatch.setattr(session, "connect", lambda _: nullcontext())
    monkeypatch.setattr(dbt_project, "state_dir", lambda: tmp_path)
    return store


def passed_on(value: Any) -> Any:
    """What arrives in the next task: Airflow passes JSON."""
    return json.loads(json.dumps(value))


@pytest.mark.usefixtures("alone")
def test_a_release_names_the_deliveries_of_the_versions_that_were_decided_on(monkeypatch: pytest.MonkeyPatch) -> None:
    built_from: list[BuildPlan] = []
    released: dict[str, Any] = {}

    def build(_: object, plan: BuildPlan, __: str) -> dict[str, release.Candidate]:
        built_from.append(plan)
        return BUILT

    def make(*_: object, **named: Any) -> Any:
        released.update(named)
        return SimpleNamespace(release=1, marts={})

    monkeypatch.setattr(build_plan, "decide", lambda _: PLAN)
    monkeypatch.setattr(marts, "build", build)
    monkeypatch.setattr(dbt_project, "described", lambda: {"marts": {}, "tests": {}, "publications": []})
    monkeypatch.setattr(checked, "of_run", lambda *_: [])
    monkeypatch.setattr(release, "make", make)
    plan = passed_on(region_tasks.decide())
    candidates = passed_on(region_tasks.build("run", plan))
    region_tasks.make_release("run", plan, candidates)
    assert built_from == [PLAN]
    assert released["silver"] == PINS
    assert (released["silver"], released["deliveries"]) == (PLAN.pins, PLAN.deliveries)
    assert released["changes"] == {FEED: [DeliveryChange(delivery="d2", kind="new", scope={"ags": "05562024"})]}
    assert released["candidates"] == BUILT, "measured once, when it was built"
    assert list(released["sources"]) == [FEED]


@pytest.mark.parametrize("documented", [True, False])
def test_a_release_is_followed_by_dbt_s_page_and_stands_without_it(
    alone: MemoryStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, documented: bool
) -> None:
    def make(*_: object, **__: Any) -> Any:
        assert alone.objects == {}, "nothing is shown of what is not released"
        return SimpleNamespace(release=1, marts={})

    monkeypatch.setattr(dbt_project, "described", lambda: {"marts": {}, "tests": {}, "publications": []})
    monkeypatch.setattr(checked, "of_run", lambda *_: [])
    monkeypatch.setattr(release, "make", make)
    if documented:
        dbt_project.documentation().parent.mkdir()
        dbt_project.documentation().write_text("page")
    with caplog.at_level(logging.WARNING, "smartvest.marts"):
        region_tasks.make_release("run", passed_on(dataclasses.asdict(PLAN)), {})
    said = [record.getMessage() for record in caplog.records if record.name == "smartvest.marts"]
    if documented:
        assert (alone.objects, said) == ({(names.LAKE, "ops/docs/dbt.html"): b"page"}, [])
    else:
        assert alone.objects == {}
        assert len(said) == 1 and said[0].startswith("release 1 has no page of dbt's documentation: ")


@pytest.mark.parametrize("wrong", [True, False])
def test_what_cannot_be_served_fails_at_once_and_a_server_that_is_away_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, wrong: bool
) -> None:
    error = NotServed("r_2.mart_a has 2 rows") if wrong else LakehouseError("PostgreSQL cannot be asked")

    def refuse(_: object) -> None:
        raise error

    monkeypatch.setattr(ServingSettings, "load", lambda: None)
    monkeypatch.setattr(load, "load", lambda _: "release 2 was loaded")
    with caplog.at_level(logging.INFO, "smartvest.marts"):
        region_tasks.serve()
    assert "release 2 was loaded" in caplog.text
    monkeypatch.setattr(load, "load", refuse)
    with pytest.raises(Exception, match=str(error)) as raised:
        region_tasks.serve()
    assert isinstance(raised.value, AirflowFailException) is wrong
