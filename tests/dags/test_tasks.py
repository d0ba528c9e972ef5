"""Task bodies that need no Spark: what a landing leaves behind, and who hears of what is late."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from dags.shared import tasks, watch_tasks
from dags.shared.alert import Alert
from dags.shared.stages import stage
from lakehouse import names
from lakehouse.errors import FetchError
from lakehouse.ingest import fetch_log, landing
from lakehouse.lake import health, ledger, ops, sql
from lakehouse.lake.ledger import Plan
from lakehouse.settings import Settings
from lakehouse.spec.discovery import discover
from lakehouse.storage import ObjectStore
from tests.support import example, uploads
from tests.support.memory import MemoryStore

FEED = example.FEED


class Inbox(list[str]):
    """What was posted to ALERT_URL; `status` is what the next posts are answered."""

    status = 200


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, str]]:
    received = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["content-length"])))["text"])
            self.send_response(received.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield received, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inbox: tuple[Inbox, str]) -> MemoryStore:
    """A region with one feed, whose store is in memory."""
    example.write(tmp_path)
    for proxy in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(proxy, raising=False)
    settings = SimpleNamespace(sources_dir=tmp_path, feeds_url="http://feeds", alert_url=inbox[1], contact="")
    settings.runs = lambda _: True
    made = MemoryStore()
    monkeypatch.setattr(Settings, "load", lambda: settings)
    monkeypatch.setattr(ObjectStore, "for_role", lambda *_: made)
    return made


def held(store: MemoryStore) -> bool:
    return any(key.startswith("lease/") for _, key in store.objects)


@pytest.mark.parametrize(("landed", "outcome"), [(["a receipt"], "ok"), ([], "unchanged")])
def test_every_fetch_is_written_down(
    landed: list[str], outcome: str, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing, "land", lambda *_: landed)
    monkeypatch.setattr(ledger, "plan", lambda *_: Plan([], []))
    with pytest.raises(AirflowSkipException, match="nothing new"):
        tasks.land(FEED, "run-1", "", "")
    assert [attempt.outcome for attempt in fetch_log.history(store, FEED)] == [outcome]
    assert not held(store)


def test_a_fetch_that_failed_is_written_down_with_its_reason(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise FetchError("http://feeds/all.csv: the server answered 500")

    monkeypatch.setattr(landing, "land", refuse)
    with pytest.raises(FetchError):
        tasks.land(FEED, "run-1", "", "")
    (attempt,) = fetch_log.history(store, FEED)
    assert attempt.outcome == "failed"
    assert fetch_log.sentence(store, FEED, attempt) == "http://feeds/all.csv: the server answered 500"
    assert not held(store)


def test_a_backfill_asks_nobody_and_leaves_no_attempt(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(landing, "land", lambda *_: pytest.fail("a backfill fetches nothing"))
    monkeypatch.setattr(ledger, "past", lambda *given: asked.append(given[3:]) or Plan([], []))
    monkeypatch.setattr(ledger, "chosen", lambda *given: asked.append(given[3:]) or Plan([], []))
    for period in (("2026-01-01", "2026-01-31"), ("", "")):
        with pytest.raises(AirflowSkipException):
            tasks.land(FEED, "run-1", *period, deliveries="" if period[0] else "d1,d2")
    first, last = (dt.datetime(2026, 1, day, tzinfo=dt.UTC) for day in (1, 31))
    assert asked == [(first, last), (["d1", "d2"],)]
    assert fetch_log.history(store, FEED) == []


def test_a_rejected_delivery_is_shown_although_the_others_went_on() -> None:
    with pytest.raises(AirflowFailException, match="d1: is not utf-8; d2: holds no record"):
        tasks.report_rejections({"rejected": ["d1: is not utf-8", "d2: holds no record"]})
    tasks.report_rejections({"rejected": []})


def test_an_invalid_source_fails_with_its_reason(store: MemoryStore) -> None:
    folder = Settings.load().sources_dir
    tasks.refuse(FEED)  # mended since it was parsed: nothing to refuse
    example.write(folder, "land__river", key=["rivre"])
    with pytest.raises(AirflowFailException, match=r"land__river/source\.yml: source: .*\['rivre'\]"):
        tasks.refuse("land__river")


def late(partition: str | None) -> health.Health:
    source = discover(Settings.load().sources_dir)[FEED]
    promise = SimpleNamespace(cadence_days=1, grace_days=0, partition="place", observed="at")
    source = source.model_copy(update={"health": promise})
    now = dt.datetime(2026, 3, 10, tzinfo=dt.UTC)
    (line,) = health.judge(source, None, [health.Freshness(partition, now.replace(day=1), None)], [], None, now)
    return line


@pytest.fixture
def written(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> list[list[dict[str, Any]]]:
    """A lake whose health table is a list: each check that was written."""
    checks: list[list[dict[str, Any]]] = []
    late_now = [late("Marl"), late("Herten")]
    monkeypatch.setattr(sql, "connect", lambda *_: nullcontext())
    monkeypatch.setattr(health, "check", lambda *_: late_now[: len(checks) + 1])
    last = lambda *_: {(line["feed"], line["partition_value"]) for line in checks[-1]} if checks else set()  # noqa: E731
    monkeypatch.setattr(health, "late_before", last)
    monkeypatch.setattr(ops, "replace", lambda _, table, lines: checks.append(list(lines)))
    monkeypatch.setattr("airflow.sdk.get_current_context", lambda: {})
    return checks


def test_who_is_late_is_told_once(
    store: MemoryStore, inbox: tuple[Inbox, str], written: list[list[dict[str, Any]]]
) -> None:
    for _ in range(3):
        watch_tasks.watch()
    received, _ = inbox
    assert [len(lines) for lines in written] == [1, 2, 2]
    assert [message.partition(" is late: it was due by 2026-03-02")[0] for message in received] == [
        f"{FEED} (Marl)",
        f"{FEED} (Herten)",
    ]
    assert all(message.endswith("Owner: Parks office.") for message in received)


def test_what_nobody_takes_from_the_inbox_is_named(
    store: MemoryStore,
    inbox: object,
    written: list[list[dict[str, Any]]],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    uploads.tables(tmp_path)
    for key in ("2025/a.xlsx", "2025/old/b.xlsx"):
        store.put(names.INBOX, f"{uploads.CITY}/{uploads.DELIVERY}/{key}", b"x")
    with caplog.at_level("WARNING", "smartvest.watch"):
        watch_tasks.watch()
    assert [record.getMessage() for record in caplog.records if record.name == "smartvest.watch"] == [
        f"nobody takes {uploads.CITY}/{uploads.DELIVERY}/2025/old/b.xlsx from the inbox"
    ]


def test_an_alert_that_was_not_taken_is_not_recorded_as_sent(
    store: MemoryStore, inbox: tuple[Inbox, str], written: list[list[dict[str, Any]]]
) -> None:
    received, _ = inbox
    received.status = 503
    with pytest.raises(Exception, match="503"):
        watch_tasks.watch()
    assert written == []
    received.status = 200
    watch_tasks.watch()
    assert len(written) == 1 and received[0] == received[1]


def test_a_failed_task_says_what_failed(store: MemoryStore, inbox: tuple[Inbox, str]) -> None:
    context: dict[str, Any] = {
        "task_instance": SimpleNamespace(dag_id=f"ingest__{FEED}", task_id="land"),
        "run_id": "run-1",
        "exception": FetchError("no route to {{ conf }}"),
    }
    Alert()(context)
    assert inbox[0] == [f"ingest__{FEED}.land failed in run run-1: no route to {{{{ conf }}}}"]


def test_a_failed_task_says_in_which_stage_it_stopped(store: MemoryStore, inbox: tuple[Inbox, str]) -> None:
    with pytest.raises(OSError) as stopped, stage(FEED, "silver"):
        raise OSError("the disk is full")
    context: dict[str, Any] = {
        "task_instance": SimpleNamespace(dag_id=f"ingest__{FEED}", task_id="load"),
        "run_id": "run-1",
        "exception": stopped.value,
    }
    Alert()(context)
    assert inbox[0] == [f"ingest__{FEED}.load failed in run run-1: the disk is full; {FEED}: stopped in stage silver"]


def test_what_was_delivered_is_not_read_as_a_template(store: MemoryStore, inbox: tuple[Inbox, str]) -> None:
    Alert("{{ run_id }}")({"run_id": "run-1"})
    assert inbox[0] == ["{{ run_id }}"]


def test_a_late_feed_is_due_as_declared(store: MemoryStore) -> None:
    assert late(None).sentence.startswith(f"{FEED} is late")
    assert late("Marl").deadline == dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
