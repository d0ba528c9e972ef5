"""Deliveries that repeat, come late or come twice at once: the tables end the same."""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from dags.shared import tasks
from lakehouse import names
from lakehouse.airflow_api import Airflow
from lakehouse.lake import delta, explain, ledger, quarantine, sql
from lakehouse.spec.discovery import load_source
from spark_jobs import session, tables
from spark_jobs.checksum import checksum
from tests.support.stack import LocalStack

SOURCE = """\
title: Readings
description: Readings of a test.
owner: Tests
licence: null
licence_note: a test
schedule: "@daily"
scope_label: Kreis
fetch: {{connector: http, files: [{file}], max_bytes: 100000}}
format: {{type: csv, encoding: utf-8, delimiter: ";"}}
load: {load}
key: {key}
bounds: {{min_share_of_current: 0}}
columns:
  - {{from: sensor, name: sensor, required: true}}
  - {{from: day, name: day, type: date, required: true}}
  - {{from: value, name: value, type: "decimal(9,3)", numbers: {{decimal: "."}}}}
"""
# the second corrects a row of the first and repeats one; the third corrects it again and adds a day
DELIVERIES = {
    1: "a;2026-01-01;1.5\nb;2026-01-01;2\nc;2026-01-01;oops\n",
    2: "a;2026-01-01;1.7\nb;2026-01-01;2\nd;2026-01-01;4\n",
    3: "a;2026-01-01;1.9\na;2026-01-02;5\n",
}
KINDS = {
    "upsert": ("{kind: upsert}", "[sensor, day]"),
    "snapshot": ("{kind: snapshot, replaces: [day]}", "[sensor, day]"),
    "keyless": ("{kind: snapshot}", "[]"),
}


pytestmark = pytest.mark.timeout(1800)


class Feed:
    """A test feed whose deliveries are published and loaded one by one, through the bodies of the real tasks."""

    def __init__(self, stack: LocalStack, feed: str, kind: str) -> None:
        self.stack, self.feed, self.kind, self.runs = stack, feed, kind, 0
        (stack.sources_dir / feed).mkdir()

    def load_together(self, *numbers: int) -> None:
        """Publishes some deliveries that one run then finds."""
        for number in numbers:
            self.publish(number)
            plan = tasks.land(self.feed, "run-0", None, None)
        self.finish("run-0", plan)

    def publish(self, number: int) -> None:
        """Makes a delivery available; its number is also its hour of publication."""
        file = f"{self.feed}/{number}.csv"
        load, key = KINDS[self.kind]
        (self.stack.sources_dir / self.feed / "source.yml").write_text(SOURCE.format(file=file, load=load, key=key))
        path = self.stack.feeds_dir / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("sensor;day;value\n" + DELIVERIES[number])
        os.utime(path, (1_767_225_600 + 3600 * number,) * 2)

    def load(self, published_from: str | None = None, published_until: str | None = None) -> dict[str, Any]:
        """One run of the DAG's tasks; returns what `land` handed to `load`."""
        self.runs += 1
        run = f"run-{self.runs}"
        return self.finish(run, tasks.land(self.feed, run, published_from, published_until))

    def finish(self, run: str, plan: dict[str, Any]) -> dict[str, Any]:
        """Takes what was landed through the other steps of a run."""
        tasks.report_rejections(tasks.load(self.feed, run, plan))
        tasks.finish(self.feed, run)
        return {**plan, "run": run}


@pytest.fixture(scope="module")
def spark(stack: LocalStack) -> Iterator[SparkSession]:
    with session.connect(stack.settings) as made:
        yield made


def test_a_table_that_a_killed_server_did_not_register_is_registered(stack: LocalStack, spark: SparkSession) -> None:
    feed = Feed(stack, "upsert__unregistered", "upsert")
    feed.publish(1)
    tables.create_silver(spark, stack.settings, stack.sources[feed.feed])
    # the catalogue forgets it, and its files stay: as if the server had been killed between the two
    spark.sql(f"DROP TABLE silver.{feed.feed}")
    feed.load()
    assert spark.table(f"silver.{feed.feed}").count() == 2


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_arrival_does_not_matter(stack: LocalStack, spark: SparkSession, kind: str) -> None:
    at_once = Feed(stack, f"{kind}__at_once", kind)
    at_once.load_together(1, 2, 3)
    shuffled = Feed(stack, f"{kind}__shuffled", kind)
    for number in (3, 1, 2):
        shuffled.publish(number)
        shuffled.load()
    ended = [checksum(spark.table(f"silver.{feed.feed}")) for feed in (at_once, shuffled)]
    assert ended[0] == ended[1]
    assert ended[0][0] > 0


def test_the_same_file_twice_and_a_backfill_change_nothing(stack: LocalStack, spark: SparkSession) -> None:
    feed = Feed(stack, "upsert__repeated", "upsert")
    for number in (1, 2):
        feed.publish(number)
        feed.load()
    before = checksum(spark.table(f"silver.{feed.feed}"))
    with pytest.raises(AirflowSkipException, match="nothing new"):
        feed.load()
    (stack.feeds_dir / feed.feed / "2.csv").touch()
    with pytest.raises(AirflowSkipException, match="nothing new"):
        feed.load()
    feed.load("2026-01-01", "2026-12-31")
    assert checksum(spark.table(f"silver.{feed.feed}")) == before
    with stack.lake() as lake:
        last = lake.execute(
            f"""SELECT inserted, updated, removed, quarantined, superseded FROM {sql.scan(ledger.LEDGER)}
            WHERE feed = ? ORDER BY recorded_at DESC LIMIT 1""",
            [feed.feed],
        ).fetchone()
    assert last == (0, 0, 0, 1, 1)


def test_a_step_that_runs_twice_does_its_work_once(stack: LocalStack, spark: SparkSession) -> None:
    feed = Feed(stack, "upsert__twice", "upsert")
    feed.publish(1)
    plan = feed.load()
    version = session.version(spark, f"silver.{feed.feed}")
    tasks.load(feed.feed, plan["run"], plan)
    assert session.version(spark, f"silver.{feed.feed}") == version
    with stack.lake() as lake:
        entries = lake.execute(f"SELECT count(*) FROM {sql.scan(ledger.LEDGER)} WHERE feed = ?", [feed.feed]).fetchone()
    assert entries == (1,)


def test_a_bad_file_is_refused_once_and_the_good_one_beside_it_is_loaded(
    stack: LocalStack, spark: SparkSession
) -> None:
    feed = Feed(stack, "upsert__refused", "upsert")
    feed.publish(1)
    path = stack.feeds_dir / feed.feed / "1.csv"
    path.write_bytes(path.read_bytes() + b"\xff\xfe;2026-01-01;1\n")
    with pytest.raises(AirflowFailException, match="is not utf-8"):
        feed.load()
    tasks.finish(feed.feed, "run-1")
    feed.publish(2)
    feed.load()
    assert spark.table(f"silver.{feed.feed}").count() == 3
    with stack.lake() as lake:
        reason = lake.execute(
            f"SELECT reason FROM {sql.scan(ledger.LEDGER)} WHERE feed = ? AND status = 'rejected'", [feed.feed]
        ).fetchone()
    assert reason is not None and "1.csv" in reason[0] and feed.feed in reason[0]


def test_a_mended_rule_lets_the_quarantine_be_replayed(stack: LocalStack, spark: SparkSession) -> None:
    feed = Feed(stack, "upsert__mended", "upsert")
    feed.publish(1)
    feed.load()
    with stack.lake() as lake:
        refused = quarantine.deliveries(lake, feed.feed)
        summary = quarantine.summary(lake, feed.feed)
    assert summary is not None and (summary.rows, len(refused)) == (1, 1)
    declared = stack.sources_dir / feed.feed / "source.yml"
    declared.write_text(declared.read_text().replace("name: value,", 'name: value, nulls: ["oops"],'))
    versions = set()
    for run in ("replay-1", "replay-2"):
        feed.finish(run, tasks.land(feed.feed, run, None, None, ",".join(refused)))
        versions.add(session.version(spark, f"silver.{feed.feed}"))
        assert spark.table(f"silver.{feed.feed}").count() == 3
        with stack.lake() as lake:
            assert quarantine.deliveries(lake, feed.feed) == []
    assert len(versions) == 1, "the second replay changed silver"
    with stack.lake() as lake:
        (found,) = explain.explain(
            lake, stack.store("spark"), load_source(declared), {"sensor": "c", "day": "2026-01-01"}
        )
    assert found.record is not None and found.record["value"] == "oops"
    assert found.receipt is not None and found.receipt.delivery == refused[0]
    assert [run.run_id for run in found.runs] == ["run-1", "replay-1", "replay-2"]


def test_the_watch_writes_how_fresh_each_feed_is(stack: LocalStack) -> None:
    feed = Feed(stack, "upsert__watched", "upsert")
    feed.publish(1)
    feed.load()
    airflow, started = Airflow(stack.settings), dt.datetime.now(dt.UTC)
    airflow.trigger("watch_sources")
    deadline = time.monotonic() + 300
    while [run["state"] for run in airflow.runs("watch_sources", started)] != ["success"]:
        assert time.monotonic() < deadline, airflow.runs("watch_sources", started)
        time.sleep(2)
    with stack.lake() as lake:
        rows = lake.execute(
            f"""SELECT is_late, last_run_status, last_fetch_outcome, last_published_at IS NOT NULL
            FROM {sql.scan(names.uri("ops", "source_health"))} WHERE feed = ?""",
            [feed.feed],
        ).fetchall()
    assert rows == [(False, "committed", "ok", True)]


def test_pins_older_than_deltas_default_retention_are_read_and_survive_vacuum(
    stack: LocalStack, spark: SparkSession
) -> None:
    kept = _backdated(stack, spark, "kept", delta.retention(stack.settings.release_retention_days))
    lost = _backdated(stack, spark, "lost", {"delta.deletedFileRetentionDuration": "interval 168 hours"})
    assert _read(spark, kept, 1) == ["first"]
    with pytest.raises(PySparkException):  # with Delta's own default the pin dies after seven days
        _read(spark, lost, 1)
    # objects cannot be backdated in S3, so the control shows by a retention of nothing that VACUUM would take the files
    spark.conf.set("spark.databricks.delta.retentionDurationCheck.enabled", "false")
    spark.sql(f"VACUUM delta.`{lost}` RETAIN 0 HOURS")
    spark.sql(f"VACUUM delta.`{kept}`")
    assert _read(spark, kept, 1) == ["first"]
    assert _files(stack, kept) > _files(stack, lost)


def test_each_role_may_do_its_own_work_only(stack: LocalStack) -> None:
    refused: list[tuple[str, Callable[[], object]]] = [
        ("landing", lambda: stack.store("landing").put(names.LAKE, "silver/x", b"")),
        ("spark", lambda: stack.store("spark").put(names.RAW, "x", b"")),
        ("spark", lambda: stack.store("spark").put(names.PUBLIC, "x", b"")),
        ("publisher", lambda: stack.store("publisher").get(names.RAW, "x")),
        ("publisher", lambda: list(stack.store("publisher").list(names.LAKE, "silver/"))),
        ("analyst", lambda: list(stack.store("analyst").list(names.LAKE, "bronze/"))),
        ("analyst", lambda: stack.store("analyst").put(names.LAKE, "marts/x", b"")),
        ("landing", lambda: stack.store("landing").delete(names.RAW, "x")),
    ]
    for role, attempt in refused:
        with pytest.raises(Exception, match="(?i)access ?denied|403"):
            attempt()
            pytest.fail(f"{role} may do what it must not")


def _backdated(stack: LocalStack, spark: SparkSession, name: str, properties: dict[str, str]) -> str:
    """A Delta table whose commits are 30 days old; version 1 holds one row that version 2 removed."""
    written, aged = f"staging/backdated-{name}", f"staging/aged-{name}"
    options = {**properties, "delta.enableInCommitTimestamps": "true"}
    listed = ", ".join(f"'{key}' = '{value}'" for key, value in options.items())
    spark.sql(f"CREATE TABLE delta.`s3a://{names.LAKE}/{written}` (t string) USING delta TBLPROPERTIES ({listed})")
    spark.sql(f"INSERT INTO delta.`s3a://{names.LAKE}/{written}` VALUES ('first')")
    spark.sql(f"INSERT OVERWRITE delta.`s3a://{names.LAKE}/{written}` VALUES ('second')")
    spark.sql(f"INSERT INTO delta.`s3a://{names.LAKE}/{written}` VALUES ('third')")
    store = stack.store("spark")
    for key in list(store.list(names.LAKE, written)):
        if key.endswith(".crc"):  # holds the true times
            continue
        body = store.get(names.LAKE, key)
        if key.endswith(".json"):
            body = _aged(body)
        store.put(names.LAKE, key.replace(written, aged, 1), body)
    return f"s3a://{names.LAKE}/{aged}"


def _aged(commit: bytes) -> bytes:
    month = 30 * 24 * 3600 * 1000
    actions = [json.loads(line) for line in commit.splitlines()]
    for action in actions:
        for fields in action.values():
            for field in ("timestamp", "inCommitTimestamp", "deletionTimestamp", "modificationTime"):
                if field in fields:
                    fields[field] -= month
    return b"\n".join(json.dumps(action).encode() for action in actions)


def _read(spark: SparkSession, table: str, version: int) -> list[str]:
    return [row["t"] for row in spark.sql(f"SELECT * FROM delta.`{table}` VERSION AS OF {version}").collect()]


def _files(stack: LocalStack, table: str) -> int:
    prefix = table.removeprefix(f"s3a://{names.LAKE}/")
    return sum(
        key.endswith(".parquet") for key in stack.store("spark").list(names.LAKE, prefix) if "_delta_log" not in key
    )
