"""The client of Airflow's API against a server that has trouble."""

from __future__ import annotations

import datetime as dt
import json

import httpx
import pytest
from pydantic import SecretStr

from lakehouse.airflow_api import PAGE, Airflow
from lakehouse.settings import Settings
from tests.support.loopback import Feeds, answer

TOKEN = answer(201, b'{"access_token": "t"}')
TROUBLE = answer(500, b"database is locked")


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Airflow._ask.retry, "sleep", lambda seconds: None)  # type: ignore[attr-defined]


def client(feeds: Feeds, *answers: object) -> Airflow:
    feeds.answers(TOKEN, *answers)  # type: ignore[arg-type]
    settings = Settings.model_construct(airflow_url=feeds.base, airflow_user="a", airflow_password=SecretStr("p"))
    return Airflow(settings)


def test_a_run_that_an_attempt_in_trouble_started_is_not_started_again(feeds: Feeds) -> None:
    airflow = client(feeds, TROUBLE, answer(409, b"{}"))
    assert airflow.trigger("build_marts").startswith("manual__")
    assert feeds.paths == ["/auth/token", *["/api/v2/dags/build_marts/dagRuns"] * 2]


def test_a_moment_of_trouble_is_waited_for(feeds: Feeds) -> None:
    airflow = client(feeds, TROUBLE, TROUBLE, answer(body=b'{"dag_runs": [{"state": "success"}]}'))
    assert airflow.runs("build_marts", dt.datetime.now(dt.UTC)) == [{"state": "success"}]


def test_lists_are_read_to_their_end(feeds: Feeds) -> None:
    pages = [[{"n": n} for n in range(PAGE)], [{"n": PAGE}]]
    airflow = client(feeds, *(answer(body=json.dumps({"task_instances": page}).encode()) for page in pages))
    assert [task["n"] for task in airflow.tasks("build_marts", "r")] == list(range(PAGE + 1))
    assert feeds.paths[1:] == [
        f"/api/v2/dags/build_marts/dagRuns/r/taskInstances?limit={PAGE}&offset={offset}" for offset in (0, PAGE)
    ]


def test_lasting_trouble_and_a_refusal_are_errors(feeds: Feeds) -> None:
    with pytest.raises(httpx.HTTPStatusError, match="500"):
        client(feeds, TROUBLE).dags()
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        client(feeds, answer(404)).trigger("nobody")
