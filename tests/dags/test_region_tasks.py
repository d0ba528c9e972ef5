"""Bodies of the tasks of `build_marts`: what is handed from one to the next."""

from __future__ import annotations

import json
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from dags.shared import region_tasks
from lakehouse.lake import build_plan
from lakehouse.lake.build_plan import BuildPlan
from lakehouse.settings import CHECKOUT, Settings
from lakehouse.storage import ObjectStore
from spark_jobs import marts, release, session
from tests.support.memory import MemoryStore

FEED = "gvisys__municipality"
PLAN = BuildPlan(pins={FEED: 3}, deliveries={FEED: ["d1", "d2"]}, rows=40, released={}, changed={}, code="c")
BUILT = {"dim_municipality": release.Candidate(version=7, rows=10, checksum="123")}


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each session was opened for few rows; nothing is connected to."""
    found: list[bool] = []

    def connect(_: object, *, few_rows: bool = False) -> Any:
        found.append(few_rows)
        return nullcontext()

    monkeypatch.setattr(Settings, "load", lambda: SimpleNamespace(sources_dir=CHECKOUT / "sources"))
    monkeypatch.setattr(ObjectStore, "for_role", lambda *_: MemoryStore())
    monkeypatch.setattr(session, "connect", connect)
    return found


def passed_on(value: Any) -> Any:
    """What arrives in the next task: Airflow passes JSON."""
    return json.loads(json.dumps(value))


def test_a_release_names_the_deliveries_of_the_versions_that_were_decided_on(
    opened: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    built_from: list[BuildPlan] = []
    released: dict[str, Any] = {}

    def build(_: object, __: object, plan: BuildPlan, ___: str) -> dict[str, release.Candidate]:
        built_from.append(plan)
        return BUILT

    def make(*_: object, **named: Any) -> Any:
        released.update(named)
        return SimpleNamespace(release=1, marts={})

    monkeypatch.setattr(build_plan, "decide", lambda _: PLAN)
    monkeypatch.setattr(marts, "build", build)
    monkeypatch.setattr(marts, "described", lambda: {"marts": {}, "publications": []})
    monkeypatch.setattr(release, "make", make)
    plan = passed_on(region_tasks.decide())
    candidates = passed_on(region_tasks.build("run", plan))
    region_tasks.make_release("run", plan, candidates)
    assert built_from == [PLAN]
    assert (released["silver"], released["deliveries"]) == (PLAN.pins, PLAN.deliveries)
    assert released["candidates"] == BUILT, "measured once, when it was built"
    assert list(released["sources"]) == [FEED]


@pytest.mark.parametrize(("rows", "few"), [(marts.FEW_ROWS, True), (marts.FEW_ROWS + 1, False)])
def test_the_session_of_a_build_suits_its_rows(
    opened: list[bool], monkeypatch: pytest.MonkeyPatch, rows: int, few: bool
) -> None:
    monkeypatch.setattr(marts, "build", lambda *_: {})
    region_tasks.build("run", {**passed_on(PLAN.__dict__), "rows": rows})
    assert opened == [few]
