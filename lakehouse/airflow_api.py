"""The few calls of Airflow's REST API that the command line needs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
from tenacity import retry, retry_if_result, stop_after_attempt, wait_exponential_jitter

from lakehouse.settings import Settings

RUNNING = ("queued", "running")
EVERY = "~"
# the most that the server gives at once
PAGE = 100


class Airflow:
    """A client with a token; every method raises httpx.HTTPError when the server refuses or does not answer."""

    def __init__(self, settings: Settings) -> None:
        """Logs in."""
        self._client = httpx.Client(base_url=settings.airflow_url, timeout=30, transport=httpx.HTTPTransport(retries=3))
        answer = self._client.post(
            "/auth/token",
            json={"username": settings.airflow_user, "password": settings.airflow_password.get_secret_value()},
        )
        token = answer.raise_for_status().json()["access_token"]
        self._client.headers["Authorization"] = f"Bearer {token}"

    def dags(self) -> list[str]:
        """Ids of the DAGs that the scheduler knows."""
        return [dag["dag_id"] for dag in self._get("/api/v2/dags", limit=500)["dags"]]

    def paused(self) -> list[str]:
        """Ids of the DAGs that start no run by themselves."""
        return [dag["dag_id"] for dag in self._get("/api/v2/dags", paused=True, limit=500)["dags"]]

    def pause(self, dag: str) -> None:
        """Lets a DAG start no run by itself."""
        self._ask("PATCH", f"/api/v2/dags/{dag}", json={"is_paused": True}).raise_for_status()

    def starters(self, dag: str) -> list[str]:
        """Names of the Assets that start a DAG."""
        assets = self._pages("/api/v2/assets", "assets", dag_ids=dag)
        return [asset["name"] for asset in assets if dag in (found["dag_id"] for found in asset["scheduled_dags"])]

    def trigger(self, dag: str, conf: dict[str, Any] | None = None) -> str:
        """Starts a run and returns its id, which is chosen here so that asking again starts no second one."""
        run = f"manual__{dt.datetime.now(dt.UTC).isoformat()}"
        body = {"dag_run_id": run, "logical_date": None, "conf": conf or {}}
        answer = self._ask("POST", f"/api/v2/dags/{dag}/dagRuns", json=body)
        if answer.status_code != httpx.codes.CONFLICT:
            answer.raise_for_status()
        return run

    def runs(self, dag: str, since: dt.datetime) -> list[dict[str, Any]]:
        """Runs of a DAG that were due since a moment, oldest first."""
        path = f"/api/v2/dags/{dag}/dagRuns"
        return self._pages(path, "dag_runs", run_after_gte=since.isoformat(), order_by="run_after")

    def tasks(self, dag: str, run: str) -> list[dict[str, Any]]:
        """Task instances of a run: task_id, state, start_date, end_date, try_number."""
        return self._pages(f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances", "task_instances")

    def news(self, since: dt.datetime, changed: dt.datetime) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Runs of every DAG that were due since a moment, and their task instances, as far as they changed lately."""
        wanted = {"run_after_gte": since.isoformat(), "updated_at_gte": changed.isoformat()}
        runs = self._pages(f"/api/v2/dags/{EVERY}/dagRuns", "dag_runs", **wanted, order_by="run_after")
        tasks = self._pages(f"/api/v2/dags/{EVERY}/dagRuns/{EVERY}/taskInstances", "task_instances", **wanted)
        return runs, tasks

    def log(self, dag: str, run: str, task: str, attempt: int) -> str:
        """Log of one attempt of a task."""
        path = f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/{task}/logs/{attempt}"
        answer = self._client.get(path, headers={"Accept": "application/x-ndjson"})
        return answer.raise_for_status().text

    def _pages(self, path: str, items: str, **params: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            page = self._get(path, **params, limit=PAGE, offset=len(found))[items]
            found += page
            if len(page) < PAGE:
                return found

    def _get(self, path: str, **params: Any) -> Any:
        return self._ask("GET", path, params=params).raise_for_status().json()

    @retry(
        retry=retry_if_result(lambda answer: answer.is_server_error),
        stop=stop_after_attempt(5),
        wait=wait_exponential_jitter(multiplier=0.5, max=10),
        retry_error_callback=lambda state: state.outcome and state.outcome.result(),
    )
    def _ask(self, method: str, path: str, **how: Any) -> httpx.Response:
        """Asks again while the server has trouble, such as a database that is locked for a moment."""
        return self._client.request(method, path, **how)
